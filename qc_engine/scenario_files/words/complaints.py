"""The words around a complaint: its causes, when it is settled, and the second question to the client."""

from typing import Any

from qc_engine.core.scenario import Complaints, ReRate, Text
from qc_engine.scenario_files.reading import (
    Field,
    Kind,
    Reading,
    Wrong,
    fields_schema,
    read_fields,
    read_named,
    value_of,
)
from qc_engine.scenario_files.similar import quoted
from qc_engine.scenario_files.words.kinds import DEAL_FIELD, LONG_SPAN, PERSON, SPAN, STAGE, STEP
from qc_engine.scenario_files.words.texts import BODY, TITLE_IN_LANGUAGES
from qc_engine.scenario_files.yaml.source import Node

MOST_CAUSES = 20
MOST_TIMES = 3


def _read_causes(node: Node, reading: Reading) -> dict[str, Text]:
    read: dict[str, Text] = read_named(node, TITLE_IN_LANGUAGES, "cause", reading)
    if len(read) > MOST_CAUSES:
        raise Wrong(node.place, f"{len(read)} causes are too many to choose from; at most {MOST_CAUSES}")
    return read


def _read_times(node: Node, reading: Reading) -> int:
    known = [str(number) for number in range(1, MOST_TIMES + 1)]
    value = value_of(node, f"a number from 1 to {MOST_TIMES}")
    if value.text not in known:
        raise Wrong(value.place, f"{quoted(value.text)}: write a number from 1 to {MOST_TIMES}")
    return int(value.text)


def _read_re_rate(node: Node, reading: Reading) -> ReRate:
    return ReRate(**read_fields(node, RE_RATE, reading))


def read_complaints(node: Node, reading: Reading) -> Complaints:
    read: dict[str, Any] = read_fields(node, COMPLAINTS, reading)
    return Complaints(**read)


CAUSES = Kind(
    _read_causes, {"type": "object", "minProperties": 1, "additionalProperties": TITLE_IN_LANGUAGES.schema}
)
TIMES = Kind(_read_times, {"type": "integer", "minimum": 1, "maximum": MOST_TIMES})
RE_RATE = {
    "after": Field(SPAN, "Через сколько после того, как жалобу уладили"),
    "go_to": Field(STEP, "Шаг, который спрашивает: оценки в нём и дальше только новые", becomes="step"),
    "times": Field(
        TIMES,
        "Сколько раз самое большее, если жалобу открыли снова и снова уладили; иначе 1",
        needed=False,
    ),
}
COMPLAINTS = {
    "causes": Field(
        CAUSES,
        "Причины на выбор: слово и название, можно на языках; иначе обычные для сервиса",
        needed=False,
    ),
    "save_cause_to": Field(DEAL_FIELD, "Поле сделки по жалобе для причины", False, "cause_field"),
    "save_action_to": Field(DEAL_FIELD, "Поле сделки по жалобе: что сделано", False, "action_field"),
    "resolved_in": Field(
        STAGE,
        "Сделка по жалобе на этой стадии значит: улажено; уладили иначе: сделка переходит сюда",
        needed=False,
    ),
    "re_rate": Field(
        Kind(_read_re_rate, fields_schema(RE_RATE)),
        "Спросить клиента ещё раз, когда жалобу уладили",
        needed=False,
    ),
}
COMPLAINTS_SCHEMA = fields_schema(COMPLAINTS)
REOPENED = {
    "title": Field(BODY, "Название новой задачи"),
    "text": Field(BODY, "Что сделать"),
    "for": Field(PERSON, "Кому: branch_head, branch_manager, имя из config.yaml или номер", becomes="person"),
    "due": Field(LONG_SPAN, "Срок, например 1 day"),
    "comment": Field(BODY, "Комментарий в сделке по жалобе", False),
    "stage": Field(STAGE, "Куда вернуть сделку по жалобе; не указано: где она была открыта", False),
}
