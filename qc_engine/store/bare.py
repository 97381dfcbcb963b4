"""Cases, effects and reasons without the person they were about."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from qc_engine.core.case import Case, Client, State
from qc_engine.core.recovery.complaints import NOT_ASKED, Complaint
from qc_engine.core.trace import Phrase
from qc_engine.store.persons import ERASED, Person

PHONE = re.compile(r"\+?\d(?:[\s().-]{0,3}\d){9,14}")
# Of an effect: what tells what was done, and nothing of whom it was for.
TELLS_NOTHING = frozenset({
    "stage", "purpose", "question", "channel", "deal_id", "expected", "responsible", "assigned_to", "user",
    "deadline", "at", "fresh_until", "webhook", "event", "task_id", "parent_deal_id", "untouched",
    "from_anywhere",
})  # fmt: skip


def bare(payload: Mapping[str, Any]) -> dict[str, Any]:
    """An effect's payload without anything that tells of a person; it can still be read as that effect."""
    return {name: value if name in TELLS_NOTHING else _empty(name, value) for name, value in payload.items()}


def _empty(name: str, value: Any) -> Any:
    if name == "template" or value is None:
        return None
    return type(value)()


def bare_case(case: Case, now: datetime) -> Case:
    """The same case of nobody; one that was under way is over."""
    ended = case.state is State.ENDED
    check = case.check and replace(
        case.check, text="", again="", said=tuple(replace(one, reason="") for one in case.check.said)
    )
    return replace(
        case,
        client=Client(""),
        client_name="",
        deal_title="",
        contact_id=None,
        links={},
        answer_url="",
        survey_url="",
        invitations={},
        comments=dict.fromkeys(case.comments, ""),
        words=(),
        values={},
        approvals=tuple(replace(one, title="", text="") for one in case.approvals),
        entered=tuple(replace(one, reason="") for one in case.entered),
        bonuses=tuple(replace(one, reason="") for one in case.bonuses),
        check=check,
        complaint=case.complaint and _bare_complaint(case.complaint, now),
        question=None,
        still=None,
        paused=(),
        wake_at=None,
        state=State.ENDED,
        outcome=case.outcome if ended else ERASED,
        ended_why=_bare_phrase(case.ended_why) if ended else Phrase("end.erased"),
    )


def _bare_complaint(complaint: Complaint, now: datetime) -> Complaint:
    """Without anybody's words; the client is not asked once more."""
    asked = bool(complaint.waiting or complaint.under_way)
    over = complaint.with_rating(ended_at=now, result=NOT_ASKED) if asked else complaint
    return replace(
        over,
        due_at=None,  # nobody can settle it with them any more
        causes=tuple(replace(one, words="", action="") for one in over.causes),
        turns=tuple(replace(one, words="") for one in over.turns),
        ratings=tuple(replace(one, comments=dict.fromkeys(one.comments, "")) for one in over.ratings),
    )


def _bare_phrase(why: Phrase | None) -> Phrase | None:
    return why and Phrase(why.key, {**why.values, **{name: "" for name in ("reason",) if name in why.values}})


def without(text: str, one: Person) -> str:
    """A reason that somebody typed, without the phone and the names."""
    plain = PHONE.sub("•••", text)
    for name in sorted(_spellings(one), key=len, reverse=True):
        plain = re.sub(re.escape(name), "•••", plain, flags=re.IGNORECASE)
    return plain


def _spellings(one: Person) -> Iterator[str]:
    for name in one.names:
        yield name
        yield from (part for part in name.split() if len(part) > 2)
