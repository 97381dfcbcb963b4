"""What somebody has filled in becomes an event, or a sentence about what is missing."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from qc_engine.core.events import (
    AnsweredFor,
    CasePaused,
    CaseResumed,
    CaseStopped,
    Event,
    ResendAsked,
    ScoresEntered,
)
from qc_engine.web.console.room import Visitor
from qc_engine.web.forms import on_one_line
from qc_engine.web.pages.cases.doable import (
    ANSWER,
    PAUSE,
    RESEND,
    RESUME,
    SCORE,
    STOP,
    Doable,
    LostQuestion,
    ScoreAsked,
)

LONGEST_REASON, LONGEST_TEXT, LONGEST_SCORE = 500, 2000, 10
EMPTY = "…"  # in the place of a reason that nobody has written yet
PLAIN: Mapping[str, type[CaseStopped | CasePaused | CaseResumed]] = {
    STOP: CaseStopped, PAUSE: CasePaused, RESUME: CaseResumed,
}  # fmt: skip


class Unfinished(Exception):
    """Something is missing or cannot be; `key` of the sentence."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def event_of(do: str, case_id: str, doable: Doable, form: Mapping[str, str], visitor: Visitor) -> Event:
    """Raises Unfinished."""
    reason = on_one_line(form.get("reason", ""), LONGEST_REASON)
    if not reason:
        raise Unfinished("act.no_reason")
    by, now = visitor.user.name, visitor.now
    if do == SCORE:
        return ScoresEntered(case_id, _scores(doable, form), reason, by, now)
    if do == ANSWER:
        return AnsweredFor(case_id, _text(form), reason, by, now)
    if do == RESEND:
        key, confirmed = _lost(doable, form)
        return ResendAsked(case_id, key, reason, by, now, confirmed)
    return PLAIN[do](case_id, reason, by, now)


def expected(do: str, case_id: str, doable: Doable, visitor: Visitor) -> Event | None:
    """The event as it would be, while nothing is filled in; None where that depends on what will be."""
    if do in PLAIN:
        return PLAIN[do](case_id, EMPTY, visitor.user.name, visitor.now)
    if do == RESEND and doable.lost:
        return ResendAsked(case_id, doable.lost.key, EMPTY, visitor.user.name, visitor.now, confirmed=True)
    return None


def _scores(doable: Doable, form: Mapping[str, str]) -> Mapping[str, Decimal]:
    """Those that differ from what stands there."""
    told = {one.name: _score(one, form.get(f"score_{one.name}", "")) for one in doable.scores}
    new = {name: score for name, score in told.items() if score is not None}
    if not new:
        raise Unfinished("act.no_scores")
    return new


def _score(asked: ScoreAsked, text: str) -> Decimal | None:
    given = text.strip()[:LONGEST_SCORE].replace(",", ".")
    if not given or given == asked.score.replace(",", "."):
        return None
    try:
        score = Decimal(given)
    except InvalidOperation:
        raise Unfinished("act.bad_score") from None
    if not (score.is_finite() and Decimal(asked.lowest) <= score <= Decimal(asked.highest)):
        raise Unfinished("act.bad_score")
    return score


def _text(form: Mapping[str, str]) -> str:
    if not (text := on_one_line(form.get("text", ""), LONGEST_TEXT)):
        raise Unfinished("act.no_text")
    return text


def _lost(doable: Doable, form: Mapping[str, str]) -> tuple[str, bool]:
    """The message that the visitor has seen, and whether they have confirmed that it did not arrive."""
    lost, confirmed = doable.lost, form.get("confirmed", "") == "yes"
    if lost is None or form.get("message", "") != lost.key:
        raise Unfinished("act.another_question")
    if needs_confirming(lost) and not confirmed:
        raise Unfinished("act.not_confirmed")
    return lost.key, confirmed


def needs_confirming(lost: LostQuestion) -> bool:
    return lost.came != "lost"
