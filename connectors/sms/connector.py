"""SMS as the engine sees it: messages to clients, and whether they have arrived. Nobody can answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import httpx
import structlog

from connectors.sms import doctor, forecast, hooks, statuses
from connectors.sms.client import FAILURES, Client
from connectors.sms.parts import parts_of, room
from connectors.sms.pending import InRam, Pending, Sent
from connectors.sms.settings import SmsSettings
from connectors.sms.wire import Said
from qc_engine.clock import Clock
from qc_engine.core.channel import Channel
from qc_engine.core.effects import Effect, SendMessage
from qc_engine.phones import normalise
from qc_engine.ports import (
    Arrival,
    CannotTell,
    Connector,
    Done,
    Finding,
    Forbidden,
    Job,
    Memory,
    Outcome,
    Pace,
    Poll,
    Polled,
    Refused,
    Request,
    Search,
)

NAME = "sms"
log = structlog.get_logger()


class Sms:
    """One account at one gateway."""

    performs: frozenset[type[Effect]] = frozenset({SendMessage})
    batch_size = 1

    def __init__(
        self,
        settings: SmsSettings,
        clock: Clock,
        pace: Pace,
        memory: Memory | None = None,
        http: httpx.Client | None = None,
        hook_url: str | None = None,
    ) -> None:
        """`hook_url` is our public door, without the secret: https://…/hooks/sms."""
        self.settings = settings
        self.clock = clock
        self.hook_url = hook_url
        self.client = Client(settings, clock, pace, http, _callback(settings, hook_url))
        self.pending = Pending(memory or InRam(), settings.status_for)

    # Sending

    def perform(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        return [self._attempt(job) for job in jobs]

    def takes(self, waiting: Mapping[str, int]) -> timedelta:
        """How long the account's limit makes so many effects take."""
        return forecast.takes(self.settings, waiting)

    def find(self, job: Job) -> Search:
        """By our own number, where the gateway takes one."""
        call = self.settings.description.find
        if call is None or not isinstance(job.effect, SendMessage):
            return CannotTell("sms: this gateway cannot be asked by our own number")
        try:
            return self.client.find(call, self._phone(job.effect), job.marker)
        except FAILURES as problem:
            return CannotTell(str(problem))

    def _attempt(self, job: Job) -> Outcome:
        try:
            return Done(self._send(job))
        except FAILURES as outcome:
            return outcome

    def _send(self, job: Job) -> str:
        effect = job.effect
        if not isinstance(effect, SendMessage):
            raise Refused(f"sms cannot perform {type(effect).__name__}")
        phone, text = self._phone(effect), self._text(effect)
        number = self.client.send(
            phone, text, job.marker, urgent=job.urgent, check=lambda: self._check_fresh(effect)
        )
        if number and self.settings.receipts:
            self._note(Sent(number, phone, self.clock.now()))
        return number

    def _phone(self, effect: SendMessage) -> str:
        region = self.settings.region
        phone = normalise(f"+{effect.phone}", region) or normalise(effect.phone, region)
        if not phone:
            raise Refused("sms: no phone number to write to", code="no_phone")
        return phone

    def _text(self, effect: SendMessage) -> str:
        text = stripped(effect.in_words)
        parts, most = parts_of(text), self.settings.max_parts
        if not parts:
            raise Refused("sms: nothing to send: the text is empty")
        if parts > most:
            raise Refused(f"sms: too long: {parts} parts, {most} allowed")
        return text

    def _check_fresh(self, effect: SendMessage) -> None:
        # The slot may have been long in coming.
        if effect.fresh_until and self.clock.now() > effect.fresh_until:
            raise Refused("sms: too late to be sent", code="too_late")

    def _note(self, sent: Sent) -> None:
        try:
            self.pending.add(sent)
        except Exception as problem:  # noqa: BLE001  it has left: nothing may cast a doubt on that any more
            log.warning("an SMS will not be asked about", kind=type(problem).__name__)

    # Receiving

    def parse(self, request: Request) -> Sequence[Arrival]:
        hooks.admit(request, self.settings)
        callback = self.settings.description.callback
        if callback is None:
            raise Forbidden("sms: callbacks are off")
        return hooks.read_callback(request, callback, self.settings, self.pending, self.clock.now())

    # Watching

    def statuses(self, cursor: str, now: datetime) -> Polled:
        """One question about the messages whose end is not known; the cursor counts the turns."""
        call = self.settings.description.status
        self.pending.confirm(cursor)
        if call is None or not (asked := self.pending.due(now, self.settings.status_every, call.at_once)):
            return Polled((), cursor)
        pairs = statuses.answers_for(self._states(asked, now), asked, call)
        gateway, turn = self.settings.description, str(int(cursor or "0") + 1)
        self.pending.told(turn, statuses.finals(pairs, call, gateway))
        arrivals = [
            arrival
            for said, one in pairs
            for arrival in statuses.told(said, one.number, one.phone, call, gateway, now)
        ]
        return Polled(arrivals, turn, more=len(asked) == call.at_once)

    def _states(self, asked: Sequence[Sent], now: datetime) -> Sequence[Said]:
        try:
            found = self.client.states(asked)
        except Refused:
            # Messages that the gateway cannot bear must not stand before the others for ever.
            self.pending.asked(asked, now)
            raise
        self.pending.asked(asked, now)
        return found

    # Health

    def doctor(self) -> Sequence[Finding]:
        return doctor.examine(self.client, self.hook_url)


def channel(settings: SmsSettings) -> Channel:
    """What it can do: nobody can answer, and receipts depend on the gateway."""
    longest, wide = room(settings.max_parts)
    return Channel(NAME, answers=False, receipts=settings.receipts, longest=longest, longest_wide=wide)


def connector(
    settings: SmsSettings,
    clock: Clock,
    pace: Pace,
    memory: Memory | None = None,
    http: httpx.Client | None = None,
    hook_url: str | None = None,
) -> Connector:
    """The account with all its doors. Without `memory` a restart forgets whose delivery is not known yet."""
    account = Sms(settings, clock, pace, memory, http, hook_url)
    asks = settings.description.status is not None
    return Connector(
        NAME,
        receives=account if settings.hears else None,
        performs=account,
        polls=(Poll("statuses", settings.status_every, account.statuses),) if asks else (),
        doctor=account.doctor,
        channel=channel(settings),
        recall=account.pending.recall,
    )


def stripped(text: str) -> str:
    """What can be sent: plain line ends, nothing that UTF-8 cannot hold."""
    return text.replace("\r\n", "\n").replace("\x00", "").strip().encode("utf-8", "replace").decode()


def _callback(settings: SmsSettings, hook_url: str | None) -> str:
    if not (hook_url and settings.hears):
        return ""
    return f"{hook_url.rstrip('/')}/{settings.hook_secrets[0]}"
