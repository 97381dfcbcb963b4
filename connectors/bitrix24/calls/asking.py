"""One request to the portal, and what its answer means for the call, the pace, the ledger and the token."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from connectors.bitrix24.access.ways import Access
from connectors.bitrix24.calls.answers import Answer, Command, by_key, errors_of, parsed
from connectors.bitrix24.calls.errors import (
    TOO_FAST,
    TOO_LONG,
    TOO_MANY,
    Failure,
    Stale,
    TooFast,
    by_code,
    by_status,
    retry_after,
    word_of,
)
from connectors.bitrix24.calls.operating import Operating
from connectors.bitrix24.calls.transport import Reply, Transport
from connectors.bitrix24.wire import as_id, as_map, as_time, query, zone_of
from qc_engine.clock import Clock
from qc_engine.ports import Broken, OutcomeUnknown, Pace, TryLater

BATCH = "batch"
# The bucket drains two requests a second: after five seconds there is room for ten.
TOO_FAST_PAUSE = timedelta(seconds=5)
SOON = timedelta(seconds=1)


class Asking:
    """Asks once; whoever wants to ask again looks at the failure."""

    def __init__(
        self, transport: Transport, access: Access, operating: Operating, pace: Pace, clock: Clock
    ) -> None:
        self._transport = transport
        self._access = access
        self._operating = operating
        self._pace = pace
        self._clock = clock
        self.zone: tzinfo = UTC  # the portal's own, known from its first answer
        self.told_at: datetime | None = None  # by the portal's own clock: when it began its last answer

    def one(self, method: str, params: Mapping[str, object], timeout: timedelta, urgent: bool) -> Answer:
        """One call, one answer. Raises a Failure."""
        auth = self._access.params()
        reply, payload = self._sent(method, params, timeout, urgent)
        after = retry_after(reply.headers.get("retry-after"), self._clock.now())
        if "error" in payload and (payload["error"] or "result" not in payload):
            raise self._failure(method, payload, auth, reply.status, after)
        if reply.status >= 300:
            raise by_status(method, reply.status, after)
        if "result" not in payload:
            raise OutcomeUnknown(f"{method}: HTTP {reply.status} with an answer that makes no sense")
        self._learn(method, as_map(payload.get("time")))
        return Answer(payload["result"], as_id(payload.get("next")))

    def _sent(
        self, method: str, params: Mapping[str, object], timeout: timedelta, urgent: bool
    ) -> tuple[Reply, Mapping[str, object]]:
        """The answer; the pace learns whether the portal found us too fast."""
        too_fast = False
        try:
            reply = self._transport.post(method, params, timeout, urgent)
            payload = parsed(reply.body)
            too_fast = word_of(payload.get("error")) == TOO_FAST
            return reply, payload
        finally:
            if not too_fast:
                self._pace.answered()

    def together(self, sent: Mapping[str, Command], timeout: timedelta) -> Mapping[str, Answer | Failure]:
        """Many commands in one request, and how each of them ended. Raises a Failure of the whole."""
        auth = self._access.params()
        cmd = {key: f"{command.method}?{query(command.params)}" for key, command in sent.items()}
        urgent = any(command.urgent for command in sent.values())
        answer = self.one(BATCH, {"halt": 0, "cmd": cmd}, timeout, urgent)
        whole = as_map(answer.result)
        results, errors = by_key(whole.get("result"), sent), errors_of(whole, sent)
        times, nexts = by_key(whole.get("result_time"), sent), by_key(whole.get("result_next"), sent)
        outcomes: dict[str, Answer | Failure] = {}
        for key, command in sent.items():
            if key in errors:
                outcomes[key] = self._failure(command.method, as_map(errors[key]), auth)
            elif key in results:
                self._operating.note(command.method, as_map(times.get(key)))
                outcomes[key] = Answer(results[key], as_id(nexts.get(key)))
            else:
                outcomes[key] = OutcomeUnknown(f"{command.method}: the batch says nothing about it")
        return outcomes

    def _failure(
        self,
        method: str,
        error: Mapping[str, object],
        auth: Mapping[str, str],
        status: int | None = None,
        after: timedelta | None = None,
    ) -> Failure:
        """Of a whole request with its HTTP status, or of one command of a batch."""
        code = error.get("error")
        failure = by_code(
            method, code, error.get("error_description"), status or 200, in_batch=status is None
        )
        match word_of(code):
            case str(word) if word == TOO_FAST:
                wait = after or TOO_FAST_PAUSE
                self._pace.pause(wait.total_seconds())
                return TooFast(str(failure), wait)
            case str(word) if word == TOO_LONG:
                return TryLater(str(failure), self._operating.block(method))
            case str(word) if word == TOO_MANY and isinstance(failure, TryLater):
                return TryLater(str(failure), SOON)
        # With 401 the transport has already renewed the token and tried again.
        if isinstance(failure, Stale) and auth and status != 401:
            return self._renewed(failure, auth)
        return failure

    def _renewed(self, stale: Stale, auth: Mapping[str, str]) -> Failure:
        try:
            self._access.refresh(auth)
        except (TryLater, Broken) as failure:
            return failure
        return TryLater(str(stale), SOON)

    def _learn(self, method: str, time: Mapping[str, object]) -> None:
        if method != BATCH:
            self._operating.note(method, time)
        self.zone = zone_of(time.get("date_start")) or self.zone
        self.told_at = as_time(time.get("date_start"), self.zone) or self.told_at
