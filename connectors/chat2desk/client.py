"""Chat2Desk's own words over HTTP (documenter "Chat2Desk Public API", /v1)."""

from collections.abc import Mapping, Sequence

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from connectors.chat2desk.failures import Answer, Hiccup, TooFast, existing_client, failure_in
from connectors.chat2desk.letter import Letter
from connectors.chat2desk.settings import Chat2DeskSettings
from connectors.chat2desk.transport import Transport
from connectors.chat2desk.wire import Row, part, whole_number, words
from qc_engine.clock import Clock
from qc_engine.ports import OutcomeUnknown, Pace, TryLater

Params = Mapping[str, str | int]

READ_TRIES = 3


class Client:
    """One account. Every request takes a slot first; failures are those of qc_engine.ports."""

    def __init__(
        self, settings: Chat2DeskSettings, clock: Clock, pace: Pace, http: httpx.Client | None = None
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.pace = pace
        self.transport = Transport(settings, pace, http)

    def find_client(self, phone: str) -> int | None:
        """The id of the client with exactly these digits."""
        rows = self._list("/v1/clients", {"phone": phone})
        # Unknown filters are silently ignored by this API, so the digits are compared here again.
        matching = (row for row in rows if words(row.get("phone")).lstrip("+") == phone)
        found = list(filter(None, (whole_number(row.get("id")) for row in matching)))
        if len(found) < 2:
            return found[0] if found else None
        # One person is a client once for each messenger: the one of our transport can be written to.
        return next((one for one in found if self.settings.transport in self.transports(one)), None)

    def transports(self, client_id: int) -> Sequence[str]:
        """How this client can be reached."""
        listed = [row.get("transports") for row in self._list(f"/v1/clients/{client_id}/transport", {})]
        return [words(name) for names in listed if isinstance(names, list) for name in names]

    def create_client(self, phone: str) -> int:
        """The id of the client, new or already there: a refusal as duplicate names the existing one."""
        body = {
            "phone": phone,
            "transport": self.settings.transport,
            "channel_id": self.settings.channel_id,
        }
        answer = self.transport.exchange("POST", "/v1/clients", json=body, unsafe=False)
        if existing := existing_client(answer.row()):
            return existing
        row = self._judged(answer, "POST /v1/clients", unsafe=False)
        created = whole_number(part(row, "data").get("id"))
        if created is None:
            raise TryLater("POST /v1/clients: answered without an id")
        return created

    def client(self, client_id: int) -> Row:
        return part(self._read(f"/v1/clients/{client_id}"), "data")

    def send_message(self, client_id: int, letter: Letter, external_id: str) -> int:
        """The id of the accepted message. Never repeated here: a client would read it twice."""
        settings = self.settings
        body = {
            "client_id": client_id,
            "channel_id": settings.channel_id,
            "transport": settings.transport,
            "text": letter.text,
            "type": settings.message_type,
            "open_dialog": settings.open_dialog,
            "external_id": external_id,
            **({"operator_id": settings.operator_id} if settings.operator_id else {}),
            **letter.extras,
            **letter.buttons,
        }
        row = self._write("POST", "/v1/messages", body, unsafe=True)
        data = part(row, "data")
        # Two old clients read `id` where the documented key is `message_id`.
        message_id = whole_number(data.get("message_id")) or whole_number(data.get("id"))
        if message_id is None:
            raise OutcomeUnknown("POST /v1/messages: accepted without a message id")
        return message_id

    def message(self, message_id: int) -> Row:
        return part(self._read(f"/v1/messages/{message_id}"), "data")

    def messages_of(self, client_id: int, limit: int) -> Sequence[Row]:
        """The newest messages of one client, newest first."""
        return self._list("/v1/messages", {"client_id": client_id, "order": "desc", "limit": limit})

    def messages_from(self, start_id: int, limit: int) -> Sequence[Row]:
        """Messages of our channels with this id or a later one, oldest first."""
        begin = {"start_id": start_id} if start_id else {}
        # One channel can be asked for; of several, all are read and the reader chooses.
        channel = {} if self.settings.other_channels else {"channel_id": self.settings.channel_id}
        return self._list("/v1/messages", {**channel, **begin, "order": "asc", "limit": limit})

    def newest_message_id(self) -> int | None:
        rows = self._list("/v1/messages", {"order": "desc", "limit": 1})
        return max(filter(None, (whole_number(row.get("id")) for row in rows)), default=None)

    def tag(self, client_id: int, tag_id: int) -> None:
        body = {"tag_ids": [tag_id], "assignee_type": "client", "assignee_id": client_id}
        self._write("POST", "/v1/tags/assign_to", body)

    def untag(self, client_id: int, tag_id: int) -> None:
        self._write("DELETE", f"/v1/tags/{tag_id}/delete_from", {"client_id": client_id})

    def tags(self) -> Sequence[Row]:
        return self._list("/v1/tags", {"limit": 200})

    def tagged(self, tag_id: int) -> Sequence[Row]:
        """The clients who wear this tag, as many as one page holds."""
        return self._list("/v1/clients", {"tags": tag_id, "limit": 200})

    def is_in_dialog(self, client_id: int) -> bool:
        """Does an operator talk with this client?"""
        dialogs = self._list(f"/v1/clients/{client_id}/dialogs", {"order": "desc"})
        return any(words(one.get("state")) == "open" and one.get("operator_id") for one in dialogs)

    def close_request(self, client_id: int, request_id: int | None) -> None:
        """By its own number where that is known: a newer request of the client is not meant."""
        which = {"request_id": request_id} if request_id else {"client_id": client_id}
        self._write("PUT", "/v1/requests/close", which)

    def webhooks(self) -> Sequence[Row]:
        return self._list("/v1/webhooks", {})

    def webhook_errors(self) -> Sequence[Row]:
        """What Chat2Desk noted of deliveries that failed, wherever it shows that."""
        body = self._read("/v1/webhooks")
        rows = body.get("data")
        places = [body, *(row for row in (rows if isinstance(rows, list) else ()) if isinstance(row, dict))]
        lists = [listed for place in places if isinstance(listed := place.get("errors"), list)]
        return [error for listed in lists for error in listed if isinstance(error, dict)]

    def whatsapp_templates(self) -> Sequence[Row]:
        return self._list(self.settings.template_list, {"limit": 200})

    def register_webhook(self, body: Row) -> None:
        self._write("POST", "/v1/webhooks", body)

    def change_webhook(self, webhook_id: int, body: Row) -> None:
        self._write("PUT", f"/v1/webhooks/{webhook_id}", body)

    def api_info(self) -> Row:
        return part(self._read("/v1/companies/api_info"), "data")

    def channels(self) -> Sequence[Row]:
        return self._list("/v1/channels", {"limit": 200})

    def _list(self, path: str, params: Params) -> Sequence[Row]:
        rows = self._read(path, params).get("data")
        if not isinstance(rows, list):
            raise TryLater(f"GET {path}: answered without a list")
        return [row for row in rows if isinstance(row, dict)]

    def _read(self, path: str, params: Params | None = None) -> Row:
        """GET with three tries: short hiccups only, longer waiting is the outbox's work."""
        tries = Retrying(
            retry=retry_if_exception_type(Hiccup),
            stop=stop_after_attempt(READ_TRIES),
            wait=wait_exponential(multiplier=0.5, max=4),
            sleep=self.clock.sleep,
            reraise=True,
        )
        return tries(self._read_once, path, params)

    def _read_once(self, path: str, params: Params | None) -> Row:
        answer = self.transport.exchange("GET", path, params=params, unsafe=False)
        return self._judged(answer, f"GET {path}", unsafe=False)

    def _write(self, method: str, path: str, body: Row, *, unsafe: bool = False) -> Row:
        answer = self.transport.exchange(method, path, json=body, unsafe=unsafe)
        return self._judged(answer, f"{method} {path}", unsafe=unsafe)

    def _judged(self, answer: Answer, call: str, *, unsafe: bool) -> Row:
        known, now = self.settings.refusals, self.clock.now()
        failure = failure_in(answer, call, known, now, unsafe=unsafe)
        if isinstance(failure, TooFast) and failure.after:
            self.pace.pause(failure.after.total_seconds())
        if failure is not None:
            raise failure
        return answer.row()
