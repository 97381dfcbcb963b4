"""What the buttons do: an event with the person's own name into the inbox, and a line in the audit."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import HTTPException
from sqlmodel import Session

from qc_engine.core.events import ComplaintCauseNamed, ComplaintReopened, ComplaintResolved, Event
from qc_engine.ports import Arrival
from qc_engine.store import audit, inbox
from qc_engine.store import dissatisfied as complaints
from qc_engine.store.console_tables import HandledRow
from qc_engine.web.console import doing
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.policy import Action, Place
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.forms import on_one_line
from qc_engine.web.pages.dissatisfied.outlook import Outlook
from qc_engine.web.pages.dissatisfied.shown import Dissatisfied, read

LONGEST_WORDS = 1000
YES = "yes"


@dataclass(frozen=True)
class Worked:
    """One complaint on its page, with what this visitor may do about it."""

    one: Dissatisfied
    outlook: Outlook
    may_work: bool
    pending: str = ""  # somebody has just said something, and the engine has not heard it yet

    @property
    def seen(self) -> str:
        """What a form is good for: the complaint as it stood when the page was made."""
        told = self.one.complaint
        return f"{len(told.causes)}:{len(told.turns)}:{len(told.ratings)}:{int(bool(told.under_way))}"

    @property
    def key(self) -> str:
        """Of what is said now: two people cannot say it both."""
        return f"complaint:{self.one.id}:{self.seen}:{self.one.row.rev}"


@dataclass(frozen=True)
class Said:
    """An event to hand in, what it is called in the audit, and in words."""

    event: Event
    action: str
    words: str
    details: Mapping[str, str]


def worked(console: Console, visitor: Visitor, session: Session, case_id: str) -> Worked:
    """Raises 404, also for a complaint of another branch."""
    row = doing.case_of(visitor, session, case_id)
    if not row.body.get("complaint"):
        raise HTTPException(404)
    outlook = console.behind.outlook(session, row, visitor.look.language, visitor.now)
    titles = {**console.behind.causes(visitor.look.language), **outlook.causes}
    opened = complaints.opened(session, [row.id])[row.id]
    one = read(console, session, row, opened, visitor.now, titles)
    may_work = visitor.may(Action.WORK_ON_COMPLAINTS, Place(row.portal, row.branch))
    found = Worked(one, outlook, may_work)
    said = audit.handled_by(session, found.key)
    pending = visitor.say("dissatisfied.pending", name=said.name, did=said.note) if said else ""
    return Worked(one, outlook, may_work, pending)


def act(
    console: Console, visitor: Visitor, session: Session, case_id: str, form: Mapping[str, str]
) -> Notice:
    """Raises 404 for what this visitor cannot see, 403 for what they may see but not do, 400 for nonsense."""
    found = worked(console, visitor, session, case_id)
    if not found.may_work:
        raise HTTPException(403)
    if form.get("seen", "") != found.seen:
        return Notice(_changed(visitor, found), 409)
    said = _said(visitor, found, form)
    return said if isinstance(said, Notice) else _handed_in(session, visitor, found, said)


def _handed_in(session: Session, visitor: Visitor, found: Worked, said: Said) -> Notice:
    user = visitor.user
    mine = HandledRow(key=found.key, at=visitor.now, user_id=user.id, name=user.name, note=said.words)
    quicker = audit.handle(session, mine)
    if quicker is not None and (quicker.user_id, quicker.note) == (user.id, said.words):
        return Notice(visitor.say("dissatisfied.done", did=said.words))  # one button, pressed twice
    if quicker is not None:
        told = {"name": quicker.name, "at": visitor.clock(quicker.at), "did": quicker.note}
        return Notice(visitor.say("dissatisfied.quicker", **told), 409)
    inbox.add(session, doing.SOURCE, Arrival(f"{said.action}:{found.key}", said.event), visitor.now)
    doing.note(session, visitor, said.action, f"case:{found.one.id}", said.details)
    return Notice(visitor.say("dissatisfied.done", did=said.words))


# --- what was sent ----------------------------------------------------------------------------


def _said(visitor: Visitor, found: Worked, form: Mapping[str, str]) -> Said | Notice:
    is_open, waits = found.one.complaint.settled_at is None, found.one.complaint.under_way is not None
    match form.get("do", ""):
        case "cause":
            return _cause(visitor, found, form)
        case "resolve" if is_open:
            return _resolved(visitor, found, form)
        case "reopen" if not is_open and not waits:
            return _reopened(visitor, found, form)
    raise HTTPException(400)


def _cause(visitor: Visitor, found: Worked, form: Mapping[str, str]) -> Said | Notice:
    cause, words, action = form.get("cause", ""), _said_in(form, "words"), _said_in(form, "action")
    if cause not in found.outlook.causes:
        return Notice(visitor.say("dissatisfied.choose_cause"), 422)
    event = ComplaintCauseNamed(found.one.id, cause, words, action, visitor.user.name, visitor.now)
    told = visitor.say("dissatisfied.did_cause", cause=found.outlook.causes[cause])
    before = {"before": found.one.complaint.cause}
    return Said(event, "complaint.cause", told, {"cause": cause, **before, "words": words, "done": action})


def _resolved(visitor: Visitor, found: Worked, form: Mapping[str, str]) -> Said | Notice:
    ask, words = form.get("ask", "") == YES, _said_in(form, "words")
    shown = found.outlook.asks_again
    # What the client will be sent was read here a moment ago: it must still be that text.
    if ask and shown and form.get("text", "") != shown.mark:
        return Notice(visitor.say("dissatisfied.text_changed"), 409)
    event = ComplaintResolved(found.one.id, visitor.user.name, visitor.now, words, ask)
    asks = ask and shown is not None
    told = visitor.say("dissatisfied.did_resolve_ask" if asks else "dissatisfied.did_resolve")
    return Said(event, "complaint.resolved", told, {"words": words, "asks": YES if asks else "no"})


def _reopened(visitor: Visitor, found: Worked, form: Mapping[str, str]) -> Said | Notice:
    reason = _said_in(form, "reason")
    if not reason:
        return Notice(visitor.say("dissatisfied.say_why"), 422)
    event = ComplaintReopened(found.one.id, reason, visitor.user.name, visitor.now)
    told = visitor.say("dissatisfied.did_reopen")
    return Said(event, "complaint.reopened", told, {"reason": reason})


def _changed(visitor: Visitor, found: Worked) -> str:
    """Who did what, while the page was open."""
    history = found.one.history
    if not history or history[-1].by in ("", visitor.user.name):
        return visitor.say("dissatisfied.changed")
    last = history[-1]
    did = visitor.say(f"dissatisfied.happened_{last.what}")
    return visitor.say("dissatisfied.quicker", name=last.by, at=visitor.clock(last.at), did=did)


def _said_in(form: Mapping[str, str], name: str) -> str:
    return on_one_line(form.get(name, ""), LONGEST_WORDS)
