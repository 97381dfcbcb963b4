"""The words of a test in a scenario: what may be given, what may happen, what may be expected."""

from collections.abc import Callable, Mapping
from typing import Any

from qc_engine.core.review.reviews import ANSWERS
from qc_engine.core.talk.taking import WORDLESS
from qc_engine.languages import LANGUAGES
from qc_engine.scenario_files.reading import Field, Fields
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
    QUESTION,
    STAGE_ANYWHERE,
    TIME,
    TO_WHOM,
    VALUES,
    person_and,
    values,
)
from qc_engine.scenario_files.words.kinds import (
    CHANNELS,
    CONTACT_FIELD,
    DEAL_FIELD,
    NAME,
    STAGE,
    STEP,
    TITLE,
    choice,
)
from qc_engine.scenario_files.words.table import Word
from qc_engine.trials.trial import (
    Asked,
    AtStep,
    Clicks,
    ClientWrites,
    ComplaintMoved,
    ComplaintStands,
    ContactHolds,
    DealAt,
    DealMade,
    Decides,
    Ended,
    FieldsHold,
    FormSent,
    Given,
    ManagerSays,
    MessageFails,
    MovedByHand,
    NamesCause,
    NoMessage,
    Nothing,
    Notified,
    OpensChat,
    OperatorWrites,
    Passes,
    Resolves,
    Said,
    Started,
    StartsAgain,
    SystemTold,
    TaskDone,
    TaskMade,
)

CODES = (
    "no_account", "blocked", "window_closed", "template_problem", "spam_limit", "channel_off", "refused",
)  # fmt: skip


def _block(makes: Callable[..., Any]) -> Callable[[Mapping[str, Any]], Any]:
    return lambda parts: makes(**parts)


GIVEN: Fields = {
    "client_name": Field(TITLE, "Имя клиента в карточке; не указано: карточка без имени", False),
    "branch": Field(TITLE, "Название филиала", False),
    "phone": Field(choice("none"), "none: в карточке нет телефона", False),
    "stopped": Field(FLAG, "Клиент раньше просил не писать", False, "opted_out"),
    "asked_before": Field(PAUSE, "Столько времени назад клиента уже спрашивали", False),
    "complained": Field(PAUSE, "Столько времени назад клиент пожаловался, и жалоба не решена", False),
    "channels": Field(CHANNELS, "Мессенджеры, в которых клиент уже открыл наш чат", False),
    "starts_at": Field(TIME, "В котором часу пора спрашивать, по времени филиала; иначе 12:00", False),
    "language": Field(choice(*LANGUAGES), "Язык клиента, если он известен", False),
    "values": Field(VALUES, "Что известно под именами из values: имя и значение", False),
    "stage": Field(STAGE_ANYWHERE, "На какой стадии сделка, если опрос начинает не стадия", False),
    "before_survey": Field(FLAG, "История начинается с прихода сделки на стадию, а не с опроса", False),
}

FACTS: Mapping[str, Word] = {
    "client": Word(ClientWrites, PATTERN, "Клиент написал"),
    "client_sends": Word(
        lambda kind: ClientWrites("", kind),
        choice(*WORDLESS),
        "Клиент прислал не слова: voice (голосовое), photo, video, sticker, location, file, contact",
    ),
    "form": Word(FormSent, FORM, "Клиент ответил на странице опроса: вопрос и ответ; words: слова рядом"),
    "after": Word(Passes, PAUSE, "Прошло столько времени; всё, чему пора, сработало по порядку"),
    "click": Word(Clicks, PLATFORM_NAME, "Клиент открыл ссылку на площадку отзывов"),
    "manager": Word(
        ManagerSays,
        choice(*ANSWERS),
        "Менеджер ответил про отзыв: found, score_only, in_moderation, not_found, vanished",
    ),
    "approved": Word(lambda name: Decides(name, True), APPROVAL, "На вопрос approve с таким именем: да"),
    "declined": Word(lambda name: Decides(name, False), APPROVAL, "На вопрос approve с таким именем: нет"),
    "complaint_resolved": Word(lambda _: Resolves(), FLAG, "На странице жалобы сказали, что она улажена"),
    "complaint_cause": Word(NamesCause, NAME, "На странице жалобы назвали эту причину"),
    "complaint_moved": Word(ComplaintMoved, STAGE_ANYWHERE, "Сделку по жалобе передвинули на эту стадию"),
    "task_closed": Word(TaskDone, ANY_WORDS, "Последнюю задачу закрыли с таким результатом; пусто: без слов"),
    "moved": Word(
        MovedByHand,
        STAGE_ANYWHERE,
        "Сотрудник сам передвинул сделку на эту стадию",
    ),
    "operator": Word(OperatorWrites, PATTERN, "Клиенту написал живой оператор"),
    "message_fails": Word(
        MessageFails,
        choice(*CODES),
        "Последнее сообщение не дошло: no_account (нет в мессенджере), blocked, window_closed, "
        "template_problem, spam_limit, channel_off, refused",
    ),
    "starts_again": Word(
        StartsAgain,
        VALUES,
        "То, что начинает опрос, случилось с этой сделкой ещё раз; что теперь известно под именами из values",
    ),
    "opens_chat": Word(OpensChat, CHANNEL, "Клиент открыл наш чат в этом мессенджере"),
}

EXPECTATIONS: Mapping[str, Word] = {
    "asked": Word(Asked, QUESTION, "Клиенту задан этот вопрос"),
    "said": Word(Said, PATTERN, "Клиенту сказано; * значит любые слова"),
    "no_message": Word(lambda _: NoMessage(), FLAG, "Клиенту ничего не написано"),
    "nothing": Word(lambda _: Nothing(), FLAG, "Не сделано вообще ничего"),
    "step": Word(AtStep, STEP, "Опрос стоит на этом шаге"),
    "end": Word(Ended, END, "Опрос закончен этим словом"),
    "deal": Word(DealAt, STAGE_ANYWHERE, "Сделка стоит на этой стадии"),
    "field": Word(FieldsHold, values(DEAL_FIELD, PATTERN), "Что записано в поля сделки"),
    "contact": Word(ContactHolds, values(CONTACT_FIELD, PATTERN), "Что записано в карточку клиента"),
    "task": Word(_block(TaskMade), person_and(TO_WHOM), "Кому поставлена задача"),
    "new_deal": Word(
        _block(DealMade),
        person_and(TO_WHOM | {"stage": Field(STAGE, "Стадия новой сделки", False)}),
        "На кого создана новая сделка",
    ),
    "notified": Word(_block(Notified), person_and(TO_WHOM), "Кому ушло уведомление"),
    "webhook": Word(SystemTold, PATTERN, "О каком событии сообщено другой системе; * значит любые слова"),
    "complaint": Word(
        ComplaintStands,
        choice("none", "open", "settled", "recovered", "reopened"),
        "Как обстоит с жалобой: none (нет), open (открыта), settled (улажена), recovered (улажена, и клиент "
        "теперь доволен), reopened (снова открыта)",
    ),
    "starts": Word(Started, NAME, "Начат этот другой сценарий, сразу или на потом (start_scenario)"),
}
EXPECT = "expect"
SHORT = "asked"  # needs no 'expect' before it: a story is full of questions


def given_of(parts: Mapping[str, Any]) -> Given:
    """What was read of a 'given' block."""
    has_phone = "phone" not in parts
    return Given(**{name: value for name, value in parts.items() if name != "phone"}, has_phone=has_phone)
