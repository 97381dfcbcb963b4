"""Who is who: Chat2Desk's numbers of clients and their phones, remembered to save requests."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.chat2desk.client import Client
from connectors.chat2desk.memory import Remembered
from connectors.chat2desk.numbers import dialled, phone_in
from connectors.chat2desk.wire import Row, whole_number, words
from qc_engine.ports import Refused

PHONE = re.compile(r"[0-9]{10,14}")  # what POST /v1/clients takes
MOST_CLIENTS = 50_000
OPEN = timedelta(hours=23)  # so long after his words plain words may go to a person everywhere


@dataclass(frozen=True)
class Place:
    """Where a person wrote last: one of the messengers of the account."""

    client_id: int
    channel_id: int
    transport: str
    at: datetime


class People:
    """The clients of one account, as far as we have met them."""

    def __init__(self, client: Client) -> None:
        self.client, self.settings = client, client.settings
        self.phones: Remembered[int, str] = Remembered(MOST_CLIENTS)  # client id -> digits
        self._ids: Remembered[str, int] = Remembered(MOST_CLIENTS)
        self._places: Remembered[str, Place] = Remembered(MOST_CLIENTS)  # by phone

    def id_of(self, phone: str) -> int:
        """The client to write to, made there if need be. Raises Refused for what is no number."""
        if not PHONE.fullmatch(phone):
            raise Refused("chat2desk: no phone number to write to", code="no_phone")
        digits = dialled(phone, self.settings.local_forms)
        client_id = (
            self._ids.get(phone) or self.client.find_client(digits) or self.client.create_client(digits)
        )
        self._ids.put(phone, client_id)
        self.phones.put(client_id, phone)
        return client_id

    def wrote(self, row: Row, phone: str, at: datetime) -> None:
        """A message of the client came in."""
        client_id, channel = whole_number(row.get("client_id")), whole_number(row.get("channel_id"))
        transport, known = words(row.get("transport")), self._places.get(phone)
        if phone and client_id and channel and transport and (known is None or known.at <= at):
            self._places.put(phone, Place(client_id, channel, transport, at))

    def elsewhere(self, phone: str, now: datetime) -> Place | None:
        """Another messenger in which this person has just written; None when it was our own channel."""
        place = self._places.get(phone)
        if place is None or place.channel_id == self.settings.channel_id or now - place.at > OPEN:
            return None
        return place

    def known_id(self, phone: str) -> int | None:
        """The client of this number, if there is one."""
        return self._ids.get(phone) or self.client.find_client(dialled(phone, self.settings.local_forms))

    def forget(self, phone: str) -> None:
        """Perhaps this client was deleted or merged there."""
        self._ids.forget(phone)

    def phone_of(self, row: Row) -> str:
        """Messages in a list carry no number: it is asked once per client, then remembered."""
        client_id = whole_number(row.get("client_id"))
        if client_id is None:
            return ""
        known = self.phones.get(client_id)
        if known is None:
            known = self._asked(client_id)
            self.phones.put(client_id, known)
        return known

    def known_phone(self, row: Row) -> str:
        """Without a request."""
        client_id = whole_number(row.get("client_id"))
        return (client_id and self.phones.get(client_id)) or ""

    def _asked(self, client_id: int) -> str:
        try:
            return phone_in(self.client.client(client_id), self.settings)
        except Refused:  # deleted there since
            return ""
