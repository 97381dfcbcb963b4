"""What keeps the company's own menus and operators undisturbed while a survey talks in the same chat.

A client who is tagged is left alone by menus that exclude the tag; a request that is closed after the last
word does not wait for an operator. Neither is worth a message: what fails here is tried again or left.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from connectors.chat2desk.client import Client
from connectors.chat2desk.dialogs import Dialogs
from connectors.chat2desk.letter import EXPECTS_ANSWER
from connectors.chat2desk.memory import Remembered
from connectors.chat2desk.wire import Row, moment, whole_number
from qc_engine.core.effects import SendMessage
from qc_engine.ports import Broken, OutcomeUnknown, Polled, Refused, TryLater

log = structlog.get_logger()
MOST_CLIENTS = 50_000


class Courtesies:
    """Done around every message; without `survey_tag` and `close_request` nothing is done at all."""

    def __init__(self, client: Client, dialogs: Dialogs) -> None:
        self.client, self.dialogs = client, dialogs
        self.tag, self.closes = client.settings.survey_tag, client.settings.close_request
        self._touched: Remembered[int, datetime] = Remembered(MOST_CLIENTS)  # client id -> our last message

    def before(self, effect: SendMessage, client_id: int, now: datetime) -> None:
        """Raises TryLater or Broken: without its tag the first question may set a menu off."""
        if not self.tag or effect.purpose not in EXPECTS_ANSWER:
            return
        if self._touched.get(client_id) is None:
            try:
                self.client.tag(client_id, self.tag)
            except Refused as refused:  # the tag is gone: the doctor tells it, the survey goes on
                log.warning("survey tag refused", reason=str(refused))
        self._touched.put(client_id, now)

    def after(self, effect: SendMessage, client_id: int) -> None:
        """The last word of a survey is out. Never raises: the message has left."""
        if effect.purpose in EXPECTS_ANSWER:
            return
        if self.tag:
            self._touched.forget(client_id)
            _tried(lambda: self.client.untag(client_id, self.tag))
        if self.closes:
            _tried(lambda: self._close(client_id))

    def sweep(self, cursor: str, now: datetime) -> Polled:
        """Tags of surveys that nobody ended, or whose end could not be told, come off after a while."""
        for client_id in self._forgotten(self.client.tagged(self.tag), now):
            self.client.untag(client_id, self.tag)
            self._touched.forget(client_id)
        return Polled((), cursor)

    def _forgotten(self, tagged: Sequence[Row], now: datetime) -> Sequence[int]:
        found = {client_id: row for row in tagged if (client_id := whole_number(row.get("id")))}
        return [client_id for client_id, row in found.items() if self._is_forgotten(client_id, row, now)]

    def _is_forgotten(self, client_id: int, row: Row, now: datetime) -> bool:
        touched = self._touched.get(client_id)
        if touched is None:  # tagged before we were started: its time begins now
            self._touched.put(client_id, now)
            return False
        wrote = moment(row.get("last_client_message"))
        return max(touched, wrote or touched) < now - self.client.settings.survey_tag_for

    def _close(self, client_id: int) -> None:
        if not self.client.is_in_dialog(client_id):
            self.client.close_request(client_id, self.dialogs.request_of(client_id))


def _tried(act: Callable[[], None]) -> None:
    try:
        act()
    except (TryLater, Refused, Broken, OutcomeUnknown) as problem:
        log.warning("courtesy left undone", reason=str(problem))
