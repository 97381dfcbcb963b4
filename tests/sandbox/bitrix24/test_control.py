"""The control API: what people in the CRM do, the knobs, and the state that the page shows."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sandbox.app import Sandbox, make_app
from sandbox.bitrix24.events import Hook

ORDER = {"client": "Иван", "phone": "+7 701 123-45-67", "branch": "Шинный центр на Абая"}


@pytest.fixture
def app() -> Sandbox:
    return make_app()


@pytest.fixture
def ask(app: Sandbox) -> Callable[..., httpx.Response]:
    """ask("POST", "/sandbox/deals", {...}) without a network."""

    def do(method: str, path: str, body: Any = None) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
                return await client.request(method, path, json=body)

        return asyncio.run(once())

    return do


Ask = Callable[..., httpx.Response]


def state(ask: Ask) -> Any:
    return ask("GET", "/sandbox/state").json()


def open_order(ask: Ask, **more: Any) -> int:
    made = ask("POST", "/sandbox/deals", {"deals": [{**ORDER, **more}]})
    return int(made.json()["deals"][0]["deal_id"])


def test_an_order_appears_with_its_client(ask: Ask) -> None:
    number = open_order(ask)
    seen = state(ask)
    deal = seen["deals"][0]
    assert (deal["id"], deal["stage"], deal["pipeline"]) == (number, "NEW", 0)
    assert (deal["client"], deal["phone"], deal["branch"]) == ("Иван", "+7 701 123-45-67", ORDER["branch"])
    assert (deal["assigned_to"], deal["fields"]["UF_CRM_BRANCH"]) == (201, ORDER["branch"])
    assert seen["contacts"][0]["id"] == deal["contact_id"]
    assert [pipeline["id"] for pipeline in seen["pipelines"]] == [0, 7]
    assert seen["users"][0]["id"] == 1


def test_the_state_is_sent_only_when_it_changed(ask: Ask) -> None:
    open_order(ask)
    open_order(ask)
    version = state(ask)["version"]
    assert ask("GET", f"/sandbox/state?since={version}").status_code == 204
    assert len(ask("GET", f"/sandbox/state?since={version - 1}&limit=1").json()["deals"]) == 1
    open_order(ask)
    assert state(ask)["version"] > version


def test_people_drag_deals_even_to_another_pipeline(ask: Ask, app: Sandbox) -> None:
    number, other = open_order(ask), open_order(ask, stage="FINAL_INVOICE", title="Колёса")
    assert ask("POST", f"/sandbox/deals/{number}/stage", {"stage": "C7:NEW", "by": 101}).json() == {
        "moved": 1
    }
    moves = [{"deal_id": number, "stage": "C7:WON"}, {"deal_id": other, "stage": "FINAL_INVOICE"}]
    assert ask("POST", "/sandbox/deals/stage", {"moves": moves}).json() == {"moved": 1}
    assert app.portal.deals.shelf.rows[number]["stageId"] == "C7:WON"
    assert [row["TYPE_ID"] for row in app.portal.history if row["OWNER_ID"] == number] == [1, 5, 3]
    assert ask("DELETE", f"/sandbox/deals/{number}").status_code == 200
    assert [deal["title"] for deal in state(ask)["deals"]] == ["Колёса"]


def test_a_person_completes_a_task(ask: Ask, app: Sandbox) -> None:
    portal = f"/rest/1/{app.portal.secret}"
    fields = {"TITLE": "Отзыв?", "RESPONSIBLE_ID": 201, "UF_CRM_TASK": ["D_7"]}
    made = ask("POST", f"{portal}/tasks.task.add", {"fields": fields})
    number = made.json()["result"]["task"]["id"]
    done = ask("POST", f"/sandbox/tasks/{number}/complete", {"result": "нашла"})
    assert done.json() == {"task_id": int(number), "status": 5}
    task = state(ask)["tasks"][0]
    assert (task["status"], task["closed_by"], task["result"], task["deal_id"]) == (5, 201, "нашла", 7)
    assert ask("POST", f"/sandbox/tasks/{number}/complete", {}).status_code == 409


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "deals", {"deals": [{"client": "x"}]}, 400),
        ("POST", "deals", {"deals": "x"}, 400),
        ("POST", "deals", {"deals": [{**ORDER, "stage": "X"}]}, 400),
        ("POST", "deals", ["x"], 400),
        ("POST", "deals/1/stage", {"stage": "NEW"}, 404),
        ("POST", "deals/stage", {"moves": [{"deal_id": 1, "stage": "NEW"}]}, 404),
        ("DELETE", "deals/1", None, 404),
        ("POST", "tasks/1/complete", {}, 404),
        ("POST", "switches", {"nonsense": 1}, 400),
        ("POST", "switches", {"rate_plan": "free"}, 400),
        ("POST", "faults", {"vendor": "x", "how": "limit"}, 400),
        ("POST", "faults", {"vendor": "bitrix24", "how": "explode"}, 400),
        ("POST", "hooks", {"bitrix24": {"events": []}}, 400),
        ("POST", "clock", {"to": "2026-03-02T09:00:00"}, 400),
        ("POST", "clock", {"rate": 0}, 400),
    ],
)
def test_mistakes_are_told(ask: Ask, method: str, path: str, body: Any, status: int) -> None:
    answer = ask(method, f"/sandbox/{path}", body)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_an_unknown_switch_is_answered_with_the_list(ask: Ask) -> None:
    error = ask("POST", "/sandbox/switches", {"nonsense": 1}).json()["error"]
    assert "moved_time_filterable" in error
    assert "window_hours" in error


def test_switches_of_both_vendors(ask: Ask, app: Sandbox) -> None:
    wanted = {"search_lag_seconds": 5, "window_hours": 48.0}
    seen = ask("POST", "/sandbox/switches", wanted).json()
    assert {name: seen[name] for name in wanted} == {"search_lag_seconds": 5.0, "window_hours": 48.0}
    assert app.portal.switches["search_lag_seconds"] == 5.0
    assert not set(app.portal.switches.all()) & set(app.account.switches.all())


def test_the_clock(ask: Ask) -> None:
    assert (
        ask("POST", "/sandbox/clock", {"to": "2030-01-01T00:00:00+05:00"})
        .json()["now"]
        .startswith("2029-12-31T19")
    )
    ask("POST", "/sandbox/clock", {"jump_seconds": 86_400})
    answer = ask("POST", "/sandbox/clock", {"rate": 30}).json()
    assert answer["now"].startswith("2030-01-01T19")
    assert answer["rate"] == 30


def test_hooks_and_faults_reach_their_vendor(ask: Ask, app: Sandbox) -> None:
    hook = {"url": "http://127.0.0.1:9/x", "application_token": "t", "events": ["ONTASKADD"]}
    ask("POST", "/sandbox/hooks", {"bitrix24": hook})
    assert app.portal.events.hook == Hook("http://127.0.0.1:9/x", "t", frozenset({"ONTASKADD"}))
    ask("POST", "/sandbox/hooks", {"chat2desk": None})
    assert app.portal.events.hook is not None
    ask("POST", "/sandbox/hooks", {"bitrix24": None})
    assert not app.portal.events.hook
    ask("POST", "/sandbox/faults", {"vendor": "bitrix24", "match": "profile", "how": "limit", "times": 5})
    profile = f"/rest/1/{app.portal.secret}/profile"
    assert ask("GET", profile).status_code == 503
    ask("DELETE", "/sandbox/faults")
    assert ask("GET", profile).status_code == 200


def test_the_ledger_counts_what_came_by_rest(ask: Ask, app: Sandbox) -> None:
    open_order(ask)
    fields = {"title": "Жалоба", "categoryId": 7, "originId": "deal-1-low"}
    cmd = {"a": "profile", "b": "crm.item.add?entityTypeId=2&fields[categoryId]=7&fields[originId]=o"}
    base = f"/rest/1/{app.portal.secret}"
    made = ask("POST", f"{base}/crm.item.add", {"entityTypeId": 2, "fields": fields}).json()["result"]["item"]
    ask("POST", f"{base}/batch", {"cmd": cmd})
    ledger = ask("GET", "/sandbox/ledger").json()
    assert set(ledger) == {"bitrix24", "chat2desk", "telegram", "max", "sms"}
    ours = ledger["bitrix24"]
    assert (ours["requests"], ours["commands"]) == (2, 3)
    assert ours["by_method"] == {"crm.item.add": 2, "profile": 1}
    assert ours["deals_created"][0] == {"id": made["id"], "origin_id": "deal-1-low"}
    assert [row["origin_id"] for row in ours["deals_created"]] == ["deal-1-low", "o"]
    assert 1 < ours["highest_level"] <= 2


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/maps/yandex/2", 200, "Шинный центр на Сатпаева"),
        ("/maps/google/1", 200, "Google Карты"),
        ("/maps/yandex/9", 404, "нет"),
        ("/maps/other/1", 404, "нет"),
    ],
)
def test_pretend_review_pages(ask: Ask, path: str, status: int, text: str) -> None:
    answer = ask("GET", path)
    assert answer.status_code == status
    assert text in answer.text


def test_the_company(ask: Ask) -> None:
    branches = ask("GET", "/sandbox/company").json()["branches"]
    assert [branch["head"]["id"] for branch in branches] == [101, 102, 103]
    assert branches[0]["manager"] == {"id": 201, "name": "Анна Белова"}
