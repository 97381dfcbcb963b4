"""A portal that is saved and loaded is the same portal: for people, for REST and for applications."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.app import Sandbox, make_app
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.state import CannotLoad, load, load_file, save, save_file
from sandbox.clock import SandboxClock
from sandbox.control.defaults import Keys

Send = Callable[..., httpx.Response]
Control = Callable[..., Any]
REST = "/rest/1/s3cret"


@pytest.fixture
def lived_in(box: Sandbox, send: Send, control: Control, order: int) -> int:
    """A deal with everything around it, an application, and knobs that were turned."""
    control("application", client_id="local.1", client_secret="x", install="http://i")
    control("application/install")
    control("webhooks", user=101, secret="own", scopes=["crm"])
    control("rights", user=102, denied=["crm.item.delete"])
    control("hooks", bitrix24={"url": "http://hook", "application_token": "t", "events": ["ONTASKADD"]})
    control("switches", search_lag_seconds=5)
    control("faults", vendor="bitrix24", match="profile", how="outage", for_seconds=60)
    control("company", "PATCH", rename_stage={"id": "UC_QUALITY", "name": "Оценки"})
    control(f"deals/{order}/stage", stage="EXECUTING")
    control(f"deals/{order}/comments", text="звонил")
    token = box.portal.applications.access_only("local.1", 1)
    bind = {"event": "ONCRMDEALUPDATE", "event_type": "offline", "auth": token}
    send("POST", "/rest/event.bind", json=bind)
    control(f"deals/{order}/stage", stage="UC_QUALITY")
    fields = {"TITLE": "Отзыв?", "RESPONSIBLE_ID": 201, "UF_CRM_TASK": [f"D_{order}"]}
    task = send("POST", f"{REST}/tasks.task.add", json={"fields": fields}).json()["result"]["task"]["id"]
    control(f"tasks/{task}/complete", result="нашла")
    send("POST", f"{REST}/im.notify.system.add", json={"USER_ID": 201, "MESSAGE": "Смотрите"})
    return order


def through_json(state: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(json.dumps(state)))


def seen(portal: Portal) -> Any:
    """Everything that is kept, but for the count of changes, which a load is one of."""
    parts = through_json(save(portal))["portal"]
    return {name: part for name, part in parts.items() if name != "version"}


def test_a_loaded_portal_is_the_same(box: Sandbox, lived_in: int) -> None:
    other = make_app(keys=Keys("s3cret"))
    load(other.portal, through_json(save(box.portal)))
    assert seen(other.portal) == seen(box.portal)
    assert other.portal.version > 0


def test_a_loaded_portal_lives_on(box: Sandbox, send: Send, control: Control, lived_in: int) -> None:
    saved = send("GET", "/sandbox/save")
    assert "attachment" in saved.headers["content-disposition"]
    control(f"deals/{lived_in}/stage", stage="LOSE")
    control("deals", deals=[{"client": "Лишний", "phone": "+77015550002"}])
    assert control("load", **saved.json())["loaded"] == 1
    box.clock.jump(10)  # the search lags behind, as its switch says
    found = {"type": "PHONE", "values": ["+77015550001"]}
    assert send("POST", f"{REST}/crm.duplicate.findbycomm", json=found).json()["result"]["CONTACT"]
    history = send("GET", f"{REST}/crm.stagehistory.list?entityTypeId=2&filter[OWNER_ID]={lived_in}")
    stages = [row["STAGE_ID"] for row in history.json()["result"]["items"]]
    assert stages == ["NEW", "EXECUTING", "UC_QUALITY"]
    item = send("GET", f"{REST}/crm.item.get?entityTypeId=2&id={lived_in}").json()["result"]["item"]
    assert item["movedTime"] == history.json()["result"]["items"][-1]["CREATED_TIME"]
    made = control("deals", deals=[{"client": "Новый", "phone": "+77015550003"}])["deals"][0]
    assert made["deal_id"] == lived_in + 1
    listed = f"{REST}/crm.item.list?entityTypeId=2&filter[stageId]=UC_QUALITY&select[]=id"
    assert send("GET", listed).json()["result"]["items"] == [{"id": lived_in}]


def test_tokens_and_offline_events_live_on(box: Sandbox, send: Send, lived_in: int) -> None:
    token = box.portal.applications.access_only("local.1", 1)
    load(box.portal, through_json(save(box.portal)))
    rows = send("POST", "/rest/event.offline.get", json={"auth": token}).json()["result"]["events"]
    assert [row["EVENT_NAME"] for row in rows] == ["ONCRMDEALUPDATE"]


def test_loading_raises_no_events(box: Sandbox, control: Control, posted: Any, lived_in: int) -> None:
    control(f"deals/{lived_in}/stage", stage="C7:NEW")
    before = len(posted.forms)
    load(box.portal, through_json(save(box.portal)))
    assert len(posted.forms) == before


@pytest.mark.parametrize(
    "spoil",
    [
        lambda state: state.update(format=99),
        lambda state: state.update(portal=[]),
        lambda state: state.update(now="yesterday"),
        lambda state: state["portal"].pop("ledger"),
        lambda state: state["portal"]["company"]["people"]["1"].update(wings=2),
        lambda state: state["portal"].update(history=7),
    ],
)
def test_a_broken_state_leaves_the_portal_alone(
    box: Sandbox, send: Send, lived_in: int, spoil: Callable[[Any], Any]
) -> None:
    before = seen(box.portal)
    state = through_json(save(box.portal))
    spoil(state)
    with pytest.raises(CannotLoad):
        load(box.portal, state)
    assert seen(box.portal) == before
    assert send("POST", "/sandbox/load", json=state).status_code == 400


def test_a_file_is_saved_at_the_end_and_loaded_at_the_start(
    box: Sandbox, lived_in: int, tmp_path: Path
) -> None:
    path = tmp_path / "portal.json"
    box.clock.jump(86_400)
    save_file(box.portal, path)
    assert path.stat().st_mode & 0o077 == 0
    clock = SandboxClock(start=box.clock.now().replace(year=2025))
    again = make_app(clock, keys=Keys("s3cret"), state=path)
    assert seen(again.portal) == seen(box.portal)
    # Time goes on from where it was, and never back.
    assert abs((clock.now() - box.clock.now()).total_seconds()) < 60


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000])
def test_a_file_that_is_no_state(box: Sandbox, tmp_path: Path, text: str) -> None:
    path = tmp_path / "portal.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CannotLoad):
        load_file(box.portal, path)
