"""How it can stand with a review, as managers may say it."""

from collections.abc import Mapping

FOUND, SCORE_ONLY, IN_MODERATION = "found", "score_only", "in_moderation"
NOT_FOUND, VANISHED = "not_found", "vanished"
ANSWERS: Mapping[str, str] = {
    FOUND: "Отзыв есть",
    SCORE_ONLY: "Только оценка, без текста",
    IN_MODERATION: "Отзыв на модерации, посмотреть позже",
    NOT_FOUND: "Отзыва нет",
    VANISHED: "Отзыв был, но пропал",
}
LOOK_AGAIN = "Отзыва пока не видно. Посмотрите ещё раз {look_date|позже}, ответить: {answer_url}"
NOT_YET = (NOT_FOUND, IN_MODERATION)  # in some days it may stand otherwise
ONCE_ASKED = (FOUND, NOT_FOUND)  # what cases know that began before there were more answers
PRESELECT = "answer"  # the parameter with which a link to the answer page names its answer
