"""Chat2Desk as the engine sees it: messages to clients, and what clients and operators write."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import httpx

from connectors.chat2desk import doctor, door, forecast, hooks, search, statuses, watch
from connectors.chat2desk.client import Client
from connectors.chat2desk.courtesies import Courtesies
from connectors.chat2desk.hooks import Reading, phone_in
from connectors.chat2desk.memory import Remembered
from connectors.chat2desk.settings import Chat2DeskSettings
from connectors.chat2desk.templates import written
from connectors.chat2desk.wire import Row, same_words, whole_number, words
from qc_engine.clock import Clock
from qc_engine.core.effects import Effect, SendMessage
from qc_engine.ports import (
    Arrival,
    Broken,
    CannotTell,
    Connector,
    Done,
    Finding,
    Job,
    Outcome,
    OutcomeUnknown,
    Pace,
    Poll,
    Polled,
    Refused,
    Request,
    Search,
    TryLater,
)

NAME = "chat2desk"
SEARCH_LIMIT = 50
ECHO_SPAN = timedelta(hours=3)  # the last repeat of a webhook comes after 2 h
PHONE = re.compile(r"[0-9]{10,14}")  # what POST /v1/clients takes
MOST_CLIENTS = 50_000
MOST_ECHOES = 10_000


class Chat2Desk:
    """One channel of one Chat2Desk account."""

    performs: frozenset[type[Effect]] = frozenset({SendMessage})
    batch_size = 1

    def __init__(
        self,
        settings: Chat2DeskSettings,
        clock: Clock,
        pace: Pace,
        http: httpx.Client | None = None,
        hook_url: str | None = None,
    ) -> None:
        """`hook_url` is our public door, without the secret: https://…/hooks/chat2desk."""
        self.settings = settings
        self.clock = clock
        self.client = Client(settings, clock, pace, http)
        self.courtesies = Courtesies(self.client)
        self.door = f"{hook_url.rstrip('/')}/" if hook_url else None
        self.hook_url = f"{self.door}{settings.webhook_secret.get_secret_value()}" if self.door else None
        self._ids: Remembered[str, int] = Remembered(MOST_CLIENTS)
        self._phones: Remembered[int, str] = Remembered(MOST_CLIENTS)
        self._sent: Remembered[tuple[str, str], datetime] = Remembered(MOST_ECHOES)

    # Sending

    def perform(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        return [self._attempt(job) for job in jobs]

    def takes(self, waiting: Mapping[str, int]) -> timedelta:
        """How long the account's limit makes so many effects take."""
        return forecast.takes(self.settings, waiting)

    def find(self, job: Job) -> Search:
        """Look for the message among the client's newest ones."""
        if not isinstance(job.effect, SendMessage) or job.first_tried_at is None:
            return CannotTell("chat2desk: not known what was sent, or when")
        try:
            text = self._written(job.effect)
            client_id = self._ids.get(job.effect.phone) or self.client.find_client(job.effect.phone)
            rows = self.client.messages_of(client_id, SEARCH_LIMIT) if client_id else ()
        except (TryLater, Refused, Broken, OutcomeUnknown) as problem:
            return CannotTell(str(problem))
        return search.among(rows, job.marker, text, since=job.first_tried_at, limit=SEARCH_LIMIT)

    # Receiving

    def parse(self, request: Request) -> Sequence[Arrival]:
        door.admit(request, self.settings, self.clock.now())
        return hooks.read_hook(request.body, self._reading(self.clock.now()))

    # Watching

    def backfill(self, cursor: str, now: datetime) -> Polled:
        return watch.backfill(self.client, cursor, self._reading(now), self._phone_of)

    def statuses(self, cursor: str, now: datetime) -> Polled:
        if not cursor:
            return Polled((), str(self.client.newest_message_id() or 0))
        # A number is not worth a request here: the message says whose it is.
        return statuses.poll(cursor, now, self.settings, self.client.messages_from, self._known_phone)

    def watchdog(self, cursor: str, now: datetime) -> Polled:
        if self.hook_url and self.door:
            watch.keep_webhook(self.client, self.hook_url, self.door)
        return Polled((), cursor)

    # Health

    def doctor(self) -> Sequence[Finding]:
        return doctor.examine(self.client, self.hook_url, self.door)

    def _attempt(self, job: Job) -> Outcome:
        try:
            return Done(str(self._send(job)))
        except (TryLater, Refused, Broken, OutcomeUnknown) as outcome:
            return outcome

    def _send(self, job: Job) -> int:
        effect = job.effect
        if not isinstance(effect, SendMessage):
            raise Refused(f"chat2desk cannot perform {type(effect).__name__}")
        text = self._written(effect)
        client_id = self._client_id(effect.phone)
        self.courtesies.before(effect, client_id, self.clock.now())
        # Finding the client may have waited long for its slots.
        now = self.clock.now()
        if effect.fresh_until and now > effect.fresh_until:
            raise Refused("chat2desk: too late to be sent", code="too_late")
        # Before the call: the echo may come back sooner than the answer.
        self._sent.put((effect.phone, same_words(text)), now)
        try:
            message_id = self.client.send_message(client_id, text, external_id=job.marker)
        except Refused:
            self._ids.forget(effect.phone)  # perhaps this client was deleted or merged there
            raise
        self.courtesies.after(effect, client_id)
        return message_id

    def _written(self, effect: SendMessage) -> str:
        text = words(written(effect, self.settings.transport, self.settings.template_grammar))
        if not text.strip():
            raise Refused("chat2desk: nothing to send: the text is empty")
        return text

    def _client_id(self, phone: str) -> int:
        if not PHONE.fullmatch(phone):
            raise Refused("chat2desk: no phone number to write to", code="no_phone")
        client_id = self._ids.get(phone) or self.client.find_client(phone) or self.client.create_client(phone)
        self._ids.put(phone, client_id)
        self._phones.put(client_id, phone)
        return client_id

    def _reading(self, now: datetime) -> Reading:
        return Reading(self.settings, now, self._phones, partial(self._is_echo, now))

    def _is_echo(self, now: datetime, phone: str, text: str) -> bool:
        sent_at = self._sent.get((phone, same_words(text)))
        return sent_at is not None and now - sent_at <= ECHO_SPAN

    def _phone_of(self, row: Row) -> str:
        """Messages in a list carry no number: it is asked once per client, then remembered."""
        client_id = whole_number(row.get("client_id"))
        if client_id is None:
            return ""
        known = self._phones.get(client_id)
        if known is None:
            known = self._asked_phone(client_id)
            self._phones.put(client_id, known)
        return known

    def _known_phone(self, row: Row) -> str:
        client_id = whole_number(row.get("client_id"))
        return (client_id and self._phones.get(client_id)) or ""

    def _asked_phone(self, client_id: int) -> str:
        try:
            return phone_in(self.client.client(client_id), self.settings)
        except Refused:  # deleted there since
            return ""


def connector(
    settings: Chat2DeskSettings,
    clock: Clock,
    pace: Pace,
    http: httpx.Client | None = None,
    hook_url: str | None = None,
) -> Connector:
    """The account with all its doors; without `hook_url` nobody looks after the webhook."""
    account = Chat2Desk(settings, clock, pace, http, hook_url)
    polls = [Poll("backfill", settings.backfill_every, account.backfill)]
    if settings.poll_statuses:
        polls.append(Poll("statuses", settings.backfill_every, account.statuses))
    if settings.survey_tag:
        polls.append(Poll("tags", settings.backfill_every, account.courtesies.sweep))
    if hook_url:
        polls.append(Poll("watchdog", settings.watch_every, account.watchdog))
    return Connector(NAME, receives=account, performs=account, polls=tuple(polls), doctor=account.doctor)
