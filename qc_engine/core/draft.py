"""A decision in the making: the case as it changes, and what is to be done outside."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from qc_engine.core.case import Case, State
from qc_engine.core.changing import changed
from qc_engine.core.channel import FORM
from qc_engine.core.decision import BULK, OURS_TO_DROP, Decision, Planned, priority
from qc_engine.core.effects import (
    AddComment,
    CloseTask,
    Effect,
    MoveDeal,
    SendMessage,
    SetFields,
    Template,
    UpdateContact,
)
from qc_engine.core.events import Event, FormAnswered, StartAsked, TaskClosed
from qc_engine.core.scenario import Person, Scenario, Text
from qc_engine.core.talk.gate import free_from
from qc_engine.core.talk.ways import address, channel
from qc_engine.core.trace import Checked, Phrase, phrase_of
from qc_engine.core.wording.filters import Manner
from qc_engine.core.wording.rendering import as_it_stands, clipped, render
from qc_engine.core.wording.texts import average, written
from qc_engine.core.wording.values import typed

__all__ = ["BULK", "OURS_TO_DROP", "Decision", "Draft", "Planned"]

ENDED = State.ENDED  # asked for in every action: before Python 3.12 an enum looks its members up slowly
WINDOW = timedelta(hours=23)  # an hour less than the messenger's, for the way there


@dataclass
class Draft:
    """Mutable only inside decide(); nothing of it is seen outside."""

    case: Case
    event: Event
    scenario: Scenario
    now: datetime
    planned: list[Planned] = field(default_factory=list)
    trace: list[Checked] = field(default_factory=list)
    notes: list[Phrase] = field(default_factory=list)
    facts: set[str] = field(default_factory=set)  # what this event means: clicked, asked_to_stop ...
    cancel: tuple[type[Effect], ...] = ()
    starts: list[StartAsked] = field(default_factory=list)
    resumed: set[str] = field(default_factory=set)  # rules whose waiting list went on in this decision
    manners: dict[str, Manner] = field(default_factory=dict)

    def decision(self) -> Decision:
        return Decision(
            self.case,
            tuple(self.planned),
            tuple(self.trace),
            tuple(self.notes),
            self.cancel,
            tuple(self.starts),
        )

    def change(self, **changes: Any) -> None:
        self.case = changed(self.case, changes)

    def change_client(self, **changes: Any) -> None:
        self.change(client=changed(self.case.client, changes))

    def note(self, key: str, **values: object) -> None:
        self.notes.append(phrase_of(key, values))

    @property
    def ended(self) -> bool:
        return self.case.state is ENDED

    # --- effects ---

    def add(self, effect: Effect, waits_for: str = "") -> str:
        """Plan an effect; its key is the case, the decision and its number in it."""
        key = f"{self.case.id}:{self.case.rev + 1}:{len(self.planned)}"
        self.planned.append(Planned(key, effect, waits_for, priority(effect, self.event)))
        return key

    @property
    def channel(self) -> str:
        """Through which we speak now: whoever answers on the survey's page reads the reply there."""
        return FORM if isinstance(self.event, FormAnswered) else self.case.channel

    def say(self, text: Text, purpose: str, question: str = "", waits_for: str = "", file: str = "") -> str:
        """A message to the client; a question waits until the deal stands where it belongs."""
        through = self.channel
        way = channel(through, self.scenario.contact)
        approved_only = way.window and not self._wrote_lately(through)
        text, language = self._in_their_language(text, approved_only)
        words = self.told(text.body, language)
        message = SendMessage(
            phone=self.case.client.phone,
            text=clipped(words, way.room(words)),
            purpose=purpose,
            question=question,
            template=self._template(text, language) if approved_only and text.template else None,
            fresh_until=self._fresh_from() + self.scenario.start.not_later_than,
            channel=through,
            address=address(through, self.case.client),
            file=file,
        )
        return self.add(message, waits_for)

    def _wrote_lately(self, through: str) -> bool:
        """Outside the messenger's window of 24 hours only an approved text may be sent."""
        wrote = self.case.client.wrote_in(through)
        return wrote is not None and self.now < wrote + WINDOW

    def _fresh_from(self) -> datetime:
        """What is planned before holidays is not late only because they are long."""
        rules = self.scenario.contact
        return free_from(self.case, rules, self.now) if rules.holidays else self.now

    def _in_their_language(self, text: Text, approved_only: bool) -> tuple[Text, str]:
        """The client's own, unless only the scenario's language has a text that may be sent now."""
        own = text.languages.get(self.case.language)
        if own is None or (text.template and not own.template and approved_only):
            return text, self.scenario.language
        return own, self.case.language

    def _template(self, text: Text, language: str) -> Template:
        name, _, approved_in = text.template.partition("|")
        filled = [self.told(f"{{{one}}}", language) for one in text.template_variables]
        return Template(name, approved_in, tuple(filled))

    def comment(self, text: str) -> None:
        self.add(AddComment(self.case.deal_id, text))

    def close_task(self, number: int | None) -> None:
        """Nothing where there is none, and where this very event says that somebody has closed it."""
        is_closed = isinstance(self.event, TaskClosed) and self.event.task_id == number
        if number and not is_closed:
            self.add(CloseTask(number))

    def write_card(self, fields: Mapping[str, str]) -> None:
        """Into fields of the client's card, if the deal has one."""
        if fields and self.case.contact_id:
            self.add(UpdateContact(self.case.contact_id, fields))

    def move(self, stage: str) -> None:
        if stage == self.case.deal_stage:
            return
        self.add(MoveDeal(self.case.deal_id, stage, (self.case.deal_stage,)))
        self.change(deal_stage=stage, our_stages=(*self.case.our_stages, stage))

    def write_scores(self, fields: dict[str, str], average_field: str, complete: bool) -> None:
        """The scores, and with the last one the average, in one write."""
        if complete and average_field:
            fields = fields | {average_field: written(average(self.case))}
        if fields:
            self.add(SetFields(self.case.deal_id, fields))

    def end(self, outcome: str, why: Phrase | None = None) -> None:
        for number in (self.case.task_id, *self.case.approval_tasks):
            self.close_task(number)
        self.change(
            state=ENDED,
            outcome=outcome,
            ended_why=why,
            ended_in=self.case.rev + 1,
            question=None,
            wake_at=None,
            task_id=None,
            paused=(),
            still=None,
            check=self.case.check and self.case.check.over(self.case.task_id),
        )

    # --- words and people ---

    @property
    def values(self) -> Mapping[str, object]:
        return typed(self.case, self.scenario)

    def render(self, body: str) -> str:
        """A text for the people of the company."""
        return self.told(body, self.scenario.language)

    def rendered(self, fields: Mapping[str, str]) -> dict[str, str]:
        """The same names with their values filled in."""
        return {name: self.render(value) for name, value in fields.items()}

    def told(self, body: str, language: str) -> str:
        return as_it_stands(body) or render(body, self.values, self._manner(language))

    def _manner(self, language: str) -> Manner:
        """The same for all texts of a decision: where the branch is does not change within it."""
        if language not in self.manners:
            zone = ZoneInfo(self.case.branch.timezone)
            self.manners[language] = Manner(language, zone, self.now.astimezone(zone).date())
        return self.manners[language]

    def user(self, person: Person) -> int:
        roles = {"head": self.case.branch.head, "manager": self.case.branch.manager}
        return roles.get(person.role, person.user)
