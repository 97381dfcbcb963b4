"""The words around a review: the task to look for it, and the bonus for it."""

from qc_engine.scenario_files.reading import Field
from qc_engine.scenario_files.words.kinds import AMOUNT, LONG_SPAN, NAME, PERSON, SPANS, WEBHOOK, choice
from qc_engine.scenario_files.words.texts import BODY, CONTACT_VALUES, TEXT

TASK = {
    "title": Field(BODY, "Название задачи"),
    "text": Field(BODY, "Что сделать"),
    "for": Field(PERSON, "Кому: branch_head, branch_manager, имя из config.yaml или номер", becomes="person"),
    "due": Field(LONG_SPAN, "Срок, например 1 day"),
    "about": Field(choice("review"), "review: закрытие задачи - ответ про отзыв", False),
    "look_again": Field(
        SPANS,
        "Отзыва нет или он на модерации: через сколько та же задача вернётся, [1 day, 3 days, 7 days]",
        False,
    ),
    "look_again_text": Field(BODY, "Что сказать, когда пора посмотреть ещё раз; есть {look_date}", False),
}
BONUS = {
    "rule": Field(NAME, "Имя правила: по нему бонус подтверждают один раз"),
    "amount": Field(AMOUNT, "Сколько: для книги бонусов и вебхука", False),
    "once_in": Field(LONG_SPAN, "Не чаще раза за это время одному человеку; не указано: раз за опрос", False),
    "set_contact": Field(CONTACT_VALUES, "Что записать в карточку клиента", False, "contact_fields"),
    "undo_contact": Field(CONTACT_VALUES, "Что записать в карточку, если бонус отменят", False, "undo"),
    "comment": Field(BODY, "Комментарий в сделку", False),
    "webhook": Field(WEBHOOK, "Исходящий вебхук из config.yaml: сообщить системе лояльности", False),
    "say": Field(TEXT, "Что написать клиенту, когда бонус подтверждён", False),
    "say_otherwise": Field(TEXT, "Что написать, если этот бонус у клиента уже был", False, "otherwise"),
}
TAKEN_BACK = {
    "rule": Field(NAME, "Какой бонус отменить: имя правила из confirm_bonus"),
    "because": Field(BODY, "Почему: это увидят в сделке"),
}
