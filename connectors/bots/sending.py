"""Messages of a survey through a bot: what is checked before one leaves, the same in every messenger."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from connectors.bots.settings import BotSettings
from connectors.bots.spacing import Spacing
from connectors.bots.wire import TOKEN, UNSTORABLE, length
from qc_engine.clock import Clock
from qc_engine.core.effects import SendMessage
from qc_engine.ports import Broken, Done, Job, Outcome, OutcomeUnknown, Refused, TryLater

MESSAGE = "SendMessage"
ADDRESS = re.compile(r"-?[1-9][0-9]{0,18}")


@dataclass(frozen=True)
class Letter:
    """A message that may leave. `ready` is to be asked at the last moment: it raises when it may not."""

    address: str
    text: str
    urgent: bool
    ready: Callable[[], None]
    file: str = ""  # https address of what goes along; what a bot cannot send so stands in the text


def no_files(effect: SendMessage) -> bool:
    return False


class Sending:
    """`post` sends one letter and gives the vendor's number of it, '' when there is none.

    `carries`: may the file of this message go as a file?
    """

    def __init__(
        self,
        name: str,
        settings: BotSettings,
        clock: Clock,
        post: Callable[[Letter], str],
        carries: Callable[[SendMessage], bool] = no_files,
    ) -> None:
        self.name, self.settings, self.clock, self.post = name, settings, clock, post
        self.carries = carries
        self.spacing = Spacing(settings.chat_gap)

    def perform(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        return [self._attempt(job) for job in jobs]

    def _attempt(self, job: Job) -> Outcome:
        try:
            return Done(self.post(self._letter(job)))
        except (TryLater, Refused, Broken, OutcomeUnknown) as outcome:
            return outcome

    def _letter(self, job: Job) -> Letter:
        effect = job.effect
        if not isinstance(effect, SendMessage):
            raise Refused(f"{self.name} cannot perform {type(effect).__name__}")
        if not ADDRESS.fullmatch(effect.address):
            raise Refused(f"{self.name}: the client has not opened a chat with the bot", code="no_account")
        along = effect.file if effect.file and self.carries(effect) else ""
        text = self._fit(effect.text if along else effect.in_words)
        return Letter(effect.address, text, job.urgent, partial(self._ready, effect), along)

    def _fit(self, text: str) -> str:
        text = UNSTORABLE.sub("\ufffd", text).strip()
        if not text:
            raise Refused(f"{self.name}: nothing to send: the text is empty")
        signs, most = length(text), self.settings.longest_text
        if signs > most:
            raise Refused(f"{self.name}: the text is too long: {signs} signs, at most {most} can be sent")
        return text

    def _ready(self, effect: SendMessage) -> None:
        """Asked when the slot is ours: waiting for it may have taken long."""
        now = self.clock.now()
        if effect.fresh_until and now > effect.fresh_until:
            raise Refused(f"{self.name}: too late to be sent", code="too_late")
        self.spacing.take(effect.address, now)


def takes(settings: BotSettings, waiting: Mapping[str, int], level: float = 0.0) -> timedelta:
    """From now until the last of the messages is accepted.

    `waiting` is a number by effect type; `level` is how many requests of the burst are used up now.
    """
    over = level + max(0, waiting.get(MESSAGE, 0)) - settings.burst
    return timedelta(seconds=max(0.0, over) / settings.requests_per_second)


def invitation(settings: BotSettings, token: str) -> str:
    """The address that opens our chat with this token. ValueError for a token that no link can carry."""
    if not TOKEN.fullmatch(token):
        raise ValueError("a token has 1 to 64 signs: A-Z a-z 0-9 _ -")
    return f"{settings.invite_url}/{settings.bot}?start={token}"
