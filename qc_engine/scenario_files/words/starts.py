"""`start:` of a scenario: exactly one way in which its cases begin, and whom it concerns."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from qc_engine.core.rules.schedules import DAY, MONTH, WEEK
from qc_engine.core.scenario import Schedule, Segment, Start
from qc_engine.scenario_files.reading import (
    Field,
    Kind,
    Reading,
    Unread,
    Wrong,
    fields_schema,
    read_by_keys,
    read_fields,
    read_list,
    value_of,
)
from qc_engine.scenario_files.similar import quoted, unknown
from qc_engine.scenario_files.words.kinds import (
    DEAL_FIELD,
    LONG_SPAN,
    NAME,
    ONE_OR_MORE,
    SPAN,
    STAGE,
    TEXT_SCHEMA,
    TITLE,
    choice,
    clock,
)
from qc_engine.scenario_files.words.rules import made_of
from qc_engine.scenario_files.words.table import CONDITIONS
from qc_engine.scenario_files.yaml.source import Node, Pairs, Place, Value, children

STAGE_WORD, SCHEDULE_WORD, SEGMENT_WORD = "deal_in_stage", "schedule", "segment"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LAST_DAY = 31
# What is known before a survey begins, and what only a survey brings.
ONLY_IF_WORDS = ("branch_is", "formula")
OF_A_SURVEY = frozenset({"average", "scores", "answered", "words", "step", "reminded"})
SEGMENT_NEEDED = "schedule: for which deals? Write 'segment', for example segment: {stages: [Done]}"
SEGMENT_ALONE = "only a schedule has a segment; leave it out, or write 'schedule'"


def read_start(node: Node, reading: Reading) -> Start:
    """Raises Unread once every mistake is reported, Wrong for a block that is none."""
    before, written = len(reading.problems), children(node)
    ways = [word for word in written if word in WAYS]
    fields = START if ways == [STAGE_WORD] else {**START, **LATER}
    _check_ways(node, ways, reading)
    if SCHEDULE_WORD in written and SEGMENT_WORD not in written:
        reading.report(_key_place(node, SCHEDULE_WORD), SEGMENT_NEEDED)
    if SEGMENT_WORD in written and ways and SCHEDULE_WORD not in written:
        reading.report(_key_place(node, SEGMENT_WORD), SEGMENT_ALONE)
    parts = read_fields(node, fields, reading)
    if len(reading.problems) > before:
        raise Unread
    return Start(**parts)


def _check_ways(node: Node, ways: Sequence[str], reading: Reading) -> None:
    written = children(node)
    if isinstance(node, Pairs) and not ways and not _misspelt(written):
        reading.report(node.place, f"nothing starts it; write one of {', '.join(WAYS)}")
    if len(ways) > 1:
        said = f"{' and '.join(map(quoted, ways))} are several ways to start; leave one"
        reading.report(_key_place(node, ways[1]), said)


def _key_place(node: Node, word: str) -> Place:
    keys = (key.place for key, _ in node.pairs if key.text == word) if isinstance(node, Pairs) else ()
    return next(iter(keys), node.place)


def _misspelt(written: Mapping[str, Node]) -> bool:
    """An unknown word is told of anyway: it may be the very one that is missing."""
    return any(word not in START for word in written)


# --- pieces -----------------------------------------------------------------------------------


def _read_by_hand(node: Node, reading: Reading) -> bool:
    value = value_of(node, "true")
    if value.text != "true":
        raise Wrong(value.place, f"{quoted(value.text)}: write true, or another way to start")
    return True


def _read_schedule(node: Node, reading: Reading) -> Schedule:
    parts = read_fields(node, SCHEDULE, reading)
    given = children(node).get("day")
    if parts["every"] == DAY and given is not None:
        raise Wrong(given.place, "every day has no 'day'; leave it out")
    if parts["every"] != DAY and given is None:
        example = "monday" if parts["every"] == WEEK else "5"
        raise Wrong(
            node.place, f"every {parts['every']}: on which day? Write 'day', for example day: {example}"
        )
    if given is not None:
        parts["day"] = _day(value_of(given, "a day"), parts["every"])
    return Schedule(**parts)


def _day(value: Value, every: str) -> int:
    if every == WEEK:
        if value.text.casefold() not in WEEKDAYS:
            raise Wrong(value.place, f"day: {unknown('day of the week', value.text, WEEKDAYS)}")
        return WEEKDAYS.index(value.text.casefold()) + 1
    if not (value.text.isascii() and value.text.isdigit() and 1 <= int(value.text[:4]) <= LAST_DAY):
        rule = f"write a day of the month from 1 to {LAST_DAY}; {LAST_DAY} is the last day of every month"
        raise Wrong(value.place, f"day: {quoted(value.text)}: {rule}")
    return int(value.text)


def _read_day(node: Node, reading: Reading) -> str:
    """What it means depends on the word beside it."""
    return value_of(node, "a day of the week or of the month").text


def _read_stages(node: Node, reading: Reading) -> tuple[str, ...]:
    stages: tuple[str, ...] = read_list(node, STAGE.read, reading)
    if not stages:
        raise Wrong(node.place, "name at least one stage")
    return tuple(dict.fromkeys(stages))


def _read_wanted(node: Node, reading: Reading) -> dict[str, str]:
    """Field -> value, by the ids of the fields; values stand as they are."""
    wanted = "fields and the values that they must hold, for example {City: Almaty}"
    return read_by_keys(node, DEAL_FIELD, TITLE, wanted, reading)


def _read_segment(node: Node, reading: Reading) -> Segment:
    parts = read_fields(node, SEGMENT, reading)
    if not parts.get("stages") and not parts.get("fields"):
        raise Wrong(node.place, "this is every deal of the portal; write stages or fields")
    return Segment(**parts)


def _read_only_if(node: Node, reading: Reading) -> tuple[Any, ...]:
    found = read_list(node, _read_conditions, reading)
    if not found:
        raise Wrong(node.place, "write at least one condition")
    return tuple(condition for group in found for condition in group)


def _read_conditions(node: Node, reading: Reading) -> tuple[Any, ...]:
    if not isinstance(node, Pairs) or not node.pairs:
        raise Wrong(node.place, f"write one of {', '.join(ONLY_IF_WORDS)} with its value")
    for key, _ in node.pairs:
        if key.text in CONDITIONS and key.text not in ONLY_IF_WORDS:
            ours = " or ".join(ONLY_IF_WORDS)
            raise Wrong(key.place, f"{quoted(key.text)}: nobody has been asked yet; write {ours}")
    conditions = made_of(node, _BEFORE, "condition", reading)
    for (key, value), condition in zip(node.pairs, conditions, strict=True):
        late = sorted(OF_A_SURVEY & set(getattr(condition, "uses", ())))
        if late:
            why = f"{quoted(late[0])} is not known before the survey begins"
            raise Wrong(value.place, f"{key.text}: {why}; name branch, now or one of 'values'")
    return conditions


_BEFORE = {name: CONDITIONS[name] for name in ONLY_IF_WORDS}
SCHEDULE = {
    "every": Field(choice(DAY, WEEK, MONTH), "Как часто: day (день), week (неделя), month (месяц)"),
    "day": Field(
        Kind(_read_day, {"type": ["string", "integer"], "examples": ["monday", 5, 31]}),
        "День недели (monday) или месяца (1-31; 31 значит последний день); для every: day не нужен",
        needed=False,
    ),
    "at": Field(
        clock("11:00"),
        "В котором часу, по часам установки (timezone в config.yaml)",
    ),
}
SEGMENT = {
    "stages": Field(
        Kind(_read_stages, ONE_OR_MORE),
        "Сделка стоит на одной из этих стадий",
        needed=False,
    ),
    "fields": Field(
        Kind(
            _read_wanted,
            {"type": "object", "minProperties": 1, "additionalProperties": TEXT_SCHEMA},
        ),
        "В полях сделки стоят эти значения",
        needed=False,
    ),
    "entered_within": Field(LONG_SPAN, "Сделка пришла на свою стадию не раньше, чем столько назад", False),
}
SCHEDULE_KIND = Kind(_read_schedule, fields_schema(SCHEDULE))
SEGMENT_KIND = Kind(_read_segment, fields_schema(SEGMENT))
BY_HAND = Kind(_read_by_hand, {"type": "boolean", "const": True})
ONLY_IF = Kind(_read_only_if, {"$ref": "#/$defs/when"})
START = {
    STAGE_WORD: Field(STAGE, "Опрос начинает сделка на этой стадии", needed=False, becomes="stage"),
    "event": Field(
        NAME, "Опрос начинает событие с этим именем: о нём сообщает другая система или команда", needed=False
    ),
    "deal_field_changed": Field(
        DEAL_FIELD,
        "Опрос начинает новое значение этого поля сделки; прежнее и новое зовутся old и new",
        needed=False,
        becomes="changed_field",
    ),
    SCHEDULE_WORD: Field(SCHEDULE_KIND, "Опрос начинается по расписанию для сделок из segment", needed=False),
    "by_hand": Field(BY_HAND, "Опрос начинает только человек или другой сценарий", needed=False),
    SEGMENT_WORD: Field(
        SEGMENT_KIND, "Для каких сделок расписание: всё названное должно сойтись", needed=False
    ),
    "only_if": Field(ONLY_IF, "Кого опрос касается: branch_is и formula, до первого вопроса", needed=False),
    "wait": Field(SPAN, "Сколько ждать после входа в стадию или после события"),
    "not_later_than": Field(SPAN, "Если опоздали больше чем на столько, уже не спрашивать"),
}
WAYS = (STAGE_WORD, "event", "deal_field_changed", SCHEDULE_WORD, "by_hand")
# Where no stage starts it, nothing needs to be waited for.
LATER = {word: replace(START[word], needed=False) for word in ("wait", "not_later_than")}
START_SCHEMA = {
    **fields_schema({**START, **LATER}),
    "oneOf": [
        {"required": [word, *(LATER if word == STAGE_WORD else ())]} for word in WAYS if word != SCHEDULE_WORD
    ]
    + [{"required": [SCHEDULE_WORD, SEGMENT_WORD]}],
}
