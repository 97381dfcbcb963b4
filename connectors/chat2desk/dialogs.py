"""Does an operator talk with the client now? By what the last webhook showed, or by asking Chat2Desk."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.chat2desk.client import Client
from connectors.chat2desk.memory import Remembered
from connectors.chat2desk.wire import Row, whole_number
from qc_engine.ports import Job, TryLater

FRESH = timedelta(hours=1)  # older news of a client prove nothing
MOST_CLIENTS = 50_000


@dataclass(frozen=True)
class News:
    """What the newest message of a client showed. `request_id`: the appeal that it belongs to."""

    at: datetime
    busy: bool
    request_id: int | None


class Dialogs:
    """Asked before a message leaves; does nothing unless the installation wants it."""

    def __init__(self, client: Client) -> None:
        self.client, self.settings = client, client.settings
        self._news: Remembered[int, News] = Remembered(MOST_CLIENTS)
        self._put_off: Remembered[str, int] = Remembered(MOST_CLIENTS)  # job key -> times

    def heard(self, row: Row, at: datetime) -> None:
        """A message of the client, or to him, came by a webhook."""
        client_id = whole_number(row.get("client_id"))
        if client_id is None:
            return
        owned = whole_number(row.get("dialog_id")) and whole_number(row.get("operator_id"))
        known = self._news.get(client_id)
        if known is None or known.at <= at:
            self._news.put(client_id, News(at, bool(owned), whole_number(row.get("request_id"))))

    def request_of(self, client_id: int) -> int | None:
        """The client's last appeal, as far as a webhook told it."""
        news = self._news.get(client_id)
        return news.request_id if news else None

    def leave_in_peace(self, job: Job, client_id: int, now: datetime) -> None:
        """Raises TryLater while an operator is in conversation, but not for ever."""
        tries = self._put_off.get(job.key) or 0
        if self.settings.busy_check == "off" or tries >= self.settings.busy_tries:
            return
        if self._is_busy(job, client_id, now):
            self._put_off.put(job.key, tries + 1)
            raise TryLater("chat2desk: an operator is in conversation", self.settings.busy_pause)

    def _is_busy(self, job: Job, client_id: int, now: datetime) -> bool:
        if self.settings.busy_check == "always":
            return self.client.is_in_dialog(client_id)
        # Somebody waits for this one: the client has just spoken with us, not with an operator.
        if job.urgent:
            return False
        news = self._news.get(client_id)
        fresh = news is not None and now - news.at <= FRESH
        return news.busy if news and fresh else self.client.is_in_dialog(client_id)
