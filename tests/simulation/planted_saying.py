"""Planted in what is said, when, and how scores are read: consent, manners, time, arithmetic."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from qc_engine.core import late
from qc_engine.core.answers.reading import Scale
from qc_engine.core.case import Case
from qc_engine.core.changing import changed
from qc_engine.core.draft import Draft
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import AnswerReceived
from qc_engine.core.rules import conditions, timing
from qc_engine.core.scenario import ContactRules, Survey
from qc_engine.core.talk import asking, gate, hearing
from qc_engine.core.trace import Verdict, phrase
from qc_engine.flow import deliver
from tests.simulation.planting import Garden

SAYING = Garden()


def _forgetting(patch: pytest.MonkeyPatch, **facts: Any) -> None:
    """Both doors of the gate see a client without these facts."""
    at_the_beginning, before_a_message = timing.may_begin, deliver.gate

    def forgotten(case: Case) -> Case:
        return replace(case, client=replace(case.client, **facts))

    patch.setattr(timing, "may_begin", lambda case, *rest: at_the_beginning(forgotten(case), *rest))
    patch.setattr(
        deliver, "gate", lambda message, case, *rest: before_a_message(message, forgotten(case), *rest)
    )


@SAYING.plant("'stop' is not looked at")
def _(patch: pytest.MonkeyPatch) -> None:
    _forgetting(patch, opted_out_at=None)


@SAYING.plant("an operator is talked over")
def _(patch: pytest.MonkeyPatch) -> None:
    _forgetting(patch, operator_at=None)


@SAYING.plant("a late 'stop' is answered each time")
def _(patch: pytest.MonkeyPatch) -> None:
    heed = late.heed_stop
    patch.setattr(late, "heed_stop", lambda draft, silently: heed(draft, silently=False))


@SAYING.plant("the clock on the wall is read as UTC")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(gate, "zone_of", lambda *_: "UTC")


@SAYING.plant("the night is the head office's, wherever the branch is")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(gate, "zone_of", lambda *_: "Asia/Almaty")


@SAYING.plant("whoever has written once is awake for ever")
def _(patch: pytest.MonkeyPatch) -> None:
    before = deliver.gate

    def awake(message: SendMessage, case: Case, rules: ContactRules, now: datetime) -> Any:
        return before(message, case, replace(rules, reply_within=timedelta(days=99)), now)

    patch.setattr(deliver, "gate", awake)


@SAYING.plant("what is late is sent all the same")
def _(patch: pytest.MonkeyPatch) -> None:
    before = deliver.gate
    patch.setattr(deliver, "gate", lambda message, *rest: before(replace(message, fresh_until=None), *rest))


@SAYING.plant("nobody remembers that the client was reminded")
def _(patch: pytest.MonkeyPatch) -> None:
    remind = timing.remind

    def forgetful(survey: Survey, draft: Draft) -> None:
        remind(survey, draft)
        draft.change(question=changed(draft.case.question, {"reminded": False}))

    patch.setattr(timing, "remind", forgetful)


@SAYING.plant("hints without end: two bots could talk all night")
def _(patch: pytest.MonkeyPatch) -> None:
    ask_again = hearing._ask_again

    def forgetful(answer: AnswerReceived, survey: Survey, draft: Draft) -> None:
        draft.change(question=changed(draft.case.question, {"hints": 0}))
        ask_again(answer, survey, draft)

    patch.setattr(hearing, "_ask_again", forgetful)


@SAYING.plant("the next channel does not wait for the first one")
def _(patch: pytest.MonkeyPatch) -> None:
    other_way_at = asking.other_way_at

    def soon(key: str, since: datetime, draft: Draft) -> datetime | None:
        return since + timedelta(minutes=1) if other_way_at(key, since, draft) else None

    patch.setattr(asking, "other_way_at", soon)


@SAYING.plant("a half is cut from a score")
def _(patch: pytest.MonkeyPatch) -> None:
    take = hearing.take_scores

    def whole(scores: Mapping[str, Decimal], survey: Survey, draft: Draft) -> None:
        take({name: Decimal(int(score)) for name, score in scores.items()}, survey, draft)

    patch.setattr(hearing, "take_scores", whole)


@SAYING.plant("a number beyond the scale is a score")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(hearing, "_scale", lambda _: Scale(1, 100))
    patch.setattr(hearing, "fits", lambda *_: True)


@SAYING.plant("the average is rounded before it is compared")
def _(patch: pytest.MonkeyPatch) -> None:
    def against(scores: tuple[Decimal, ...], limit: Decimal, at_least: bool) -> Verdict:
        reached = round(sum(map(Fraction, scores), Fraction()) / len(scores)) >= limit
        return Verdict(reached is at_least, phrase("why.scores_missing", count=0))

    patch.setattr(conditions, "_against", against)
