"""Short links and their visits."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from qc_engine.store import links
from qc_engine.store.database import Database
from qc_engine.store.links import Click

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
                Click(YANDEX, NOW, "machine", "agent: WhatsApp", "WhatsApp/2.23"),
                Click(OTHER, NOW, "person", "ordinary browser", "x" * 1000),
                Click(GOOGLE, NOW + timedelta(minutes=1), "person", "r" * 100, "Mozilla"),
            ],
        )
    with database.transaction() as session:
        seen = [(row.code, row.grade, row.at) for row in links.clicks_of_case(session, "K7Q2K7Q2")]
        assert seen == [(YANDEX, "machine", NOW), (GOOGLE, "person", NOW + timedelta(minutes=1))]
        assert [len(row.agent) for row in links.clicks_of_case(session, "OTHER222")] == [300]
        assert [len(row.reason) for row in links.clicks_of_case(session, "K7Q2K7Q2")] == [15, 64]
