"""Marks made from their parts: whatever stands around it, the number is read as it was meant."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import product

import pytest

from qc_engine.core.answers.read import read
from qc_engine.core.answers.reading import Kind

HIGH = {
    "10": "10", "9": "9", "8 из 10": "8", "9/10": "9", "9 баллов": "9", "десять": "10", "восемь": "8",
    "девять баллов": "9", "десятка": "10", "9,5": "9.5", "8 с половиной": "8.5", "10!": "10", "8+": "8",
}  # fmt: skip
LOW = {
    "6": "6",
    "5": "5",
    "4 из 10": "4",
    "3 балла": "3",
    "шесть": "6",
    "4": "4",
    "5/10": "5",
    "два балла": "2",
}
KAZAKH = {
    "10": "10",
    "9": "9",
    "тоғыз": "9",
    "сегіз балл": "8",
    "10 балл": "10",
    "9/10": "9",
    "он балл": "10",
}
ENGLISH = {"10": "10", "9": "9", "8 out of 10": "8", "nine": "9", "ten": "10", "9/10": "9", "8 points": "8"}

# For each: what stands before, the numbers, what stands after; "-" for nothing.
GRAMMARS: dict[str, tuple[str, dict[str, str], str]] = {
    "glad": (
        "-|Ставлю|Поставлю|Моя оценка|Оценка:|Ну|Думаю,|Наверное|Спасибо,|Всё понравилось,|Мастер молодец,"
        "|Здравствуйте!|За работу|Добрый день, ставлю|Быстро и качественно.|Твёрдо|Приехал в 9 утра, всё ок,"
        "|Ждал 20 минут, но|За 2 часа сделали,|Заказ 12345,|Второй раз у вас,|С меня|Однозначно",
        HIGH,
        "-|спасибо|, спасибо|. Мастер вежливый|, но долго|, приеду ещё|👍|, очень доволен|)|!!!|, так держать"
        "|, потому что быстро|, менял 4 колеса|за работу",
    ),
    "sad": (
        "-|Ставлю|Оценка|Долго ждал,|Нахамили,|Не понравилось,|Дорого.|Ужасно,|Ждал 3 часа!|Мастер опоздал,"
        "|Переделывали 2 раза,|Максимум чего достойны:|Увы,|К сожалению,",
        LOW,
        "-|, долго|, больше не приеду|за хамство|. Колесо спускает|!!!|, грязно|, дорого|потому что долго",
    ),
    "kazakh": (
        "-|Менің бағам|Бағам:|Рахмет,|Өте жақсы,|Маған ұнады,|Бәрі жақсы,|20 минут күттім,|Сәлеметсіз бе,",
        KAZAKH,
        "-|рахмет|қоямын|, рахмет|беремін|, шебер жақсы|!!!",
    ),
    "english": (
        "-|I give|My rating is|I'd say|Great service,|Thanks,|Probably|It was fine,|Waited 20 minutes,",
        ENGLISH,
        "-|, thanks|!|, great job|. Very polite|, but a bit slow|from me",
    ),
}  # fmt: skip


# Two marks, each after its own subject, without a sign between.
PAIRS = {
    "мастер {} кассир {}": "10 8|9 9|десять восемь|девять семь",
    "мастеру {} администратору тоже {}": "10 10|десять десять",
    "работа {} балансировка {}": "9 6|девять шесть",
    "качество {} скорость {} из 10": "10 7|9 8",
    "шеберге {} әкімшіге {}": "10 7|он жеті|тоғыз сегіз",
    "бірінші {} екіншіге {}": "10 8|он сегіз|тоғыз он",
    "и за работу, и за сервис по {}": "9 9|десять десять",
}
VALUES = {
    **{str(number): number for number in range(1, 11)},
    "шесть": 6, "семь": 7, "восемь": 8, "девять": 9, "десять": 10, "жеті": 7, "сегіз": 8, "тоғыз": 9, "он": 10,
}  # fmt: skip
# A span of a thing that is counted is no mark, whichever way it is written.
SPANS = (
    "2-3|5-6|10-12|два-три|2 или 3|два или три|пять шесть",
    "часа ждал|минут ждал|колеса|человек в очереди|ноября приеду|дней сказали",
)


def replies(lead: str, marks: dict[str, str], tail: str) -> Iterator[tuple[str, str]]:
    """Every lead, mark and tail together, and the mark that was meant."""
    for before, (mark, value), after in product(lead.split("|"), marks.items(), tail.split("|")):
        text = f"{'' if before == '-' else before + ' '}{mark}"
        yield text + ("" if after == "-" else after if after[0] in ",.!)" else f" {after}"), value


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_every_mark_is_read(grammar: str) -> None:
    rows = list(replies(*GRAMMARS[grammar]))
    readings = [(text, value, read(text)) for text, value in rows]
    wrong = [(text, r.scores) for text, value, r in readings if r.scores and r.scores != (Decimal(value),)]
    unread = [(text, r.rule) for text, _, r in readings if r.kind is not Kind.SCORE]
    assert not wrong, (len(wrong), wrong[:40])
    assert len(unread) <= 0.01 * len(rows), (len(unread), len(rows), unread[:40])


@pytest.mark.parametrize("pair", PAIRS)
def test_each_subject_keeps_its_mark(pair: str) -> None:
    for numbers in PAIRS[pair].split("|"):
        marks = numbers.split()
        reading = read(pair.format(*marks))
        assert reading.scores == tuple(Decimal(VALUES[mark]) for mark in marks), (pair, numbers, reading)


def test_a_span_of_things_is_no_mark() -> None:
    spans = [" ".join(parts) for parts in product(*(part.split("|") for part in SPANS))]
    read_as_marks = [text for text in spans if read(text).scores]
    assert not read_as_marks, read_as_marks
