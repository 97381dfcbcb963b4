"""What the head of a branch has to look after: its average slips, a complaint is not worked off in time."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from urllib.parse import urlencode

from qc_engine.core.figures.slips import Slip
from qc_engine.core.wording.texts import written
from qc_engine.store import codec
from qc_engine.store.tables import CaseRow
from qc_engine.web.console.narrowing import APART
from qc_engine.web.console.policy import Action, Place
from qc_engine.web.console.room import Visitor
from qc_engine.web.pages.today.items import QUOTED, Answer, Item, client_of

ANALYTICS = "/console/analytics"
SHOWN_BEFORE = timedelta(days=28)  # of the days before it slipped, to compare
PATH = "/console/dissatisfied"
SLIPPING, LATE = "slipping", "complaint"  # kinds


def slipping(visitor: Visitor, slips: Sequence[Slip]) -> Iterator[Item]:
    """For those who see the figures of that branch."""
    for one in slips:
        if visitor.may(Action.SEE_ANALYTICS, place_of(one)):
            yield _slip(visitor, one)


def late(visitor: Visitor, row: CaseRow) -> Item:
    """A complaint whose task should have been done by now."""
    case = codec.load_case(row.body)
    assert case.complaint is not None
    assert row.complaint_due is not None
    scores = "; ".join(visitor.number(written(one)) for one in case.scores.values())
    known = [visitor.say("today.overdue_known", at=visitor.clock(row.complaint_due))]
    if scores:
        known.append(visitor.say("today.complaint_scores", scores=scores))
    if not case.complaint.cause:
        known.append(visitor.say("today.complaint_cause"))
    # Who has taken note of it has not taken note of what was opened again since.
    key = f"{LATE}:{row.id}:{row.complaint_due:%Y%m%d%H%M}:{len(case.complaint.turns)}"
    return Item(
        key, LATE, visitor.say("today.complaint", client=client_of(row)), row.complaint_due, row.id,
        row.branch, known, said=case.words[-1][:QUOTED] if case.words else "",
        if_nothing=visitor.say("today.complaint_after"),
        answers=_noted(visitor, Place(row.portal, row.branch), "today.confirm_complaint"),
    )  # fmt: skip


def with_complaint(visitor: Visitor, item: Item, complaints: Collection[str]) -> Item:
    """With the way to the complaint's page, if its case is among those that have one."""
    if item.case_id not in complaints:
        return item
    return replace(item, links=[*item.links, (visitor.say("today.to_complaint"), f"{PATH}/{item.case_id}")])


def key_of(slip: Slip) -> str:
    """Of this very slip: the branch may recover and slip anew."""
    place = sha256(APART.join(slip.place).encode()).hexdigest()[:16]
    return f"{SLIPPING}:{place}:{slip.seen_at:%Y%m%d%H%M}"


def place_of(slip: Slip) -> Place:
    return Place(slip.portal, slip.branch)


def _slip(visitor: Visitor, slip: Slip) -> Item:
    level, usual = (visitor.number(f"{one:.2f}") for one in (slip.level, slip.usual))
    known = visitor.say("today.slipping_known", since=f"{slip.since:%d.%m.%Y}", usual=usual)
    return Item(
        key_of(slip), SLIPPING, visitor.say("today.slipping", branch=slip.branch, level=level, usual=usual),
        slip.seen_at, where=slip.branch, known=[known, visitor.say("today.slipping_do")],
        if_nothing=visitor.say("today.slipping_after"),
        answers=_noted(visitor, place_of(slip), "today.confirm_slipping"),
        links=[(visitor.say("today.to_analytics"), _analytics(slip))],
    )  # fmt: skip


def _analytics(slip: Slip) -> str:
    since = slip.since - SHOWN_BEFORE
    told = {"branch": APART.join(slip.place), "since": f"{since:%Y-%m-%d}"}
    return f"{ANALYTICS}?{urlencode(told)}"


def _noted(visitor: Visitor, place: Place, confirm: str) -> Sequence[Answer]:
    if not visitor.may(Action.HANDLE, place):
        return ()
    return [Answer("handled", visitor.say("today.take_note"), visitor.say(confirm), noted=True)]
