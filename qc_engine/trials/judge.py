"""Does what is expected hold? If not: what happened instead, in words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from qc_engine.core.case import State
from qc_engine.core.effects import CallWebhook, CreateDeal, CreateTask, Effect, NotifyStaff, SendMessage
from qc_engine.core.scenario import Person
from qc_engine.core.trace import Phrase, phrase
from qc_engine.core.wording.texts import folded
from qc_engine.trials.outset import HEAD, MANAGER
from qc_engine.trials.patterns import fits, nearest
from qc_engine.trials.telling import Names, shown
from qc_engine.trials.trial import (
    Asked,
    AtStep,
    ComplaintStands,
    ContactHolds,
    DealAt,
    DealMade,
    Ended,
    Expectation,
    FieldsHold,
    NoMessage,
    Nothing,
    Notified,
    Said,
    Started,
    SystemTold,
    TaskMade,
)
from qc_engine.trials.world import World

Instead = tuple[Phrase, ...]
NO_COMPLAINT = "none"


def instead(expected: Expectation, world: World, names: Names) -> Instead:  # noqa: C901 (one line per word)
    """Empty when the expectation holds."""
    match expected:
        case Asked(question):
            return _asked(question, world)
        case Said(pattern):
            return _said(pattern, world)
        case NoMessage():
            return tuple(names.told(one) for one in _messages(world)[:1])
        case Nothing():
            return tuple(names.told(one) for one in _since(world)[:1])
        case AtStep() | Ended():
            return _state(expected, world)
        case DealAt(stage):
            at = phrase("trial.deal_at", stage=names.title(world.stage))
            return () if folded(stage) == folded(world.stage) else (at,)
        case FieldsHold(fields):
            return tuple(_fields(fields, world.fields, names))
        case ContactHolds(fields):
            return tuple(_fields(fields, world.contact, names))
        case TaskMade() | DealMade() | Notified():
            return _made(expected, world, names)
        case SystemTold(event):
            return _told(event, world, names)
        case ComplaintStands(how):
            return _complaint(how, world)
        case Started(scenario):
            return _started(scenario, world)
        case _:
            assert_never(expected)


def _since(world: World) -> list[Effect]:
    return [one.effect for one in world.happened[world.since :] if one.effect is not None]


def _started(scenario: str, world: World) -> Instead:
    since = [name for number, name in world.started if number >= world.since]
    if scenario in since:
        return ()
    return (phrase("trial.started", scenario=since[-1]) if since else phrase("trial.started_nothing"),)


def _complaint(how: str, world: World) -> Instead:
    complaint = world.case.complaint
    stands = complaint.stands if complaint else NO_COMPLAINT
    return () if stands == how else (phrase("trial.complaint", how=stands),)


# --- messages ---------------------------------------------------------------------------------


def _messages(world: World) -> list[SendMessage]:
    return [one for one in _since(world) if isinstance(one, SendMessage)]


def _texts(world: World) -> list[str]:
    return [one.text for one in _messages(world)]


def _asked(question: str, world: World) -> Instead:
    asked = [one.question for one in _messages(world) if one.question]
    if question in asked:
        return ()
    if asked:
        return (phrase("trial.asked", question=asked[-1]),)
    return (phrase("trial.asked_nothing"), *_why_silent(world))


def _said(pattern: str, world: World) -> Instead:
    texts = _texts(world)
    if any(fits(pattern, text) for text in texts):
        return ()
    if texts:
        return (phrase("trial.said", text=shown(nearest(pattern, texts))),)
    return (phrase("trial.said_nothing"), *_why_silent(world))


def _why_silent(world: World) -> Iterator[Phrase]:
    """What waits for a better moment, or why the case does not write at all."""
    case = world.case
    if world.held:
        yield next(iter(world.held.values())).why
    elif case.state is State.ENDED:
        yield _where(world)
        if case.ended_why:
            yield case.ended_why
    elif case.state is State.WAITING and case.wake_at:
        yield phrase("trial.waiting", until=case.wake_at)


# --- where things stand -----------------------------------------------------------------------


def _state(expected: AtStep | Ended, world: World) -> Instead:
    case = world.case
    match expected:
        case AtStep(step):
            holds = case.state is State.ACTIVE and case.step == step
        case Ended(outcome):
            holds = case.state is State.ENDED and case.outcome == outcome
    return () if holds else (_where(world),)


def _where(world: World) -> Phrase:
    case = world.case
    match case.state:
        case State.WAITING:
            return phrase("trial.not_begun")
        case State.ACTIVE:
            return phrase("trial.at_step", step=case.step)
        case State.ENDED:
            return phrase("trial.ended", outcome=case.outcome)
        case _:
            assert_never(case.state)


def _fields(wanted: Mapping[str, str], held: Mapping[str, str], names: Names) -> Iterator[Phrase]:
    for name, value in wanted.items():
        if name not in held:
            yield phrase("trial.field_untouched", field=names.title(name))
        elif not fits(value, held[name]):
            yield phrase("trial.field_holds", field=names.title(name), text=shown(held[name]))


# --- tasks, deals, notices --------------------------------------------------------------------


def _made(expected: TaskMade | DealMade | Notified, world: World, names: Names) -> Instead:
    kind = {TaskMade: CreateTask, DealMade: CreateDeal, Notified: NotifyStaff}[type(expected)]
    found = [one for one in _since(world) if isinstance(one, kind)]
    if any(_is_meant(expected, one) for one in found):
        return ()
    if not found:
        return (phrase(f"trial.no_{kind.__name__}"),)
    of_the_person = [one for one in found if _person_of(one) == _id(expected.person)] or found
    texts = ["\n".join(_texts_of(one)) for one in of_the_person]
    near = of_the_person[texts.index(nearest(expected.text, texts))]
    return (names.told(near),)


def _told(event: str, world: World, names: Names) -> Instead:
    found = [one for one in _since(world) if isinstance(one, CallWebhook)]
    if any(fits(event, one.event) for one in found):
        return ()
    return (names.told(found[-1]) if found else phrase("trial.no_CallWebhook"),)


def _is_meant(expected: TaskMade | DealMade | Notified, made: Effect) -> bool:
    stage = expected.stage if isinstance(expected, DealMade) else ""
    if stage and isinstance(made, CreateDeal) and folded(made.stage) != folded(stage):
        return False
    texts = _texts_of(made)
    says = any(fits(expected.text, text) for text in (*texts, "\n".join(texts)))
    return says and _person_of(made) == _id(expected.person)


def _texts_of(made: Effect) -> Sequence[str]:
    match made:
        case CreateTask(title=title, text=text):
            return title, text
        case CreateDeal(title=title, comment=text):
            return title, text
        case NotifyStaff(text=text):
            return (text,)
        case _:
            return ()


def _person_of(made: Effect) -> int:
    match made:
        case CreateTask(responsible=user) | CreateDeal(assigned_to=user) | NotifyStaff(user=user):
            return user
        case _:
            return 0


def _id(person: Person) -> int:
    return {"head": HEAD, "manager": MANAGER}.get(person.role, person.user)
