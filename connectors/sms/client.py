"""The four things that a gateway can be asked, each as its description says."""

from collections.abc import Callable, Sequence

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from connectors.sms.calls import Call, FindCall
from connectors.sms.failures import Hiccup, Judged, TooFast, failure_in, judged
from connectors.sms.pending import Sent
from connectors.sms.places import Values, fill_fields, fill_json, fill_path, marker_number
from connectors.sms.settings import SmsSettings
from connectors.sms.transport import Filled, Transport
from connectors.sms.wire import Said, scrubbed
from qc_engine.clock import Clock
from qc_engine.ports import Absent, Broken, CannotTell, Done, OutcomeUnknown, Pace, Refused, Search, TryLater

READ_TRIES = 3


class Client:
    """One account. Every request takes a slot first; failures are those of qc_engine.ports."""

    def __init__(
        self, settings: SmsSettings, clock: Clock, pace: Pace, http: httpx.Client | None, callback: str
    ) -> None:
        """`callback` is our public address with its secret, '' when there is none."""
        self.settings = settings
        self.gateway = settings.description
        self.clock = clock
        self.pace = pace
        self.callback = callback
        self.transport = Transport(settings, pace, http)

    def send(self, phone: str, text: str, marker: str, *, urgent: bool, check: Callable[[], None]) -> str:
        """The gateway's number of the accepted message, '' where it gives none. Never repeated here.

        `phone` is E.164 digits; `check` is called just before the message leaves.
        """
        values = {
            **self.settings.access,
            **self._of_marker(marker),
            "phone": self._spelled(phone),
            "text": text,
            "sender": self.settings.sender,
            "callback": self.callback,
        }
        request = filled("send", self.gateway.send, values)
        answer = self.transport.exchange(request, unsafe=True, urgent=urgent, check=check)
        said = self._judge(judged(answer, self.gateway), "send", (text, phone), unsafe=True)
        number = said.at(self.gateway.send.id)
        if self.gateway.send.id and not number:
            raise OutcomeUnknown("send: accepted without a number")
        if not self.gateway.send.id and not any(said.at(path) for path in self.gateway.errors.code):
            raise OutcomeUnknown("send: the answer says neither yes nor no")
        return number

    def find(self, call: FindCall, phone: str, marker: str) -> Search:
        """Was a message with this marker accepted?"""
        values = {**self.settings.access, **self._of_marker(marker), "phone": self._spelled(phone)}
        try:
            said = self._read(filled("find", call, values), (phone,), call.absent)
        except Refused as refused:
            return CannotTell(str(refused))
        number = said.at(call.id) if said else ""
        return Done(number) if number else Absent()

    def states(self, asked: Sequence[Sent]) -> Sequence[Said]:
        """What the gateway says of these messages, in any order; it may know nothing of some."""
        call = self.gateway.status
        if call is None:
            return ()
        each = [{"id": one.number, "phone": self._spelled(one.phone)} for one in asked]
        listed = {name: call.separator.join(one[name] for one in each) for name in ("id", "phone")}
        values = {**self.settings.access, **each[0], "ids": listed["id"], "phones": listed["phone"]}
        said = self._read(filled("status", call, values, each), [one.phone for one in asked])
        return said.rows(call.rows) if said else ()

    def balance(self) -> str:
        """What is left, in the gateway's own words; '' when it does not say. Raises as all the others."""
        call = self.gateway.balance
        said = self._read(filled("balance", call, self.settings.access)) if call else None
        if call is None or said is None:
            return ""
        return " ".join(filter(None, (scrubbed(said.at(call.value)), scrubbed(said.at(call.currency)))))

    def _spelled(self, phone: str) -> str:
        return f"+{phone}" if self.gateway.phone == "plus" else phone

    def _of_marker(self, marker: str) -> Values:
        return {"marker": marker, "marker_number": marker_number(marker)}

    def _read(self, request: Filled, hidden: Sequence[str] = (), absent: Sequence[str] = ()) -> Said | None:
        """With three tries: short hiccups only, longer waiting is somebody else's work.

        None for an error of `absent`.
        """
        tries = Retrying(
            retry=retry_if_exception_type(Hiccup),
            stop=stop_after_attempt(READ_TRIES),
            wait=wait_exponential(multiplier=0.5, max=4),
            sleep=self.clock.sleep,
            reraise=True,
        )
        return tries(self._read_once, request, hidden, absent)

    def _read_once(self, request: Filled, hidden: Sequence[str], absent: Sequence[str]) -> Said | None:
        found = judged(self.transport.exchange(request, unsafe=False), self.gateway)
        if found.is_error and found.code in absent:
            return None
        return self._judge(found, request.name, hidden, unsafe=False)

    def _judge(self, found: Judged, call: str, hidden: Sequence[str], *, unsafe: bool) -> Said:
        secrets = [value for name, value in self.settings.access.items() if name != "login"]
        failure = failure_in(found, call, self.gateway, self.clock.now(), (*secrets, *hidden), unsafe=unsafe)
        if isinstance(failure, TooFast) and failure.after:
            self.pace.pause(failure.after.total_seconds())
        if failure is not None:
            raise failure
        assert found.said is not None  # an unreadable answer is a failure
        return found.said


def filled(name: str, call: Call, values: Values, each: Sequence[Values] = ()) -> Filled:
    """`each` are the values of every message asked about, for lists and numbered fields."""
    body = fill_json(call.body, values, each)
    return Filled(
        name,
        call.method,
        fill_path(call.path, values),
        fill_fields(call.query, values, each),
        fill_fields(call.form, values, each),
        body if isinstance(body, dict) else {},
        fill_fields(call.headers, values),
    )


FAILURES = (TryLater, Refused, Broken, OutcomeUnknown)
