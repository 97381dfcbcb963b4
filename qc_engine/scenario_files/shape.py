"""The shape of a scenario file: which words stand where."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from qc_engine.core.answers.reading import Scale
from qc_engine.core.scenario import COMMENT, SCORED, ContactRules, Question, Start, Text
from qc_engine.scenario_files.kinds import (
    DEAL_FIELD,
    HOURS,
    LONG_SPAN,
    NAME,
    SCALE,
    SPAN,
    STAGE,
    TITLE,
    choice,
)
from qc_engine.scenario_files.reading import (
    Field,
    Kind,
    Reading,
    Unread,
    fields_schema,
    read_fields,
    read_named,
)
from qc_engine.scenario_files.rules import RULES_SCHEMA, read_anytime, read_steps
from qc_engine.scenario_files.source import Node, Value, children
from qc_engine.scenario_files.texts import TEMPLATE_FIELDS, TEXT, with_template

SKIP_AFTER = timedelta(hours=1)
ONLY = {"scale": "a comment has no scale", "skip_after": "only a comment may be skipped"}

# --- the other parts --------------------------------------------------------------------------


def _read_question(node: Node, reading: Reading) -> dict[str, Any]:
    fields = QUESTION | {"scale": replace(QUESTION["scale"], needed=not _asks_for_words(node))}
    parts = read_fields(node, fields, reading)
    only = "scale" if parts.get("kind") == COMMENT else "skip_after"
    if only in parts:
        reading.report(children(node)[only].place, f"{only}: {ONLY[only]}")
        raise Unread
    return parts


def _asks_for_words(node: Node) -> bool:
    kind = children(node).get("kind")
    return isinstance(kind, Value) and kind.text == COMMENT


def _read_questions(node: Node, reading: Reading) -> dict[str, Question]:
    before, reading.whole.questions = len(reading.problems), None
    with reading.before_the_scores():
        read = read_named(node, Kind(_read_question, {}), "question", reading)
    questions = {name: _question(name, **parts) for name, parts in read.items()}
    if len(reading.problems) == before:
        reading.whole.questions = questions
    return questions


def _question(
    name: str,
    text: Text,
    scale: Scale | None = None,
    save_to: str = "",
    kind: str = SCORED,
    skip_after: timedelta = SKIP_AFTER,
    **template: Any,
) -> Question:
    return Question(name, with_template(text, **template), scale or Scale(), save_to, kind, skip_after)


def _read_start(node: Node, reading: Reading) -> Start:
    return Start(**read_fields(node, START, reading))


def _read_contact(node: Node, reading: Reading) -> ContactRules:
    return _contact(**read_fields(node, CONTACT, reading))


def _contact(quiet_hours: tuple[time, time], **others: Any) -> ContactRules:
    return ContactRules(quiet_from=quiet_hours[0], quiet_to=quiet_hours[1], **others)


def _read_before(node: Node, reading: Reading) -> None:
    """Shared texts are read before everything that may name them: see load.py."""


QUESTION = {
    "text": Field(TEXT, "Текст вопроса"),
    "kind": Field(choice(SCORED, COMMENT), "score: оценка по шкале; comment: любые слова или ничего", False),
    "scale": Field(SCALE, "Шкала, например 1-10; для comment не нужна"),
    "save_to": Field(DEAL_FIELD, "Поле сделки для оценки или комментария", needed=False),
    "skip_after": Field(LONG_SPAN, "Сколько ждать комментария, потом идти дальше; иначе 1 час", False),
    **TEMPLATE_FIELDS,
}
START = {
    "deal_in_stage": Field(STAGE, "Опрос начинает сделка на этой стадии", becomes="stage"),
    "wait": Field(SPAN, "Сколько ждать после входа в стадию"),
    "not_later_than": Field(SPAN, "Если опоздали больше чем на столько, уже не спрашивать"),
}
CONTACT = {
    "quiet_hours": Field(HOURS, "Часы тишины: 21:00-09:00 или none"),
    "quiet_hours_of": Field(
        choice("branch", "client"),
        "По чьему времени: branch (филиала) или client (клиента, если пояс ясен по номеру; иначе филиала)",
        needed=False,
    ),
    "at_most_once_in": Field(SPAN, "Не чаще одного опроса человека за это время"),
    "pause_after_operator": Field(SPAN, "Сколько молчать после сообщения живого оператора"),
    "after_complaint": Field(
        SPAN,
        "Сколько после жалобы (create_deal) не начинать опрос и не просить отзыв, если её не решили",
        needed=False,
    ),
    "reply_within": Field(SPAN, "Сколько после слов клиента тишина не мешает ответить", needed=False),
}


def _mapping_of(kind_name: str) -> Mapping[str, Any]:
    return {"type": "object", "minProperties": 1, "additionalProperties": {"$ref": f"#/$defs/{kind_name}"}}


TOP = {
    "scenario": Field(NAME, "Имя сценария: латинские буквы, цифры и _", becomes="name"),
    "title": Field(TITLE, "Название для людей"),
    "start": Field(Kind(_read_start, fields_schema(START)), "Какие сделки начинают опрос и когда"),
    "contact": Field(Kind(_read_contact, fields_schema(CONTACT)), "Когда можно писать клиенту"),
    "texts": Field(Kind(_read_before, _mapping_of("text")), "Общие тексты по именам", needed=False),
    "questions": Field(Kind(_read_questions, _mapping_of("question")), "Вопросы", needed=False),
    "anytime": Field(Kind(read_anytime, RULES_SCHEMA), "Правила для всех шагов, они первые", needed=False),
    "steps": Field(Kind(read_steps, _mapping_of("step")), "Шаги; первый начинает опрос"),
}
