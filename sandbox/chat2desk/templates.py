"""WhatsApp templates: the @HSM@ markup of a message text and the words that reach the phone."""

import re
from dataclasses import dataclass, replace

MARK = "@HSM@"
LONGEST_BODY = 1024
LONGEST_EDGE = 60
MEDIA = ("image", "document", "video")
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
    medium: str = ""  # what the header is, where the call says so: image, document, video


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
    kind, *words = parts.get("header", ["text"])
    header, footer = " ".join(words), " ".join(parts.get("footer", ["text"])[1:])
    if max(len(header), len(footer)) > LONGEST_EDGE:
        raise BadTemplate(f"template header or footer is longer than {LONGEST_EDGE}")
    medium = "" if kind == "text" else kind
    return Markup(name, language, tuple(parts.get("body", ["text"])[1:]), header, footer, medium=medium)


@dataclass(slots=True)
class Approved:
    """A template in the provider's cabinet. `header` is text, image, document, video, or empty for none."""

    body: str
    header: str = ""
    status: str = "approved"


class Templates:
    """The templates of the account by name and language."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Approved] = {}

    def add(self, name: str, language: str, body: str, *, header: str = "", status: str = "approved") -> None:
        """`body` holds its variables as {{1}}, {{2}} and so on; adding again replaces."""
        self._known[name, language] = Approved(body, header, status)

    def judge(self, name: str, status: str) -> bool:
        """The provider approves, rejects or pauses it in every language; False when there is none."""
        found = [one for (known, _), one in self._known.items() if known == name]
        for one in found:
            one.status = status
        return bool(found)

    def rows(self) -> list[dict[str, str]]:
        return [
            {"name": name, "language": language, "status": one.status}
            for (name, language), one in self._known.items()
        ]

    def render(self, markup: Markup, *, with_file: bool = False) -> str:
        """What the client reads; BadTemplate when unknown, not approved, incomplete or too long."""
        if markup.full_text:
            return markup.full_text
        known = self._known.get((markup.name, markup.language))
        if known is None:
            raise BadTemplate(f"template {markup.name} ({markup.language}) does not exist")
        if known.status != "approved":
            raise BadTemplate(f"template {markup.name} ({markup.language}) is {known.status}")
        markup = _with_header(markup, known, with_file)
        text = _filled(markup, known.body)
        if len(text) > LONGEST_BODY:
            raise BadTemplate(f"template {markup.name}: body is longer than {LONGEST_BODY}")
        return "\n".join(part for part in (markup.header, text, markup.footer) if part)


def _with_header(markup: Markup, known: Approved, with_file: bool) -> Markup:
    """The header's words are the line before the variables where the grammar names no parts."""
    if known.header in MEDIA and not with_file:
        raise BadTemplate(f"template {markup.name}: its {known.header} is missing")
    if markup.medium and markup.medium != known.header:
        raise BadTemplate(f"template {markup.name}: its header is no {markup.medium}")
    if known.header != "text" or markup.header:
        return markup
    if not markup.variables:
        raise BadTemplate(f"template {markup.name}: the words of its header are missing")
    return replace(markup, header=markup.variables[0], variables=markup.variables[1:])


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
