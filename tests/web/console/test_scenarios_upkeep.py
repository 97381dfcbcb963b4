"""Running cases moved to another version, and deeds taken back: what is shown first, and what then happens."""

from collections.abc import Callable
from pathlib import Path

import pytest

from qc_engine.core.effects import CloseTask, MoveDeal
from qc_engine.core.events import AnswerReceived
from qc_engine.ports import Arrival
from qc_engine.store.database import Database
from qc_engine.telling.scenarios import upkeep_room
from qc_engine.web.console.policy import Role
from qc_engine.wiring import Installation
from tests.flow.fakes import BRANCH
from tests.web.console.house import csrf
from tests.web.console.shop import PATH, THANKS, WHY, Shop, opened, portal_was_read, send
from tests.web.console.test_scenarios import words

ANOTHER_STEP = ("  ask:\n", "  question:\n")


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    portal_was_read(monkeypatch)


@pytest.fixture
def shop(sqlite_database: Database, settings: Installation, tmp_path: Path) -> Shop:
    return opened(sqlite_database, settings, tmp_path / "scenarios")


@pytest.fixture
def each_shop(database: Database, settings: Installation, tmp_path: Path) -> Shop:
    """The same over either kind of database."""
    return opened(database, settings, tmp_path / "scenarios")


def phone(deal: int) -> str:
    return f"7701555{deal:04}"


def asked(shop: Shop, *deals: int) -> Shop:
    for deal in deals:
        shop.house.flow.close_order(deal, phone(deal))
    shop.house.flow.later(hours=2)
    return shop


def says(shop: Shop, deal: int, text: str) -> None:
    flow = shop.house.flow
    flow.arrive(
        Arrival(f"inbox:{deal}", AnswerReceived(phone(deal), text, flow.clock.now(), 5000 + deal)), portal=""
    )
    flow.settle()


# --- to another version -----------------------------------------------------------------------


def test_running_cases_are_moved(each_shop: Shop) -> None:
    shop = asked(each_shop, 1, 2)
    says(shop, 2, "9")  # is over
    version = shop.edit(THANKS, by_hand=False)
    shop.follow()
    client = shop.house.signed_in(Role.INTEGRATOR)
    page = client.get(PATH).text
    assert (f'href="{PATH}/migrate"' in page, "по другим версиям идёт дел: 1" in page) == (True, True)
    said = words(client.get(f"{PATH}/migrate").text)
    assert "Можно перевести, дел: 1 Вопросы клиенту: 1" in said
    assert send(client, "/migrate", version=version)[0] == 422
    assert shop.house.case(1).version != version, "nobody gave a reason"
    status, page = send(client, "/migrate", version=version, reason=WHY)
    assert (status, "Переведено дел: 1" in page, "Переводить некого" in page) == (200, True, True)
    assert (shop.house.case(1).version, shop.house.case(2).version == version) == (version, False)
    assert shop.log[-1] == ("migrated", "Анна", WHY)
    assert shop.audit() == [("Анна", "scenario.migrate", "scenario:main:small")]
    status, page = send(client, "/migrate", version=version, reason=WHY)
    assert (status, "кто-то уже сделал иначе" in page) == (409, True), "the second person is told"
    says(shop, 1, "9")
    assert shop.house.flow.world.texts[-1] == "Большое спасибо!"


def test_what_cannot_be_moved_stays_with_its_reason(shop: Shop) -> None:
    asked(shop, 1)
    version = shop.kept(ANOTHER_STEP)
    client = shop.house.signed_in()
    page = client.get(f"{PATH}/migrate?version={version}").text
    assert "Останутся на своей версии, дел: 1" in page
    assert "в новой версии нет шага ask" in page
    assert 'name="reason"' not in page
    assert send(client, "/migrate", version=version, reason=WHY)[0] == 409
    assert shop.house.case(1).version == shop.row.version


def test_so_many_at_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """While they are written, nobody else writes."""
    monkeypatch.setattr(upkeep_room, "AT_ONCE", 2)
    asked(shop, 1, 2, 3)
    version, client = shop.kept(THANKS), shop.house.signed_in()
    page = client.get(f"{PATH}/migrate?version={version}").text
    assert ("За один раз переводится не больше 2" in page, "Перевести дел: 2" in page) == (True, True)
    assert "Переведено дел: 2" in send(client, "/migrate", version=version, reason=WHY)[1]
    assert "Переведено дел: 1" in send(client, "/migrate", version=version, reason=WHY)[1]


@pytest.mark.parametrize("version", ["feed0000", "../../etc", "x" * 100])
def test_a_version_that_there_is_not(shop: Shop, version: str) -> None:
    client = shop.house.signed_in()
    assert client.get(f"{PATH}/migrate", params={"version": version}).status_code == 404
    assert send(client, "/migrate", version=version, reason=WHY)[0] in (404, 409)


# --- back -------------------------------------------------------------------------------------


def seen(page: str) -> str:
    return page.split('name="seen" value="', 1)[1].split('"', 1)[0]


def frozen(shop: Shop) -> Shop:
    asked(shop, 1)
    says(shop, 1, "3")
    assert send(shop.house.signed_in(name="Вера"), "", do="freeze", reason=WHY)[0] == 200
    return shop


def test_the_exact_list_first_then_back_it_goes(each_shop: Shop) -> None:
    shop = frozen(each_shop)
    client, world = shop.house.signed_in(), shop.house.flow.world
    assert f'href="{PATH}/undo?hours=24"' in client.get(f"{PATH}/did").text
    page = client.get(f"{PATH}/undo").text
    said = words(page)
    assert (
        "Вернутся на прежнюю стадию сделки: 1. Закроются задачи, к которым никто не притронулся: 1." in said
    )
    assert "Перенос сделки 1 в «Закрыть заказ/наряд»" in said
    assert "Закрытие задачи" in said
    assert "отправленные сообщения вернуть нельзя: 1" in said
    before = len(world.ledger)
    assert send(client, "/undo", hours="24", seen=seen(page))[0] == 422
    status, answer = send(client, "/undo", hours="24", seen=seen(page), reason=WHY)
    assert (status, "В CRM уходит действий: 2" in answer, "Возвращать нечего" in answer) == (200, True, True)
    shop.house.flow.settle()
    kinds = [type(job.effect) for job in world.ledger[before:]]
    assert sorted(kind.__name__ for kind in kinds) == [CloseTask.__name__, MoveDeal.__name__]
    assert shop.log[-1] == ("undone", "Анна", WHY)
    assert shop.audit()[-1] == ("Анна", "scenario.undo", "scenario:main:small")
    status, answer = send(client, "/undo", hours="24", seen=seen(page), reason=WHY)
    assert (status, "список тем временем изменился" in answer) == (409, True)
    assert len(world.ledger) == before + 2


def thawed(shop: Shop) -> None:
    assert send(shop.house.signed_in(name="Глеб"), "", do="thaw", reason=WHY)[0] == 200


def more(shop: Shop) -> None:
    """Somebody moved the deal meanwhile: that is not ours to take back any more."""
    other = shop.house.signed_in(name="Глеб")
    page = other.get(f"{PATH}/undo").text
    assert send(other, "/undo", hours="24", seen=seen(page), reason=WHY)[0] == 200


@pytest.mark.parametrize("meanwhile", [thawed, more])
def test_nothing_goes_back_that_nobody_has_seen_so(shop: Shop, meanwhile: Callable[[Shop], None]) -> None:
    frozen(shop)
    client = shop.house.signed_in()
    stamp = seen(client.get(f"{PATH}/undo").text)
    meanwhile(shop)
    shop.house.flow.settle()
    done = len(shop.house.flow.world.ledger)
    assert send(client, "/undo", hours="24", seen=stamp, reason=WHY)[0] == 409
    shop.house.flow.settle()
    assert len(shop.house.flow.world.ledger) == done
    assert ("Анна", "scenario.undo", "scenario:main:small") not in shop.audit()


def test_only_of_a_scenario_that_stands_still(shop: Shop) -> None:
    asked(shop, 1)
    page = shop.house.signed_in().get(f"{PATH}/undo").text
    assert ("Сначала остановите сценарий" in page, 'name="seen"' in page) == (True, False)


# --- who --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "branches", "gets", "acts"),
    [
        (Role.OWNER, [], 200, 422),
        (Role.ADMIN, [], 200, 422),
        (Role.INTEGRATOR, [], 200, 422),
        (Role.INTEGRATOR, [BRANCH.name], 403, 403),
        (Role.OBSERVER, [], 403, 403),
        (Role.HEAD, [BRANCH.name], 403, 403),
        (Role.MANAGER, [BRANCH.name], 404, 404),
    ],
)
def test_who_may(shop: Shop, role: Role, branches: list[str], gets: int, acts: int) -> None:
    asked(shop, 1)
    version = shop.kept(THANKS)
    client = shop.house.signed_in(role, "Анна", *branches)
    assert [client.get(f"{PATH}/{one}").status_code for one in ("migrate", "undo")] == [gets] * 2
    assert send(client, "/migrate", version=version)[0] == acts
    assert send(client, "/undo", hours="24", seen="x")[0] == acts
    assert send(client, "/keep", text="x")[0] == (409 if acts == 422 else acts)
    assert (shop.house.case(1).version, shop.audit()) == (shop.row.version, [])


@pytest.mark.parametrize("path", ["/migrate", "/undo", "/keep"])
def test_only_our_own_forms(shop: Shop, path: str) -> None:
    client = shop.house.signed_in()
    form = {"version": shop.row.version, "reason": WHY, "hours": "24", "seen": "x", "text": "x"}
    assert client.post(f"{PATH}{path}", data=form).status_code == 403
    token = {"csrf": csrf(client.get(PATH).text)}
    foreign = {"sec-fetch-site": "cross-site"}
    assert client.post(f"{PATH}{path}", data={**form, **token}, headers=foreign).status_code == 403
    assert shop.house.guest().post(f"{PATH}{path}", data=form).headers["location"] == "/console/login"


@pytest.mark.parametrize("path", ["/main/nobody", "/astana/small", "/main/%00"])
def test_what_is_not_there(shop: Shop, path: str) -> None:
    client = shop.house.signed_in()
    below = ("/try", "/promote", "/beside", "/past", "/past/ABCD2345", "/migrate", "/undo")
    assert {client.get(f"/console/scenarios{path}{one}").status_code for one in below} == {404}
