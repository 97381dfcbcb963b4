"""Short links and their visits."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from qc_engine.store import links
from qc_engine.store.database import Database
from qc_engine.store.links import Click
from qc_engine.store.tables import CaseRow, ClickRow, EffectRow

NOW = datetime(2026, 3, 4, 10, 15, tzinfo=UTC)
YANDEX, GOOGLE, OTHER = "A" * 22, "B" * 22, "C" * 22


@pytest.fixture(autouse=True)
def three_links(database: Database) -> None:
    with database.transaction() as session:
        links.add(session, YANDEX, "K7Q2K7Q2", "yandex", "https://yandex.example/1", NOW)
        links.add(session, GOOGLE, "K7Q2K7Q2", "google", "https://google.example/1", NOW)
        links.add(session, OTHER, "OTHER222", "google", "https://google.example/2", NOW)


def test_links_are_found(database: Database) -> None:
    with database.transaction() as session:
        assert links.find(session, "Z" * 22) is None
        found = links.find(session, YANDEX)
        assert found is not None
        assert (found.case_id, found.platform, found.target) == (
            "K7Q2K7Q2",
            "yandex",
            "https://yandex.example/1",
        )
        assert [row.code for row in links.of_case(session, "K7Q2K7Q2")] == [GOOGLE, YANDEX]
        assert set(links.find_many(session, [YANDEX, "Z" * 22, OTHER, OTHER])) == {YANDEX, OTHER}


def test_a_code_is_given_once(database: Database) -> None:
    def again() -> None:
        with database.transaction() as session:
            links.add(session, YANDEX, "OTHER222", "yandex", "https://yandex.example/2", NOW)

    with pytest.raises(IntegrityError):
        again()


def test_every_visit_is_kept_with_its_case(database: Database) -> None:
    with database.transaction() as session:
        links.add_clicks(session, [])
        links.add_clicks(
            session,
            [
                Click(
                    YANDEX, NOW, "machine", "agent: WhatsApp", "WhatsApp/2.23", "https://t.example/", "0a" * 8
                ),
                Click(OTHER, NOW, "likely", "2 s after sending", "x" * 1000),
                Click(GOOGLE, NOW + timedelta(minutes=1), "person", "r" * 300, "Mozilla"),
            ],
        )
    with database.transaction() as session:
        seen = [(row.code, row.grade, row.at) for row in links.clicks_of_case(session, "K7Q2K7Q2")]
        assert seen == [(YANDEX, "machine", NOW), (GOOGLE, "person", NOW + timedelta(minutes=1))]
        assert [len(row.agent) for row in links.clicks_of_case(session, "OTHER222")] == [300]
        assert [len(row.reason) for row in links.clicks_of_case(session, "K7Q2K7Q2")] == [15, 200]
        first = links.clicks_of_case(session, "K7Q2K7Q2")[0]
        assert (first.target, first.address) == ("https://t.example/", "0a" * 8)


def test_a_moment_is_read_as_it_was_written(database: Database) -> None:
    """The driver writes what the column's type would have written, whatever the zone."""
    zoned = datetime(2026, 3, 4, 15, 15, 0, 7, tzinfo=UTC).astimezone()
    moments = [NOW, NOW.replace(microsecond=0), zoned]
    with database.transaction() as session:
        links.add_clicks(session, [Click(YANDEX, at, "person", "") for at in moments])
        session.add(ClickRow(code=YANDEX, at=NOW, grade="person", reason=""))
    with database.transaction() as session:
        found = [row.at for row in links.clicks_of_case(session, "K7Q2K7Q2")]
        assert found == [*moments, NOW]
        if database.is_sqlite:
            stored = session.connection().exec_driver_sql("SELECT at FROM clicks ORDER BY id").scalars().all()
            assert stored[0] == stored[-1]


@pytest.mark.parametrize("count", [1, 2, 3, 31, 32, 255, 256, 257, 700])
def test_any_number_of_visits(database: Database, count: int) -> None:
    with database.transaction() as session:
        links.add_clicks(session, [Click(YANDEX, NOW, "person", str(n)) for n in range(count)])
    with database.reading() as session:
        found = [row.reason for row in links.clicks_of_case(session, "K7Q2K7Q2")]
    assert found == [str(n) for n in range(count)]


# --- the index ----------------------------------------------------------------------------------


def test_visits_are_filed_later_and_found_before_and_after(database: Database) -> None:
    def add(first: int) -> None:
        with database.transaction() as session:
            links.add_clicks(session, [Click(YANDEX, NOW, "person", str(n)) for n in range(first, first + 5)])

    def found() -> list[str]:
        with database.reading() as session:
            return [row.reason for row in links.clicks_of_case(session, "K7Q2K7Q2")]

    add(0)
    assert found() == [str(n) for n in range(5)]
    with database.transaction() as session:
        assert [links.file_clicks(session, 3), links.file_clicks(session, 3)] == [3, 2]
    add(5)
    assert found() == [str(n) for n in range(10)]
    with database.transaction() as session:
        assert [links.file_clicks(session), links.file_clicks(session)] == [5, 0]
    assert found() == [str(n) for n in range(10)]


def test_what_is_filed_is_found_by_its_index(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL chooses a plan by the size of the table")
    query = str(
        select(ClickRow)
        .where(links.FILED, ClickRow.code == "x")
        .compile(compile_kwargs={"literal_binds": True})
    )
    with database.reading() as session:
        plan = " ".join(row[-1] for row in session.execute(text(f"EXPLAIN QUERY PLAN {query}")).all())
    assert "ix_clicks_filed" in plan


# --- when the link was sent ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effects", "sent_at", "on_its_way"),
    [
        ([], None, False),
        ([("done", YANDEX, NOW)], NOW, False),
        ([("done", "another text", NOW)], None, False),
        ([("planned", YANDEX, None)], None, False),
        ([("failed", YANDEX, None)], None, False),
        ([("sending", YANDEX, None)], NOW - timedelta(minutes=1), True),
        ([("unknown", YANDEX, None)], NOW - timedelta(minutes=1), True),
        ([("done", YANDEX, NOW), ("done", YANDEX, NOW + timedelta(days=1))], NOW + timedelta(days=1), False),
    ],
)
def test_when_it_was_sent(
    database: Database,
    effects: list[tuple[str, str, datetime | None]],
    sent_at: datetime | None,
    on_its_way: bool,
) -> None:
    with database.transaction() as session:
        session.add(CaseRow(id="K7Q2K7Q2", portal="astana", deal_id=1, scenario="s", version="v", state="active",
                            step="x", branch="Центр", body={}, created_at=NOW, updated_at=NOW))  # fmt: skip
        for number, (state, word, done_at) in enumerate(effects):
            session.add(EffectRow(key=f"K:{number}", case_id="K7Q2K7Q2", lane="channel", kind="SendMessage", state=state,
                                  payload={"text": "x", "template": {"parameters": [f"https://qc.example/r/{word}"]}},
                                  run_at=NOW, created_at=NOW, done_at=done_at,
                                  first_tried_at=NOW - timedelta(minutes=1)))  # fmt: skip
    with database.reading() as session:
        known = links.find_many(session, [YANDEX])[YANDEX]
    assert (known.sent_at, known.on_its_way) == (sent_at, on_its_way)
    assert (known.portal, known.branch) == ("astana", "Центр")


# --- gone ---------------------------------------------------------------------------------------


def test_erased_links_are_as_if_they_had_never_existed(database: Database) -> None:
    with database.transaction() as session:
        links.add_clicks(
            session, [Click(YANDEX, NOW, "person", "x", "Mozilla", "https://t.example/", "0a" * 8)]
        )
        links.file_clicks(session)
        links.add_clicks(
            session, [Click(YANDEX, NOW, "person", "x", "Mozilla", "https://t.example/", "0a" * 8)]
        )
        before = links.erasures(session)
        assert links.erase(session, "K7Q2K7Q2", NOW) == [GOOGLE, YANDEX]
    with database.transaction() as session:
        assert links.erasures(session) != before
        assert set(links.find_many(session, [YANDEX, GOOGLE, OTHER])) == {OTHER}
        assert [row.target for row in links.of_case(session, "K7Q2K7Q2")] == ["", ""]
        rows = links.clicks_of_case(session, "K7Q2K7Q2")
        assert [(row.agent, row.address, row.target, row.grade) for row in rows] == [
            ("", "", "", "person")
        ] * 2
        after = links.erasures(session)
        assert links.erase(session, "K7Q2K7Q2", NOW) == []
        assert links.erasures(session) == after, "nothing was erased: memories stay true"


def test_old_links_are_left_out(database: Database) -> None:
    with database.reading() as session:
        assert set(links.find_many(session, [YANDEX], NOW)) == {YANDEX}
        assert links.find_many(session, [YANDEX], NOW + timedelta(seconds=1)) == {}
