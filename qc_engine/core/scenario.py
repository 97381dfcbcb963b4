"""A scenario as the core sees it: names already resolved to ids, durations to timedelta."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import ClassVar

from qc_engine.core.answers.reading import Scale
from qc_engine.core.calendar import NO_HOLIDAYS, Holidays
from qc_engine.core.channel import Channel
from qc_engine.core.trace import Checked, Verdict, phrase

SCORED, COMMENT = "score", "comment"  # the kinds of questions

# --- texts and people -------------------------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """A text with {name} or {name|fallback} in it, and its approved template if there is one."""

    body: str
    template: str = ""  # "name|language" at the messenger, empty: free text only
    template_variables: tuple[str, ...] = ()  # names of variables, in the template's order
    languages: Mapping[str, "Text"] = field(default_factory=dict)  # the same in other languages: kk, en

    def said_in(self, language: str) -> "Text":
        """In the client's language where it was written, in the scenario's own otherwise."""
        return self.languages.get(language, self)


@dataclass(frozen=True)
class Person:
    """Who gets a task: a role of the branch (head, manager), or a user id of the CRM."""

    role: str = ""
    user: int = 0


# --- conditions -------------------------------------------------------------------------------


@dataclass(frozen=True)
class AverageAtLeast:
    """All questions are answered and their mean is `limit` or more."""

    limit: Decimal


@dataclass(frozen=True)
class AverageBelow:
    """All questions are answered and their mean is under `limit`."""

    limit: Decimal


@dataclass(frozen=True)
class ScoreBelow:
    """Some score given so far is under `limit`, also when other questions are still open."""

    limit: Decimal


@dataclass(frozen=True)
class SilentFor:
    """The client has not answered the open question for so long, counted from its delivery."""

    span: timedelta


@dataclass(frozen=True)
class InStepFor:
    """The case has stood in this step for so long."""

    span: timedelta


@dataclass(frozen=True)
class Clicked:
    """A person opened a review link."""

    fact: ClassVar = "clicked"


@dataclass(frozen=True)
class ReviewIs:
    """This is how it stands with the review, and nobody is to look again; `answer`: see core/reviews.py."""

    answer: str


@dataclass(frozen=True)
class TaskOverdueFor:
    """The task about the review has been overdue for so long. Such a rule runs beside the others, once."""

    span: timedelta


@dataclass(frozen=True)
class TaskClosedUnanswered:
    """The task was completed, but nobody said what was found."""

    fact: ClassVar = "task_closed_unanswered"


@dataclass(frozen=True)
class AskedToStop:
    """The client wrote 'stop' in any of the known ways."""

    fact: ClassVar = "asked_to_stop"


@dataclass(frozen=True)
class NotUnderstood:
    """A reply could not be read even after the hint."""

    fact: ClassVar = "not_understood"


@dataclass(frozen=True)
class Complains:
    """A good score came with a complaint in words, for the first time in this case.

    Rules with this condition run beside the others: they take no rule's turn.
    """

    fact: ClassVar = "complains"


@dataclass(frozen=True)
class DealMovedTo:
    """Somebody moved the deal to this stage by hand."""

    stage: str


@dataclass(frozen=True)
class MessageFailed:
    """A message could not be delivered: no channel, blocked, refused."""

    fact: ClassVar = "message_failed"


@dataclass(frozen=True)
class BranchIs:
    """The case is of one of these branches."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Formula:
    """An expression over the case's values. `holds` takes them by name; LookupError: one is not there yet."""

    text: str
    holds: Callable[[Mapping[str, object]], bool] = field(compare=False)
    uses: tuple[str, ...] = ()  # the names in it, for the explanation


@dataclass(frozen=True)
class ApprovalIs:
    """A person answered the request for approval of this name: `given` True is yes, False is no."""

    name: str
    given: bool


Condition = (
    AverageAtLeast
    | AverageBelow
    | ScoreBelow
    | SilentFor
    | InStepFor
    | Clicked
    | ReviewIs
    | TaskOverdueFor
    | TaskClosedUnanswered
    | AskedToStop
    | NotUnderstood
    | Complains
    | DealMovedTo
    | MessageFailed
    | BranchIs
    | Formula
    | ApprovalIs
)

# What an event must mean for them to hold; the meaning is called as in their `fact`.
OF_FACT = (Clicked, TaskClosedUnanswered, AskedToStop, NotUnderstood, Complains, MessageFailed)
# What is so until something changes it, not what happens at a moment.
STANDING = (AverageAtLeast, AverageBelow, ScoreBelow, BranchIs, Formula, ApprovalIs)
TIMED = (SilentFor, InStepFor, TaskOverdueFor)  # what time alone can make true
BESIDE = (Complains, TaskOverdueFor)  # what is told beside whatever the case does next
LOW = (AverageBelow, ScoreBelow)

# --- actions ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Survey:
    """Ask the questions one after the other, remind once, write scores and their mean."""

    questions: tuple[str, ...]
    average_field: str = ""
    hint: Text = Text("")
    hints: int = 1  # how many times the hint is given before a person is called
    remind_after: timedelta | None = None
    reminder: Text = Text("")
    by_link: Text = Text("")  # instead of questions where a client cannot answer: names the survey's page


@dataclass(frozen=True)
class Say:
    """Write a text to the client, with a file beside it if there is one (an https address)."""

    text: Text
    file: str = ""


@dataclass(frozen=True)
class MoveDealTo:
    """Move the deal to a stage (its id)."""

    stage: str


@dataclass(frozen=True)
class WriteFields:
    """Write values into deal fields (ids); values may hold {names}."""

    fields: Mapping[str, str]


@dataclass(frozen=True)
class WriteContact:
    """Write values into fields of the client's card (ids)."""

    fields: Mapping[str, str]


@dataclass(frozen=True)
class OpenDeal:
    """Create a deal in another pipeline for somebody to work on."""

    title: str
    stage: str
    person: Person
    comment: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OpenTask:
    """Create a task. `about`: 'review' makes its closing an answer about the review; '' is free.

    As long as the answer is 'not yet', the same task comes back after each span of `look_again`.
    """

    title: str
    text: str
    person: Person
    due: timedelta
    about: str = ""
    look_again: tuple[timedelta, ...] = ()
    look_again_text: str = ""


@dataclass(frozen=True)
class TakeAsAnswer:
    """Go on as if a manager had given this answer about the review."""

    answer: str


@dataclass(frozen=True)
class ConfirmBonus:
    """Write a bonus into the ledger, once per case or in `once_in`, and tell whoever has to know.

    `undo` is written into the client's card when a person takes the bonus back; `otherwise` is said to a
    client who has had this bonus.
    """

    rule: str
    amount: str = ""
    once_in: timedelta | None = None
    contact_fields: Mapping[str, str] = field(default_factory=dict)
    undo: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""
    webhook: str = ""
    say: Text = Text("")
    otherwise: Text = Text("")


@dataclass(frozen=True)
class TakeBackBonus:
    """Take back what this case confirmed by a rule; nothing where there is nothing."""

    rule: str
    because: str


@dataclass(frozen=True)
class Notify:
    """A notification to a person in the CRM."""

    person: Person
    text: str


@dataclass(frozen=True)
class Comment:
    """A comment in the deal's timeline."""

    text: str


@dataclass(frozen=True)
class Pause:
    """What follows in this list of actions is done after so long; the rules of the step hold meanwhile."""

    span: timedelta


@dataclass(frozen=True)
class TellSystem:
    """Tell another system by an outgoing webhook of config.yaml; `data` may hold {names}."""

    webhook: str
    event: str
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StartScenario:
    """Begin a case of another scenario of this portal for the same deal, after so long."""

    scenario: str
    after: timedelta = timedelta()
    values: Mapping[str, str] = field(default_factory=dict)  # what it learns; values may hold {names}


@dataclass(frozen=True)
class AskApproval:
    """Ask a person yes or no, by a task with two links; ApprovalIs tells what was answered."""

    name: str
    title: str
    text: str
    person: Person
    due: timedelta


@dataclass(frozen=True)
class GoTo:
    """Go on with another step."""

    step: str


@dataclass(frozen=True)
class End:
    """The case is over; the outcome is a word for reports."""

    outcome: str


Action = (
    Survey
    | Say
    | MoveDealTo
    | WriteFields
    | WriteContact
    | OpenDeal
    | OpenTask
    | TakeAsAnswer
    | ConfirmBonus
    | TakeBackBonus
    | Notify
    | Comment
    | Pause
    | TellSystem
    | StartScenario
    | AskApproval
    | GoTo
    | End
)

# --- the whole --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """If all conditions hold, do the actions. The first rule of a step that matches wins."""

    name: str
    when: tuple[Condition, ...]
    do: tuple[Action, ...]
    line: int = 0

    @cached_property
    def aside(self) -> bool:
        """Words of anger, and a task that nobody does, are told beside whatever the case does next."""
        return any(isinstance(one, BESIDE) for one in self.when)

    @cached_property
    def fact(self) -> str:
        """What an event must mean before anything else is asked; '' when that is not so."""
        return self.when[0].fact if self.when and isinstance(self.when[0], OF_FACT) else ""

    @cached_property
    def not_so(self) -> Checked:
        """The reason of every event that does not mean `fact`."""
        return Checked(self.name, Verdict(False, phrase(f"why.{self.fact}_not")), self.line)

    @cached_property
    def reviews(self) -> frozenset[str]:
        """The answers about the review that it asks for."""
        return frozenset(one.answer for one in self.when if isinstance(one, ReviewIs))

    @cached_property
    def standing(self) -> bool:
        """It asks for nothing that happens, only for what is known of the case."""
        return all(isinstance(one, STANDING) for one in self.when)


@dataclass(frozen=True)
class Turns:
    """The rules that hold in one step, those for any step first, by the ways in which they are looked at."""

    beside: tuple[Rule, ...]
    in_turn: tuple[Rule, ...]
    timed: tuple[Condition, ...]
    limits: tuple[Decimal, ...]  # under which a score is called low

    @classmethod
    def of(cls, rules: Sequence[Rule]) -> "Turns":
        conditions = [one for rule in rules for one in rule.when]
        return cls(
            tuple(rule for rule in rules if rule.aside),
            tuple(rule for rule in rules if not rule.aside),
            tuple(one for one in conditions if isinstance(one, TIMED)),
            tuple(one.limit for one in conditions if isinstance(one, LOW)),
        )


@dataclass(frozen=True)
class Step:
    """A place where a case can stand: what is done on entry, and what it waits for."""

    name: str
    do: tuple[Action, ...]
    rules: tuple[Rule, ...]
    line: int = 0

    @cached_property
    def survey(self) -> Survey | None:
        """The survey that the step holds, if any."""
        return next((action for action in self.do if isinstance(action, Survey)), None)

    @cached_property
    def reviews(self) -> frozenset[str]:
        """The answers about the review of which its rules speak."""
        return frozenset().union(*(rule.reviews for rule in self.rules))

    def turns_after(self, anytime: tuple[Rule, ...]) -> Turns:
        """Its rules behind those for any step; worked out once, however often the scenario is copied."""
        known: tuple[object, Turns] | None = self.__dict__.get("_turns")
        if known is None or known[0] is not anytime:
            known = (anytime, Turns.of((*anytime, *self.rules)))
            self.__dict__["_turns"] = known
        return known[1]


@dataclass(frozen=True)
class Question:
    """One question with one score, or (`kind` is 'comment') with any words or none."""

    name: str
    text: Text
    scale: Scale
    field: str = ""  # the deal field that keeps the score or the words, "" for none
    kind: str = SCORED
    skip_after: timedelta = timedelta(hours=1)  # a comment that has not come by then is not waited for
    on_page: Text = Text("")  # on the survey's own page, where nobody needs greetings; empty: the text

    @property
    def scored(self) -> bool:
        return self.kind == SCORED


@dataclass(frozen=True)
class Schedule:
    """Once a day, a week or a month, at a time of the installation's clock."""

    every: str  # day, week, month
    at: time
    day: int = 1  # of the week (1 is Monday) or of the month (31 is its last day, also in shorter ones)


@dataclass(frozen=True)
class Segment:
    """Which deals a schedule is about; all that is given must hold."""

    stages: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)  # deal field -> value
    entered_within: timedelta | None = None  # came into the stage so long ago or less


@dataclass(frozen=True)
class Start:
    """Which deals start a case, and when the first step begins. One of the ways is given."""

    stage: str = ""  # the deal stands in this stage; "": it may stand anywhere
    wait: timedelta = timedelta()  # from entering the stage, by the CRM's record; or from the event
    not_later_than: timedelta = timedelta(days=3)  # after the planned moment: too late, not asked any more
    event: str = ""  # somebody told us of this event, by the API or a command
    changed_field: str = ""  # this field of the deal got another value
    schedule: Schedule | None = None
    segment: Segment = Segment()
    by_hand: bool = False  # only when a person or another scenario says so
    only_if: tuple[Condition, ...] = ()  # whom it concerns


@dataclass(frozen=True)
class ContactRules:
    """When a client may be written to; they hold for every message of the scenario."""

    quiet_from: time
    quiet_to: time  # equal to quiet_from: no quiet hours
    at_most_once_in: timedelta  # between two surveys of one person
    pause_after_operator: timedelta
    reply_within: timedelta = timedelta(minutes=15)  # quiet hours do not cut a live conversation
    quiet_hours_of: str = "branch"  # or "client": by the phone, where it leaves no doubt
    after_complaint: timedelta = timedelta()  # so long no survey and no request for a review
    channels: tuple[str, ...] = ()  # in which order they are tried; none named: the main one alone
    next_channel_after: timedelta | None = None  # a question that has not arrived by then goes another way
    welcome: Text = Text("")  # to a client who opens our chat in a messenger
    language_field: str = ""  # of the deal: in which language this client is written to
    language_of_contact: str = ""  # of the client's card: the same, where the deal does not say
    holidays: Holidays = NO_HOLIDAYS  # from config.yaml, as it is now
    known: Mapping[str, Channel] = field(default_factory=dict)  # likewise: what each channel can do


@dataclass(frozen=True)
class KnownValue:
    """A value that texts and formulas may name: a field of the deal, or what the start brought with it."""

    kind: str = "text"  # text, number, date, moment
    deal_field: str = ""
    from_start: str = ""  # old and new of a changed field, or a key of the event's data


@dataclass(frozen=True)
class Scenario:
    """One scenario file, checked. `version` is the hash of its content."""

    name: str
    title: str
    version: str
    start: Start
    contact: ContactRules
    questions: Mapping[str, Question]
    steps: Mapping[str, Step]  # in the order of the file; the first one is where a case begins
    anytime: tuple[Rule, ...] = ()  # looked at before the rules of the step
    active: bool = True  # False: it begins no case; those that run go on
    instead_of: str = ""  # as long as this one is active, that one begins no case
    language: str = "ru"  # in which its texts are written first
    values: Mapping[str, KnownValue] = field(default_factory=dict)
    of_branch: Mapping[str, "Scenario"] = field(default_factory=dict)  # where a branch has it otherwise

    def at_branch(self, name: str) -> "Scenario":
        """The same scenario with what is otherwise at this branch, by the same calendar and channels."""
        other = self.of_branch.get(name)
        if other is None:
            return self
        contact = replace(other.contact, holidays=self.contact.holidays, known=self.contact.known)
        return replace(other, contact=contact)

    @property
    def first_step(self) -> str:
        return next(iter(self.steps))

    def turns(self, step: str) -> Turns:
        """What may have its turn in this step."""
        return self.steps[step].turns_after(self.anytime)


def everywhere(scenario: Scenario) -> list[Scenario]:
    """In general, and as it is at branches that have it otherwise; each once."""
    found = {id(one): one for one in (scenario, *scenario.of_branch.values())}
    return list(found.values())


def beginning(scenarios: Iterable[Scenario]) -> list[Scenario]:
    """Those with which new cases begin: active, and without an active one that stands instead of them."""
    known = {one.name: one for one in scenarios}
    active = [one for one in known.values() if one.active]
    replaced = {name for one in active for name in replaced_by(one, known)}
    return [one for one in active if one.name not in replaced]


def replaced_by(scenario: Scenario, scenarios: Mapping[str, Scenario]) -> frozenset[str]:
    """All that this one stands for: the one that it names, and whatever that one names in turn."""
    found: set[str] = set()
    after: Scenario | None = scenario
    while after and after.instead_of and after.instead_of not in found:
        found.add(after.instead_of)
        after = scenarios.get(after.instead_of)
    return frozenset(found)


def standing_for(name: str, scenarios: Iterable[Scenario]) -> frozenset[str]:
    """This scenario and all that stand instead of one another with it: one of them asks about a deal."""
    pairs = [(one.name, one.instead_of) for one in scenarios if one.instead_of]
    known = {name}
    while more := {end for pair in pairs if known & set(pair) for end in pair} - known:
        known |= more
    return frozenset(known)
