"""The words of a scenario: word in YAML -> type in the core. A new word is one line here."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from qc_engine.core.review.reviews import ANSWERS
from qc_engine.core.scenario import (
    NO_TEXT,
    ApprovalIs,
    AskApproval,
    AskedToStop,
    AverageAtLeast,
    AverageBelow,
    BranchIs,
    Clicked,
    Comment,
    Complains,
    ConfirmBonus,
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
    Pause,
    ReopenComplaint,
    ReviewIs,
    ScoreBelow,
    SilentFor,
    StartScenario,
    Survey,
    TakeAsAnswer,
    TakeBackBonus,
    TaskClosedUnanswered,
    TaskOverdueFor,
    TellSystem,
    Text,
    WriteContact,
    WriteFields,
)
from qc_engine.scenario_files.checks.starting_others import ANOTHER
from qc_engine.scenario_files.reading import Field, Fields, Kind
from qc_engine.scenario_files.words.complaints import REOPENED
from qc_engine.scenario_files.words.formulas import FORMULA
from qc_engine.scenario_files.words.further import APPROVAL, SAY, TOLD
from qc_engine.scenario_files.words.kinds import (
    BRANCHES,
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
from qc_engine.scenario_files.words.review import BONUS, TAKEN_BACK, TASK
from qc_engine.scenario_files.words.texts import BODY, CONTACT_VALUES, DEAL_VALUES, TEXT

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
    "review_page": False,
    "name_variants": True,
    "clicked_time": True,
    "look_date": True,
    "answer_links": False,
    "answer_url": False,
    "survey_link": False,
    "complaint_url": False,
}


def variables(
    questions: Iterable[str],
    comments: Iterable[str] = (),
    messengers: Iterable[str] = (),
    *,
    answered: bool = True,
) -> Mapping[str, bool]:
    """What texts may name; until every question is `answered` the scores may be absent, comments always.

    `messengers` are opened by a link: {telegram_link}, which a client who has done so needs no more.
    """
    scores = ("average", *(f"score_{question}" for question in questions))
    words = (f"comment_{question}" for question in comments)
    links = (f"{name}_link" for name in messengers)
    absent = dict.fromkeys((*words, *links), True)
    return {**VARIABLES, **dict.fromkeys(scores, not answered), **absent}


@dataclass(frozen=True)
class Word:
    """What a word makes in the core, and what it takes: one value, a block of words, or nothing (None)."""

    makes: Callable[..., Any]
    takes: Kind | Fields | None
    about: str  # in Russian: editors show it to those who write scenarios


def _survey(
    questions: tuple[str, ...],
    average_field: str = "",
    hint: Text = NO_TEXT,
    hints: int = 1,
    remind_after: timedelta | None = None,
    reminder: Text = NO_TEXT,
    by_link: Text = NO_TEXT,
) -> Survey:
    given = hints if hint.body else 0
    return Survey(questions, average_field, hint, given, remind_after, reminder, by_link)


CONDITIONS: Mapping[str, Word] = {
    "average_at_least": Word(AverageAtLeast, DECIMAL, "Все ответы есть, средняя оценка не ниже числа"),
    "average_below": Word(AverageBelow, DECIMAL, "Все ответы есть, средняя оценка ниже числа"),
    "score_below": Word(ScoreBelow, DECIMAL, "Хотя бы одна оценка ниже числа, даже если ответы не все"),
    "silent_for": Word(SilentFor, LONG_SPAN, "Клиент не отвечает на вопрос столько времени"),
    "in_step_for": Word(InStepFor, LONG_SPAN, "Опрос стоит на этом шаге столько времени"),
    "link_clicked": Word(Clicked, None, "Клиент открыл ссылку на площадку отзывов"),
    "review": Word(
        ReviewIs,
        choice(*ANSWERS),
        "Как обстоит с отзывом: found (есть), score_only (оценка без текста), in_moderation (на модерации), "
        "not_found (нет), vanished (был, но пропал). Пока задача ещё вернётся по look_again, это не ответ",
    ),
    "task_overdue_for": Word(
        TaskOverdueFor,
        LONG_SPAN,
        "Задача про отзыв просрочена на столько времени, один раз за срок. Такое правило другим не мешает",
    ),
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
    "branch_is": Word(BranchIs, BRANCHES, "Опрос одного из этих филиалов, как они названы в config.yaml"),
    "formula": Word(
        lambda formula: formula,
        FORMULA,
        "Формула CEL от average, scores, branch, hour и других имён; дробные числа пишут с точкой: 8.0",
    ),
    "approved": Word(lambda name: ApprovalIs(name, True), NAME, "На вопрос approve с таким именем: да"),
    "declined": Word(lambda name: ApprovalIs(name, False), NAME, "На вопрос approve с таким именем: нет"),
}

_SURVEY = {
    "ask": Field(QUESTIONS, "Какие вопросы задать, по порядку", becomes="questions"),
    "save_average_to": Field(DEAL_FIELD, "Поле сделки для средней оценки", False, "average_field"),
    "hint": Field(TEXT, "Подсказка, если ответ непонятен", False),
    "hints": Field(HINTS, "Сколько раз подсказать, прежде чем звать человека", False),
    "remind_after": Field(LONG_SPAN, "Через сколько напомнить один раз", False),
    "reminder": Field(TEXT, "Текст напоминания", False),
    "by_link": Field(
        TEXT, "Текст со ссылкой {survey_link} для каналов, где ответить нельзя (СМС): вместо вопросов", False
    ),
}
_DEAL = {
    "title": Field(BODY, "Название новой сделки"),
    "stage": Field(STAGE, "Стадия (вместе с ней и воронка)"),
    "for": Field(PERSON, "Кому: branch_head, branch_manager, имя из config.yaml или номер", becomes="person"),
    "comment": Field(BODY, "Комментарий в новой сделке", False),
    "fields": Field(DEAL_VALUES, "Поля новой сделки", False),
}
_NOTICE = {
    "for": Field(PERSON, "Кому: branch_head, branch_manager, имя из config.yaml или номер", becomes="person"),
    "text": Field(BODY, "Текст уведомления"),
}

ACTIONS: Mapping[str, Word] = {
    "survey": Word(_survey, _SURVEY, "Задать вопросы, принять оценки, посчитать среднюю"),
    "say": Word(lambda say: say, SAY, "Написать клиенту, если нужно, с файлом"),
    "wait": Word(Pause, LONG_SPAN, "Подождать: что ниже в этом списке, будет сделано через столько времени"),
    "move_deal": Word(MoveDealTo, STAGE, "Передвинуть сделку на стадию"),
    "set_fields": Word(WriteFields, DEAL_VALUES, "Записать поля сделки"),
    "set_contact": Word(WriteContact, CONTACT_VALUES, "Записать поля карточки клиента"),
    "create_deal": Word(OpenDeal, _DEAL, "Создать новую сделку"),
    "create_task": Word(OpenTask, TASK, "Поставить задачу сотруднику"),
    "reopen_complaint": Word(
        ReopenComplaint, REOPENED, "Жалоба снова открыта, с новой задачей: клиент и теперь недоволен"
    ),
    "review_is": Word(TakeAsAnswer, choice(*ANSWERS), "Считать, что менеджер так ответил про отзыв"),
    "confirm_bonus": Word(ConfirmBonus, BONUS, "Подтвердить бонус: один раз по каждому правилу"),
    "take_back_bonus": Word(TakeBackBonus, TAKEN_BACK, "Отменить подтверждённый бонус этого опроса"),
    "notify": Word(Notify, _NOTICE, "Уведомить сотрудника"),
    "comment": Word(Comment, BODY, "Добавить комментарий в сделку"),
    "call_webhook": Word(TellSystem, TOLD, "Сообщить другой системе исходящим вебхуком"),
    "start_scenario": Word(
        StartScenario, ANOTHER, "Начать другой сценарий для той же сделки, сразу или через срок"
    ),
    "approve": Word(AskApproval, APPROVAL, "Спросить сотрудника, да или нет: задача с двумя ссылками"),
    "go_to": Word(GoTo, STEP, "Перейти к шагу"),
    "end": Word(End, NAME, "Закончить опрос; слово попадёт в отчёты"),
}
