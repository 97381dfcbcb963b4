"""The whole account in one place, and the small acts that REST calls, phones and operators share."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sandbox.chat2desk import news, shapes
from sandbox.chat2desk.books import CHANNEL_ID, Books
from sandbox.chat2desk.faults import AFTER, BEFORE
from sandbox.chat2desk.hooks import Hooks
from sandbox.chat2desk.model import Client, Dialog, Message, Request
from sandbox.chat2desk.phones import Phones
from sandbox.chat2desk.switches import Switches
from sandbox.chat2desk.templates import Templates
from sandbox.faults import Faults
from sandbox.sender import Clock, Sender


@dataclass(slots=True)
class Tally:
    """`accepted` counts messages taken for delivery by the REST door, `refused` those of them that failed."""

    requests: int = 0
    requests_this_month: int = 0
    month: tuple[int, int] = (0, 0)
    rate_limited: int = 0
    accepted: int = 0
    refused: int = 0
    by_phone: dict[str, int] = field(default_factory=dict)


class Desk:
    """State of one company; `version` grows with every change."""

    def __init__(self, clock: Clock, sender: Sender, switches: Switches) -> None:
        self.clock = clock
        self.sender = sender
        self.switches = switches
        self.faults = Faults((*BEFORE, *AFTER))
        self.hooks = Hooks(clock, sender, switches)
        self.books = Books()
        self.phones = Phones()
        self.templates = Templates()
        self.tally = Tally()
        self.mode = "full"
        self.strangers: dict[date, int] = {}  # how many were written to, by day
        self.banned = False
        self.version = 1

    def changed(self) -> None:
        self.version += 1

    def add_client(
        self,
        phone: str,
        transport: str,
        nickname: str | None = None,
        *,
        owner: str | None = None,
        channel_id: int = CHANNEL_ID,
        tells_number: bool = True,
    ) -> Client:
        """A new client; the messenger's own name of the phone is known at once.

        `owner` is the person's phone where the messenger calls him otherwise, and may keep it to itself.
        """
        owner = owner or phone
        name = self.phones.at(owner).name or nickname
        number = next(self.books.client_ids)
        client = Client(number, phone, transport, channel_id, name, owner, assigned_name=nickname)
        client.client_phone = owner if tells_number and owner.isdigit() else None
        client.created = self.clock.now()
        self.books.add_client(client)
        self.hooks.emit(news.client_event("new_client", client))
        self.changed()
        return client

    def open_request(self, client: Client) -> bool:
        """True when a new appeal begins with this message."""
        if client.request is not None:
            return False
        request = Request(next(self.books.request_ids), client, self.clock.now())
        self.books.requests[request.id] = client.request = request
        self.hooks.emit(self.request_event("new_request", request))
        return True

    def close_request(self, request: Request) -> None:
        if request.end is None:
            request.end = self.clock.now()
            request.client.request = None
            self.hooks.emit(self.request_event("close_request", request))
            self.changed()

    def open_dialog(self, client: Client, operator_id: int | None) -> Dialog:
        """The client's open dialog, begun now if there was none."""
        if client.dialog is None:
            dialog = Dialog(next(self.books.dialog_ids), client, self.clock.now(), operator_id)
            client.dialogs.append(dialog)
            self._keep_open(dialog)
        assert client.dialog is not None
        return client.dialog

    def reopen_dialog(self, dialog: Dialog) -> None:
        """Does nothing while another dialog of the client is open."""
        if dialog.client.dialog is None:
            dialog.state, dialog.end = "open", None
            self._keep_open(dialog)

    def close_dialog(self, dialog: Dialog) -> None:
        if dialog.state == "closed":
            return
        dialog.state, dialog.end = "closed", self.clock.now()
        dialog.client.dialog = None
        self.books.open_dialogs.pop(dialog.id, None)
        self.hooks.emit(self.dialog_event("close_dialog", dialog))
        self.changed()

    def transfer_dialog(self, dialog: Dialog, operator_id: int) -> None:
        if dialog.operator_id != operator_id:
            dialog.operator_id = operator_id
            self.hooks.emit(self.dialog_event("dialog_transferred", dialog))
            self.changed()

    def announce(self, message: Message, *, new_request: bool = False, new_client: bool = False) -> None:
        """Keeps the message and tells the webhooks."""
        self.books.add_message(message)
        flags = {"is_new_request": new_request, "is_new_client": new_client}
        event = news.message_event(message, self.switches, **flags)
        self.hooks.emit(event)
        if message.type == "comment":
            self.hooks.emit({**event, "hook_type": "comment"})
        self.changed()

    def request_event(self, hook_type: str, request: Request) -> dict[str, Any]:
        client = request.client
        dialog_id = client.dialog.id if client.dialog else None
        return {
            "hook_type": hook_type,
            "request_id": request.id,
            "client_id": client.id,
            "dialog_id": dialog_id,
            "channel_id": client.channel_id,
            "event_time": shapes.hook_time(self.clock.now()),
        }

    def dialog_event(self, hook_type: str, dialog: Dialog) -> dict[str, Any]:
        return {
            "hook_type": hook_type,
            "dialog_id": dialog.id,
            "client_id": dialog.client.id,
            "operator_id": dialog.operator_id,
            "channel_id": dialog.client.channel_id,
            "event_time": shapes.hook_time(self.clock.now()),
        }

    def _keep_open(self, dialog: Dialog) -> None:
        self.books.dialogs[dialog.id] = self.books.open_dialogs[dialog.id] = dialog
        dialog.client.dialog = dialog
        self.changed()
