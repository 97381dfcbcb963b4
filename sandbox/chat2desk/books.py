"""What the account remembers, found by every key that a call may ask for without a scan."""

import itertools
from collections import defaultdict
from typing import Any

from sandbox.chat2desk.model import (
    Channel,
    Client,
    Dialog,
    Message,
    Operator,
    Request,
    Tag,
    family,
)

CHANNEL_ID = 43898
OPERATOR_ID = 31911


class Books:
    """Everything by id, in the order of ids, plus the indexes of the filters."""

    def __init__(self) -> None:
        self.client_ids = itertools.count(315_533_143)
        self.message_ids = itertools.count(963_360_001)
        self.dialog_ids = itertools.count(31_170_845)
        self.request_ids = itertools.count(113_591_968)
        self.tag_ids = itertools.count(970)
        self.channels = {CHANNEL_ID: Channel(CHANNEL_ID, "WhatsApp", "77010000000")}
        self.operators = {
            31911: Operator(31911, "anna@example.org", "Анна", "Оператор"),
            31912: Operator(31912, "oleg@example.org", "Олег", "Супервизор", "supervisor"),
        }
        self.clients: dict[int, Client] = {}
        self.clients_by_phone: defaultdict[str, list[Client]] = defaultdict(list)
        self.client_by_owner: dict[tuple[str, str], Client] = {}
        self.clients_by_tag: defaultdict[int, dict[int, Client]] = defaultdict(dict)
        self.client_by_family: dict[tuple[str, str], Client] = {}
        self.messages: list[Message] = []
        self.messages_by_type: defaultdict[str, list[Message]] = defaultdict(list)
        self.message_by_id: dict[int, Message] = {}
        self.message_by_external_id: dict[str, Message] = {}
        self.dialogs: dict[int, Dialog] = {}
        self.open_dialogs: dict[int, Dialog] = {}
        self.requests: dict[int, Request] = {}
        self.tags: dict[int, Tag] = {}
        self.tag_groups: dict[int, str] = {}
        self.tickets: dict[int, dict[str, Any]] = {}

    def find_client(self, phone: str, transport: str) -> Client | None:
        """The one client of this phone on this family of transports."""
        return self.client_by_family.get((phone, family(transport)))

    def add_client(self, client: Client) -> None:
        self.clients[client.id] = client
        self.clients_by_phone[client.phone].append(client)
        self.client_by_family[client.phone, family(client.transport)] = client
        self.client_by_owner[client.owner, family(client.transport)] = client

    def add_message(self, message: Message) -> None:
        self.messages.append(message)
        self.messages_by_type[message.type].append(message)
        self.message_by_id[message.id] = message
        message.client.messages.append(message)
        if message.external_id:
            self.message_by_external_id.setdefault(message.external_id, message)
        dialog = message.client.dialog
        if dialog is not None:
            dialog.messages += 1
            dialog.last_message = message

    def open_dialog_count(self, operator_id: int) -> int:
        return sum(dialog.operator_id == operator_id for dialog in self.open_dialogs.values())
