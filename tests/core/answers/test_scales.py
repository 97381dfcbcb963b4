"""Any scale is read by the same conventions; on a scale of five the marks of a school count."""

import pytest

from qc_engine.core.answers.corpus import label
from qc_engine.core.answers.read import read
from qc_engine.core.answers.reading import Scale

FIVE_POINTS = """
5 <- 5
5 <- 5/5
4 <- 4 из 5
5 <- пятёрка
4 <- твёрдая четвёрка
3 <- тройка
2 <- двойка
5 <- на пять с плюсом
5 <- 5+
5 <- 5-
4 <- 4+
4 <- четыре с минусом
5 <- Отлично, 5!
5 <- 5 звёзд
4 <- 4 звезды
UNCLEAR <- ⭐⭐⭐⭐⭐
5 <- ⭐5
UNCLEAR <- кол
1 <- единица
4.5 <- 4,5
3.5 <- 3.5
OUT_OF_RANGE <- 6
OUT_OF_RANGE <- 10
UNCLEAR <- 8/10
UNCLEAR <- 9 из 10
OUT_OF_RANGE <- 6 из 5
OUT_OF_RANGE <- 0
UNCLEAR <- 4-5
UNCLEAR <- 4 или 5
BOTH:5,5 <- 5 5
BOTH:5,4 <- 5 и 4
BOTH:5,5 <- обе пятёрки
BOTH:5,4 <- качество 5, сервис 4
4 <- от 1 до 5 ставлю 4
UNCLEAR <- от 1 до 5
UNCLEAR <- 1-5
5 <- по пятибалльной 5
4 <- по пятибалльной шкале 4
UNCLEAR <- по десятибалльной 8
5 <- бестік
4 <- төрттік
4 <- 5-тен 4
4 <- бестен төрт
5 <- бес
5 <- five stars
4 <- four out of five
5 <- five
5 <- максимальный балл
1 <- минимальный балл
5 <- ең жоғары балл
1 <- lowest score
UNCLEAR <- 5 минут ждал
UNCLEAR <- 4 колеса
5 <- 5, но долго ждали
1 <- Ужас, 1
UNCLEAR <- Всё супер, 1
UNCLEAR <- Ужасный сервис!!! 5
OPT_OUT <- стоп
3 <- не 5, а 3
4 <- 3, ой 4
UNCLEAR <- почти 5
5 <- 5 баллов
5 <- пятак
3 <- на троечку
3 <- трояк
5 <- пять звёзд из пяти
5 <- 5 из 5 звёзд
5 <- 5 stars
3 <- 3 с минусом
4 <- хорошо, 4
"""
FROM_ZERO = """
0 <- 0
0 <- ноль
0 <- 0 из 10
0 <- нөл
0 <- zero
10 <- 10
OUT_OF_RANGE <- 11
OUT_OF_RANGE <- -1
UNCLEAR <- 0-10
UNCLEAR <- от 0 до 10
9 <- от 0 до 10 ставлю 9
0 <- минимальный балл
10 <- максимальный балл
BOTH:0,10 <- 0 и 10
0 <- 0 баллов
UNCLEAR <- пятёрка
UNCLEAR <- 5/5
8 <- 8/10
8 <- по шкале от 0 до 10 - 8
0 <- 0, ужас
UNCLEAR <- Всё супер, 0
10 <- 10, бәрі жақсы
UNCLEAR <- 8-9
8 <- 1-10: 8
UNCLEAR <- 0 минут ждал
0.5 <- 0,5
0 <- 0/10
BOTH:0,0 <- обе 0
"""
HUNDRED_POINTS = """
95 <- 95
95 <- 95 из 100
100 <- 100
80 <- 80/100
100 <- 100 баллов
100 <- 100 из 100
8 <- 8
UNCLEAR <- 8/10
OUT_OF_RANGE <- 101
OUT_OF_RANGE <- 0
95 <- девяносто пять
UNCLEAR <- 90%
100 <- сто
UNCLEAR <- 120 минут ждал
UNCLEAR <- пятёрка
UNCLEAR <- 80-90
"""


def table(text: str) -> list[tuple[str, str]]:
    """`expected <- reply`, line by line."""
    pairs = [line.split(" <- ") for line in text.splitlines() if line]
    return [(reply, expected) for expected, reply in pairs]


@pytest.mark.parametrize(("text", "expected"), table(FIVE_POINTS))
def test_five_points(text: str, expected: str) -> None:
    assert label(read(text, Scale(1, 5))) == expected


@pytest.mark.parametrize(("text", "expected"), table(FROM_ZERO))
def test_from_zero(text: str, expected: str) -> None:
    assert label(read(text, Scale(0, 10))) == expected


@pytest.mark.parametrize(("text", "expected"), table(HUNDRED_POINTS))
def test_hundred_points(text: str, expected: str) -> None:
    assert label(read(text, Scale(1, 100))) == expected
