"""How a WhatsApp template is written into the text of a Chat2Desk message.

There is no method of its own for templates: the text carries a small markup that begins with @HSM@
and differs by provider (chat2desk.com, "How to work with WhatsApp Business API templates").
"""

import re

from qc_engine.core.effects import SendMessage, Template
from qc_engine.ports import Refused

MARK = "@HSM@"
GRAMMARS = {
    # Variables one per line.
    "lines": "@HSM@\n{name}|{language}\n{variables}",
    # The same with an empty line where a header would stand.
    "lines_after_blank": "@HSM@\n{name}|{language}\n\n{variables}",
    # 360dialog: one line per part of the template.
    "dialog360": "@HSM@\n{name}|{language}\nbody|text|{variables_in_bars}",
    # Older accounts: the approved text itself, already filled in.
    "full_text": "@HSM@\n{name}\n{text}",
}
BY_TRANSPORT = {"wa_dialog": "dialog360"}
OFFICIAL = "wa_"

PLACEHOLDER = re.compile(r"\{(name|language|variables|variables_in_bars|text)\}")
WORD = re.compile(r"[A-Za-z0-9_]+")
NOTHING = "-"  # the messenger refuses an empty variable, and an empty line would shift the others


def written(effect: SendMessage, transport: str, grammar: str = "") -> str:
    """The text to post: the template's markup on an official transport, else the plain text.

    `grammar` is a name from GRAMMARS or a pattern of its own; empty: chosen by the transport.
    Raises Refused(code="template_problem") when the template's name cannot be written.
    """
    if effect.template is None or not transport.startswith(OFFICIAL):
        return effect.text
    chosen = grammar or BY_TRANSPORT.get(transport, "lines")
    return render(GRAMMARS.get(chosen, chosen), effect.template, effect.text)


def render(pattern: str, template: Template, text: str) -> str:
    """Fill a pattern in one pass, so that a client's name is never read as a placeholder."""
    for word in (template.name, template.language):
        if not WORD.fullmatch(word):
            raise Refused(f"template name or language cannot be written: {word!r}", code="template_problem")
    values = {
        "name": template.name,
        "language": template.language,
        "text": text,
        "variables": "\n".join(map(_one_line, template.variables)),
        "variables_in_bars": "|".join(_one_line(value).replace("|", "/") for value in template.variables),
    }
    return PLACEHOLDER.sub(lambda found: values[found[1]], pattern).rstrip("\n|")


def _one_line(value: str) -> str:
    return " ".join(value.split()) or NOTHING
