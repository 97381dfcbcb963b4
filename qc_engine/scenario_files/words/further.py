"""Words that tell others something: a file, an outgoing webhook, a question to a person."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from qc_engine.core.scenario import Say, Text
from qc_engine.scenario_files.reading import (
    Field,
    Kind,
    Reading,
    Unread,
    Wrong,
    attempt,
    fields_schema,
    read_by_keys,
    value_of,
)
from qc_engine.scenario_files.similar import quoted
from qc_engine.scenario_files.words.kinds import LONG_SPAN, NAME, PERSON, TEXT_SCHEMA, WEBHOOK
from qc_engine.scenario_files.words.texts import BODY, TEXT, TEXT_FIELDS
from qc_engine.scenario_files.yaml.source import Node, Pairs, children

EVENT = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,3}")
LONGEST_EVENT = 80
OUR_EVENTS = "bonus."
MOST_DATA = 50
LONGEST_ADDRESS = 2000
HOST = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
FILE = "file"


# --- a file beside a text ---------------------------------------------------------------------


def _read_say(node: Node, reading: Reading) -> Say:
    """A text, or a block with its template or a file."""
    file = children(node).get(FILE)
    if file is None or not isinstance(node, Pairs):
        return Say(_text(node, reading))
    beside = tuple(one for one in node.pairs if one[0].text != FILE)
    if not beside:
        raise Wrong(node.place, "'text' is missing")
    found: dict[str, Any] = {}
    attempt(FILE, file.place, ADDRESS, file, found, reading)
    text = _text(replace(node, pairs=beside), reading)
    if FILE not in found:
        raise Unread
    return Say(text, found[FILE])


def _text(node: Node, reading: Reading) -> Text:
    text: Text = TEXT.read(node, reading)
    return text


def _read_address(node: Node, reading: Reading) -> str:
    value = value_of(node, "the https address of a file")
    fault = _fault(value.text)
    if fault:
        raise Wrong(value.place, f"{quoted(value.text)}: {fault}")
    return value.text


def _fault(address: str) -> str:
    """What keeps this from being an address that a messenger's servers may fetch; '' for nothing."""
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        return "this is no address; write https://..."
    if len(address) > LONGEST_ADDRESS:
        return f"at most {LONGEST_ADDRESS} signs"
    if parts.scheme != "https":
        return "only https:// is fetched by messengers; write https://"
    if parts.username is not None or parts.password is not None:
        return "a name or password in the address would be shown to clients; leave it out"
    if not HOST.fullmatch(host.lower()) or re.search(r"[\s\\{}]", address):
        return "write a whole address with the name of a host, for example https://example.kz/memo.pdf"
    return "leave the port out" if port not in (None, 443) else ""


# --- an outgoing webhook ----------------------------------------------------------------------


def _read_event(node: Node, reading: Reading) -> str:
    value = value_of(node, "the name of an event, for example visit.rated")
    if not EVENT.fullmatch(value.text) or len(value.text) > LONGEST_EVENT:
        rule = "small latin letters, digits and _ with a point between, for example visit.rated"
        raise Wrong(value.place, f"{quoted(value.text)}: write {rule}")
    if value.text.startswith(OUR_EVENTS):
        raise Wrong(value.place, f"names in '{OUR_EVENTS}' are told by confirm_bonus; write another one")
    return value.text


def _read_data(node: Node, reading: Reading) -> dict[str, str]:
    if isinstance(node, Pairs) and len(node.pairs) > MOST_DATA:
        raise Wrong(node.place, f"{len(node.pairs)} values are too many; at most {MOST_DATA}")
    wanted = 'names and their values, for example {deal: "{deal_id}"}'
    return read_by_keys(node, NAME, BODY, wanted, reading)


ADDRESS = Kind(_read_address, {"type": "string", "pattern": "^https://", "maxLength": LONGEST_ADDRESS})
BESIDE = {
    FILE: Field(
        ADDRESS, "Файл рядом с текстом, адрес https; где файлов не шлют, адрес встанет в текст", False
    ),
}
SAY_FIELDS = {**TEXT_FIELDS, **BESIDE}
SAY = Kind(_read_say, {"anyOf": [{"$ref": "#/$defs/text"}, fields_schema(SAY_FIELDS)]})
EVENT_NAME = Kind(
    _read_event, {"type": "string", "pattern": f"^{EVENT.pattern}$", "examples": ["visit.rated"]}
)
DATA = Kind(_read_data, {"type": "object", "minProperties": 1, "additionalProperties": TEXT_SCHEMA})
TOLD = {
    "webhook": Field(WEBHOOK, "Имя исходящего вебхука из config.yaml"),
    "event": Field(EVENT_NAME, "Имя события для получателя, например visit.rated"),
    "data": Field(DATA, "Что передать: имя и значение, в значениях можно {имена}", False),
}
APPROVAL = {
    "name": Field(NAME, "Имя вопроса: его называют условия approved и declined"),
    "title": Field(BODY, "Название задачи: о чём спрашиваем"),
    "text": Field(BODY, "Что нужно знать, чтобы решить; ссылки «Да» и «Нет» добавятся сами"),
    "for": Field(PERSON, "Кто решает: branch_head, branch_manager, имя или номер", becomes="person"),
    "due": Field(LONG_SPAN, "Срок, например 1 day"),
}
