"""The poll of names: kept over restarts, told once, and what has lost its name keeps working."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from connectors.bitrix24.calls.client import Client
from connectors.bitrix24.names.book import Book
from connectors.bitrix24.names.directory import Directory
from connectors.bitrix24.names.watching import WatchingNames
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.ports import TryLater

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def told() -> list[Directory]:
    return []


@pytest.fixture
def watching(client: Client, settings: Bitrix24Settings, memory: Any, told: list[Directory]) -> WatchingNames:
    return WatchingNames(client, settings, Book(client, settings), memory, told.append)


def rename(company: Any, status: str, name: str) -> None:
    before = company.scripts["crm.status.list"]
    company.on(
        "crm.status.list",
        lambda p: [{**row, "NAME": name} if row["STATUS_ID"] == status else row for row in before(p)],
    )


def again(client: Client, settings: Any, memory: Any) -> tuple[WatchingNames, Book]:
    """The engine after a restart."""
    book = Book(client, settings)
    return WatchingNames(client, settings, book, memory), book


def test_a_renamed_stage_keeps_working_over_a_restart(
    company: Any, watching: WatchingNames, client: Client, settings: Any, memory: Any, told: list[Directory]
) -> None:
    assert watching.run("", NOW).arrivals == ()
    rename(company, "UC_ASK", "Оценка сервиса")
    with capture_logs() as logs:
        watching.run("", LATER)
        watching.run("", LATER)
    [entry] = [log for log in logs if log["event"] == "renamed in the portal"]
    assert (entry["kind"], entry["id"], entry["was"], entry["now"]) == (
        "stage", "UC_ASK", "Оценка качества", "Оценка сервиса",
    )  # fmt: skip
    assert len(told) == 2  # the first reading, and the one that brought something new

    restarted, book = again(client, settings, memory)
    assert restarted.recall() == told[-1]
    stages = book.resolver.stages()
    assert stages["Оценка качества"] == stages["Оценка сервиса"] == "UC_ASK"
    with capture_logs() as logs:
        restarted.run("", LATER)
    assert logs == []


def test_what_is_gone_is_told(company: Any, watching: WatchingNames) -> None:
    watching.read(NOW)
    company.on("user.get", company.scripts["user.get"]({})[:-1])
    with capture_logs() as logs:
        watching.read(LATER)
    assert [(log["event"], log["kind"], log["was"]) for log in logs] == [
        ("gone from the portal", "user", "Олег Ли")
    ]


def test_a_failed_reading_changes_nothing(
    company: Any, watching: WatchingNames, memory: Any, failed: Any, told: list[Directory]
) -> None:
    watching.read(NOW)
    kept = memory.read("directory")
    company.on("crm.item.fields", failed("INTERNAL_SERVER_ERROR"))
    with pytest.raises(TryLater):
        watching.read(LATER)
    assert (memory.read("directory"), len(told)) == (kept, 1)


@pytest.mark.parametrize("note", ["", "broken", '{"form":9}'])
def test_nothing_to_recall(client: Client, settings: Any, memory: Any, note: str) -> None:
    memory.write("directory", note)
    restarted, book = again(client, settings, memory)
    assert restarted.recall() is None
    assert book.resolver.stages()["low"] == "C7:NEW"


def test_how_often(watching: WatchingNames, settings: Bitrix24Settings) -> None:
    poll = watching.poll()
    assert (poll.name, poll.every) == ("names", settings.names_every)
