"""How a WhatsApp template is written into the text of a Chat2Desk message.

There is no method of its own for templates: the text carries a small markup that begins with @HSM@
and differs by provider (chat2desk.com, "How to work with WhatsApp Business API templates").
"""

import re
from typing import Protocol

from qc_engine.core.effects import SendMessage, Template
from qc_engine.ports import Refused

MARK = "@HSM@"
GRAMMARS = {
    # Variables one per line.
    "lines": "@HSM@\n{name}|{language}\n{variables}",
    # The same with a line for the header's words, empty when it has none.
    "lines_after_blank": "@HSM@\n{name}|{language}\n{header}\n{variables}",
    # 360dialog: one line per part of the template.
    "dialog360": "@HSM@\n{name}|{language}{media}\n{header_line}\n{body_line}\n{footer_line}",
    # Older accounts: the approved text itself, already filled in.
    "full_text": "@HSM@\n{name}\n{text}",
}
BY_TRANSPORT = {"wa_dialog": "dialog360"}
OFFICIAL = "wa_"

PLACEHOLDER = re.compile(
    r"\{(name|language|variables|variables_in_bars|text|header|media|header_line|body_line|footer_line)\}"
)
WORD = re.compile(r"[A-Za-z0-9_]+")
NOTHING = "-"  # the messenger refuses an empty variable, and an empty line would shift the others
NO_LINE = "\x00"  # a part that the template has not takes no line at all


class Parts(Protocol):
    """What a template has beside its body."""

    @property
    def header(self) -> str: ...

    @property
    def header_text(self) -> str: ...

    @property
    def footer(self) -> str: ...


def written(effect: SendMessage, transport: str, grammar: str = "", parts: Parts | None = None) -> str:
    """The text to post: the template's markup on an official transport, else the plain text.

    `grammar` is a name from GRAMMARS or a pattern of its own; empty: chosen by the transport.
    Raises Refused(code="template_problem") when the template's name cannot be written.
    """
    if not by_template(effect, transport) or effect.template is None:
        return effect.text
    chosen = grammar or BY_TRANSPORT.get(transport, "lines")
    if chosen == "lines" and parts and parts.header_text:
        chosen = "lines_after_blank"
    return render(GRAMMARS.get(chosen, chosen), effect.template, effect.text, parts)


def by_template(effect: SendMessage, transport: str) -> bool:
    """Does this message leave as a template? Only official transports know them."""
    return effect.template is not None and is_official(transport)


def is_official(transport: str) -> bool:
    """WhatsApp by a provider of its Business API; `whatsapp` is a telephone's own session."""
    return transport.startswith(OFFICIAL)


def render(pattern: str, template: Template, text: str, parts: Parts | None = None) -> str:
    """Fill a pattern in one pass, so that a client's name is never read as a placeholder."""
    for word in (template.name, template.language):
        if not WORD.fullmatch(word):
            raise Refused(f"template name or language cannot be written: {word!r}", code="template_problem")
    in_bars = "|".join(_one_line(value).replace("|", "/") for value in template.variables)
    values = {
        "name": template.name,
        "language": template.language,
        "text": text,
        "variables": "\n".join(map(_one_line, template.variables)),
        "variables_in_bars": in_bars,
        "body_line": f"body|text|{in_bars}".rstrip("|"),
        **_parts(parts),
    }
    filled = PLACEHOLDER.sub(lambda found: values[found[1]], pattern)
    return filled.replace(f"\n{NO_LINE}", "").rstrip("\n|")


def _parts(parts: Parts | None) -> dict[str, str]:
    header, words = (parts.header, parts.header_text) if parts else ("", "")
    footer = parts.footer if parts else ""
    return {
        "header": words,
        "media": "|media" if header not in ("", "text") else "",
        "header_line": f"header|{header}{'|' if words else ''}{words}" if header else NO_LINE,
        "footer_line": f"footer|text|{footer}" if footer else NO_LINE,
    }


def _one_line(value: str) -> str:
    return " ".join(value.replace(NO_LINE, "").split()) or NOTHING
