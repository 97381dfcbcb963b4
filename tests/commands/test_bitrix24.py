"""qc bitrix24: what the integrator reads, what is asked first, and with which code each command ends."""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from connectors.bitrix24.access.tokens import Tokens, dump
from connectors.bitrix24.calls.client import Answer
from connectors.bitrix24.names.book import DEAL
from connectors.bitrix24.names.directory import (
    Choice,
    Department,
    Directory,
    FieldOfPortal,
    Former,
    Pipeline,
    Stage,
    Unread,
    User,
)
from connectors.bitrix24.setup import WantedField, WantedStage, Wish
from qc_engine import wiring
from qc_engine.clock import FixedClock
from qc_engine.commands import bitrix24
from qc_engine.ports import Broken, OutcomeUnknown, Refused, TryLater, Unsealable

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
COMPLAINTS = Pipeline(7, "Недовольные клиенты", 200)
PORTAL = Directory(
    NOW,
    pipelines=(Pipeline(0, "Заказы", 100, True), COMPLAINTS),
    stages=(
        Stage("FINAL_INVOICE", "Закрыть заказ/наряд", 0, "", 30),
        Stage("WON", "Сделка успешна", 0, "S", 60),
        Stage("C7:NEW", "Новая жалоба", 7, "", 10),
        Stage("C7:WON", "Сделка успешна", 7, "S", 20),
    ),
    deal_fields=(
        FieldOfPortal("UF_CRM_BRANCH", "Филиал", "enumeration", choices=(Choice("41", "Абая"), Choice("42", "Саина"))),
        FieldOfPortal("UF_CRM_1", "Оценка", "integer"),
        FieldOfPortal("UF_CRM_2", "оценка", "string", many=True),
    ),
    users=(User(15, "Ольга Кравцова"), User(16, "Иван Ли", active=False)),
    departments=(Department(11, "Шинный центр на Абая", 1, 15), Department(12, "Склад", 1)),
    former=(Former("stage", "FINAL_INVOICE", "Закрыть заказ", NOW), Former("user", "15", "Ольга Ким", NOW)),
)  # fmt: skip
SCORE = WantedField(DEAL, "Средняя оценка", "QC_AVERAGE", "double")


class Notes:
    def __init__(self) -> None:
        self.notes: dict[str, str] = {}

    def read(self, name: str) -> str:
        return self.notes.get(name, "")

    def write(self, name: str, value: str, *, sealed: bool = False) -> None:
        self.notes[name] = value

    def alone(self, name: str) -> AbstractContextManager[None]:
        return nullcontext()


@dataclass
class FieldsOnly:
    """As much of a portal as is needed to make one field."""

    made: list[Mapping[str, Any]] = field(default_factory=list)
    trouble: Exception | type[BaseException] | None = None

    def call(self, method: str, params: Mapping[str, Any]) -> Answer:
        if self.trouble:
            raise self.trouble
        self.made.append(params["fields"])
        return Answer(7000 + len(self.made))

    def read(self, method: str, params: Mapping[str, Any]) -> Answer:
        assert method == "crm.deal.userfield.list"
        return Answer([{"ID": "7001", "FIELD_NAME": f"UF_CRM_{one['FIELD_NAME']}"} for one in self.made])


@dataclass
class Page:
    """A vendor's page that somebody opens, or nobody does."""

    memory: Notes
    opened_by: int | None = None  # Unix time at which the tokens come

    def begin(self) -> str:
        if self.opened_by:
            self.memory.write("tokens", dump(Tokens("a", "r", since=self.opened_by)))
        return "https://company.bitrix24.kz/oauth/authorize/?client_id=local.1&state=s"

    def finish(self, query: Mapping[str, str]) -> str:
        raise AssertionError("the web server does that")


@dataclass
class FakeTools:
    wishes: Sequence[Wish] = (SCORE,)
    directory: Directory | Exception = PORTAL
    client: Any = field(default_factory=FieldsOnly)
    memory: Any = field(default_factory=Notes)
    connects: Page | None = None

    def read_directory(self) -> Directory:
        if isinstance(self.directory, Exception):
            raise self.directory
        return self.directory


class UnknownPortal(Exception):
    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


class Desk:
    """Calls the command as a person would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tools = FakeTools()
        self.clock = FixedClock(NOW)
        self.terminal = False
        monkeypatch.setattr(wiring, "UnknownPortal", UnknownPortal, raising=False)
        monkeypatch.setattr(bitrix24, "opened", self._opened)
        monkeypatch.setattr(bitrix24, "_is_terminal", lambda: self.terminal)

    def run(self, *arguments: str, answers: str = "") -> Result:
        return CliRunner().invoke(bitrix24.app, arguments, input=answers)

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json").stdout)

    def _opened(self, config: Path, portal: str) -> Any:
        if portal not in ("main", "moscow"):
            raise UnknownPortal(("main", "moscow"))
        settings = SimpleNamespace(public_url="https://qc.example.kz/", host="127.0.0.1", port=0)
        return settings, self.tools, self.clock


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch)


# --- setup -------------------------------------------------------------------------------------------


def test_setup_shows_asks_makes_and_says_what_is_left(desk: Desk) -> None:
    desk.terminal = True
    result = desk.run("setup", "--portal", "moscow", answers="y\n")
    assert result.exit_code == 0
    assert "1. Создать поле сделки «Средняя оценка» (число), код UF_CRM_QC_AVERAGE" in result.stdout
    assert "Создать? [y/N]" in result.stdout
    assert "[1/1]" in result.stdout
    assert "✓ готово" in result.stdout
    assert "https://qc.example.kz/hooks/bitrix24-moscow" in result.stdout
    assert "«Выбрать поле» → Средняя оценка" in result.stdout
    assert len(desk.tools.client.made) == 1


@pytest.mark.parametrize(
    ("arguments", "terminal", "answers", "code", "told"),
    [
        (["setup"], True, "n\n", 1, "Ничего не создано"),
        (["setup"], True, "\n", 1, "Ничего не создано"),
        (["setup"], False, "", 2, "--yes"),
        (["setup", "--json"], True, "", 2, "--yes"),
        (["setup", "--dry-run"], False, "", 0, ""),
        (["setup", "--dry-run", "--yes"], False, "", 0, ""),
        (["setup", "--portal", "oslo", "--yes"], False, "", 2, "Есть: main, moscow"),
    ],
)
def test_nothing_is_made_unasked(
    desk: Desk, arguments: list[str], terminal: bool, answers: str, code: int, told: str
) -> None:
    desk.terminal = terminal
    result = desk.run(*arguments, answers=answers)
    assert (result.exit_code, desk.tools.client.made, desk.tools.memory.notes) == (code, [], {})
    assert told in result.stderr


def test_setup_for_machines(desk: Desk) -> None:
    before = desk.json("setup", "--dry-run")
    assert (before["ok"], before["made"], len(before["steps"])) == (True, [], 1)
    assert before["steps"][0]["commands"][0]["method"] == "crm.deal.userfield.add"
    assert before["steps"][0]["undo"]
    after = desk.json("setup", "--yes")
    assert after["made"] == ["Создать поле сделки «Средняя оценка» (число), код UF_CRM_QC_AVERAGE"]
    assert any("qc doctor" in one for one in after["by_hand"])


def test_all_is_there(desk: Desk) -> None:
    desk.tools.wishes = [WantedStage(COMPLAINTS.name, "Новая жалоба")]
    result = desk.run("setup")
    assert (result.exit_code, desk.tools.client.made) == (0, [])
    assert "Всё на месте" in result.stdout
    assert "✓ Стадия «Новая жалоба»" in result.stdout


def test_a_conflict_needs_a_person_and_the_rest_is_made(desk: Desk) -> None:
    desk.tools.wishes = [WantedField(DEAL, "Филиал", kind="integer"), SCORE]
    result = desk.run("setup", "--yes")
    assert result.exit_code == 1
    assert "✗ Поле сделки «Филиал» (UF_CRM_BRANCH) другого вида" in result.stdout
    assert "    → " in result.stdout
    assert len(desk.tools.client.made) == 1


def test_the_way_back_is_listed_and_nothing_is_read_for_it(desk: Desk) -> None:
    assert "ещё ничего не создавал" in desk.run("setup", "--undo-list").stdout
    desk.run("setup", "--yes")
    desk.tools.directory = TryLater("down")
    shown = desk.run("setup", "--undo-list")
    assert shown.exit_code == 0
    assert "2026-03-04 10:00 UTC  Создать поле сделки «Средняя оценка»" in shown.stdout
    assert 'crm.deal.userfield.delete {"id": 7001}' in shown.stdout
    assert desk.json("setup", "--undo-list")["made"][0]["id"] == "7001"


@pytest.mark.parametrize(
    ("trouble", "code", "told"),
    [
        (TryLater("HTTP 503"), 3, "Повторите позже"),
        (Broken("INVALID_CREDENTIALS"), 3, "qc doctor"),
        (Refused("Access denied"), 1, "администратор"),
        (OutcomeUnknown("ReadTimeout"), 1, "дважды не создастся"),
        (KeyboardInterrupt, 1, "Запустите ещё раз"),
    ],
)
def test_trouble_while_making_is_one_sentence(
    desk: Desk, trouble: Exception | type[BaseException], code: int, told: str
) -> None:
    desk.tools.client = FieldsOnly(trouble=trouble)
    result = desk.run("setup", "--yes")
    assert (result.exit_code, len(result.stderr.splitlines())) == (code, 1)
    assert told in result.stderr


# --- names -------------------------------------------------------------------------------------------


def test_names_say_what_to_write(desk: Desk) -> None:
    lines = {
        line.split("  ")[2]: line for line in desk.run("names").stdout.splitlines() if line.startswith("    ")
    }
    assert "FINAL_INVOICE" in lines["Закрыть заказ/наряд"]
    assert "раньше: Закрыть заказ" in lines["Закрыть заказ/наряд"]
    assert "C7:WON" in lines["Недовольные клиенты / Сделка успешна"]
    assert "имя неоднозначно" in lines["Заказы / Сделка успешна"]
    assert "Сделка успешна" not in lines
    assert "enumeration: Абая (41), Саина (42)" in lines["Филиал"]
    assert "оценка; string, несколько значений" in lines["UF_CRM_2"]
    assert "раньше: Ольга Ким" in lines["Ольга Кравцова"]
    assert "уволен" in lines["Иван Ли"]
    assert "руководитель Ольга Кравцова" in lines["Шинный центр на Абая"]
    assert "без руководителя" in lines["Склад"]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--kind", "departments"], ["Шинный центр на Абая", "Склад"]),
        (["--kind", "stages", "--find", "ЖАЛОБА"], ["Новая жалоба"]),
        (["--find", "абая"], ["Филиал", "Шинный центр на Абая"]),  # a value of a list too
        (["--find", "ольга ким"], ["Ольга Кравцова"]),
        (["--find", "C7:"], ["Новая жалоба", "Недовольные клиенты / Сделка успешна"]),
        (["--kind", "contact_fields"], []),
    ],
)
def test_names_that_are_looked_for(desk: Desk, arguments: list[str], found: list[str]) -> None:
    assert [one["write"] for one in desk.json("names", *arguments)["names"]] == found
    assert desk.run("names", *arguments).exit_code == (0 if found else 1)


def test_names_when_there_are_none(desk: Desk) -> None:
    assert "Похожие: Новая жалоба" in desk.run("names", "--find", "Новая жалоьа").stdout
    assert "Весь список" in desk.run("names", "--find", "zzz").stdout
    desk.tools.directory = Directory(NOW, unread=(Unread("users", "insufficient_scope"),))
    result = desk.run("names")
    assert result.exit_code == 1
    assert "проверьте права" in result.stdout
    assert "✗ Не прочитано: сотрудники (insufficient_scope)" in result.stdout


def test_names_of_a_portal_that_does_not_answer(desk: Desk) -> None:
    desk.tools.directory = TryLater("HTTP 503")
    result = desk.run("names")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "Повторите позже" in result.stderr


# --- connect -----------------------------------------------------------------------------------------


def test_a_webhook_needs_no_connecting(desk: Desk) -> None:
    result = desk.run("connect")
    assert result.exit_code == 0
    assert "ничего делать не нужно" in result.stdout


@pytest.mark.parametrize("before", [None, 1_000])
def test_connect_waits_until_new_tokens_are_there(desk: Desk, before: int | None) -> None:
    if before:
        desk.tools.memory.write("tokens", dump(Tokens("old", "old", since=before)))
    desk.tools.connects = Page(desk.tools.memory, opened_by=2_000)
    result = desk.run("connect")
    assert result.exit_code == 0
    assert "https://company.bitrix24.kz/oauth/authorize/?client_id=local.1&state=s" in result.stdout
    assert "https://qc.example.kz/connect/bitrix24\n" in result.stdout
    assert "Подключено: портал main" in result.stdout


def test_connect_gives_up_after_ten_minutes(desk: Desk) -> None:
    desk.tools.connects = Page(desk.tools.memory)
    desk.tools.memory.write("tokens", dump(Tokens("old", "old", since=1_000)))  # that is no new permission
    result = desk.run("connect")
    assert (result.exit_code, desk.clock.now() - NOW) == (1, timedelta(minutes=10))
    assert "Подключено" not in result.stdout
    assert "qc run" in result.stderr


def test_connect_ends_at_once_when_asked_to(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.tools.connects = Page(desk.tools.memory)

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(desk.clock, "sleep", interrupted)
    result = desk.run("connect")
    assert result.exit_code == 1
    assert "Больше не жду" in result.stderr


def test_connect_over_tokens_of_a_lost_key(desk: Desk) -> None:
    class Sealed(Notes):
        def read(self, name: str) -> str:
            if self.notes.get(name) == "sealed":
                raise Unsealable("the key has changed")
            return super().read(name)

    desk.tools.memory = Sealed()
    desk.tools.memory.write("tokens", "sealed")
    desk.tools.connects = Page(desk.tools.memory, opened_by=2_000)
    assert "Подключено" in desk.run("connect").stdout


# --- all ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["setup", "names", "connect"])
def test_every_command_helps_with_an_example(command: str) -> None:
    result = CliRunner().invoke(bitrix24.app, [command, "--help"])
    assert result.exit_code == 0
    assert "Example" in result.stdout


def test_it_is_a_group_of_commands() -> None:
    whole = typer.Typer()
    whole.add_typer(bitrix24.app, name="bitrix24")
    result = CliRunner().invoke(whole, ["bitrix24", "--help"])
    assert all(word in result.stdout for word in ("setup", "names", "connect"))
