"""The portal's own words over HTTP: one method, or up to 50 of them in one request."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import TypeVar

import httpx
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from connectors.bitrix24.access.ways import Access, OAuthAccess, WebhookAccess
from connectors.bitrix24.calls.answers import Answer, Command
from connectors.bitrix24.calls.asking import SOON, Asking
from connectors.bitrix24.calls.errors import Failure, Hiccup, TimedOut, TooFast
from connectors.bitrix24.calls.exchange import open_http
from connectors.bitrix24.calls.operating import InRam, Operating
from connectors.bitrix24.calls.transport import Transport
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.clock import Clock
from qc_engine.ports import Memory, OutcomeUnknown, Pace, TryLater

__all__ = ["Answer", "Client", "Command"]

T = TypeVar("T")
READ_TRIES = 3
# Batches of one list that are under way at once: enough to use all that the bucket gives while an answer
# takes a second, and few enough that a portal that is full says so hardly twice.
SIDE_BY_SIDE = 4
# Jobs that one `perform` may bring: 50 lists of 50 deals are one request, so looking costs a fiftieth.
AT_ONCE = 2500
# What was read before writing grows old, and the outbox's lease runs: at two requests a second this is 60.
BEGIN_WITHIN = timedelta(seconds=30)


class Client:
    """Calls methods of one portal, no faster than its two limits allow.

    Raises, or gives as an outcome: TryLater, Refused, Broken, OutcomeUnknown (see errors.py).
    """

    def __init__(
        self,
        settings: Bitrix24Settings,
        clock: Clock,
        pace: Pace,
        http: httpx.Client | None = None,
        *,
        access: Access | None = None,
        memory: Memory | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        memory, http = memory or InRam(), http or open_http(settings)
        self.access = access or _access(settings, memory, clock, http)
        self.operating = Operating(clock, settings.operating_limit, memory)
        transport = Transport(settings, pace, http, self.access)
        self._asking = Asking(transport, self.access, self.operating, pace, clock)

    @property
    def zone(self) -> tzinfo:
        """The portal's own, known from its first answer; UTC until then."""
        return self._asking.zone

    @property
    def told_at(self) -> datetime | None:
        """When the portal began its last answer, by its own clock."""
        return self._asking.told_at

    def call(
        self,
        method: str,
        params: Mapping[str, object],
        timeout: timedelta | None = None,
        *,
        urgent: bool = False,
    ) -> Answer:
        """One attempt of one method."""
        with self._admitted({method: 1}) as granted:
            if granted[method]:
                return self._asking.one(method, params, timeout or self._settings.http_timeout, urgent)
        raise self._held(method)

    def batch(
        self, commands: Sequence[Command], timeout: timedelta | None = None
    ) -> Sequence[Answer | Failure]:
        """One attempt of up to 50 commands in one request; one outcome per command, in their order.

        Commands whose method has no running time left are not sent: TryLater, with the time to wait.
        Raises like `call` when the request as a whole fails.
        """
        with self._admitted(Counter(command.method for command in commands)) as granted:
            sent = _first(commands, granted)
            answers = self._asking.together(sent, timeout or self._settings.http_timeout) if sent else {}
        return [
            answers[key] if (key := f"c{place}") in answers else self._held(command.method)
            for place, command in enumerate(commands)
        ]

    def read(self, method: str, params: Mapping[str, object], *, urgent: bool = False) -> Answer:
        """A call that changes nothing: short hiccups are smoothed, and its outcome is never unknown."""
        return self._smoothed(lambda: self.call(method, params, self._settings.read_timeout, urgent=urgent))

    def read_batch(self, commands: Sequence[Command]) -> Sequence[Answer | Failure]:
        """Any number of reading commands, in as few requests as possible."""
        outcomes: list[Answer | Failure] = []
        for part in self._parts(commands):
            ask = partial(self.batch, part, self._settings.read_timeout)
            outcomes += self._smoothed(ask)
        return [TryLater(str(o)) if isinstance(o, OutcomeUnknown) else o for o in outcomes]

    def side_by_side(
        self, commands: Sequence[Command], send: Callable[[Sequence[Command]], Sequence[Answer | Failure]]
    ) -> Sequence[Answer | Failure]:
        """`send` for every batchful of the commands, a few at once; the outcomes in the commands' order.

        What has not begun within BEGIN_WITHIN comes back as TryLater.
        """
        parts, until = self._parts(commands), self._clock.now() + BEGIN_WITHIN

        def turn(part: Sequence[Command]) -> Sequence[Answer | Failure]:
            return (
                send(part)
                if self._clock.now() < until
                else [TryLater("its turn did not come", SOON)] * len(part)
            )

        if len(parts) < 2:
            return [outcome for part in parts for outcome in turn(part)]
        with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(parts)), "bitrix24 batch") as threads:
            return [outcome for some in threads.map(turn, parts) for outcome in some]

    def _parts(self, commands: Sequence[Command]) -> Sequence[Sequence[Command]]:
        size = self._settings.batch_size
        return [commands[first : first + size] for first in range(0, len(commands), size)]

    def _smoothed(self, ask: Callable[[], T]) -> T:
        tries = Retrying(
            stop=stop_after_attempt(READ_TRIES),
            wait=wait_exponential(multiplier=0.5, max=5),
            retry=retry_if_exception(_may_pass),
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            return tries(ask)
        except OutcomeUnknown as failure:
            raise TryLater(str(failure)) from None

    # --- the running time --------------------------------------------------------------------------

    @contextmanager
    def _admitted(self, wanted: Mapping[str, int]) -> Iterator[Mapping[str, int]]:
        """How many commands of each method may be sent; their time is reserved until the end of the block."""
        granted: dict[str, int] = {}
        try:
            # In one order for all threads: each may wait for what another one has under way.
            for method in sorted(wanted, key=str.lower):
                granted[method] = self.operating.admit(method, wanted[method])
            yield granted
        finally:
            for method, count in granted.items():
                self.operating.landed(method, count)

    def _held(self, method: str) -> TryLater:
        left = self.operating.left(method)
        return TryLater(f"{method}: its running time in the portal is used up for now", left or SOON)


def _access(settings: Bitrix24Settings, memory: Memory, clock: Clock, http: httpx.Client) -> Access:
    if settings.oauth:
        return OAuthAccess(settings.oauth, memory, clock, http)
    return WebhookAccess(settings)


def _first(commands: Sequence[Command], granted: Mapping[str, int]) -> Mapping[str, Command]:
    """The first so many commands of each method, under keys that are no numbers.

    Of numbers PHP would make a list, and nobody could tell which is which.
    """
    left = dict(granted)
    sent: dict[str, Command] = {}
    for place, command in enumerate(commands):
        if left[command.method] > 0:
            left[command.method] -= 1
            sent[f"c{place}"] = command
    return sent


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, Hiccup | TooFast | OutcomeUnknown) and not isinstance(error, TimedOut)
