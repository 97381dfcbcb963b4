"""When one channel does not reach the client, the next one of the scenario takes over.

One question is open at a time: what the former channel has not sent yet is called back, and whatever way
an answer takes, it counts.
"""

from dataclasses import replace

from qc_engine.core.case import OpenQuestion
from qc_engine.core.draft import Draft
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import ChannelJoined, TimerDue
from qc_engine.core.talk.asking import ask, other_way_at
from qc_engine.core.talk.gate import WELCOME
from qc_engine.core.talk.ways import address, channel, way_after

# Our own reasons not to write hold in every channel, a person's 'do not' too, and who has blocked us is not
# followed elsewhere.
HOLDS_EVERYWHERE = frozenset({
    "opted_out", "too_late", "case_ended", "complaint_open", "prevented", "blocked", "dropped",
})  # fmt: skip


def another_way(message: SendMessage | None, code: str, draft: Draft) -> bool:
    """A message did not reach the client: send it by the next channel; False when there is none."""
    if message is None or code in HOLDS_EVERYWHERE:
        return False
    key = way_after(message.channel, draft.case, draft.scenario.contact)
    if key is None:
        return False
    _turn_to(key, draft)
    question = draft.case.question
    if message.question and question:
        ask(question, draft)
    else:
        _send_again(message, key, draft)
    return True


def _turn_to(key: str, draft: Draft) -> None:
    draft.change(channel=key)
    draft.note("note.next_channel", channel=channel(key, draft.scenario.contact).name)


def _send_again(message: SendMessage, key: str, draft: Draft) -> None:
    # An approved template belongs to the messenger that approved it.
    to = address(key, draft.case.client)
    draft.add(replace(message, channel=key, address=to, template=None))


# --- by the clock -----------------------------------------------------------------------------


def look_for_another_way(draft: Draft) -> None:
    """The question has been on its way for so long: did it arrive, is it stuck, or must it wait?"""
    question = draft.case.question
    assert question is not None
    assert isinstance(draft.event, TimerDue)
    match draft.event.question_is:
        case "arrived":
            draft.change(question=replace(question, other_way_at=None))
        case "stuck" | "sent":
            _go_on(question, draft)
        case _:  # held by a gate, or nobody knows whether it left: never ask twice on a guess
            later = other_way_at(question.channel, draft.now, draft)
            draft.change(question=replace(question, other_way_at=later))


def _go_on(question: OpenQuestion, draft: Draft) -> None:
    key = way_after(question.channel, draft.case, draft.scenario.contact)
    if key is None:
        draft.change(question=replace(question, other_way_at=None))
        return
    draft.cancel = (*draft.cancel, SendMessage)
    draft.note("note.not_arrived", channel=channel(question.channel, draft.scenario.contact).name)
    _turn_to(key, draft)
    ask(question, draft)


def is_time_for_another_way(draft: Draft) -> bool:
    question = draft.case.question
    at = question.other_way_at if question else None
    return isinstance(draft.event, TimerDue) and at is not None and draft.now >= at


# --- the client opens our chat ----------------------------------------------------------------


def joined(event: ChannelJoined, draft: Draft) -> None:
    """From now on we speak where the client has just come; an open question is repeated there."""
    rules = draft.scenario.contact
    draft.change(channel=event.channel)
    draft.change_client(wrote_at=max(event.at, draft.case.client.wrote_at or event.at))  # awake, as by words
    draft.note("note.joined", channel=channel(event.channel, rules).name)
    question = draft.case.question
    if question:
        draft.cancel = (*draft.cancel, SendMessage)
        ask(replace(question, asked_before=True), draft)  # it may be on its way through the former one
    elif rules.welcome.body:
        draft.say(rules.welcome, WELCOME)
