"""The words of a scenario: word in YAML -> type in the core. A new word is one line here."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from qc_engine.core.scenario import (
    AskedToStop,
    AverageAtLeast,
    AverageBelow,
    Clicked,
    Comment,
    Complains,
    DealMovedTo,
    End,
    GoTo,
    InStepFor,
    MessageFailed,
    MoveDealTo,
    Notify,
    NotUnderstood,
    OpenDeal,
    OpenTask,
    ReviewIs,
    Say,
    ScoreBelow,
    SilentFor,
    Survey,
    TaskClosedUnanswered,
    Text,
    WriteContact,
    WriteFields,
)
from qc_engine.scenario_files.kinds import (
    DEAL_FIELD,
    DECIMAL,
    HINTS,
    LONG_SPAN,
    NAME,
    PERSON,
    QUESTIONS,
    STAGE,
    STEP,
    choice,
)
from qc_engine.scenario_files.reading import Field, Fields, Kind
from qc_engine.scenario_files.texts import BODY, CONTACT_VALUES, DEAL_VALUES, TEXT

# What a text may name, and whether it may be absent (then the text needs a fallback).
VARIABLES: Mapping[str, bool] = {
    "client_name": True,
    "branch": False,
    "deal_id": False,
    "deal_title": False,
    "case_id": False,
    "phone_masked": False,
    "entered_date": False,
    "average": False,
    "words": True,
    "review_links": False,
    "review_pages": False,
    "answer_url": False,
}


def variables(
    questions: Iterable[str], comments: Iterable[str] = (), *, answered: bool = True
) -> Mapping[str, bool]:
    """What texts may name; until every question is `answered` the scores may be absent, comments always."""
    scores = ("average", *(f"score_{question}" for question in questions))
    words = (f"comment_{question}" for question in comments)
    return {**VARIABLES, **dict.fromkeys(scores, not answered), **dict.fromkeys(words, True)}


@dataclass(frozen=True)
class Word:
    """What a word makes in the core, and what it takes: one value, a block of words, or nothing (None)."""

    makes: Callable[..., Any]
    takes: Kind | Fields | None
    about: str  # in Russian: editors show it to those who write scenarios


def _survey(
    questions: tuple[str, ...],
    average_field: str = "",
    hint: Text | None = None,
    hints: int = 1,
    remind_after: timedelta | None = None,
    reminder: Text | None = None,
) -> Survey:
    given = hints if hint else 0
    return Survey(questions, average_field, hint or Text(""), given, remind_after, reminder or Text(""))


CONDITIONS: Mapping[str, Word] = {
    "average_at_least": Word(AverageAtLeast, DECIMAL, "Все ответы есть, средняя оценка не ниже числа"),
    "average_below": Word(AverageBelow, DECIMAL, "Все ответы есть, средняя оценка ниже числа"),
    "score_below": Word(ScoreBelow, DECIMAL, "Хотя бы одна оценка ниже числа, даже если ответы не все"),
    "silent_for": Word(SilentFor, LONG_SPAN, "Клиент не отвечает на вопрос столько времени"),
    "in_step_for": Word(InStepFor, LONG_SPAN, "Опрос стоит на этом шаге столько времени"),
    "link_clicked": Word(Clicked, None, "Клиент открыл ссылку на площадку отзывов"),
    "review": Word(ReviewIs, choice("found", "not_found"), "Менеджер ответил про отзыв: есть или нет"),
    "task_closed_unanswered": Word(TaskClosedUnanswered, None, "Задачу закрыли, но про отзыв не ответили"),
    "asked_to_stop": Word(AskedToStop, None, "Клиент попросил больше не писать"),
    "not_understood": Word(NotUnderstood, None, "Ответ не удалось понять даже после подсказки"),
    "complains": Word(
        Complains,
        None,
        "Оценка хорошая, а в словах жалоба, один раз за опрос. Такое правило другим не мешает",
    ),
    "deal_moved_to": Word(DealMovedTo, STAGE, "Сотрудник сам передвинул сделку на эту стадию"),
    "message_failed": Word(MessageFailed, None, "Сообщение клиенту не доставлено"),
}

_SURVEY = {
    "ask": Field(QUESTIONS, "Какие вопросы задать, по порядку", becomes="questions"),
    "save_average_to": Field(DEAL_FIELD, "Поле сделки для средней оценки", False, "average_field"),
    "hint": Field(TEXT, "Подсказка, если ответ непонятен", False),
    "hints": Field(HINTS, "Сколько раз подсказать, прежде чем звать человека", False),
    "remind_after": Field(LONG_SPAN, "Через сколько напомнить один раз", False),
    "reminder": Field(TEXT, "Текст напоминания", False),
}
_DEAL = {
    "title": Field(BODY, "Название новой сделки"),
    "stage": Field(STAGE, "Стадия (вместе с ней и воронка)"),
    "for": Field(PERSON, "Кому: branch_head, branch_manager, имя из config.yaml или номер", becomes="person"),
    "comment": Field(BODY, "Комментарий в новой сделке", False),
    "fields": Field(DEAL_VALUES, "Поля новой сделки", False),
}
_TASK = {
    "title": Field(BODY, "Название задачи"),
    "text": Field(BODY, "Что сделать"),
    "for": Field(PERSON, "Кому: branch_head, branch_manager, имя из config.yaml или номер", becomes="person"),
    "due": Field(LONG_SPAN, "Срок, например 1 day"),
    "about": Field(choice("review"), "review: закрытие задачи - ответ про отзыв", False),
}
_NOTICE = {
    "for": Field(PERSON, "Кому: branch_head, branch_manager, имя из config.yaml или номер", becomes="person"),
    "text": Field(BODY, "Текст уведомления"),
}

ACTIONS: Mapping[str, Word] = {
    "survey": Word(_survey, _SURVEY, "Задать вопросы, принять оценки, посчитать среднюю"),
    "say": Word(Say, TEXT, "Написать клиенту"),
    "move_deal": Word(MoveDealTo, STAGE, "Передвинуть сделку на стадию"),
    "set_fields": Word(WriteFields, DEAL_VALUES, "Записать поля сделки"),
    "set_contact": Word(WriteContact, CONTACT_VALUES, "Записать поля карточки клиента"),
    "create_deal": Word(OpenDeal, _DEAL, "Создать новую сделку"),
    "create_task": Word(OpenTask, _TASK, "Поставить задачу сотруднику"),
    "notify": Word(Notify, _NOTICE, "Уведомить сотрудника"),
    "comment": Word(Comment, BODY, "Добавить комментарий в сделку"),
    "go_to": Word(GoTo, STEP, "Перейти к шагу"),
    "end": Word(End, NAME, "Закончить опрос; слово попадёт в отчёты"),
}
