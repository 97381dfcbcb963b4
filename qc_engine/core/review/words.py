"""What a manager wrote when closing the task: read as an answer about the review, or as nothing clear.

In the lists a comma parts phrases, `*` stands for any ending, `(x)` for words that may be there.
"""

import re
from collections.abc import Sequence

from qc_engine.core.review.reviews import FOUND, IN_MODERATION, NOT_FOUND, SCORE_ONLY, VANISHED

WORD = re.compile(r"[^\W_]+")
# Whole replies to the task's title, which asks whether there is a review.
ALONE = {
    FOUND: ("да", "есть", "да есть", "иә", "ия", "бар", "иә бар", "yes"),
    NOT_FOUND: ("нет", "нету", "нет отзыва", "жоқ", "жок", "no"),
}


def _phrases(*lists: str) -> re.Pattern[str]:
    listed = [phrase.strip() for one in lists for phrase in one.split(",")]
    patterns = [re.sub(r"\((.+?)\) ", r"(?:\1 )?", one).replace("*", r"\w*") for one in listed]
    return re.compile(rf"\b(?:{'|'.join(sorted(patterns, key=len, reverse=True))})\b")


DOUBT = _phrases(
    "не знаю, не уверен*, возможно, кажется, вроде, наверно*, может быть, не могу понять, не понял*",
    "мүмкін, білмеймін, анық емес, not sure, maybe, perhaps, don t know, might be",
)
# Moderation that is over: such a review no longer waits for it.
REFUSED = _phrases(
    "не прошел модерац*, не прошла модерац*, не прошло модерац*, не пропустила модерац*",
    "не проходит модерац*, отклонен* модерац*, отклонила модерац*, отклонен*, отклонили",
    "модерациядан өтпеді, қабылданбады",
    "rejected, did not pass moderation, didn t pass moderation, refused",
)
PASSED = _phrases(
    "прошел модерац*, прошла модерац*, после модерац*, модерация пройдена, модерациядан өтті",
    "passed moderation, approved",
)
WAITS = _phrases(
    "модерац*, премодерац*, на проверке, проверяется, тексеруде, moderation, being moderated, pending"
)
GONE = _phrases(
    "пропал*, исчез*, удалил*, удален*, сняли, снят с публикации, скрыт*, скрыли, больше нет",
    "больше не видно, жойылды, жойылған, өшірілді, өшірілген, жоғалып кетті, жоғалды, енді жоқ",
    "vanished, disappeared, deleted, removed, gone, no longer there",
)
NO_TEXT = _phrases(
    "без текста, без отзыва, без комментари*, без слов, без описания, текста нет, нет текста, слов нет",
    "только оценк*, только звезд*, только балл*, одна оценка, одну оценку, одни звезды, лишь оценка",
    "мәтінсіз, мәтіні жоқ, мәтін жоқ, тек баға*, тек жұлдыз*, пікірсіз",
    "only (a) score, only (the) stars, only stars, only (a) rating, only (a) mark, no text, without (a) text",
    "without words, just (the) stars, just (a) rating",
)
ABSENT = _phrases(
    "не найден*, не нашел*, не нашл*, не нахожу, не обнаруж*, не вижу, не видно, не видим, не появил*",
    "не оставил*, не оставлял*, не написал*, не писал*, не опубликован*, не подтвержд*, не подтвердил*",
    "нет (такого) (пока) (еще) отзыв*, нет (никакого) отзыв*, отзыв* (пока) (еще) нет",
    "отзыв* (все) (еще) нет, отзыв* (пока) нету, отзыв* (так и) нет, отсутству*",
    "пока нет, еще нет, ничего нет, пусто",
    "табылмады, табылған жоқ, таппадым, таппадық, пікір (әлі) жоқ, пікірі жоқ, жазбаған, жазбады, әлі жоқ",
    "көрінбейді, көрмедім, not found, didn t find, did not find, couldn t find, can t find, cannot find",
    "no (such) review, no (such) reviews, there is no review, there is none, isn t there",
    "not there, not (yet) posted, not (yet) published, not confirmed, nothing there, missing",
)
PRESENT = _phrases(
    "найден*, нашел*, нашл*, обнаруж*, отзыв* (уже) есть, есть (такой) отзыв*, есть такой",
    "подтвержд*, подтвердил*, опубликован*, оставил*, написал*, вижу отзыв*, появил*",
    "отзыв на месте, отзыв хороший, отзыв виден",
    "табылды, таптым, таптық, пікір* бар, бар екен, жазған, жазыпты, расталды, жарияланды",
    "found, confirmed, published, posted, there is (a) review, review is there, review exists, it is there",
)
# What the one says beside the other: 'there is a review, but without words' is about a score alone.
SAYS_MORE = (VANISHED, IN_MODERATION, SCORE_ONLY)


def review_from_words(text: str) -> str:
    """'Отзыв найден' -> found; 'нет отзыва' -> not_found ...; '' for anything unclear: ask the manager."""
    if "?" in text:
        return ""
    words = " ".join(WORD.findall(text.casefold().replace("ё", "е")))
    alone = next((outcome for outcome, replies in ALONE.items() if words in replies), "")
    return alone or ("" if DOUBT.search(words) else _the_one(_said(words)))


def _said(words: str) -> Sequence[str]:
    """Every outcome that the words speak of; what says no is taken out before a yes is looked for."""
    rest, refused = REFUSED.subn("|", words)
    rest, passed = PASSED.subn("|", rest)
    special = {VANISHED: GONE, IN_MODERATION: WAITS, SCORE_ONLY: NO_TEXT}
    said = [outcome for outcome, phrases in special.items() if phrases.search(rest)]
    rest = NO_TEXT.sub("|", GONE.sub("|", rest))
    rest, absent = ABSENT.subn("|", rest)
    said += [NOT_FOUND] if absent or refused else []
    return said + ([FOUND] if passed or PRESENT.search(rest) else [])


def _the_one(said: Sequence[str]) -> str:
    """Of two answers that exclude each other neither counts."""
    special = [one for one in said if one in SAYS_MORE]
    if special:
        return special[0] if len(special) == 1 else ""
    return said[0] if len(said) == 1 else ""
