"""How the reference calls the kinds of values, and what holds where a word is not written."""

import inspect
from collections.abc import Mapping, Sequence
from datetime import time, timedelta
from typing import Any

from qc_engine.core.scenario import Text
from qc_engine.scenario_files.reading import Field, Kind
from qc_engine.scenario_files.trials.kinds import (
    ANY_WORDS,
    APPROVAL,
    CHANNEL,
    END,
    FLAG,
    FORM,
    PATTERN,
    PAUSE,
    PLATFORM_NAME,
    STAGE_ANYWHERE,
    TIME,
    VALUES,
)
from qc_engine.scenario_files.trials.kinds import QUESTION as QUESTION_NAME
from qc_engine.scenario_files.words.complaints import CAUSES, TIMES
from qc_engine.scenario_files.words.formulas import FORMULA
from qc_engine.scenario_files.words.further import ADDRESS, DATA, SAY
from qc_engine.scenario_files.words.kinds import (
    AMOUNT,
    BRANCHES,
    CHANNELS,
    CONTACT_FIELD,
    DEAL_FIELD,
    DECIMAL,
    HINTS,
    HOURS,
    LANGUAGE_FIELD,
    LONG_SPAN,
    NAME,
    PERSON,
    QUESTIONS,
    SCALE,
    SPAN,
    SPANS,
    STAGE,
    STEP,
    TEXT_SCHEMA,
    TITLE,
)
from qc_engine.scenario_files.words.rules import STEP_TITLE
from qc_engine.scenario_files.words.shape import WELCOME
from qc_engine.scenario_files.words.starts import BY_HAND, SCHEDULE, SEGMENT
from qc_engine.scenario_files.words.texts import (
    BODY,
    CONTACT_VALUES,
    DEAL_VALUES,
    LANGUAGE_FIELDS,
    SAID,
    TEXT,
    TEXT_FIELDS,
)
from qc_engine.scenario_files.yaml.parameters import ANY

NOTHING = "–"
# What a reader of the file fills in where the core itself knows no default.
FILLED_IN = {"contact.welcome": WELCOME, "contact.channels": "chat2desk"}
UNITS = (("week", 7 * 86400), ("day", 86400), ("hour", 3600), ("min", 60), ("s", 1))
KINDS: Sequence[tuple[str, Kind]] = (
    ("word", NAME),
    ("title", TITLE),
    ("title", STEP_TITLE),
    ("span", SPAN),
    ("span", LONG_SPAN),
    ("spans", SPANS),
    ("number", DECIMAL),
    ("amount", AMOUNT),
    ("hints", HINTS),
    ("scale", SCALE),
    ("hours", HOURS),
    ("stage", STAGE),
    ("deal_field", DEAL_FIELD),
    ("contact_field", CONTACT_FIELD),
    ("values", DEAL_VALUES),
    ("values", CONTACT_VALUES),
    ("person", PERSON),
    ("step", STEP),
    ("questions", QUESTIONS),
    ("channels", CHANNELS),
    ("text", TEXT),
    ("text", BODY),
    ("text", SAID),
    *(("text", field.kind) for field in (TEXT_FIELDS["text"], *LANGUAGE_FIELDS.values())),
    ("text", SAY),
    ("formula", FORMULA),
    ("branches", BRANCHES),
    ("address", ADDRESS),
    ("known", DATA),
    ("word", APPROVAL),
    ("language_field", LANGUAGE_FIELD),
    ("true", BY_HAND),
    ("day", SCHEDULE["day"].kind),
    ("time", SCHEDULE["at"].kind),
    ("stages", SEGMENT["stages"].kind),
    ("wanted", SEGMENT["fields"].kind),
    ("anything", ANY),
    ("known", VALUES),
    ("true", FLAG),
    ("pattern", PATTERN),
    ("string", ANY_WORDS),
    ("span", PAUSE),
    ("time", TIME),
    ("platform", PLATFORM_NAME),
    ("form", FORM),
    ("question", QUESTION_NAME),
    ("stage", STAGE_ANYWHERE),
    ("causes", CAUSES),
    ("times", TIMES),
    ("channel", CHANNEL),
    ("word", END),
)


def called(kind: Kind, texts: Mapping[str, Any]) -> str:
    """The words of one language for what may be written there."""
    names, schema = texts["kinds"], kind.schema
    known = next((name for name, one in KINDS if one is kind), "")
    one_or_block = schema.get("anyOf")
    if known:
        return str(names[known])
    if one_or_block and one_or_block[0] is PERSON.schema:
        return f"{names['person']}, {texts['or_block']}"
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if schema.get("type") == "object" and schema.get("additionalProperties") == TEXT_SCHEMA:
        return str(names["values"])
    like = {"string": "string", "array": "list", "boolean": "flag"}.get(str(schema.get("type")))
    return str(names[like]) if like else str(texts["words_below"])


def default(name: str, field: Field, word: str, makes: Any) -> str:
    """What holds where the word is absent, as it would be written."""
    parameters = inspect.signature(makes).parameters
    known = parameters.get(field.becomes or word)
    value = FILLED_IN.get(name, known.default if known else None)
    match value:
        case Text(body=body):
            return in_table(body) or NOTHING
        case bool():
            return f"`{str(value).lower()}`"
        case time():
            return f"`{value:%H:%M}`"
        case timedelta():
            return f"`{_span(value)}`" if value else NOTHING
        case str() | int():
            return f"`{value}`" if value != "" else NOTHING
        case _:
            return NOTHING


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    unit, size = next((unit, size) for unit, size in UNITS if seconds % size == 0)
    count = seconds // size
    return f"{count} {unit}{'s' if count > 1 and size >= UNITS[2][1] else ''}"


def in_table(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
