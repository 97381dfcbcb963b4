"""Stands at the vendors' doors and looks at every call that leaves: may it, at this moment?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from qc_engine.core.effects import MoveDeal, SendMessage, SetFields
from qc_engine.core.events import AnswerReceived, StaffWrote
from qc_engine.ports import Job
from qc_engine.store import codec
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, EffectRow, InboxRow, TraceRow
from tests.simulation.answers import STOPS
from tests.simulation.chats import chat_of, phone_in
from tests.simulation.contents import look_at_fields, look_at_message
from tests.simulation.faults import Violation
from tests.simulation.world import World

NEXT_AFTER = timedelta(hours=6)
LATE_NEWS = timedelta(days=1)  # so long may word of what happened take to us
CERTAINLY_NOT_READ = "no_account"
REPLY_WITHIN, OPERATOR_PAUSE, CONTACT_LIMIT = timedelta(minutes=15), timedelta(hours=2), timedelta(days=30)
BLOCKING = ("planned", "sending", "unknown")


@dataclass(frozen=True)
class SentMessage:
    """A message that a client really got."""

    key: str
    at: datetime
    message: SendMessage


@dataclass
class Witness:
    """Knows the promises by its own reading of them, not by the engine's code."""

    database: Database
    world: World

    def __call__(self, jobs: Sequence[Job]) -> None:
        with self.database.reading() as session:
            for job in jobs:
                row = session.exec(select(EffectRow).where(EffectRow.key == job.key)).one()
                self._written_down(row)
                self._in_order(session, row)
                if isinstance(job.effect, SendMessage):
                    self._message(session, row, job.effect)
                elif isinstance(job.effect, SetFields):
                    look_at_fields(session, row, job.effect)

    # --- I3, I4: written down before, one at a time, in order -------------------------------------

    def _written_down(self, row: EffectRow) -> None:
        if row.state != "sending" or row.lease_until is None:
            raise Violation(f"I3: {row.key} leaves while it is written down as {row.state}")
        if self.world.carried_out(row.key) and row.kind in (
            "SendMessage",
            "CreateTask",
            "CreateDeal",
            "AddComment",
        ):
            raise Violation(f"I5: {row.key} ({row.kind}) is attempted again, though it happened")

    def _in_order(self, session: Session, row: EffectRow) -> None:
        mates = session.exec(
            select(EffectRow).where(EffectRow.case_id == row.case_id, EffectRow.lane == row.lane)
        ).all()
        for mate in mates:
            assert mate.id
            assert row.id
            if mate.id < row.id and mate.state in BLOCKING:
                raise Violation(f"I4: {row.key} overtakes {mate.key}, which is {mate.state}")
            if mate.id > row.id and mate.state == "sending":
                raise Violation(f"I4: {mate.key} and {row.key} are on their way at once")

    # --- I6: what may reach a client --------------------------------------------------------------

    def _message(self, session: Session, row: EffectRow, message: SendMessage) -> None:
        now = self.world.clock.now()
        look_at_message(session, self.world, row, message, now)
        heard = _heard(session, message.phone)
        self._consent(heard, row, message)
        self._night(heard, message, now, row.key, self._zone(session, row))
        self._operator(session, message, now, row.key)
        if message.purpose not in (
            "farewell",
            "welcome",
        ):  # whoever says 'stop' late, or opens the chat, is told
            self._not_after_the_end(session, row)
        if message.purpose == "question":
            self._question(session, row, message, now)

    def _consent(self, heard: Sequence[AnswerReceived], row: EffectRow, message: SendMessage) -> None:
        if not any(one.text in STOPS for one in heard):
            return
        if message.purpose != "farewell":
            raise Violation(f"I6: {row.key} ({message.purpose}) leaves after 'stop'")
        if any(one.key != row.key for one in self._sent(message.phone, "farewell")):
            raise Violation(f"I6: a second farewell, {row.key}")

    def _sent(self, phone: str, purpose: str) -> list[SentMessage]:
        return [
            SentMessage(one.key, one.at, one.effect)
            for one in self.world.ledger
            if isinstance(one.effect, SendMessage)
            and (one.effect.phone, one.effect.purpose) == (phone, purpose)
        ]

    def _zone(self, session: Session, row: EffectRow) -> ZoneInfo:
        """Of the branch, as the CRM knows it."""
        return self.world.zones[session.get_one(CaseRow, row.case_id).deal_id]

    def _night(
        self, heard: Sequence[AnswerReceived], message: SendMessage, now: datetime, key: str, zone: ZoneInfo
    ) -> None:
        hour = now.astimezone(zone).hour
        if 9 <= hour < 21:
            return
        with self.database.reading() as session:
            came = _came(session, message.phone, now - REPLY_WITHIN)
        lively = came or any(now - one.at <= REPLY_WITHIN for one in heard)
        if not lively or message.purpose == "reminder":
            raise Violation(f"I6: {key} ({message.purpose}) leaves at {hour} o'clock")

    def _operator(self, session: Session, message: SendMessage, now: datetime, key: str) -> None:
        rows = session.exec(
            select(InboxRow).where(InboxRow.kind == "StaffWrote", InboxRow.result == "applied")
        )
        for row in rows:
            wrote = codec.load_event(row.kind, row.event)
            assert isinstance(wrote, StaffWrote)
            if wrote.phone == message.phone and now < wrote.at + OPERATOR_PAUSE:
                raise Violation(f"{key} leaves while an operator talks")

    def _not_after_the_end(self, session: Session, row: EffectRow) -> None:
        if session.get_one(CaseRow, row.case_id).state != "ended":
            return
        traces = session.exec(select(TraceRow).where(TraceRow.case_id == row.case_id)).all()
        ends = [one for one in traces if one.body["state"] == "ended"]
        # A correction lets the case go its last way again, and end anew.
        anew = [one.rev for one in ends if any(_is_correction(note) for note in one.body["notes"])]
        ended_in = max([min(one.rev for one in ends), *anew])
        if row.key.split(":")[1] != str(ended_in):
            raise Violation(f"I6: {row.key} leaves after the case ended in decision {ended_in}")

    def _question(self, session: Session, row: EffectRow, message: SendMessage, now: datetime) -> None:
        asked = [
            one for one in self._sent(message.phone, "question") if one.message.question == message.question
        ]
        before = [one for one in asked if one.key.startswith(f"{row.case_id}:")]
        for one in before:
            self._asked_again(session, row, message, one, now)
        refused = _refused(session)
        others = [one for one in asked if one not in before and one.key not in refused]
        if any(now < one.at + CONTACT_LIMIT for one in others):
            raise Violation(f"{row.key}: this client was asked less than 30 days ago")
        deal_id = session.get_one(CaseRow, row.case_id).deal_id
        moves = [one.effect for one in self.world.ledger if isinstance(one.effect, MoveDeal)]
        if not any((one.deal_id, one.stage) == (deal_id, "UC_QUALITY") for one in moves):
            raise Violation(f"I4: {row.key} asks before deal {deal_id} was moved")

    def _asked_again(
        self, session: Session, row: EffectRow, message: SendMessage, before: SentMessage, now: datetime
    ) -> None:
        """Only another way, when the first has not brought it, or where the client has come by themselves."""
        if message.channel == before.message.channel and not _came(session, message.phone, before.at):
            raise Violation(f"{row.key}: question {message.question} a second time in one case")
        told = _told_since(session, before.at - LATE_NEWS)
        if now < before.at + NEXT_AFTER and not told:
            raise Violation(f"{row.key}: question {message.question} goes another way too early")


def _refused(session: Session) -> set[str]:
    """Messages of which the messenger told that they certainly reached nobody."""
    rows = session.exec(select(InboxRow).where(InboxRow.kind == "MessageRefused")).all()
    numbers = {str(row.event["message_id"]) for row in rows if row.event["code"] == CERTAINLY_NOT_READ}
    sent = session.exec(select(EffectRow).where(EffectRow.kind == "SendMessage")).all()
    return {row.key for row in sent if row.result in numbers}


def _told_since(session: Session, moment: datetime) -> bool:
    """Has a messenger refused something since then, or has somebody opened a chat?"""
    kinds = select(InboxRow).where(InboxRow.kind == "MessageRefused", InboxRow.received_at >= moment)
    return session.exec(kinds).first() is not None or _came(session, "", moment)


def _came(session: Session, phone: str, moment: datetime) -> bool:
    rows = session.exec(select(InboxRow).where(InboxRow.kind == "ChannelJoined")).all()
    recent = [row for row in rows if datetime.fromisoformat(row.event["at"]) >= moment]
    return any(not phone or row.event["address"] == chat_of(phone) for row in recent)


def _heard(session: Session, phone: str) -> Sequence[AnswerReceived]:
    """What has come from this client, in any order; also what no case has taken in yet."""
    rows = session.exec(select(InboxRow).where(InboxRow.kind == "AnswerReceived")).all()
    events = [codec.load_event(row.kind, row.event) for row in rows]
    return [one for one in events if isinstance(one, AnswerReceived) and is_of(one, phone)]


def is_of(answer: AnswerReceived, phone: str) -> bool:
    """Whose words: a chat is known by its number, WhatsApp by the phone."""
    return phone in (answer.phone, phone_in(answer.address)) if phone else False


def _is_correction(note: Mapping[str, Any]) -> bool:
    return bool(note["key"] == "note.review_corrected")
