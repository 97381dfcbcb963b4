"""The shape of a scenario file: which words stand where."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from qc_engine.core.answers.reading import Scale
from qc_engine.core.scenario import COMMENT, NO_TEXT, SCORED, ContactRules, Question, Text
from qc_engine.languages import LANGUAGES
from qc_engine.scenario_files.reading import (
    Field,
    ForClient,
    Kind,
    Reading,
    Unread,
    Wrong,
    fields_schema,
    read_fields,
    read_named,
    value_of,
)
from qc_engine.scenario_files.similar import unknown
from qc_engine.scenario_files.words.complaints import COMPLAINTS_SCHEMA, read_complaints
from qc_engine.scenario_files.words.kinds import (
    CHANNELS,
    DEAL_FIELD,
    HOURS,
    LANGUAGE_FIELD,
    LONG_SPAN,
    NAME,
    SCALE,
    SPAN,
    TITLE,
    choice,
)
from qc_engine.scenario_files.words.rules import OUTCOMES, RULES_SCHEMA, read_anytime, read_steps
from qc_engine.scenario_files.words.starts import START_SCHEMA, read_start
from qc_engine.scenario_files.words.texts import SAID, TEMPLATE_FIELDS, TEXT, with_template
from qc_engine.scenario_files.words.values import VALUES_SCHEMA, read_values
from qc_engine.scenario_files.yaml.including import INCLUDE
from qc_engine.scenario_files.yaml.parameters import BRANCHES_SCHEMA, PARAMETERS_SCHEMA
from qc_engine.scenario_files.yaml.source import Node, Value, children

WELCOME = Text("Здравствуйте! Теперь мы можем писать Вам и сюда. Если не нужно, ответьте «стоп».")
WELCOMES = {
    "ru": WELCOME,
    "kk": Text("Сәлеметсіз бе! Енді Сізге осында да жаза аламыз. Қажет болмаса, «тоқта» деп жазыңыз."),
    "en": Text("Hello! From now on we can write to you here too. If you would rather not, reply “stop”."),
}
SKIP_AFTER = timedelta(hours=1)
TESTS_SCHEMA = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/test"}}
ON, OFF = "true", "false"
ONLY = {
    "scale": "a comment has no scale; leave it out",
    "skip_after": "only a comment may be skipped; leave it out",
}

# --- the other parts --------------------------------------------------------------------------


def _read_question(node: Node, reading: Reading) -> dict[str, Any]:
    fields = QUESTION | {"scale": replace(QUESTION["scale"], needed=not _asks_for_words(node))}
    parts = read_fields(node, fields, reading)
    _with_its_template(parts, reading)
    only = "scale" if parts.get("kind") == COMMENT else "skip_after"
    if only in parts:
        reading.report(children(node)[only].place, f"{only}: {ONLY[only]}")
        raise Unread
    return parts


def _with_its_template(parts: dict[str, Any], reading: Reading) -> None:
    """The template of a question stands beside its text."""
    for number, one in enumerate(reading.for_clients):
        if one.text is parts["text"] and "template" in parts:
            reading.for_clients[number] = ForClient(with_template(one.text, parts["template"]), one.places)


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
    on_page: Text = NO_TEXT,
    **template: Any,
) -> Question:
    asked = with_template(text, **template)
    return Question(name, asked, scale or Scale(), save_to, kind, skip_after, on_page)


def _read_contact(node: Node, reading: Reading) -> ContactRules:
    return _contact(**{"welcome": welcome_in(reading.language), **read_fields(node, CONTACT, reading)})


def _contact(
    quiet_hours: tuple[time, time], language_field: tuple[str, str] = ("", ""), **others: Any
) -> ContactRules:
    of_deal, of_contact = language_field
    return ContactRules(
        quiet_from=quiet_hours[0],
        quiet_to=quiet_hours[1],
        language_field=of_deal,
        language_of_contact=of_contact,
        **others,
    )


def welcome_in(language: str) -> Text:
    """What a scenario of this language says where it says nothing of its own, with the other languages."""
    others = {other: text for other, text in WELCOMES.items() if other != language}
    return replace(WELCOMES[language], languages=others)


def _read_before(node: Node, reading: Reading) -> None:
    """Shared texts are read before everything that may name them: see prepared() in load.py."""


def _read_elsewhere(node: Node, reading: Reading) -> None:
    """Parameters and branches are read before everything else, see yaml/parameters.py; and tests
    where they are run, see trials/files.py: a typo in one of them stops no engine.

    They are part of the file all the same: who changes them makes a new version, and running cases,
    which keep theirs, do not notice.
    """


QUESTION = {
    "text": Field(TEXT, "Текст вопроса"),
    "kind": Field(choice(SCORED, COMMENT), "score: оценка по шкале; comment: любые слова или ничего", False),
    "scale": Field(SCALE, "Шкала, например 1-10; для comment не нужна"),
    "save_to": Field(DEAL_FIELD, "Поле сделки для оценки или комментария", needed=False),
    "skip_after": Field(LONG_SPAN, "Сколько ждать комментария, потом идти дальше; иначе 1 час", False),
    "on_page": Field(SAID, "Вопрос на странице опроса, без приветствия; иначе text", needed=False),
    **TEMPLATE_FIELDS,
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
    "channels": Field(CHANNELS, "Каналы по порядку, как в config.yaml; не указаны: только chat2desk", False),
    "next_channel_after": Field(
        LONG_SPAN, "Вопрос не дошёл за столько времени: дальше следующий канал", needed=False
    ),
    "welcome": Field(TEXT, "Что ответить клиенту, который открыл наш чат по ссылке", needed=False),
    "language_field": Field(
        LANGUAGE_FIELD,
        "Поле сделки или контакта с языком клиента (русский, қазақ, English, ru, kk, en)",
        needed=False,
    ),
    "reply_within": Field(SPAN, "Сколько после слов клиента тишина не мешает ответить", needed=False),
}


def is_active(node: Node | None) -> bool:
    """Whether a scenario begins cases, before anything else of it is read."""
    active = children(node).get("active")
    return not (isinstance(active, Value) and active.text == OFF)


def _read_active(node: Node, reading: Reading) -> bool:
    value = value_of(node, f"{ON} or {OFF}")
    if value.text not in (ON, OFF):
        raise Wrong(value.place, unknown("word", value.text, (ON, OFF)))
    return value.text == ON


def _mapping_of(kind_name: str) -> Mapping[str, Any]:
    return {"type": "object", "minProperties": 1, "additionalProperties": {"$ref": f"#/$defs/{kind_name}"}}


ACTIVE = Kind(_read_active, {"type": "boolean"})
TOP = {
    "scenario": Field(NAME, "Имя сценария: латинские буквы, цифры и _", becomes="name"),
    "title": Field(TITLE, "Название для людей"),
    "active": Field(
        ACTIVE, "false: новых опросов по этому сценарию нет, начатые идут до конца; иначе true", needed=False
    ),
    "instead_of": Field(
        NAME, "Вместо какого сценария: пока этот включён, тот новых опросов не начинает", False
    ),
    "language": Field(
        choice(*LANGUAGES),
        "Язык текстов; другие языки стоят рядом: {ru: ..., kk: ..., en: ...}",
        needed=False,
    ),
    "include": Field(
        INCLUDE, "Общие тексты из файлов ниже папки сценариев: [shared/polite.yaml]", needed=False
    ),
    "parameters": Field(
        Kind(_read_elsewhere, PARAMETERS_SCHEMA),
        "Параметры: $имя вместо значения или {$имя} в тексте; у филиала может быть своё значение",
        needed=False,
    ),
    "branches": Field(
        Kind(_read_elsewhere, BRANCHES_SCHEMA),
        "Чем отличаются филиалы: имя филиала -> его значения параметров",
        needed=False,
    ),
    "values": Field(
        Kind(read_values, VALUES_SCHEMA),
        "Что ещё знать о сделке в текстах и формулах, по именам",
        needed=False,
    ),
    "start": Field(Kind(read_start, START_SCHEMA), "Какие сделки начинают опрос и когда"),
    "contact": Field(Kind(_read_contact, fields_schema(CONTACT)), "Когда можно писать клиенту"),
    "texts": Field(Kind(_read_before, _mapping_of("text")), "Общие тексты по именам", needed=False),
    "questions": Field(Kind(_read_questions, _mapping_of("question")), "Вопросы", needed=False),
    "complaints": Field(
        Kind(read_complaints, COMPLAINTS_SCHEMA),
        "Как работают с жалобой (create_deal): причины, когда она улажена, спросить ли клиента ещё раз",
        needed=False,
    ),
    "anytime": Field(Kind(read_anytime, RULES_SCHEMA), "Правила для всех шагов, они первые", needed=False),
    "steps": Field(Kind(read_steps, _mapping_of("step")), "Шаги; первый начинает опрос"),
    "outcomes": Field(
        OUTCOMES, "Как в консоли и отчётах называются итоги из end, можно на языках; иначе по слову", False
    ),
    "tests": Field(
        Kind(_read_elsewhere, TESTS_SCHEMA),
        "Тесты: короткие истории, их проигрывает qc check. Могут стоять и рядом, в файле ИМЯ.tests.yaml",
        needed=False,
    ),
}
