"""qc status and qc reconcile as a person calls them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from qc_engine import wiring
from qc_engine.clock import FixedClock
from qc_engine.commands import status as commands
from qc_engine.explain.overview import as_text
from qc_engine.explain.voice import Voice
from qc_engine.ports import Connector, TryLater
from qc_engine.store import alarms, reports
from qc_engine.store.database import Database
from qc_engine.store.reports import Pass, Report
from qc_engine.wiring.installation import stand_ins
from tests.flow.fakes import World

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)  # 14:00 in Almaty
APP = typer.Typer()
APP.command("status")(commands.status)
APP.command("reconcile")(commands.reconcile)


@pytest.fixture
def config(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped config.yaml, over a database of its own."""
    monkeypatch.setenv("QC_DATABASE_URL", sqlite_database.url)
    monkeypatch.setenv("QC_SCENARIOS", str(ROOT / "scenarios"))
    built(monkeypatch, ROOT / "config.yaml")
    return ROOT / "config.yaml"


def built(monkeypatch: pytest.MonkeyPatch, config: Path, *found: "Reconciling") -> None:
    """An engine with one portal and one channel that speak with nobody, over the real database."""
    for name, value in stand_ins(config):
        monkeypatch.setenv(name, value)
    database = Database(wiring.read_installation(config, with_secrets=False).database_url)
    connectors = [
        Connector("bitrix24", portal="main", performs=World()),
        Connector("chat2desk", performs=World()),
    ]
    engine = SimpleNamespace(
        database=database,
        clock=FixedClock(NOW),
        connectors=connectors,
        reconcilers=found,
        libraries={name: SimpleNamespace(titles={}) for name in ("main", "astana", "almaty")},
    )
    monkeypatch.setattr(wiring, "build", lambda _: engine)
    monkeypatch.setattr(wiring, "doors_of", lambda *_: connectors)
    monkeypatch.setattr(wiring, "clock_of", lambda _: engine.clock)


def qc(command: str, config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(APP, [command, "--config", str(config), *arguments])


def raised(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/qc.db")
    with database.transaction() as session:
        told = {"portal": "main", "at": NOW.isoformat(), "kind": "failing", "reason": "503"}
        alarms.raise_alarm(session, "polls:main", "alarm.polls", told, NOW)
    database.close()


# --- qc status --------------------------------------------------------------------------------


def test_a_quiet_engine(config: Path) -> None:
    result = qc("status", config)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "Всё спокойно: очереди пусты, тревог нет",
        "CRM: пусто",
        "канал сообщений: пусто",
        "Событий по времени не ждём",
        "Сверки ещё не было: она идёт раз в сутки, ночью; сейчас: qc reconcile",
    ]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ru", "  с 04.03.2026 14:00  Портал «основной» не отвечает с 04.03.2026 14:00: 503"),
        ("kk", "  04.03.2026 14:00 бастап  «негізгі» порталы 04.03.2026 14:00 бастап жауап бермейді: 503"),
        ("en", "  since 04.03.2026 14:00  The portal “main” has not answered since 04.03.2026 14:00: 503"),
    ],
)
def test_an_alarm_is_an_exit_code(config: Path, tmp_path: Path, language: str, words: str) -> None:
    raised(tmp_path)
    result = qc("status", config, "-l", language)
    assert (result.exit_code, result.stdout.splitlines()[1]) == (1, words)


def test_for_machines(config: Path, tmp_path: Path) -> None:
    raised(tmp_path)
    result = qc("status", config, "--json", "--full")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["alarms"][0]["key"], document["cases"]) == (1, "polls:main", {})


def test_a_database_that_is_not_there_yet(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QC_DATABASE_URL", f"sqlite:///{tmp_path}/empty.db")
    built(monkeypatch, config)
    before_the_first_start = qc("status", config)
    assert (before_the_first_start.exit_code, before_the_first_start.stderr) == (0, "")


def document(**changes: Any) -> dict[str, Any]:
    lane = {
        "lane": "crm", "portal": "main", "waiting": {"MoveDeal": 5000, "SetFields": 2431}, "count": 7431,
        "later": 3, "urgent": 12, "oldest_at": NOW.isoformat(), "level": 50.0, "paused_until": None,
        "broken": "", "broken_since": None,
        "forecast": {"requests": 75, "empty_at": (NOW + timedelta(minutes=35)).isoformat()},
    }  # fmt: skip
    whole = {"now": NOW.isoformat(), "alarms": [], "broken": [], "inbox_open": 4, "next_at": NOW.isoformat()}
    return whole | {"lanes": [lane | changes], "reconciled": []}


QUEUE = "CRM: 7 431 задание, срочных 12, самое старое от 04.03.2026 14:00, отложено 3"


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        (
            {},
            [
                QUEUE,
                "    перенос сделки 5000 · запись в сделку 2431",
                "    очередь опустеет около 14:35 (7 431 задание, 75 запросов)",
                "Не разобрано входящих: 4",
            ],
        ),
        (
            {"forecast": {"requests": 1, "empty_at": (NOW + timedelta(hours=11)).isoformat()}},
            [
                QUEUE,
                "    перенос сделки 5000 · запись в сделку 2431",
                "    очередь опустеет около 05.03.2026 01:00 (7 431 задание, 1 запрос)",
                "Не разобрано входящих: 4",
            ],
        ),
        (
            {"broken": "HTTP 401", "broken_since": NOW.isoformat(), "waiting": {}, "count": 0, "urgent": 0},
            [
                "CRM: пусто, самое старое от 04.03.2026 14:00, отложено 3",
                "    очередь не движется: связь не работает с 04.03.2026 14:00: HTTP 401",
                "Не разобрано входящих: 4",
                "Следующее событие по времени: 04.03.2026 14:00",
            ],
        ),
        (
            {
                "paused_until": (NOW + timedelta(minutes=1)).isoformat(),
                "lane": "crm:astana",
                "forecast": None,
            },
            [
                QUEUE.replace("CRM", "CRM «astana»"),
                "    перенос сделки 5000 · запись в сделку 2431",
                "    приостановлено до 04.03.2026 14:01",
                "Не разобрано входящих: 4",
            ],
        ),
    ],
)
def test_a_queue_in_words(changes: dict[str, Any], lines: list[str]) -> None:
    text = as_text(document(**changes), Voice("ru", "Asia/Almaty"))
    told = [line for line in text.splitlines() if "спокойно" not in line]
    assert told[:4] == lines


@pytest.mark.parametrize("language", ["kk", "en"])
def test_a_queue_in_other_languages(language: str) -> None:
    text = as_text(document(), Voice(language, "Asia/Almaty"))
    assert "14:35" in text
    assert not any(word in text for word in ("status.", "count.", "kind.", "задани"))
    assert ("7,431 jobs, 75 requests" in text) is (language == "en")


# --- qc reconcile -----------------------------------------------------------------------------


class Reconciling:
    """A portal whose pass ends as it is told."""

    def __init__(self, portal: str, outcome: Report | Exception) -> None:
        self.portal, self.outcome, self.runs = portal, outcome, 0

    def run(self) -> Report:
        self.runs += 1
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def report(portal: str, *, needs_person: bool = False) -> Report:
    under_way = Pass(Report(portal, NOW), NOW)
    under_way.looked(121)
    under_way.repaired("reconcile.begun", deal_id=5, at=NOW)
    if needs_person:
        under_way.reported("reconcile.unseen", needs_person=True, deal_id=6)
    under_way.reported("reconcile.passed_deleted", deal_id=7)
    return under_way.report


def test_a_pass_by_hand(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built(monkeypatch, config, Reconciling("main", report("main", needs_person=True)))
    result = qc("reconcile", config)
    assert result.exit_code == 1, result.output
    assert result.stdout.splitlines() == [
        "Сверка CRM и дел (портал «основной»), 04.03.2026 14:00. Просмотрено сделок: 121",
        "Нужен человек:",
        "  · Портал не показывает сделку 6: есть ли она, неизвестно. "
        "Проверьте права вебхука на чтение сделок",
        "Исправлено:",
        "  · Сделка 5 с 04.03.2026 14:00 стоит на начальной стадии без дела: дело начато",
        "К сведению:",
        "  · Сделка 7 прошла начальную стадию и удалена. Клиента не спрашивали",
    ]


def test_one_portal_of_two(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    main, astana = Reconciling("main", report("main")), Reconciling("astana", report("astana"))
    built(monkeypatch, config, main, astana)
    result = qc("reconcile", config, "--portal", "astana", "--json")
    assert (result.exit_code, main.runs, astana.runs) == (0, 0, 1)
    (one,) = json.loads(result.stdout)["reports"]
    assert (one["portal"], one["looked_at"], one["repaired_in_all"]) == ("astana", 121, 1)
    assert qc("reconcile", config, "--portal", "karaganda").exit_code == 2


def test_a_portal_that_cannot_be_asked(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built(monkeypatch, config, Reconciling("main", TryLater("HTTP 503")))
    result = qc("reconcile", config)
    assert result.exit_code == 3
    assert "portal main cannot be asked now: HTTP 503" in result.stderr


def test_a_clean_pass() -> None:
    from qc_engine.explain.alarming import report_as_text

    text = report_as_text(Report("main", NOW), Voice("en", "UTC"))
    assert text.splitlines()[1:] == ["Everything agrees"]
    assert reports.as_json(Report("main", NOW))["at"] == "2026-03-04T09:00:00Z"
