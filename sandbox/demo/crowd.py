"""A season's clients: one seed, and always the same crowd."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sandbox.demo.people import Look, Person, Player

WORDS = {7: "семь", 8: "восемь", 9: "девять", 10: "десять"}
WRITTEN = ("{n}", "{n}", "{n}", "{n}/10", "{n} из 10", "{n}!", "{n} баллов", "оценка {n}", "ставлю {n}")
UNCLEAR = ("нормально", "всё ок", "👍", "ну такое", "а что оценивать?")
THRESHOLD = Decimal(8)
FIRST_PHONE = 77010000000


@dataclass(frozen=True)
class Habit:
    """How a part of the clients behaves; the weights are per cent."""

    weight: int
    answers: int  # how many questions are answered
    mood: tuple[int, ...]  # scores that they give
    unclear: bool = False
    opens: str = ""
    review: str = ""
    stop: bool = False
    together: bool = False


HABITS = (
    Habit(30, 0, ()),
    Habit(13, 2, (8, 9, 9, 10, 10), opens="click", review="found"),
    Habit(5, 2, (8, 9, 10), opens="click", review="not_found"),
    Habit(25, 2, (8, 8, 9, 10, 10), opens="preview"),
    Habit(10, 2, (1, 2, 3, 4, 5, 6, 7)),
    Habit(5, 2, (6, 7, 8, 9, 10)),
    Habit(4, 2, (7, 8, 9, 10), unclear=True),
    Habit(3, 2, (8, 9, 10), together=True),
    Habit(3, 1, (2, 5, 8, 10)),
    Habit(2, 0, (), stop=True),
)


def crowd(size: int, branches: Sequence[str], seed: int) -> list[Player]:
    """`size` clients over all branches, each with what should become of them."""
    chance = random.Random(seed)
    habits = chance.choices(HABITS, [habit.weight for habit in HABITS], k=size)
    return [
        Player(_person(habit, chance), f"Клиент {n + 1}", str(FIRST_PHONE + n), branches[n % len(branches)])
        for n, habit in enumerate(habits)
    ]


def _person(habit: Habit, chance: random.Random) -> Person:
    if habit.stop:
        return Person(
            "opt-out", (chance.choice(("стоп", "не пишите мне", "тоқта")),), outcome="opted_out", messages=2
        )
    scores = [chance.choice(habit.mood) for _ in range(habit.answers)]
    replies = _replies(habit, scores, chance)
    if len(scores) < 2:
        return _silent(scores, replies)
    average = Decimal(sum(scores)) / 2
    happy = average >= THRESHOLD
    kept = (str(scores[0]), str(scores[1]), _written(average))
    # Question, question, and the last word; a hint more, or a question less.
    messages = 3 + habit.unclear - habit.together
    if not happy:
        return Person(
            "unhappy",
            replies,
            outcome="dissatisfied",
            messages=messages,
            tasks=1,
            scores=kept,
            complaint=True,
        )
    return _happy(habit, replies, kept, messages)


def _happy(habit: Habit, replies: tuple[str, ...], kept: tuple[str, str, str], messages: int) -> Person:
    outcome = {"": "happy", "found": "review_confirmed", "not_found": "review_not_found"}[habit.review]
    thanked = habit.review == "found"
    return Person(
        "happy",
        replies,
        habit.opens,
        (Look(habit.review),) if habit.review else (),
        outcome,
        messages=messages + thanked,
        tasks=int(bool(habit.review)),
        scores=kept,
    )


def _silent(scores: list[int], replies: tuple[str, ...]) -> Person:
    """No answer, or only the first: one reminder; a low score goes to the head all the same."""
    low = bool(scores) and scores[0] < THRESHOLD
    return Person(
        "silent",
        replies,
        outcome="dissatisfied" if low else "unanswered",
        messages=2 + len(scores),
        tasks=int(low),
        scores=(str(scores[0]) if scores else "", "", ""),
        complaint=low,
    )


def _replies(habit: Habit, scores: list[int], chance: random.Random) -> tuple[str, ...]:
    if habit.together:
        return (" и ".join(map(str, scores)),)
    said = [_in_own_words(score, chance) for score in scores]
    return (chance.choice(UNCLEAR), *said) if habit.unclear else tuple(said)


def _in_own_words(score: int, chance: random.Random) -> str:
    if score in WORDS and chance.random() < 0.15:
        return WORDS[score]
    return chance.choice(WRITTEN).format(n=score)


def _written(average: Decimal) -> str:
    return f"{float(average.quantize(Decimal('0.01'), ROUND_HALF_UP)):g}"
