"""One line of the queue, whatever it is about: why, what is known, what follows, what can be done."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from qc_engine.core.wording.texts import masked
from qc_engine.store import wishes
from qc_engine.store.tables import CaseRow, InboxRow
from qc_engine.web.console.policy import Action, Place, Thing, Where
from qc_engine.web.console.room import Told, Visitor

KINDS = (
    "alarm", "broken", "slipping", "uncertain", "failed", "unclear", "complaint", "overdue", "unmatched",
    "quarantined",
)  # fmt: skip
UNREADABLE = "unreadable"
SENDING = "SendMessage"
QUOTED = 1000  # characters of a client's words


@dataclass(frozen=True)
class Answer:
    """A button. One with `confirm`, a sentence, asks before it does anything; `exact`: what will be sent."""

    do: str
    label: str
    confirm: str = ""
    exact: str = ""
    dangerous: bool = False
    noted: bool = False  # with room for a word to the colleagues


@dataclass(frozen=True)
class Item:
    """One thing that waits for a person. `key` names it in forms: effect:812, inbox:57, overdue:..."""

    key: str
    kind: str
    title: str
    since: datetime | None = None
    case_id: str = ""
    where: str = ""
    known: Sequence[str] = ()
    said: str = ""  # the client's own words
    if_nothing: str = ""
    answers: Sequence[Answer] = ()
    commands: Sequence[Mapping[str, str]] = ()  # for the terminal: nothing here can do it
    links: Sequence[tuple[str, str]] = ()  # words and address: where more of it can be seen


def ages(items: Sequence[Item], now: datetime) -> Mapping[str, int]:
    """How many are younger than an hour, than a day, and older."""
    old = [now - one.since if one.since else timedelta() for one in items]
    hour, day = timedelta(hours=1), timedelta(days=1)
    return {
        "hour": sum(one < hour for one in old),
        "day": sum(hour <= one < day for one in old),
        "older": sum(one >= day for one in old),
    }


def version_of(items: Sequence[Item]) -> str:
    """Changes when something has come or gone, not when only time has passed."""
    told = "\n".join(f"{one.key} {one.title} {len(one.known)}" for one in items)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


# --- what the engine tells by itself ----------------------------------------------------------


def of_engine(visitor: Visitor, told: Told) -> Iterator[Item]:
    """Alarms and broken links first: they make the rest."""
    if visitor.may(Action.SEE_QUEUE, Where.COMPANY):
        yield from (_alarm(visitor, one) for one in told["alarms"])
        yield from (_broken(one) for one in told["broken"])
        yield from (_quarantined(visitor, one) for one in told["quarantined"])
    for kind in ("uncertain", "failed"):
        yield from (_effect(visitor, kind, one) for one in told[kind])


def _alarm(visitor: Visitor, one: Told) -> Item:
    is_wish = one["key"].startswith(f"{wishes.FAMILY}:")
    helps = is_wish and visitor.may(Action.KEEP_PRIVACY, Where.COMPANY)
    return Item(
        f"alarm:{one['key']}", "alarm", one["text"], _moment(one["since_at"]),
        known=one["known"], if_nothing=one["if_nothing"], commands=one["commands"],
        links=[(visitor.say("today.to_privacy"), "/console/privacy")] if helps else (),
    )  # fmt: skip


def _broken(one: Told) -> Item:
    return Item(
        f"broken:{one['lane']}", "broken", one["text"], _moment(one["since_at"]),
        if_nothing=one["if_nothing"], commands=one["commands"],
    )  # fmt: skip


def _effect(visitor: Visitor, kind: str, one: Told) -> Item:
    where = Place(one["portal"], one["branch"])
    settles = visitor.may(Action.SETTLE, where)
    return Item(
        f"effect:{one['id']}", kind, one["what"], _moment(one["since_at"]), one["case_id"],
        ", ".join(filter(None, (one["branch"], one["to"]))), one["known"],
        if_nothing=one["if_nothing"],
        answers=[_way(visitor, one, choice) for choice in one["commands"]] if settles else (),
    )  # fmt: skip


def _way(visitor: Visitor, one: Told, choice: Told) -> Answer:
    how, sends = choice["how"], one["kind"] == SENDING
    exact = one["words"] or one["what"]
    confirm = {
        "happened": "",
        "again": visitor.say("today.confirm_send" if sends else "today.confirm_again", to=one["to"]),
        "drop": visitor.say("today.confirm_drop"),
    }[how]
    label = visitor.say("today.send" if sends and how == "again" else f"today.{how}")
    return Answer(how, label, confirm, exact if confirm else "", dangerous=how != "happened")


def _quarantined(visitor: Visitor, one: Told) -> Item:
    answers = []
    if visitor.may(Action.REPLAY, Where.COMPANY):
        if one["kind"] != UNREADABLE:
            answers.append(Answer("replay", visitor.say("today.replay")))
        confirm = visitor.say("today.confirm_dismiss")
        answers.append(Answer("dismiss", visitor.say("today.dismiss"), confirm, dangerous=True))
    return Item(
        f"inbox:{one['id']}", "quarantined", one["text"], _moment(one["received_at"]),
        where=f"{one['source_text']}, {one['kind_text']}", said=one["raw"], if_nothing=one["if_nothing"],
        answers=answers,
    )  # fmt: skip


# --- what the tables tell ---------------------------------------------------------------------


def unclear(visitor: Visitor, row: CaseRow) -> Item:
    """A client whose words were not understood and who has been given a hint."""
    question, said = row.body["question"], row.body.get("words") or [""]
    key = f"unclear:{row.id}:{question['name']}:{len(said)}"
    return Item(
        key, "unclear", visitor.say("today.unclear", client=client_of(row)), row.updated_at, row.id,
        row.branch,
        [visitor.say("today.unclear_known", hints=question["hints"])], said[-1][:QUOTED],
        visitor.say("today.unclear_after"), _handled(visitor, Place(row.portal, row.branch)),
    )  # fmt: skip


def overdue(visitor: Visitor, row: CaseRow) -> Item | None:
    """A review that somebody was to look for by now; None when there is still time."""
    due_at = _moment(row.body["check"]["due_at"])
    if due_at is None or due_at > visitor.now:
        return None
    known = [visitor.say("today.overdue_known", at=visitor.clock(due_at))]
    if row.task_id:
        known.append(visitor.say("today.task", task=row.task_id))
    return Item(
        f"overdue:{row.id}:{due_at:%Y%m%d%H%M}", "overdue",
        visitor.say("today.overdue", client=client_of(row)), due_at, row.id, row.branch, known, "",
        visitor.say("today.overdue_after"), _handled(visitor, Place(row.portal, row.branch)),
    )  # fmt: skip


def unmatched(visitor: Visitor, row: InboxRow) -> Item:
    """Words of somebody whom nobody has asked."""
    phone = str(row.event.get("phone") or "")
    who = masked(phone) if phone else visitor.say("today.unknown_client")
    return Item(
        f"unmatched:{row.id}", "unmatched", visitor.say("today.unmatched", client=who), row.received_at,
        where=row.source, known=[visitor.say("today.unmatched_known")],
        said=str(row.event.get("text") or visitor.say("today.no_text"))[:QUOTED],
        if_nothing=visitor.say("today.unmatched_after"), answers=_handled(visitor, Where.COMPANY),
    )  # fmt: skip


def client_of(row: CaseRow) -> str:
    return str(row.body.get("client_name") or masked(row.phone))


def _handled(visitor: Visitor, thing: Thing) -> Sequence[Answer]:
    if not visitor.may(Action.HANDLE, thing):
        return ()
    confirm = visitor.say("today.confirm_handled")
    return [Answer("handled", visitor.say("today.handled"), confirm, noted=True)]


def _moment(told: Any) -> datetime | None:
    return datetime.fromisoformat(told) if told else None
