"""How the engine stands, in the settings: queues, what the doctor says, what is connected; and no secret."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from qc_engine.clock import FixedClock, SystemClock
from qc_engine.explain.overview import as_text
from qc_engine.explain.voice import Voice
from qc_engine.flow.watching.status import status
from qc_engine.ports import Broken, Connector, Finding, Poll, Polled
from qc_engine.store import examinations, lanes, polls
from qc_engine.store.database import Database
from qc_engine.store.examinations import Examination
from qc_engine.telling.office.connected import _shown
from qc_engine.telling.office.office import InstallationOffice
from qc_engine.telling.teller import Teller
from qc_engine.web.console.policy import Role
from qc_engine.wiring import Installation, read_installation
from tests.browser import until
from tests.conftest import NOON
from tests.flow.fakes import BRANCH
from tests.web.console.house import House, csrf

SETTINGS = "/console/settings"
LANES, DOCTOR, CONNECTIONS = (f"{SETTINGS}/{one}" for one in ("lanes", "doctor", "connections"))
PARTS = [LANES, DOCTOR, CONNECTIONS]
CANARY = "canary7canary7canary7"
Doctor = Callable[[], Sequence[Finding]]


class Channel:
    """Carries nothing out, and needs half a second for each."""

    performs: frozenset[Any] = frozenset()
    batch_size = 1

    def takes(self, waiting: Any) -> timedelta:
        return timedelta(seconds=sum(waiting.values()) / 2)


def with_connectors(house: House, doctor: Doctor = tuple, settings: Installation | None = None) -> House:
    """A portal and a channel that never speak with anybody."""
    performs: Any = Channel()
    poll = Poll("history", timedelta(minutes=1), lambda cursor, now: Polled((), ""))
    connectors = [
        Connector("bitrix24", "main", performs=performs, polls=(poll,), doctor=doctor),
        Connector("chat2desk", performs=performs),
    ]
    teller = Teller(settings or house.settings, house.database, house.flow.libraries)
    office = InstallationOffice(teller, house.flow.clock, connectors, FixedClock(house.console.wall.now()))
    house.console = replace(house.console, office=office)
    return house


# --- who --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "branches", "code"),
    [
        (Role.OWNER, (), 200), (Role.ADMIN, (), 200), (Role.INTEGRATOR, (), 200),
        (Role.INTEGRATOR, (BRANCH.name,), 404), (Role.HEAD, (BRANCH.name,), 404), (Role.MANAGER, (BRANCH.name,), 404),
        (Role.OBSERVER, (), 404),
    ],
)  # fmt: skip
def test_who_sees_it(house: House, role: Role, branches: tuple[str, ...], code: int) -> None:
    client = with_connectors(house).signed_in(role, "Борис", *branches)
    assert [client.get(path).status_code for path in PARTS] == [code] * 3
    token = csrf(client.get("/console").text)
    assert client.post(DOCTOR, data={"csrf": token}).status_code == code
    assert (house.audit()[-1][1] == "doctor.asked") is (code == 200)


@pytest.mark.parametrize("path", PARTS)
def test_strangers_and_forged_forms(house: House, path: str) -> None:
    assert house.guest().get(path).headers["location"] == "/console/login"
    assert with_connectors(house).signed_in().post(path, data={"csrf": "x"}).status_code in (403, 405)


# --- queues -----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_the_page_says_what_the_command_says(each_lived: House, language: str) -> None:
    house = with_connectors(each_lived)
    client = house.signed_in()
    client.cookies.set("qc_language", language, domain="qc.example")
    page = client.get(LANES).text
    connectors = house.console.office.connectors  # type: ignore[attr-defined]
    document = status(house.database, house.flow.clock, False, connectors)
    told = as_text(document, Voice(language, house.settings.timezone))
    shown = page.replace("&#34;", '"').replace("&#39;", "'")
    for line in told.splitlines():
        words = line.strip()
        if document["alarms"] and words == told.splitlines()[0]:
            continue  # a heading
        assert words.partition(": ")[2] in shown or words in shown, words


def test_limits_and_what_stands_in_the_way(lived: House) -> None:
    page = with_connectors(lived).signed_in().get(LANES).text
    assert "Предел: 2 запросов в секунду, подряд до 50" in page
    assert "item-broken" in page
    assert "Связь «канал сообщений» не работает: HTTP 401" in page
    assert page.count("item-alarm") == 2


def test_a_calm_engine(house: House) -> None:
    page = with_connectors(house).signed_in().get(LANES).text
    assert page.count('<h2 id="lane-') == 2
    assert "item-broken" not in page


# --- the doctor -------------------------------------------------------------------------------


def fine() -> Sequence[Finding]:
    return [Finding(True, "Портал отвечает"), Finding(False, "Нет стадии <b>", "Создайте её")]


def test_asked_on_a_thread_of_its_own(each_house: House) -> None:
    gate, begun = threading.Event(), threading.Event()

    def slow() -> Sequence[Finding]:
        begun.set()
        gate.wait(10)
        return fine()

    client = with_connectors(each_house, slow).signed_in()
    page = client.get(DOCTOR).text
    assert "Здесь их ещё не спрашивали" in page
    assert "База данных на месте" in page, "our own parts at once"
    first = client.post(DOCTOR, data={"csrf": csrf(page)})
    assert (first.status_code, "Спрашиваем…" in first.text) == (200, True)
    assert 'hx-trigger="every 2s"' in first.text
    assert begun.wait(5)
    second = client.post(DOCTOR, data={"csrf": csrf(page)})
    assert (second.status_code, "Их уже спрашивают" in second.text) == (409, True)
    gate.set()
    until(lambda: "Спрашиваем…" not in client.get(DOCTOR).text)
    page = client.get(DOCTOR).text
    assert "Портал отвечает" in page
    assert "Нет стадии &lt;b&gt;" in page
    assert "Создайте её" in page
    assert "Последний раз спрашивали 03.03.2026" in page
    assert [one[1] for one in each_house.audit()].count("doctor.asked") == 1
    part = client.get(DOCTOR, headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<div id="doctor"')


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        (Broken("HTTP 401"), "bitrix24 не отвечает: HTTP 401"),
        (KeyError("x"), "Проверка прервалась: KeyError"),
    ],
)
def test_a_doctor_that_fails_still_ends(house: House, trouble: Exception, says: str) -> None:
    def fails() -> Sequence[Finding]:
        raise trouble

    client = with_connectors(house, fails).signed_in()
    client.post(DOCTOR, data={"csrf": csrf(client.get(DOCTOR).text)})
    until(lambda: says in client.get(DOCTOR).text)


def test_whoever_asked_and_died_does_not_stand_in_the_way(database: Database) -> None:
    with database.transaction() as session:
        assert examinations.begin(session, "Анна", NOON)
    later = NOON + examinations.GIVEN_UP
    for now, free in ((NOON + timedelta(minutes=9), False), (later, True), (later, False)):
        with database.transaction() as session:
            assert examinations.begin(session, "Борис", now) is free
    with database.transaction() as session:
        asked = examinations.asking(session, later)
        assert asked is not None
        assert asked.by == "Борис"
        examinations.end(session, Examination(later, "Борис", (examinations.Finding(True, "x"),)))
        assert examinations.asking(session, later) is None
        last = examinations.last(session)
        assert last is not None
        assert (last.ok, last.findings[0].what) == (True, "x")


# --- connections ------------------------------------------------------------------------------


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """The shipped config.yaml with secrets in the environment and in addresses."""
    text = (Path(__file__).resolve().parents[3] / "config.yaml").read_text("utf-8")
    (tmp_path / "config.yaml").write_text(text, "utf-8")
    for name, value in {
        "QC_BITRIX24__WEBHOOK_URL": f"https://shop.bitrix24.kz/rest/1/{CANARY}/",
        "QC_CHAT2DESK__TOKEN": CANARY,
        "QC_CHAT2DESK__WEBHOOK_SECRET": CANARY,
        "QC_BITRIX24__BURST": "70",
    }.items():
        monkeypatch.setenv(name, value)
    return read_installation(tmp_path / "config.yaml")


def test_what_is_set_and_where_but_never_a_secret(house: House, configured: Installation) -> None:
    client = with_connectors(house, settings=configured).signed_in()
    page = client.get(CONNECTIONS).text
    assert CANARY not in page
    rows = {
        row.split("<code>", 1)[1].split("</code>")[0]: row for row in page.split("<tr>") if "<code>" in row
    }
    lines = (configured.file or Path()).read_text("utf-8").splitlines()
    line = next(n for n, text in enumerate(lines, 1) if text.strip().startswith("branch_field"))
    for name, words in {
        "bitrix24.webhook_url": ("задан", "QC_BITRIX24__WEBHOOK_URL"),
        "bitrix24.application_token": ("не задан", "QC_BITRIX24__APPLICATION_TOKEN"),
        "bitrix24.branch_field": ("Филиал", f"config.yaml:{line}"),
        "bitrix24.burst": ("70", "QC_BITRIX24__BURST"),
        "chat2desk.token": ("задан", "QC_CHAT2DESK__TOKEN"),
        "chat2desk.channel_id": ("1", "config.yaml:"),
    }.items():
        assert all(word in rows[name] for word in words), name
    assert "bitrix24.poll_every" not in rows, "what nobody has written is as it was"
    assert "https://shop.bitrix24.kz<" in page
    branch = page.rsplit("<tbody>", 1)[1]
    assert "Шинный центр на Абая" in branch
    assert "для сделок без филиала" in branch
    assert (
        f"config.yaml:{next(n for n, text in enumerate(lines, 1) if 'name: Шинный центр на Абая' in text)}"
        in branch
    )
    assert 'href="https://yandex.kz/maps/org/1234567890/reviews/"' in branch


def test_how_each_connection_stands(each_lived: House) -> None:
    house, now = with_connectors(each_lived), each_lived.flow.clock.now()
    with house.database.transaction() as session:
        polls.succeeded(session, "bitrix24:history", now - timedelta(hours=1))
        polls.failed(session, "bitrix24:history", "HTTP 502", now)
        lanes.mark_broken(session, "crm", "HTTP 403 <x>", now)
    page = house.signed_in().get(CONNECTIONS).text
    portal, channel = page.split('id="portal1"', 1)[1].split('id="channel1"', 1)
    assert "HTTP 403 &lt;x&gt;" in portal
    assert "не отвечает с" in portal
    assert "HTTP 502" in portal
    assert "Последнее известие" in portal
    assert "HTTP 401" in channel
    assert "blocked" in channel or "Последний отказ" in channel
    assert "77015550" not in page, "no number stands here"


def test_without_a_file_nothing_is_said_of_places(house: House) -> None:
    settings = house.settings.model_copy()
    settings._file = None
    page = with_connectors(house, settings=settings).signed_in().get(CONNECTIONS).text
    assert "config.yaml:" not in page


def test_the_wall_is_the_machines_own(house: House) -> None:
    office = InstallationOffice(Teller(house.settings, house.database, {}), house.flow.clock, [])
    assert isinstance(office.wall, SystemClock)
    assert office.health().own.ok


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (f"https://api.example:8443/{CANARY}?key={CANARY}", "https://api.example"),
        ({"login": CANARY}, "(1)"), ((CANARY,), "(1)"), ([], "(0)"), (timedelta(minutes=2), "120 s"), (True, "True"),
        (None, "None"), ("Филиал", "Филиал"),
    ],
)  # fmt: skip
def test_nothing_that_may_be_a_key_is_shown(value: object, shown: str) -> None:
    assert _shown(value) == shown
