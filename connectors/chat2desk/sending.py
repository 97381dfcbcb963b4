"""The way of one message out: may it leave now, to whom, in which words, and what came of it."""

from dataclasses import replace
from datetime import datetime, timedelta

from connectors.chat2desk.client import Client
from connectors.chat2desk.courtesies import Courtesies
from connectors.chat2desk.dialogs import Dialogs
from connectors.chat2desk.letter import Letter, letter_of
from connectors.chat2desk.letters import Letters
from connectors.chat2desk.limits import Limits
from connectors.chat2desk.memory import Remembered
from connectors.chat2desk.people import People
from connectors.chat2desk.wire import same_words
from qc_engine.clock import Clock
from qc_engine.core.effects import SendMessage
from qc_engine.ports import Broken, Done, Job, Outcome, OutcomeUnknown, Refused, TryLater

ECHO_SPAN = timedelta(hours=3)  # the last repeat of a webhook comes after 2 h
MOST_ECHOES = 10_000


class Sending:
    """Carries messages to clients, one at a time."""

    def __init__(
        self,
        client: Client,
        clock: Clock,
        people: People,
        dialogs: Dialogs,
        letters: Letters,
        limits: Limits,
    ) -> None:
        self.client, self.clock, self.settings = client, clock, client.settings
        self.people, self.dialogs, self.letters, self.limits = people, dialogs, letters, limits
        self.courtesies = Courtesies(client, dialogs)
        # (phone, words) -> when, and for which job
        self._echoes: Remembered[tuple[str, str], tuple[datetime, str]] = Remembered(MOST_ECHOES)

    def attempt(self, job: Job) -> Outcome:
        """Never raises for a message that cannot be sent."""
        try:
            return Done(str(self._send(job)))
        except (TryLater, Refused, Broken, OutcomeUnknown) as outcome:
            return outcome

    def is_echo(self, now: datetime, phone: str, text: str) -> bool:
        """Did we just send these words to this number?"""
        sent = self._echoes.get((phone, same_words(text)))
        return sent is not None and now - sent[0] <= ECHO_SPAN

    def _send(self, job: Job) -> int:
        effect = job.effect
        if not isinstance(effect, SendMessage):
            raise Refused(f"chat2desk cannot perform {type(effect).__name__}")
        letter = letter_of(effect, self.settings)
        self._is_no_repeat(job, effect.phone, letter)
        self.limits.admit(job)
        client_id, letter = self._addressed(effect.phone, letter)
        self.dialogs.leave_in_peace(job, client_id, self.clock.now())
        self.courtesies.before(effect, client_id, self.clock.now())
        # Finding the client may have waited long for its slots.
        if effect.fresh_until and self.clock.now() > effect.fresh_until:
            raise Refused("chat2desk: too late to be sent", code="too_late")
        message_id = self._posted(job, effect.phone, client_id, letter)
        self.courtesies.after(effect, client_id)
        return message_id

    def _addressed(self, phone: str, letter: Letter) -> tuple[int, Letter]:
        """Whoever has just written in another messenger is answered there: ours may take no plain words."""
        place = None if letter.template else self.people.elsewhere(phone, self.clock.now())
        if place is None:
            return self.people.id_of(phone), letter
        there = {"channel_id": place.channel_id, "transport": place.transport}
        return place.client_id, replace(letter, extras=letter.extras | there)

    def _is_no_repeat(self, job: Job, phone: str, letter: Letter) -> None:
        """The same template, filled in alike, once more for another reason: somebody's mistake, and paid."""
        sent = self._echoes.get((phone, same_words(letter.text)))
        if not letter.template or sent is None or sent[1] == job.key:
            return
        if self.clock.now() - sent[0] < self.settings.same_text_within:
            raise Refused("chat2desk: the same template has just gone to this client")

    def _posted(self, job: Job, phone: str, client_id: int, letter: Letter) -> int:
        echo, now = (phone, same_words(letter.text)), self.clock.now()
        # Before the call: the echo may come back sooner than the answer.
        self._echoes.put(echo, (now, job.key))
        try:
            message_id = self._accepted(client_id, letter, job.marker)
        except OutcomeUnknown:
            self.limits.left(job)
            raise
        except (TryLater, Refused, Broken) as certain:
            self._echoes.forget(echo)
            if isinstance(certain, Refused):
                self.people.forget(phone)  # perhaps this client was deleted or merged there
            raise
        self.letters.sent(phone, message_id, letter.template, now)
        self.limits.left(job)
        return message_id

    def _accepted(self, client_id: int, letter: Letter, marker: str) -> int:
        try:
            return self.client.send_message(client_id, letter, marker)
        except Refused:
            if not letter.buttons:
                raise
            # Nobody says which transports take buttons; words alone go everywhere.
            return self.client.send_message(client_id, replace(letter, buttons={}), marker)
