"""From the prepared link to the confirmed review, by branch and platform, on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

from qc_engine.store import links
from qc_engine.store.database import Database
from qc_engine.store.funnel import STAGES, Funnel, funnel
from qc_engine.store.links import Click
from qc_engine.store.tables import CaseRow, DeliveryRow, EffectRow

NOW = datetime(2026, 3, 4, 10, 15, tzinfo=UTC)


def code(case: str, platform: str) -> str:
    return f"{case}{platform}".ljust(22, "x")


def add_case(database: Database, case: str, branch: str, review: str = "", at: datetime = NOW) -> None:
    with database.transaction() as session:
        session.add(CaseRow(id=case, portal="main", deal_id=int(case[1:]), scenario="s", version="v", state="active",
                            step="x", branch=branch, body={"review": review}, created_at=at, updated_at=at))  # fmt: skip
        for platform in ("yandex", "google"):
            links.add(session, code(case, platform), case, platform, "https://x.example/", at)


def send(database: Database, case: str, text: str, state: str = "done", **payload: Any) -> None:
    with database.transaction() as session:
        session.add(EffectRow(key=f"{case}:{text[:8]}", case_id=case, lane="channel", kind="SendMessage",
                              payload={"text": text, **payload}, state=state, result=f"7{case[1:]}", run_at=NOW,
                              created_at=NOW, done_at=NOW))  # fmt: skip


def deliver(database: Database, case: str, channel: str = "", state: str = "delivered") -> None:
    with database.transaction() as session:
        session.add(DeliveryRow(channel=channel, message_id=f"7{case[1:]}", state=state, at=NOW))


def visit(database: Database, case: str, platform: str, *grades: str) -> None:
    with database.transaction() as session:
        links.add_clicks(session, [Click(code(case, platform), NOW, grade, "") for grade in grades])


def found(database: Database, since: datetime | None = None) -> dict[tuple[str, str], tuple[int, ...]]:
    with database.reading() as session:
        rows = funnel(session, since)
    return {(row.branch, row.platform): tuple(getattr(row, stage) for stage in STAGES) for row in rows}


def both(case: str) -> str:
    return f"https://qc.example/r/{code(case, 'yandex')} https://qc.example/r/{code(case, 'google')}"


def test_nothing_is_there(database: Database) -> None:
    assert found(database) == {}


def test_every_stage(database: Database) -> None:
    add_case(database, "A1", "Центр", "found")  # all the way
    send(database, "A1", both("A1"))
    deliver(database, "A1")
    deliver(database, "A1", state="read")
    visit(database, "A1", "yandex", "machine", "machine", "likely", "person", "person")
    add_case(database, "A2", "Центр")  # sent, not delivered; only a machine came
    send(database, "A2", both("A2"))
    visit(database, "A2", "yandex", "machine", "likely")
    add_case(database, "A3", "Центр")  # prepared; a question without links left, and the links are planned
    send(database, "A3", "Как всё прошло?")
    send(database, "A3", both("A3"), state="planned")
    deliver(database, "A3")
    add_case(database, "A4", "Юг", "not_found")  # clicked, and no review there
    send(database, "A4", both("A4"), channel="telegram")
    deliver(database, "A4", "telegram")
    visit(database, "A4", "google", "person")
    add_case(database, "A5", "Юг")  # the number of a message in another channel says nothing
    send(database, "A5", both("A5"), channel="telegram")
    deliver(database, "A5", "max")
    assert found(database) == {
        ("Центр", "yandex"): (3, 2, 1, 2, 1, 1),
        ("Центр", "google"): (3, 2, 1, 0, 0, 0),
        ("Юг", "yandex"): (2, 2, 1, 0, 0, 0),
        ("Юг", "google"): (2, 2, 1, 0, 1, 0),
    }


def test_since_and_erased(database: Database) -> None:
    add_case(database, "A1", "Центр", at=NOW - timedelta(days=8))
    add_case(database, "A2", "Центр")
    add_case(database, "A3", "Центр")
    with database.transaction() as session:
        links.erase(session, "A3", NOW)
    assert found(database)["Центр", "yandex"][0] == 2
    assert found(database, NOW - timedelta(days=7))["Центр", "yandex"][0] == 1


def test_links_of_our_own_people_are_left_out(database: Database) -> None:
    for case in ("A1", "A2"):
        add_case(database, case, "Центр")
    with database.transaction() as session:
        row = session.get_one(CaseRow, "A2")
        row.body = {**row.body, "is_test": True}
    assert found(database)["Центр", "yandex"][0] == 1


def test_a_link_without_its_case(database: Database) -> None:
    with database.transaction() as session:
        links.add(session, code("A9", "own"), "GONE2222", "own", "https://x.example/", NOW)
    with database.reading() as session:
        assert funnel(session) == [Funnel("", "", "own", 1, 0, 0, 0, 0, 0)]
