"""Will a message arrive? What the messenger refuses, and why."""

from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase

from sandbox.chat2desk import templates
from sandbox.chat2desk.desk import Desk
from sandbox.chat2desk.model import Client, Message
from sandbox.chat2desk.switches import NO_ACCOUNT

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Refusal:
    text: str
    with_status: bool


def judge(desk: Desk, message: Message) -> Refusal | None:
    """Why the message will not arrive; fills in the words that the client sees if it will."""
    message.shown = message.text or ""
    waiting = desk.phones.at(message.client.owner).refusals
    if waiting:
        return Refusal(waiting.popleft(), with_status=True)
    if messenger(desk, message) == "refuses":
        return Refusal(NO_ACCOUNT, with_status=True)
    if _is_banned(desk, message):
        return Refusal(desk.switches.ban_text, with_status=False)
    if not _has_window(desk, message.transport):
        return None
    if templates.is_markup(message.text):
        return _judge_template(desk, message)
    if _is_open(message.client, desk, timedelta(hours=desk.switches.window_hours)):
        return None
    return Refusal(desk.switches.window_text, desk.switches.window_outbox_status)


def messenger(desk: Desk, message: Message) -> str:
    """How the messenger of this client does: works, refuses, silent."""
    return desk.phones.at(message.client.owner).messenger or desk.switches.messenger


def fits(transport: str, patterns: str) -> bool:
    """`patterns` are divided by commas; * stands for anything."""
    return any(fnmatchcase(transport, one.strip()) for one in patterns.split(","))


def _is_banned(desk: Desk, message: Message) -> bool:
    """Who writes to too many strangers in a day loses the number."""
    most = desk.switches.ban_after
    if not most or not fits(message.transport, desk.switches.ban_transports):
        return False
    if not _is_open(message.client, desk, DAY):
        today = desk.clock.now().date()
        desk.strangers[today] = desk.strangers.get(today, 0) + 1
        desk.banned = desk.banned or desk.strangers[today] > most
    return desk.banned


def _judge_template(desk: Desk, message: Message) -> Refusal | None:
    full_text = desk.switches.hsm_full_text
    try:
        markup = templates.parse(message.text or "", message.transport, full_text=full_text)
        message.shown = desk.templates.render(markup, with_file=bool(message.attachments or message.media))
    except templates.BadTemplate as problem:
        return Refusal(f"Message was not sent: {problem}", with_status=True)
    return None


def _has_window(desk: Desk, transport: str) -> bool:
    return desk.switches.window_hours > 0 and fits(transport, desk.switches.window_transports)


def _is_open(client: Client, desk: Desk, span: timedelta) -> bool:
    """Has the client written within this time?"""
    return client.last_inbound is not None and desk.clock.now() - client.last_inbound < span
