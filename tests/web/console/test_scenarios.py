"""The page of scenarios: what it shows to whom, what its buttons do, and when they refuse."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from qc_engine.store import alarms
from qc_engine.store.database import Database
from qc_engine.store.tables import EffectRow
from qc_engine.web.console.policy import Role
from qc_engine.wiring import Installation
from tests.conftest import NOON
from tests.flow.fakes import BRANCH, PHONE
from tests.web.console.house import csrf
from tests.web.console.shop import (
    BROKEN,
    PATH,
    RAMP,
    SHADOW,
    STRICTER,
    THANKS,
    WHY,
    Shop,
    opened,
    send,
)

TODAY = "03.03.2026 12:00"


@pytest.fixture
def shop(sqlite_database: Database, settings: Installation, tmp_path: Path) -> Shop:
    return opened(sqlite_database, settings, tmp_path / "scenarios")


@pytest.fixture
def each_shop(database: Database, settings: Installation, tmp_path: Path) -> Shop:
    """The same over either kind of database."""
    return opened(database, settings, tmp_path / "scenarios")


def offered(page: str) -> set[str]:
    """What can be done on this page."""
    links = re.findall(rf'href="{PATH}/(edit|activate)', page)
    return {*re.findall(r'name="do" value="(\w+)"', page), *links}


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


# --- what is shown ----------------------------------------------------------------------------


def test_the_list(each_shop: Shop) -> None:
    each_shop.house.flow.close_order(1, PHONE)
    waiting = each_shop.edit(THANKS)
    page = words(each_shop.house.signed_in().get("/console/scenarios").text)
    assert "Малый опрос small работает" in page
    assert f"Действует версия {each_shop.row.version[:8]} с {TODAY}, из файла" in page
    assert f"В файле другая версия, {waiting[:8]}" in page
    assert "Дела: ещё не начато, ждёт своего времени 1" in page


def test_nothing_there_yet(shop: Shop) -> None:
    with shop.house.database.transaction() as session:
        session.delete(session.merge(shop.row))
    page = shop.house.signed_in().get("/console/scenarios").text
    assert "Сценариев пока нет" in page


@pytest.mark.parametrize("path", ["", "/main/small"])
def test_a_broken_folder_is_told_with_its_place(shop: Shop, path: str) -> None:
    told = {"file": str(shop.file), "line": 15, "column": 9, "text": "unknown word <b>", "count": 2}
    with shop.house.database.transaction() as session:
        alarms.raise_alarm(session, "scenarios:main", "alarm.scenarios", {"portal": "main", **told}, NOON)
    page = shop.house.signed_in().get(f"/console/scenarios{path}").text
    assert "<code>small.yaml:15:9</code> unknown word &lt;b&gt;" in page
    assert "ошибок: 2" in page
    assert str(shop.folder) not in page


def test_one_scenario_with_its_versions_and_its_log(each_shop: Shop) -> None:
    first = each_shop.row.version
    second = each_shop.edit(THANKS, by_hand=False)
    page = each_shop.house.signed_in().get(PATH).text
    assert page.index(f'{second}">{second[:8]}') < page.index(f'{first}">{first[:8]}')
    assert f"введена в действие {first[:8]} → {second[:8]}" in words(page)
    assert "из файла" in page


def test_a_text_has_numbers_and_can_hold_anything(shop: Shop) -> None:
    version = shop.edit(("Спасибо!", "</ol><script>alert(1)</script>"), by_hand=False)
    client = shop.house.signed_in()
    page = client.get(f"{PATH}/text?version={version}").text
    assert '<li id="L1">scenario: small</li>' in page
    assert "&lt;/ol&gt;&lt;script&gt;" in page
    assert "<script>alert" not in page + client.get(f"{PATH}/compare?before={version}").text
    assert client.get(f"{PATH}/text?version=0123abcd").status_code == 404
    assert client.get(f"{PATH}/text?version=../../etc/passwd").status_code == 404


def test_two_versions_in_words_and_by_lines(shop: Shop) -> None:
    first = shop.row.version
    shop.edit(THANKS)
    client = shop.house.signed_in()
    page = client.get(f"{PATH}/compare").text
    assert "steps / ask / rules / «доволен» / do / say" in page
    assert "<del>Спасибо!</del> → <ins>Большое спасибо!</ins>" in page
    assert page.count('<li class="taken">') == page.count('<li class="added">') == 1
    assert "Тексты одинаковы" in client.get(f"{PATH}/compare?before={first}&after={first}").text
    shop.file.write_text("scenario: [", "utf-8")
    assert "Сравнить нельзя" in client.get(f"{PATH}/compare").text


@pytest.mark.parametrize(("mode", "told"), [(RAMP, "10% новых дел"), (SHADOW, "сравнено дел: 0")])
def test_a_candidate_with_its_figures_and_its_end(each_shop: Shop, mode: str, told: str) -> None:
    version = each_shop.edit(THANKS)
    each_shop.tried(version, mode)
    client = each_shop.house.signed_in()
    assert [told in words(client.get(path).text) for path in ("/console/scenarios", PATH)] == [True, True]
    status, page = send(client, "", do="stop", reason=WHY)
    assert (status, "Проба остановлена" in page, each_shop.row.candidate) == (200, True, "")
    assert each_shop.log[-1] == (f"{mode}_stopped", "Анна", WHY)
    assert send(client, "", do="stop", reason=WHY)[0] == 409


# --- who --------------------------------------------------------------------------------------

ALL_ACTS = {"pause", "freeze", "edit"}


@pytest.mark.parametrize(
    ("role", "branches", "sees", "can"),
    [
        (Role.OWNER, [], True, ALL_ACTS),
        (Role.ADMIN, [], True, ALL_ACTS),
        (Role.INTEGRATOR, [], True, ALL_ACTS),
        (Role.INTEGRATOR, [BRANCH.name], True, set()),
        (Role.OBSERVER, [], True, set()),
        (Role.HEAD, [BRANCH.name], True, set()),
        (Role.MANAGER, [BRANCH.name], False, set()),
    ],
)
def test_who_sees_it_and_who_can_change_it(
    shop: Shop, role: Role, branches: list[str], sees: bool, can: set[str]
) -> None:
    shop.house.flow.close_order(1, PHONE)
    client = shop.house.signed_in(role, "Анна", *branches)
    page = client.get(PATH)
    assert (page.status_code == 200) is sees
    assert ('href="/console/scenarios"' in client.get("/console").text) is sees
    assert (f"{PATH}/did" in page.text, "state=waiting" in page.text) == (sees and not branches,) * 2
    assert offered(page.text) == can
    refused = 404 if not sees else 403
    posts = [
        ("", {"do": "freeze"}),
        ("/activate", {"version": "a"}),
        ("/edit", {"text": "x"}),
        ("/check", {}),
    ]
    if not can:
        assert [send(client, path, reason=WHY, **form)[0] for path, form in posts] == [refused] * 4
        assert [client.get(f"{PATH}/{path}").status_code for path in ("edit", "activate")] == [refused] * 2
    assert (shop.row.state, shop.text.startswith("scenario: small")) == ("active", True)
    assert send(client, "/tests", version="file")[0] == (200 if sees else 404), "to play changes nothing"
    if branches:
        assert client.get(f"{PATH}/did").status_code == 404, "it speaks of all branches"


@pytest.mark.parametrize(
    "path", ["/main/nobody", "/astana/small", "/main/%00", "/main/..%2f..%2fetc", "/" + "x" * 300 + "/small"]
)
def test_what_is_not_there(shop: Shop, path: str) -> None:
    client = shop.house.signed_in()
    below = ("", "/text", "/compare", "/did", "/edit", "/activate")
    assert {client.get(f"/console/scenarios{path}{one}").status_code for one in below} == {404}


@pytest.mark.parametrize("path", ["", "/activate", "/edit", "/check", "/tests"])
def test_only_our_own_forms(shop: Shop, path: str) -> None:
    client = shop.house.signed_in()
    form = {"do": "freeze", "reason": WHY, "version": "file", "text": "x"}
    assert client.post(f"{PATH}{path}", data=form).status_code == 403
    token = {"csrf": csrf(client.get(PATH).text)}
    foreign = {"sec-fetch-site": "cross-site"}
    assert client.post(f"{PATH}{path}", data={**form, **token}, headers=foreign).status_code == 403
    assert shop.house.guest().post(f"{PATH}{path}", data=form).headers["location"] == "/console/login"
    assert shop.row.state == "active"


# --- pause, freeze ----------------------------------------------------------------------------


def test_pause_and_resume(each_shop: Shop) -> None:
    client = each_shop.house.signed_in(Role.INTEGRATOR)
    for do, state, what in (("pause", "paused", "paused"), ("resume", "active", "resumed")):
        assert send(client, "", do=do)[0] == 422, "nobody gave a reason"
        assert send(client, "", do=do, reason=f" {WHY}\n")[0] == 200
        assert (each_shop.row.state, each_shop.log[-1]) == (state, (what, "Анна", WHY))
        assert each_shop.audit()[-1] == ("Анна", f"scenario.{do}", "scenario:main:small")
        assert send(client, "", do=do, reason=WHY)[0] == 409, "it is so already"
    assert len(each_shop.audit()) == 2
    assert send(client, "", do="erase", reason=WHY)[0] == 400


def test_freeze_lists_what_was_done_and_thaw_what_was_held(each_shop: Shop) -> None:
    flow = each_shop.house.flow
    flow.close_order(1, PHONE)
    flow.later(hours=2)
    client = each_shop.house.signed_in()
    status, page = send(client, "", do="freeze", reason=WHY)
    assert (status, each_shop.row.state) == (200, "frozen")
    assert "Сделки передвинуты: 1, Сообщения: 1" in words(page)
    assert "Оцените от 1 до 10" in page
    assert offered(page) == {"thaw"}
    assert send(client, "", do="freeze", reason=WHY)[0] == 409
    flow.later(days=3)
    assert "Сработавшие таймеры 1" in words(client.get(f"{PATH}/did?hours=2").text)
    assert "ничего не сделал" in client.get(f"{PATH}/did?hours=2").text
    assert "Оцените от 1 до 10" in client.get(f"{PATH}/did?hours=168").text
    status, page = send(client, "", do="thaw", reason=WHY)
    assert (status, "пущен дальше" in page, each_shop.row.state) == (200, True, "active")
    assert [action for _, action, _ in each_shop.audit()] == ["scenario.freeze", "scenario.thaw"]


# --- tests ------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [True, False])
def test_the_tests_are_played(shop: Shop, part: bool) -> None:
    client = shop.house.signed_in()
    form = {"csrf": csrf(client.get(PATH).text), "version": "file"}
    headers = {"HX-Request": "true"} if part else {}
    page = client.post(f"{PATH}/tests", data=form, headers=headers).text
    assert ("<html" in page) is not part
    assert "Тестов прошло: 2, не прошло: 0" in page
    shop.edit(STRICTER)
    page = client.post(f"{PATH}/tests", data=form, headers=headers).text
    assert "Тестов прошло: 1, не прошло: 1" in page
    assert "<code>small.tests.yaml:6:" in page
    assert "Оцените от 1 до 10" in page


def test_faults_and_absent_tests_are_told(shop: Shop) -> None:
    client = shop.house.signed_in()
    version = shop.row.version
    assert "Тестов в тексте этой версии нет" in send(client, "/tests", version=version)[1], (
        "those beside are the file's"
    )
    shop.file.write_text(shop.text.replace(*BROKEN), "utf-8")
    page = send(client, "/tests", version="file")[1]
    assert "Тесты не проигрывались" in page
    assert re.search(r"<code>small.yaml:13:\d+</code> unknown condition &#39;average_at_leest&#39;", page)
    assert "прочитать нельзя" in send(client, "/tests", version="feed0000")[1]


# --- activating -------------------------------------------------------------------------------


def test_what_waits_is_put_in_force(each_shop: Shop) -> None:
    before, waiting = each_shop.row.version, each_shop.edit(THANKS)
    client = each_shop.house.signed_in(Role.ADMIN)
    assert "activate" in offered(client.get(PATH).text)
    page = client.get(f"{PATH}/activate?version=file").text
    assert "Тестов прошло: 2, не прошло: 0" in page
    assert "<ins>Большое спасибо!</ins>" in page
    assert f'name="version" value="{waiting}"' in page
    form = {"version": waiting, "of": "file"}
    assert (send(client, "/activate", **form)[0], each_shop.row.version) == (422, before)
    assert send(client, "/activate", reason=WHY, **form)[0] == 200
    assert (each_shop.row.version, each_shop.log[-1]) == (waiting, ("activated", "Анна", WHY))
    assert each_shop.audit() == [("Анна", "scenario.activate", "scenario:main:small")]


def test_back_to_an_older_version(shop: Shop) -> None:
    first = shop.row.version
    shop.edit(THANKS, by_hand=False)
    client = shop.house.signed_in()
    assert f"{PATH}/activate?version={first}" in client.get(PATH).text
    assert "<ins>Спасибо!</ins>" in client.get(f"{PATH}/activate?version={first}").text
    assert send(client, "/activate", version=first, of="kept", reason=WHY)[0] == 200
    assert shop.row.version == first
    assert "менять нечего" in client.get(f"{PATH}/activate?version={first}").text


def broken(shop: Shop) -> None:
    shop.file.write_text(shop.text.replace(*BROKEN), "utf-8")


def stricter(shop: Shop) -> None:
    shop.edit(STRICTER)


def rewritten(shop: Shop) -> None:
    shop.edit(("Разобраться", "Позвонить"))


@pytest.mark.parametrize(
    ("meanwhile", "says"),
    [
        (broken, "average_at_leest"),
        (stricter, "small.tests.yaml:6:"),
        (rewritten, "Текст с тех пор изменился"),
    ],
)
def test_nothing_is_put_in_force_that_does_not_hold(
    shop: Shop, meanwhile: Callable[[Shop], None], says: str
) -> None:
    before, waiting = shop.row.version, shop.edit(THANKS)
    client = shop.house.signed_in()
    meanwhile(shop)
    status, page = send(client, "/activate", version=waiting, of="file", reason=WHY)
    assert (status, says in page, shop.row.version) == (409, True, before)
    looked = client.get(f"{PATH}/activate?version=file").text
    assert ('name="version"' in looked) is (meanwhile is rewritten), "no button for what does not hold"
    assert shop.audit() == []


def test_a_failing_test_is_shown_with_its_story(shop: Shop) -> None:
    shop.edit(STRICTER)
    page = shop.house.signed_in().get(f"{PATH}/activate?version=file").text
    assert "Ничего не изменено" in page
    assert "восемь, это доволен" in page
    assert "Оцените от 1 до 10" in page


def test_what_it_did_lets_nobody_answer_for_others(shop: Shop) -> None:
    flow = shop.house.flow
    flow.close_order(1, PHONE)
    flow.later(hours=2)
    with shop.house.database.transaction() as session:
        row = session.exec(select(EffectRow).where(EffectRow.kind == "SendMessage")).one()
        row.payload = {
            **row.payload,
            "text": "Решите: https://qc.example/p/0123456789abcdefABCDEF/refund?answer=yes",
        }
    page = shop.house.signed_in().get(f"{PATH}/did?hours=24").text
    assert "Решите: https://qc.example/p/…" in page
    assert "0123456789abcdef" not in page
