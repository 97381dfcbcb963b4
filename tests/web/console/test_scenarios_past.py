"""A version on the past, in the console: begun on a thread, waited for, cancelled, read, and why it cannot be."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from qc_engine.clock import FixedClock
from qc_engine.core.events import AnswerReceived
from qc_engine.ports import Arrival
from qc_engine.store import pasts
from qc_engine.store.database import Database
from qc_engine.store.pasts import MOST
from qc_engine.store.tables import NoteRow
from qc_engine.telling.scenarios import bench
from qc_engine.telling.scenarios.bench import KEPT_FOR, MOST_KEPT, Bench
from qc_engine.telling.scenarios.pasts_kept import GIVEN_UP
from qc_engine.trying import reading
from qc_engine.trying.trial import TextLost
from qc_engine.web.console.policy import Role
from qc_engine.web.pages.scenarios.rooms import RUNNING
from qc_engine.wiring import Installation
from tests.browser import until
from tests.conftest import NOON
from tests.flow.fakes import BRANCH
from tests.web.console.house import csrf
from tests.web.console.shop import (
    BROKEN,
    PATH,
    STRICTER,
    THANKS,
    WHY,
    Shop,
    opened,
    portal_was_read,
    send,
)
from tests.web.console.test_scenarios import words


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    portal_was_read(monkeypatch)


@pytest.fixture
def shop(sqlite_database: Database, settings: Installation, tmp_path: Path) -> Iterator[Shop]:
    yield from rested(opened(sqlite_database, settings, tmp_path / "scenarios"))


@pytest.fixture
def each_shop(database: Database, settings: Installation, tmp_path: Path) -> Iterator[Shop]:
    """The same over either kind of database."""
    yield from rested(opened(database, settings, tmp_path / "scenarios"))


def rested(shop: Shop) -> Iterator[Shop]:
    """No trial outlives its database."""
    yield shop
    if run := bench_of(shop).under_way():
        run.stop.set()
        until(lambda: run.ended_at)


def bench_of(shop: Shop) -> Bench:
    return shop.house.console.workshop.bench  # type: ignore[attr-defined, no-any-return]


def phone(deal: int) -> str:
    return f"7701555{deal:04}"


def lived(shop: Shop, **answers: str) -> Shop:
    """A case for each answer; '' says nothing."""
    flow = shop.house.flow
    deals = {int(deal.removeprefix("d")): text for deal, text in answers.items()}
    for deal in deals:
        flow.close_order(deal, phone(deal))
    flow.later(hours=2)
    flow.clock.advance(timedelta(minutes=5))
    for deal, text in deals.items():
        if text:
            event = AnswerReceived(phone(deal), text, flow.clock.now(), 5000 + deal)
            flow.arrive(Arrival(f"inbox:{deal}", event), portal="")
    flow.settle()
    flow.later(hours=1)
    return shop


def begin(client: TestClient, **form: str) -> str:
    """Where the trial is that has begun."""
    token = csrf(client.get("/console/account").text)
    answer = client.post(f"{PATH}/past", data={"csrf": token, "days": "30", **form})
    assert answer.status_code == 303, words(answer.text)
    return answer.headers["location"]


def ended(shop: Shop, client: TestClient, path: str) -> str:
    until(lambda: bench_of(shop).under_way() is None)
    return client.get(path).text


# --- what comes of it -------------------------------------------------------------------------


def test_a_version_on_the_past(each_shop: Shop) -> None:
    lived(each_shop, d1="8", d2="9", d3="3", d4="")
    version = each_shop.kept(STRICTER)
    client = each_shop.house.signed_in(Role.INTEGRATOR)
    path = begin(client, version=version)
    page = ended(each_shop, client, path)
    said = words(page)
    assert "Дел: 4, клиентов: 4. Путь меняется в делах: 1; другой итог у клиентов: 1." in said
    assert re.search(r"задачи 1 2 \+1", said), said
    assert "Ничего не отправлено и не записано." in said
    assert ("+7 701 ••• 00 01" in said or "0001" in said, "77015550001" in page) == (True, False)
    assert "hx-trigger" not in page, "it is over, nobody asks any more"
    assert each_shop.audit() == [("Анна", "scenario.past", "scenario:main:small")]
    assert each_shop.log == [each_shop.log[0]], "nothing is written down, nothing has changed"
    (link,) = re.findall(rf'href="({path}/\w+)"', page)
    both = client.get(link).text
    old, new = both.split('id="past_now"')
    assert ("«доволен»" in old, "«доволен»" in new, "«недоволен»" in new) == (True, False, True)
    assert "Разобраться" in new


def test_what_the_file_holds_and_what_stands_in_the_editor(shop: Shop) -> None:
    lived(shop, d1="8")
    client = shop.house.signed_in()
    text = shop.text.replace(*STRICTER).replace("\n", "\r\n")
    page = ended(shop, client, begin(client, text=text))
    assert ("Путь меняется в делах: 1" in page, "черновик из редактора" in page) == (True, True)
    assert "/try?version" not in page.split('id="past"', 1)[1], "a draft has to be kept first"
    shop.edit(STRICTER)
    page = ended(shop, client, begin(client, version="file"))
    assert ("Путь меняется в делах: 1" in page, "/try?version=file" in page) == (True, True)


def test_of_one_branch(shop: Shop) -> None:
    lived(shop, d1="8")
    client, version = shop.house.signed_in(), shop.kept(STRICTER)
    page = ended(shop, client, begin(client, version=version, branch=BRANCH.name))
    assert ("Путь меняется в делах: 1" in page, f"Филиал: {BRANCH.name}" in words(page)) == (True, True)
    status, page = send(client, "/past", version=version, branch="Чужой", days="30")
    assert (status, "не началось ни одного дела" in page) == (409, True)


def test_a_trial_that_changes_nothing_says_so(shop: Shop) -> None:
    lived(shop, d1="9")
    client = shop.house.signed_in()
    page = ended(shop, client, begin(client, version=shop.row.version))
    assert "Путь меняется в делах: 0" in page
    assert 'id="people"' not in page


# --- while it goes on -------------------------------------------------------------------------


@contextmanager
def held(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The trial comes as far as its people and waits there."""
    gate, crowd_of = threading.Event(), reading.crowd_of

    def waiting(*asked: object) -> object:
        gate.wait(10)
        return crowd_of(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(bench, "crowd_of", waiting)
    try:
        yield gate
    finally:
        gate.set()
        until(lambda: bench_of(shop).under_way() is None)


def test_nothing_waits_for_it(each_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = lived(each_shop, d1="8")
    client, version = shop.house.signed_in(), shop.kept(STRICTER)
    with held(shop, monkeypatch) as gate:
        path = begin(client, version=version)
        page = client.get(path).text
        assert ("Собираются дела" in page, 'hx-trigger="every 1s"' in page) == (True, True)
        assert f'<noscript><p><a href="{path}">' in page
        part = client.get(path, headers={"HX-Request": "true"}).text
        assert ("<html" in part, part.lstrip().startswith('<div id="past"')) == (False, True)
        lived(shop, d2="9")  # the survey goes on, writing
        assert shop.house.flow.world.texts[-1] == "Спасибо!"
        gate.set()
        assert "Дел: 1, клиентов: 1" in ended(shop, client, path), "what came later is not of it"


def test_one_at_a_time(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    lived(shop, d1="8")
    version = shop.kept(STRICTER)
    with held(shop, monkeypatch):
        begin(shop.house.signed_in(), version=version)
        other = shop.house.signed_in(Role.ADMIN, "Борис")
        status, page = send(other, "/past", version=version, days="7")
        assert (status, "Одновременно идёт одна такая проба" in page) == (409, True)
        assert "Сценарий small, начал(а) Анна" in page
        assert 'value="7" checked' in page


def test_cancelled(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    lived(shop, d1="8", d2="9")
    client = shop.house.signed_in()
    with held(shop, monkeypatch) as gate:
        path = begin(client, version=shop.kept(STRICTER))
        for _ in range(2):  # one button, pressed twice
            status, _ = send(client, path.removeprefix(PATH))
            assert status == 200
        assert [one[1] for one in shop.audit()] == ["scenario.past", "scenario.past_stop"]
        gate.set()
        assert "прервана. Ничего не изменилось" in ended(shop, client, path)
    assert "Дел: 2" in ended(shop, client, begin(client, version=shop.row.version)), "the next one may begin"


@pytest.mark.parametrize(
    ("fault", "says"),
    [(TextLost("gone"), "больше не читается"), (ZeroDivisionError(), "из-за ошибки программы")],
)
def test_what_goes_wrong_on_the_way_is_said(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, fault: Exception, says: str
) -> None:
    def failing(*_: object) -> None:
        raise fault

    lived(shop, d1="8")
    client = shop.house.signed_in()
    monkeypatch.setattr(bench, "crowd_of", failing)
    assert says in ended(shop, client, begin(client, version=shop.row.version))


# --- what cannot be ---------------------------------------------------------------------------


def test_without_cases_it_says_when_there_were_some(shop: Shop) -> None:
    client = shop.house.signed_in()
    status, page = send(client, "/past", version="file", days="7")
    assert (status, "пробовать не на чем" in page, "Первое дело" in page) == (409, True, False)
    lived(shop, d1="8")
    shop.house.flow.clock.advance(timedelta(days=20))
    page = send(client, "/past", version="file", days="7")[1]
    assert "Первое дело этого сценария началось 03.03.2026" in page


def test_faults_are_told_with_their_places(shop: Shop) -> None:
    lived(shop, d1="8")
    client = shop.house.signed_in()
    status, page = send(client, "/past", text=shop.text.replace(*BROKEN), days="30")
    assert (status, "<code>small.yaml:13:32</code>" in page, str(shop.folder) in page) == (409, True, False)
    assert "average_at_leest" in page.split('name="text"', 1)[1], (
        "the draft is still there, to be tried again"
    )
    assert "Такой версии нет" in send(client, "/past", version="feed0000", days="30")[1]
    assert shop.audit() == []


def test_a_hostile_draft_is_only_text(shop: Shop) -> None:
    lived(shop, d1="8")
    client = shop.house.signed_in()
    hostile = '"><script>alert(1)</script>{{7*7}}'
    page = send(client, "/past", text=shop.text + hostile, days="30", branch=hostile)[1]
    assert ("<script>alert" in page, "{{7*7}}" in page) == (False, True)
    text = shop.text.replace(
        "say: Спасибо!", "say: <script>alert(1)</script> {{7*7}}".replace("{{7*7}}", "49")
    )
    lived(shop, d2="9")
    page = ended(shop, client, begin(client, text=text))
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_report_is_not_kept_for_ever(shop: Shop) -> None:
    lived(shop, d1="8")
    client, wall = shop.house.signed_in(), FixedClock(NOON)
    bench_of(shop).wall = wall
    first = begin(client, version=shop.row.version)
    assert "Дел: 1" in ended(shop, client, first)
    wall.advance(KEPT_FOR + timedelta(seconds=1))
    assert "сохранённый отчёт" in client.get(first).text, "figures alone are kept longer"
    paths = []
    for _ in range(MOST_KEPT + 2):
        wall.advance(timedelta(seconds=1))
        paths.append(begin(client, version=shop.row.version))
        ended(shop, client, paths[-1])
    whole = ["сохранённый отчёт" not in client.get(path).text for path in paths]
    assert whole == [False, False, *[True] * MOST_KEPT]
    with shop.house.database.transaction() as session:
        for number in range(MOST):
            pasts.keep(session, f"MORE{number}", {}, wall.now() + timedelta(hours=1))
    answer = client.get(first)
    assert (answer.status_code, "Этого отчёта больше нет" in answer.text) == (404, True)


def elsewhere(shop: Shop, client: TestClient) -> TestClient:
    """The same visitor at the console of another process."""
    console = shop.house.console
    shop.house.console = replace(console, workshop=replace(console.workshop, bench=Bench()))  # type: ignore[type-var]
    other = shop.house.guest()
    other.cookies = client.cookies
    return other


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_after_a_restart_the_figures_are_still_there(each_shop: Shop, language: str) -> None:
    lived(each_shop, d1="8", d2="9", d3="3", d4="")
    client = each_shop.house.signed_in(Role.INTEGRATOR)
    client.cookies.set("qc_language", language, domain="qc.example")
    path = begin(client, version=each_shop.kept(STRICTER))
    before = ended(each_shop, client, path)
    client = elsewhere(each_shop, client)
    answer = client.get(path)
    assert answer.status_code == 200

    def figures(page: str) -> str:
        return words(page.split('id="sums"', 1)[1].split('id="people"', 1)[0])

    assert figures(answer.text) == figures(before)
    case_id = each_shop.house.case(1).id
    assert f"/console/cases/{case_id}" in answer.text
    assert (f"{path}/{case_id}" in before, f"{path}/{case_id}" in answer.text) == (True, False)
    assert client.get(f"{path}/{case_id}").status_code == 404


def test_nothing_of_a_person_is_kept(shop: Shop) -> None:
    """Ids and figures: whoever is erased needs nothing erased here."""
    lived(shop, d1="8, Айгуль благодарит")
    client = shop.house.signed_in()
    ended(shop, client, begin(client, text=shop.text.replace(*STRICTER)))
    with shop.house.database.reading() as session:
        (row,) = session.exec(select(NoteRow).where(col(NoteRow.name).startswith("past:"))).all()
    kept = json.loads(row.value)
    (person,) = kept["reports"]["ru"]["people"]
    assert (person["case_id"], person["phone"], person["first"]) == (shop.house.case(1).id, "", "")
    for private in ("Айгуль", "благодарит", phone(1), "0001", "average_at_least"):
        assert private not in json.dumps(kept, ensure_ascii=False).replace(person["case_id"], "")
    assert len(row.value) < 20_000


def test_one_that_goes_on_elsewhere_is_waited_for(shop: Shop) -> None:
    lived(shop, d1="8")
    client = shop.house.signed_in()
    path = begin(client, version=shop.row.version)
    ended(shop, client, path)
    id_ = path.rpartition("/")[2]
    with shop.house.database.transaction() as session:
        told = pasts.get(session, id_)
        assert told is not None
        told["past"]["state"] = RUNNING
        pasts.keep(session, id_, told, NOON)
    client = elsewhere(shop, client)
    workshop: Any = shop.house.console.workshop
    workshop.bench.wall = wall = FixedClock(datetime.fromisoformat(told["kept_at"]))
    wall.advance(GIVEN_UP)
    page = client.get(path).text
    assert ("hx-trigger" in page, "Остановить" in page.split('id="past"', 1)[1]) == (True, False)
    wall.advance(timedelta(seconds=1))
    assert client.get(path).status_code == 404, "it went down with its process"


# --- who --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "branches", "begins", "reads", "people"),
    [
        (Role.OWNER, [], 303, 200, True),
        (Role.ADMIN, [], 303, 200, True),
        (Role.INTEGRATOR, [], 303, 200, True),
        (Role.INTEGRATOR, [BRANCH.name], 403, 404, False),
        (Role.OBSERVER, [], 403, 200, True),
        (Role.HEAD, [BRANCH.name], 403, 404, False),
        (Role.MANAGER, [BRANCH.name], 404, 404, False),
    ],
)
def test_who_may(shop: Shop, role: Role, branches: list[str], begins: int, reads: int, people: bool) -> None:
    lived(shop, d1="8")
    owner, version = shop.house.signed_in(name="Борис"), shop.kept(STRICTER)
    path = begin(owner, version=version)
    (link,) = re.findall(rf'href="({path}/\w+)"', ended(shop, owner, path))
    client = shop.house.signed_in(role, "Анна", *branches)
    assert client.get(f"{PATH}/past").status_code == (200 if begins == 303 else begins)
    page = client.get(path)
    assert (page.status_code, 'id="people"' in page.text) == (reads, people)
    assert client.get(link).status_code == reads
    token = csrf(client.get("/console/account").text)
    form = {"csrf": token, "version": version, "days": "7"}
    assert client.post(f"{PATH}/past", data=form).status_code == begins
    assert client.post(path, data={"csrf": token}).status_code == begins
    until(lambda: bench_of(shop).under_way() is None)


def test_only_our_own_forms_and_no_strange_names(shop: Shop) -> None:
    lived(shop, d1="8")
    client = shop.house.signed_in()
    path = begin(client, version=shop.row.version)
    ended(shop, client, path)
    for one in (f"{PATH}/past", path):
        assert client.post(one, data={"version": "file"}).status_code == 403
        assert shop.house.guest().post(one, data={}).headers["location"] == "/console/login"
    for strange in ("%00", "..%2f..", "x" * 40, "NOBODY22"):
        assert client.get(f"{PATH}/past/{strange}").status_code == 404
        assert client.get(f"{path}/{strange}").status_code == 404
    assert send(client, "/past/NOBODY22")[0] == 404
    assert client.get(path.replace("/main/small", "/main/other")).status_code == 404


# --- a version that is merely kept ------------------------------------------------------------


def test_a_draft_is_kept_and_in_force_nowhere(each_shop: Shop) -> None:
    shop, client = each_shop, each_shop.house.signed_in(Role.INTEGRATOR)
    before, text = shop.row.version, shop.text
    draft = text.replace(*THANKS).replace("\n", "\r\n")
    assert send(client, "/keep", text=draft)[0] == 409, "nobody gave a reason"
    status, page = send(client, "/keep", text=draft, reason=WHY)
    assert (status, "Версия сохранена" in page, "Большое спасибо!" in page) == (200, True, True)
    assert (shop.row.version, shop.text, shop.row.file_version) == (before, text, before)
    assert shop.log[-1] == ("kept", "Анна", WHY)
    assert shop.audit() == [("Анна", "scenario.keep", "scenario:main:small")]
    status, page = send(client, "/keep", text=draft, reason=WHY)
    assert (status, "уже есть среди сохранённых" in page) == (409, True)
    status, page = send(client, "/keep", text=text.replace(*STRICTER), reason=WHY)
    assert (status, "small.tests.yaml:6:" in page, "average_at_least: 9" in page) == (409, True, True)


def test_a_kept_text_is_opened_in_the_editor(shop: Shop) -> None:
    version = shop.kept(THANKS)
    client = shop.house.signed_in()
    page = client.get(f"{PATH}/edit?version={version}").text
    assert f"Здесь текст версии {version[:8]}" in page
    assert "say: Большое спасибо!" in page
    stamp = page.split('name="stamp" value="', 1)[1].split('"', 1)[0]
    text = shop.text.replace(*THANKS).replace("\n", "\r\n")
    assert send(client, "/edit", text=text, stamp=stamp, reason=WHY)[0] == 200
    assert (shop.row.version, "Большое спасибо!" in shop.text) == (version, True)
