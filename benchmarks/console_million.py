"""A million cases as three years of a chain leave them behind, in a database of either kind."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from qc_engine.core.case import Branch, Case, Client, State
from qc_engine.core.figures.marks import average_in_thousandths, mark_of, thousandths
from qc_engine.store import codec
from qc_engine.store.database import Database

NOW = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
SPAN = timedelta(days=3 * 365)
BRANCHES = 20
EMPLOYEES = 8  # of each branch
SERVICES = ("Шиномонтаж", "Хранение", "Балансировка", "Ремонт")
NAMES = ("Айгуль Серикова", "Пётр Иванов", "Данияр Ким", "Ольга Ли", "Ержан Омаров", "Анна Белова")
SCORES, WEIGHTS = range(1, 11), (1, 1, 1, 1, 2, 3, 6, 12, 10, 10)
ZONE = ZoneInfo("Asia/Almaty")
AT_ONCE = 5000
Rows = Sequence[tuple[Any, ...]]
CASES = (
    "id", "portal", "deal_id", "scenario", "round", "version", "state", "step", "branch", "phone",
    "client_name", "answer_code", "survey_code", "outcome", "rev", "body", "created_at", "updated_at",
)  # fmt: skip
FACTS = (
    "case_id", "portal", "branch", "scenario", "asked_at", "day", "weekday", "average_in_thousandths", "mark",
    "clicked", "review_day", "employee", "service",
)  # fmt: skip
GIVEN = ("case_id", "question", "value_in_thousandths", "mark", "day")


def fill(database: Database, count: int, seed: int) -> None:
    """Cases with their facts and scores; the youngest is of NOW, some of the last are still active."""
    chance, body = random.Random(seed), _body()
    for begin in range(0, count, AT_ONCE):
        numbers = range(begin, min(begin + AT_ONCE, count))
        made = [_made(number, count, chance, body) for number in numbers]
        with database.transaction(durable=False) as session:
            cursor = session.connection().connection.cursor()
            _insert(database, cursor, "cases", CASES, [case for case, _, _ in made])
            _insert(database, cursor, "facts", FACTS, [fact for _, fact, _ in made if fact])
            _insert(database, cursor, "scores", GIVEN, [one for _, _, given in made for one in given])
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


def _insert(database: Database, cursor: Any, table: str, columns: Sequence[str], rows: Rows) -> None:
    names = ", ".join(columns)
    if database.is_sqlite:
        marks = ", ".join("?" * len(columns))
        cursor.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({marks})", [tuple(map(_plain, row)) for row in rows]
        )
        return
    with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _plain(value: Any) -> Any:
    """As SQLite's columns hold it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]
    return value.isoformat() if isinstance(value, date) else value


def _body() -> dict[str, Any]:
    branch = Branch("", "Asia/Almaty", 101, 201, {"yandex": "https://yandex.kz/maps/org/1/reviews/"})
    words = ("Всё хорошо, спасибо, ребята молодцы", "Долго ждал")
    case = Case(
        "", 0, "Заказ-наряд", "tyre_centre", "v1", 1, State.ENDED, "ask", NOW, NOW, "WON", Client(""), branch,
        client_name="", contact_id=1, links={"yandex": "https://qc.example.kz/r/" + "x" * 22}, words=words,
        our_stages=("UC_QUALITY", "WON"), outcome="happy",
    )  # fmt: skip
    return codec.dump_case(replace(case, scores={}))


def _made(
    number: int, count: int, chance: random.Random, body: dict[str, Any]
) -> tuple[tuple[Any, ...], tuple[Any, ...] | None, list[tuple[Any, ...]]]:
    at = NOW - SPAN * ((count - number) / count)
    place, case_id = chance.randrange(BRANCHES), f"M{number:07}"
    branch, phone = f"Центр {place:02}", f"7701{number:07}"
    name = f"{chance.choice(NAMES)} {number % 997}"
    is_open = number > count - 2000
    asked, answered = chance.random() < 0.93, chance.random() < 0.6
    given = _scores(chance) if asked and answered else {}
    state = "active" if is_open and not given else "ended"
    outcome = "" if state == "active" else "happy" if given else "unanswered"
    text = json.dumps({
        **body, "id": case_id, "deal_id": number, "client_name": name, "state": state, "outcome": outcome,
        "scores": {question: str(score) for question, score in given.items()},
        "branch": {**body["branch"], "name": branch}, "client": {**body["client"], "phone": phone},
    })  # fmt: skip
    case = (
        case_id, "main", number, "tyre_centre", 1, "v1", state, "ask", branch, phone, name.casefold(), "", "",
        outcome, 5, text, at, at,
    )  # fmt: skip
    if not asked:
        return case, None, []
    day, average = at.astimezone(ZONE).date(), average_in_thousandths(given)
    clicked = average is not None and average >= 8000 and chance.random() < 0.3
    fact = (
        case_id, "main", branch, "tyre_centre", at, day, day.weekday(), average,
        None if average is None else mark_of(average), clicked,
        day if clicked and chance.random() < 0.5 else None,
        f"Мастер {place:02}-{chance.randrange(EMPLOYEES)}", chance.choice(SERVICES),
    )  # fmt: skip
    return case, fact, list(_rows(case_id, given, day))


def _scores(chance: random.Random) -> dict[str, Decimal]:
    quality, service = chance.choices(SCORES, WEIGHTS, k=2)
    return {"quality": Decimal(quality), "service": Decimal(service)}


def _rows(case_id: str, given: dict[str, Decimal], day: date) -> Iterator[tuple[Any, ...]]:
    for question, score in given.items():
        number = thousandths(score)
        yield case_id, question, number, mark_of(number), day
