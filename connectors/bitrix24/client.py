"""The portal's own words over HTTP: one method, or up to 50 of them in one request."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo
from functools import partial
from typing import TypeVar

import httpx
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from connectors.bitrix24.errors import (
    TOO_FAST,
    TOO_LONG,
    Failure,
    Hiccup,
    TimedOut,
    by_code,
    by_status,
    retry_after,
)
from connectors.bitrix24.operating import Operating
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.transport import Reply, Transport
from connectors.bitrix24.wire import as_id, as_list, as_map, query, zone_of
from qc_engine.clock import Clock
from qc_engine.ports import OutcomeUnknown, Pace, TryLater

T = TypeVar("T")
READ_TRIES = 3
# The bucket drains two requests a second: after five seconds there is room for ten.
TOO_FAST_PAUSE = timedelta(seconds=5)


@dataclass(frozen=True)
class Command:
    """One call of one method."""

    method: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What a method returned; `next` is where its next page begins."""

    result: object
    next: int | None = None


class Client:
    """Calls methods of one portal by its incoming webhook."""

    def __init__(
        self, settings: Bitrix24Settings, clock: Clock, pace: Pace, http: httpx.Client | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._pace = pace
        self._transport = Transport(settings, pace, http)
        self._operating = Operating(clock)
        self.zone: tzinfo = UTC  # the portal's own, known from its first answer

    def call(self, method: str, params: Mapping[str, object], timeout: timedelta | None = None) -> Answer:
        """One attempt of one method. Raises TryLater, Refused, Broken or OutcomeUnknown."""
        if left := self._operating.left(method):
            raise TryLater(f"{method}: ran too long, the portal has blocked it for now", left)
        reply = self._transport.post(method, params, timeout or self._settings.http_timeout)
        return self._understood(method, reply)

    def batch(
        self, commands: Sequence[Command], timeout: timedelta | None = None
    ) -> Sequence[Answer | Failure]:
        """One attempt of up to 50 commands in one request; one outcome per command, in their order.

        Raises like `call` when the request as a whole fails.
        """
        outcomes = {place: failure for place, c in enumerate(commands) if (failure := self._blocked(c))}
        # Keys that are no numbers: PHP would make a list of them, and nobody could tell which is which.
        sent = {f"c{place}": c for place, c in enumerate(commands) if place not in outcomes}
        if not sent:
            return list(outcomes.values())
        cmd = {key: f"{c.method}?{query(c.params)}" for key, c in sent.items()}
        answers = self._outcomes(sent, self.call("batch", {"halt": 0, "cmd": cmd}, timeout))
        return [outcomes.get(place) or answers[f"c{place}"] for place in range(len(commands))]

    def read(self, method: str, params: Mapping[str, object]) -> Answer:
        """A call that changes nothing: short hiccups are smoothed, and its outcome is never unknown."""
        return self._smoothed(lambda: self.call(method, params, self._settings.read_timeout))

    def read_batch(self, commands: Sequence[Command]) -> Sequence[Answer | Failure]:
        """Any number of reading commands, in as few requests as possible."""
        size = self._settings.batch_size
        outcomes: list[Answer | Failure] = []
        for first in range(0, len(commands), size):
            ask = partial(self.batch, commands[first : first + size], self._settings.read_timeout)
            outcomes += self._smoothed(ask)
        return [TryLater(str(o)) if isinstance(o, OutcomeUnknown) else o for o in outcomes]

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

    def _blocked(self, command: Command) -> Failure | None:
        left = self._operating.left(command.method)
        return TryLater(f"{command.method}: blocked for running too long", left) if left else None

    # --- understanding an answer -----------------------------------------------------------------

    def _understood(self, method: str, reply: Reply) -> Answer:
        payload = _parsed(reply.body)
        after = retry_after(reply.headers.get("retry-after"), self._clock.now())
        if "error" in payload and (payload["error"] or "result" not in payload):
            raise self._failure(method, payload, reply.status, after)
        if reply.status >= 300:
            raise by_status(method, reply.status, after)
        if "result" not in payload:
            raise OutcomeUnknown(f"{method}: HTTP {reply.status} with an answer that makes no sense")
        self._learn(method, as_map(payload.get("time")))
        return Answer(payload["result"], as_id(payload.get("next")))

    def _failure(
        self, method: str, error: Mapping[str, object], status: int, after: timedelta | None = None
    ) -> Failure:
        failure = by_code(method, error.get("error"), error.get("error_description"), status)
        word = str(error.get("error")).strip().upper()
        if word == TOO_FAST:
            after = after or TOO_FAST_PAUSE
            self._pace.pause(after.total_seconds())
            return TryLater(str(failure), after)
        if word == TOO_LONG:
            return TryLater(str(failure), self._operating.block(method))
        return failure

    def _learn(self, method: str, time: Mapping[str, object]) -> None:
        self._operating.note(method, time)
        self.zone = zone_of(time.get("date_start")) or self.zone

    def _outcomes(self, sent: Mapping[str, Command], answer: Answer) -> dict[str, Answer | Failure]:
        whole = as_map(answer.result)
        results, errors = _by_key(whole.get("result"), sent), _errors(whole, sent)
        times, nexts = _by_key(whole.get("result_time"), sent), _by_key(whole.get("result_next"), sent)
        outcomes: dict[str, Answer | Failure] = {}
        for key, command in sent.items():
            if key in errors:
                outcomes[key] = self._failure(command.method, as_map(errors[key]), 200)
            elif key in results:
                self._operating.note(command.method, as_map(times.get(key)))
                outcomes[key] = Answer(results[key], as_id(nexts.get(key)))
            else:
                outcomes[key] = OutcomeUnknown(f"{command.method}: the batch says nothing about it")
        return outcomes


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, Hiccup | OutcomeUnknown) and not isinstance(error, TimedOut)


def _parsed(body: bytes) -> Mapping[str, object]:
    """Empty for whatever is no JSON object: a login page, half an answer, a number of 5,000 digits."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}


def _by_key(value: object, sent: Mapping[str, Command]) -> Mapping[str, object]:
    """A map of the batch by command key, also when PHP made a list of it."""
    if isinstance(value, list):
        return dict(zip(sent, value, strict=False)) if len(value) == len(sent) else {}
    return as_map(value)


def _errors(whole: Mapping[str, object], sent: Mapping[str, Command]) -> Mapping[str, object]:
    """Errors by command key; a bare list of them belongs to the commands without a result, in order."""
    value = whole.get("result_error")
    if not isinstance(value, list):
        return as_map(value)
    silent = [key for key in sent if key not in _by_key(whole.get("result"), sent)]
    return dict(zip(silent, as_list(value), strict=False)) if len(silent) == len(value) else {}
