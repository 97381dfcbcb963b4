"""WhatsApp templates: the @HSM@ markup of a message text and the words that reach the phone."""

import re
from dataclasses import dataclass

MARK = "@HSM@"
LONGEST_BODY = 1024
LONGEST_EDGE = 60
_SLOT = re.compile(r"\{\{(\d+)\}\}")


class BadTemplate(Exception):
    """The provider would refuse this template message; the text says why."""


@dataclass(frozen=True, slots=True)
class Markup:
    """A template call as written in a message; `full_text` only in the oldest form."""

    name: str
    language: str
    variables: tuple[str, ...] = ()
    header: str = ""
    footer: str = ""
    full_text: str = ""


def is_markup(text: str | None) -> bool:
    return bool(text) and str(text).startswith(MARK)


def parse(text: str, transport: str, *, full_text: bool = False) -> Markup:
    """BadTemplate when the text breaks the grammar of its transport.

    wa_dialog writes `header|`, `body|` and `footer|` lines, every other transport one variable per line
    after an optional empty line. `full_text` admits the oldest form, a name without language and the words.
    """
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    if lines[0].strip() != MARK or len(lines) < 2 or not lines[1].strip():
        raise BadTemplate("template markup has no name in its second line")
    name, _, rest = lines[1].strip().partition("|")
    if not rest and full_text:
        return Markup(name, "", full_text="\n".join(lines[2:]))
    language, _, medium = rest.partition("|")
    if not name or not language or medium not in {"", "media"}:
        raise BadTemplate("template markup needs name|language in its second line")
    if transport == "wa_dialog":
        return _dialog_parts(name, language, lines[2:])
    # The empty line stands where a header would.
    variables = lines[3:] if len(lines) > 2 and not lines[2] else lines[2:]
    return Markup(name, language, tuple(variables))


def _dialog_parts(name: str, language: str, lines: list[str]) -> Markup:
    parts: dict[str, list[str]] = {}
    for line in lines:
        part, *rest = line.split("|")
        if part not in {"header", "body", "footer"} or part in parts or not rest:
            raise BadTemplate(f"template markup has a wrong line: {part}")
        parts[part] = rest
    header = " ".join(parts.get("header", ["text"])[1:])
    footer = " ".join(parts.get("footer", ["text"])[1:])
    if max(len(header), len(footer)) > LONGEST_EDGE:
        raise BadTemplate(f"template header or footer is longer than {LONGEST_EDGE}")
    return Markup(name, language, tuple(parts.get("body", ["text"])[1:]), header, footer)


class Templates:
    """The approved templates of the account by name and language."""

    def __init__(self) -> None:
        self._bodies: dict[tuple[str, str], str] = {}

    def add(self, name: str, language: str, body: str) -> None:
        """`body` holds its variables as {{1}}, {{2}} and so on; adding again replaces."""
        self._bodies[name, language] = body

    def render(self, markup: Markup) -> str:
        """What the client reads; BadTemplate when unknown, incomplete or too long."""
        if markup.full_text:
            return markup.full_text
        body = self._bodies.get((markup.name, markup.language))
        if body is None:
            raise BadTemplate(f"template {markup.name} ({markup.language}) does not exist")
        text = _filled(markup, body)
        if len(text) > LONGEST_BODY:
            raise BadTemplate(f"template {markup.name}: body is longer than {LONGEST_BODY}")
        return "\n".join(part for part in (markup.header, text, markup.footer) if part)


def _filled(markup: Markup, body: str) -> str:
    wanted = len(set(_SLOT.findall(body)))
    if wanted != len(markup.variables):
        raise BadTemplate(
            f"template {markup.name}: {wanted} variables expected, {len(markup.variables)} given"
        )
    if any(not variable.strip() for variable in markup.variables):
        raise BadTemplate(f"template {markup.name}: a variable is empty")
    return _SLOT.sub(lambda slot: _variable(markup, int(slot[1])), body)


def _variable(markup: Markup, number: int) -> str:
    if not 1 <= number <= len(markup.variables):
        raise BadTemplate(f"template {markup.name}: variable {number} has no value")
    return markup.variables[number - 1]
