"""Telegram's own words over HTTP (core.telegram.org/bots/api)."""

from collections.abc import Sequence
from functools import partial

import httpx

from connectors.bots.failures import Answer, Told
from connectors.bots.sending import Letter
from connectors.bots.transport import Ask, Transport
from connectors.bots.wire import Row, part, whole_number, words
from connectors.telegram.files import UNFETCHED, in_words, written
from connectors.telegram.settings import TelegramSettings
from qc_engine.clock import Clock
from qc_engine.ports import OutcomeUnknown, Pace, Refused


class Client:
    """One bot. Every request takes a slot first; failures are those of qc_engine.ports."""

    def __init__(
        self, settings: TelegramSettings, clock: Clock, pace: Pace, http: httpx.Client | None = None
    ) -> None:
        self.settings = settings
        self.transport = Transport(settings, clock, pace, http)

    def send_message(self, letter: Letter) -> str:
        """The number of the accepted message. Never repeated here: a client would read it twice."""
        try:
            return self._sent(letter)
        except Refused as refused:
            if not letter.file or not UNFETCHED.search(str(refused)):
                raise
            # Certainly not sent: Telegram could not fetch the file, and the client can try it himself.
            return self._sent(in_words(letter))

    def _sent(self, letter: Letter) -> str:
        method, body = written(letter)
        ask = self._ask(method, {"chat_id": int(letter.address), **body}, unsafe=True, letter=letter)
        number = whole_number(part(self._asked(ask), "result").get("message_id"))
        if number is None:
            raise OutcomeUnknown(f"{method}: accepted without a message id")
        return str(number)

    def me(self) -> Row:
        return part(self._read("getMe"), "result")

    def webhook(self) -> Row:
        """What Telegram knows of our webhook; `url` is empty when there is none."""
        return part(self._read("getWebhookInfo"), "result")

    def set_webhook(self, url: str, updates: Sequence[str]) -> None:
        """Another address, secret or list takes the place of the one before; what waits is kept."""
        body = {
            "url": url,
            "secret_token": self.settings.webhook_secret.get_secret_value(),
            "allowed_updates": list(updates),
            "drop_pending_updates": False,
        }
        self._asked(self._ask("setWebhook", body))

    def _read(self, method: str) -> Row:
        return self.transport.read(partial(self._asked, self._ask(method, {})))

    def _ask(self, method: str, body: Row, *, unsafe: bool = False, letter: Letter | None = None) -> Ask:
        token = self.settings.token.get_secret_value()
        url, more = f"{self.settings.base_url}/bot{token}/{method}", {"json": body}
        if letter is None:
            return Ask("POST", url, method, more=more)
        return Ask("POST", url, method, unsafe, letter.urgent, letter.ready, more)

    def _asked(self, ask: Ask) -> Row:
        answer = self.transport.exchange(ask)
        self.transport.judge(ask, told(answer))
        return answer.row()


def told(answer: Answer) -> Told:
    """Errors are {"ok": false, "error_code", "description", "parameters": {"retry_after"}}."""
    row = answer.row()
    if row.get("ok") is not False:
        return Told(answer.status, row.get("ok") is True, retry_after=answer.retry_after)
    status = whole_number(row.get("error_code")) or answer.status
    after = part(row, "parameters").get("retry_after", answer.retry_after)
    return Told(status, False, words(row.get("description")) or "?", after)
