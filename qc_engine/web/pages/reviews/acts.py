"""What the buttons do: the events of the signed page, with the person's own name, and a line in the audit."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import HTTPException
from sqlmodel import Session

from qc_engine.core.events import BonusTakenBack, Event, ReviewChecked, ReviewCorrected
from qc_engine.ports import Arrival
from qc_engine.store import audit, inbox
from qc_engine.store.console_tables import HandledRow
from qc_engine.web.console import doing
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.policy import Action, Place
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.forms import on_one_line
from qc_engine.web.pages.review_answer.shown import ReviewView
from qc_engine.web.pages.reviews.shown import Review, opened

LONGEST_REASON = 500


@dataclass(frozen=True)
class Said:
    """An event to hand in, what it is called in the audit, and in words."""

    event: Event
    action: str
    words: str
    reason: str = ""


def found(console: Console, visitor: Visitor, session: Session, case_id: str) -> Review:
    """Raises 404, also for a review of another branch."""
    row = doing.case_of(visitor, session, case_id)
    if not row.answer_code or not row.body.get("check"):
        raise HTTPException(404)
    return opened(console, visitor, session, row)


def act(
    console: Console, visitor: Visitor, session: Session, case_id: str, form: Mapping[str, str]
) -> Notice:
    """Raises 404 for what this visitor cannot see, 403 for what they may see but not do, 400 for nonsense."""
    review = found(console, visitor, session, case_id)
    if not visitor.may(Action.ANSWER_REVIEWS, Place(review.row.portal, review.row.branch)):
        raise HTTPException(403)
    if form.get("seen", "") != review.seen:
        return Notice(_changed(console, visitor, review), 409)
    said = _said(console, visitor, review.view, form) if review.view else None
    if said is None:
        raise HTTPException(404)
    if isinstance(said, Notice):
        return said
    return _handed_in(session, visitor, review, said)


def _handed_in(session: Session, visitor: Visitor, review: Review, said: Said) -> Notice:
    user = visitor.user
    mine = HandledRow(key=review.key, at=visitor.now, user_id=user.id, name=user.name, note=said.words)
    quicker = audit.handle(session, mine)
    if quicker is not None and (quicker.user_id, quicker.note) == (user.id, said.words):
        return Notice(visitor.say("reviews.done", did=said.words))  # one button, pressed twice
    if quicker is not None:
        at = visitor.clock(quicker.at)
        return Notice(visitor.say("reviews.quicker", name=quicker.name, at=at, did=quicker.note), 409)
    inbox.add(session, doing.SOURCE, Arrival(f"{said.action}:{review.key}", said.event), visitor.now)
    details = {"answer": getattr(said.event, "answer", ""), "reason": said.reason}
    doing.note(session, visitor, said.action, f"case:{review.id}", details)
    return Notice(visitor.say("reviews.done", did=said.words))


def _said(console: Console, visitor: Visitor, view: ReviewView, form: Mapping[str, str]) -> Said | Notice:
    answer, reason = form.get("answer", ""), on_one_line(form.get("reason", ""), LONGEST_REASON)
    case_id, by, now = view.case_id, visitor.user.name, visitor.now
    word = console.behind.word(visitor.look.language, "review", answer)
    match form.get("do", ""):
        case "answer" if view.is_open and answer in view.offered:
            return Said(ReviewChecked(case_id, answer, now, by), "review.answered", word)
        case "correct" if answer in view.correctable and reason:
            return Said(ReviewCorrected(case_id, answer, reason, by, now), "review.corrected", word, reason)
        case "take_back" if view.holds_bonus and reason:
            back = visitor.say("reviews.bonus_back")
            return Said(BonusTakenBack(case_id, reason, by, now), "bonus.taken_back", back, reason)
        case "correct" | "take_back" if not reason or not answer:
            return Notice(visitor.say("reviews.unfinished"), 422)
    raise HTTPException(400)


def _changed(console: Console, visitor: Visitor, review: Review) -> str:
    """Who said what, while the page was open."""
    last = review.counted
    if last is None or last.by == visitor.user.name:
        return visitor.say("reviews.changed")
    word = console.behind.word(visitor.look.language, "review", last.outcome)
    who = last.by or visitor.say(f"reviews.way_{last.way}")
    return visitor.say("reviews.quicker", name=who, at=visitor.clock(last.at), did=word)
