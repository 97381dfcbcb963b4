"""One message as it is posted: its words, what is attached to it, its buttons (Messages (POST))."""

from dataclasses import dataclass, field, replace

from connectors.chat2desk.buttons import keyboard
from connectors.chat2desk.settings import Chat2DeskSettings, TemplateParts
from connectors.chat2desk.templates import by_template, written
from connectors.chat2desk.wire import Row, words
from qc_engine.core.effects import SendMessage
from qc_engine.ports import Refused

EXPECTS_ANSWER = ("question", "hint", "reminder")


@dataclass(frozen=True)
class Letter:
    """`template` is the name under which it leaves, '' for plain words; `extras` are further fields."""

    text: str
    template: str = ""
    extras: Row = field(default_factory=dict)
    buttons: Row = field(default_factory=dict)


def letter_of(effect: SendMessage, settings: Chat2DeskSettings) -> Letter:
    """Raises Refused for a message without words, or a template that cannot be written."""
    template = effect.template if by_template(effect, settings.transport) else None
    parts = settings.template_parts.get(template.name) if template else None
    if effect.file and template is None and not settings.attachments:
        effect = replace(effect, text=effect.in_words, file="")
    text = words(written(effect, settings.transport, settings.template_grammar, parts))
    if not text.strip():
        raise Refused("chat2desk: nothing to send: the text is empty")
    if template is None:
        return Letter(text, extras=_attachment(effect.file), buttons=_buttons(effect, settings))
    return Letter(text, template.name, _header(parts, effect.file) if parts else {})


def _header(parts: TemplateParts, file: str) -> Row:
    """The picture, video or document of the header goes along in the same call; another template has no place
    for a file."""
    return _attachment(file or parts.url, "" if file else parts.filename) if parts.url else {}


def _attachment(url: str, name: str = "") -> Row:
    return {"attachment": url, "attachment_filename": name or _last_name(url)} if url else {}


def _buttons(effect: SendMessage, settings: Chat2DeskSettings) -> Row:
    if not settings.question_buttons or effect.purpose not in EXPECTS_ANSWER:
        return {}
    made = keyboard(settings.question_buttons)
    return {"keyboard": made} if settings.buttons_in == "keyboard" else {"inline_buttons": made["buttons"]}


def _last_name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
