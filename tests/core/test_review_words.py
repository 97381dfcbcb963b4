"""What managers write when they close the task, in three languages."""

import pytest

from qc_engine.core.review.words import review_from_words

SAID = {
    "found": """
        Отзыв найден | отзыв найден, 5 звёзд | Нашла отзыв на Яндексе | нашёл | да | Да. | есть | Отзыв есть! | есть отзыв
        отзыв уже есть | Отзыв подтверждён | клиент оставил отзыв | написал отзыв, ставлю бонус | опубликован | появился
        Отзыв прошёл модерацию | Табылды | пікір бар | иә | Пікірі бар екен | клиент пікір жазған | бар | расталды
        found | Found it on Google | review is there | yes | confirmed | There is a review | published | passed moderation
        Отзыв есть, 4 звезды, доволен | вижу отзыв от Айгуль
    """,
    "score_only": """
        Отзыв есть, но без текста | только оценка | Только звёзды, текста нет | поставил 5, без слов | одна оценка
        найден, но без комментария | одни звёзды | мәтінсіз | тек баға қойған | мәтіні жоқ | only a rating | stars without text
        only stars, no review | just the stars | no text | есть оценка без отзыва
    """,
    "in_moderation": """
        на модерации | Отзыв на модерации, посмотреть позже | отзыва пока нет, на модерации | ещё проходит модерацию
        отзыв есть, на проверке | модерацияда | Ждёт модерации | in moderation | still pending | under moderation
        отзыв пока на модерации у Яндекса | тексеруде
    """,
    "not_found": """
        отзыва нет | Отзыв не найден | не нашли | нет | Нет отзыва | отзыв отсутствует | не нашла нигде | нет такого отзыва
        клиент не оставил отзыв | отзыва пока нет | ещё нет | не вижу | отзыв не появился | отзыва всё ещё нет | пусто
        Табылмады | пікір жоқ | жоқ | Пікір әлі жоқ | таппадым | табылған жоқ | not found | no review | No | couldn't find it
        there is no review | not there | didn't find | not yet published | Отзыв не прошёл модерацию | отклонён модерацией
    """,
    "vanished": """
        отзыв пропал | был, но его удалили | Отзыв удалён | отзыва больше нет | исчез | Яндекс скрыл, больше не видно
        отзыв был найден, потом удалён | пікір жойылды | өшірілген | vanished | it was there, now it is gone | deleted | removed
    """,
    "": """
        готово | сделано | ок | + | проверил | 5 звёзд | посмотрю завтра | вроде есть | кажется, нет | не уверена | Найден?
        есть ли отзыв? | найден на Яндексе, не найден на Google | клиент не отвечает | возможно, удалён | done | maybe found
        not sure | білмеймін | мүмкін бар | 👍 | ... | на модерации, а может удалили
    """,
}


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        (words.strip(), outcome)
        for outcome, lines in SAID.items()
        for line in lines.strip().splitlines()
        for words in line.split(" | ")
    ],
)
def test_words(words: str, outcome: str) -> None:
    assert review_from_words(words) == outcome


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "не " * 50_000, "отзыв " * 50_000, "(" * 100_000, "ё" * 100_000]
)
def test_nothing_takes_long(text: str) -> None:
    assert review_from_words(text) == ""
