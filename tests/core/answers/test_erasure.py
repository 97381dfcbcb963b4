"""Which of those who want no more messages ask for the end of their data too."""

import pytest

from qc_engine.core.answers.read import read
from qc_engine.core.answers.reading import Kind

ASKED = """
    Удалите мой номер из базы
    Удалите, пожалуйста, мой номер
    удалите меня из базы
    прошу удалить мои персональные данные
    данные мои удалите
    хочу чтобы вы удалили мои данные
    отзываю согласие на обработку персональных данных
    прекратите обработку моих персональных данных
    8, и удалите мой номер
    уберите меня из базы
    udalite moi nomer
    delete my data
    erase me from your database
    please remove all my personal information
    I withdraw my consent
    деректерімді жойыңыз
    нөмірімді өшіріңіз
    мені базадан өшіріңіз
    келісімімді қайтарып аламын
"""
ONLY_STOP = """
    стоп
    не пишите больше
    удалите
    удалите меня
    удалите из рассылки
    Удаляю ваш номер
    delete me
    уберите номер с машины криво повесили, 8
    номер телефона у вас неверный
    маған жазбаңыз
"""
NEITHER = """
    10
    удалите царапину с двери
    удалите мой отзыв
    удалили катализатор как просил, 9
    данные по машине не сказали, 6
"""


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


@pytest.mark.parametrize("text", lines(ASKED))
def test_said_plainly(text: str) -> None:
    reading = read(text)
    assert (reading.kind, reading.erases) == (Kind.OPT_OUT, True)


@pytest.mark.parametrize("text", lines(ONLY_STOP))
def test_only_no_more_messages(text: str) -> None:
    reading = read(text)
    assert (reading.kind, reading.erases) == (Kind.OPT_OUT, False)


@pytest.mark.parametrize("text", lines(NEITHER))
def test_another_matter(text: str) -> None:
    reading = read(text)
    assert (reading.kind is Kind.OPT_OUT, reading.erases) == (False, False)
