"""What happens in a story, as the engine hears of it. Raises Impossible for what cannot happen there."""

from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from qc_engine.core.case import ContactPoint
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import (
    AnswerReceived,
    ApprovalGiven,
    ChannelJoined,
    ComplaintCauseNamed,
    ComplaintResolved,
    DealMoved,
    Event,
    FormAnswered,
    LinkClicked,
    MessageRefused,
    ReviewChecked,
    StaffWrote,
    TaskClosed,
)
from qc_engine.core.talk.ways import address, channel
from qc_engine.core.trace import Phrase, phrase
from qc_engine.trials.again import start_again
from qc_engine.trials.outset import DEAL_ID, PHONE
from qc_engine.trials.trial import (
    Clicks,
    ClientWrites,
    ComplaintMoved,
    Decides,
    Fact,
    FormSent,
    ManagerSays,
    MessageFails,
    MovedByHand,
    NamesCause,
    OpensChat,
    OperatorWrites,
    Passes,
    Resolves,
    StartsAgain,
    TaskDone,
)
from qc_engine.trials.world import World

PACE = timedelta(minutes=1)  # people need a moment
BY_PAGE = "страница"


class Impossible(Exception):
    """This cannot happen at this point of the story."""

    def __init__(self, why: Phrase) -> None:
        super().__init__(why.key)
        self.why = why


def happen(fact: Fact, words: str, world: World) -> None:
    """From here on a new stretch of the story is looked at. Raises Impossible, TooLong."""
    world.since = len(world.happened)
    told = phrase("trial.fact", words=words)
    if isinstance(fact, Passes):
        world.tell(told)
        world.pass_until(world.now + fact.span)
    elif isinstance(fact, StartsAgain):
        world.pass_until(world.now + PACE)
        world.tell(told)
        if not start_again(fact, world):
            raise Impossible(phrase("trial.not_over"))
        world.pass_until(world.now)
    else:
        world.pass_until(world.now + PACE)
        world.tell(told)
        world.hear(_event(fact, world))


def _event(fact: Fact, world: World) -> Event:  # noqa: C901 (one line per fact)
    case, now = world.case, world.now
    match fact:
        case ClientWrites():
            return _answer(fact, world)
        case FormSent(answers):
            return FormAnswered(case.id, answers, now)
        case Clicks(platform):
            return _click(platform, world)
        case ManagerSays(answer):
            return ReviewChecked(case.id, answer, now)
        case Decides(name, given):
            return _decision(name, given, world)
        case Resolves() | NamesCause() | ComplaintMoved():
            return _about_complaint(fact, world)
        case TaskDone(result):
            return TaskClosed(_last_task(world), result, now)
        case MovedByHand(stage):
            world.stage = stage
            return DealMoved(DEAL_ID, stage, now)
        case OperatorWrites(text):
            return StaffWrote(PHONE, now, world.next_number(), text)
        case MessageFails(code):
            return _refusal(code, world)
        case OpensChat(key):
            return _joined(key, world)
        case Passes() | StartsAgain():
            raise AssertionError(fact)
        case _:
            assert_never(fact)


def _answer(wrote: ClientWrites, world: World) -> AnswerReceived:
    case = world.case
    through = world.sent[-1][0].effect if world.sent else None
    key = through.channel if isinstance(through, SendMessage) else case.channel
    here = channel(key, world.scenario.contact)
    if not here.answers:
        raise Impossible(phrase("trial.deaf_channel", channel=here.name))
    where = address(key, case.client)
    return AnswerReceived(PHONE, wrote.text, world.now, world.next_number(), wrote.kind, where, key)


def _click(platform: str, world: World) -> LinkClicked:
    """Nobody opens a link that nobody has given."""
    link = world.case.links[platform]
    texts = [one.effect.text for one, _ in world.sent if isinstance(one.effect, SendMessage)]
    if not any(link in text for text in texts):
        raise Impossible(phrase("trial.no_link", link=link))
    return LinkClicked(platform, platform, world.now, world.case.branch.review_pages[platform])


def _decision(name: str, given: bool, world: World) -> ApprovalGiven:
    """Nobody answers what nobody has asked."""
    if not any(one.name == name for one in world.case.approvals):
        raise Impossible(phrase("trial.no_approval", name=name))
    return ApprovalGiven(world.case.id, name, given, world.now, BY_PAGE)


def _about_complaint(fact: Resolves | NamesCause | ComplaintMoved, world: World) -> Event:
    """Nobody works on what nobody has complained of, and only what the scenario lists is a cause."""
    case, complaint = world.case, world.case.complaint
    if complaint is None:
        raise Impossible(phrase("trial.no_complaint"))
    match fact:
        case Resolves():
            return ComplaintResolved(case.id, BY_PAGE, world.now)
        case ComplaintMoved(stage):
            return DealMoved(complaint.deal_id or 0, stage, world.now)
        case NamesCause(cause):
            known = world.scenario.complaints.known_causes
            if cause not in known:
                raise Impossible(phrase("trial.no_cause", name=cause, known=", ".join(known)))
            return ComplaintCauseNamed(case.id, cause, "", "", BY_PAGE, world.now)
        case _:
            assert_never(fact)


def _last_task(world: World) -> int:
    if not world.open_tasks:
        raise Impossible(phrase("trial.no_task"))
    return world.open_tasks.pop()


def _refusal(code: str, world: World) -> MessageRefused:
    if not world.sent:
        raise Impossible(phrase("trial.no_message_sent"))
    one, number = world.sent[-1]
    assert isinstance(one.effect, SendMessage)
    return MessageRefused(PHONE, code, world.now, number, code, message=one.effect, effect_key=one.key)


def _joined(key: str, world: World) -> ChannelJoined:
    point = ContactPoint(key, f"{key}:1", world.now)
    others = tuple(one for one in world.case.client.points if one.channel != key)
    client = replace(world.case.client, points=(*others, point))
    world.case = replace(world.case, client=client)
    return ChannelJoined(point.address, "token", world.now, PHONE, key)
