"""Everything that can go wrong with a call, on demand: each kind, before or after, whole or one command."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sandbox.app import Sandbox
from sandbox.bitrix24.codes import CODES
from sandbox.bitrix24.wire import Dropped, Reply, send_reply

Send = Callable[..., httpx.Response]
Control = Callable[..., Any]
REST = "/rest/1/s3cret"


def ask_for(control: Control, **fault: Any) -> None:
    control("faults", vendor="bitrix24", **fault)


def rename(send: Send, deal: int, title: str) -> httpx.Response:
    body = {"entityTypeId": 2, "id": deal, "fields": {"title": title}}
    return send("POST", f"{REST}/crm.item.update", json=body)


def batch(send: Send, *commands: str) -> Any:
    cmd = {f"c{place}": command for place, command in enumerate(commands)}
    return send("POST", f"{REST}/batch", json={"cmd": cmd})


def title(box: Sandbox, deal: int) -> str:
    return str(box.portal.deals.shelf.rows[deal]["title"])


# --- error codes ---


@pytest.mark.parametrize("code", list(CODES))
def test_every_code_of_the_vendor_has_its_status(send: Send, control: Control, code: str) -> None:
    ask_for(control, match="profile", how="code", code=code)
    answer = send("GET", f"{REST}/profile")
    assert (answer.status_code, answer.json()["error"]) == (CODES[code][0], code)
    assert answer.json()["error_description"]
    assert send("GET", f"{REST}/profile").status_code == 200


def test_a_code_may_come_with_another_status_and_text(send: Send, control: Control) -> None:
    ask_for(control, match="*", how="code", code="INVALID_CREDENTIALS", status=403, text="no")
    answer = send("GET", f"{REST}/profile")
    assert (answer.status_code, answer.json()) == (
        403,
        {"error": "INVALID_CREDENTIALS", "error_description": "no"},
    )


def test_a_code_strikes_one_command_and_leaves_the_others(
    box: Sandbox, send: Send, control: Control, order: int
) -> None:
    ask_for(control, match="crm.item.update", how="code", code="ERROR_CORE", skip=1)
    update = f"crm.item.update?entityTypeId=2&id={order}&fields[title]="
    answer = batch(send, f"{update}one", f"{update}two", "profile")
    body = answer.json()["result"]
    assert (answer.status_code, list(body["result"])) == (200, ["c0", "c2"])
    assert body["result_error"]["c1"]["error"] == "ERROR_CORE"
    assert title(box, order) == "one"


def test_a_code_may_strike_the_whole_batch(box: Sandbox, send: Send, control: Control, order: int) -> None:
    ask_for(control, match="crm.item.update", how="code", code="OVERLOAD_LIMIT", whole=True)
    answer = batch(send, "profile", f"crm.item.update?entityTypeId=2&id={order}&fields[title]=x")
    assert (answer.status_code, answer.json()["error"]) == (503, "OVERLOAD_LIMIT")
    assert title(box, order) != "x"


@pytest.mark.parametrize("batched", [False, True])
def test_an_error_although_it_was_done(
    box: Sandbox, send: Send, control: Control, order: int, batched: bool
) -> None:
    ask_for(control, match="crm.item.update", how="done_error")
    if batched:
        answer = batch(send, f"crm.item.update?entityTypeId=2&id={order}&fields[title]=done")
        assert answer.json()["result"]["result_error"]["c0"]["error"] == "INTERNAL_SERVER_ERROR"
    else:
        assert rename(send, order, "done").status_code == 500
    assert title(box, order) == "done"


@pytest.mark.parametrize(
    "fault",
    [
        {"how": "explode"},
        {"how": "code", "code": "NOBODY_KNOWS"},
        {"how": "outage", "as": "music"},
        {"how": "limit", "times": "many"},
    ],
)
def test_faults_nobody_knows(send: Send, fault: dict[str, Any]) -> None:
    answer = send("POST", "/sandbox/faults", json={"vendor": "bitrix24", **fault})
    assert (answer.status_code, bool(answer.json()["error"])) == (400, True)


# --- outages ---


def test_an_outage_ends_with_its_time_and_not_before(
    box: Sandbox, send: Send, control: Control, order: int
) -> None:
    ask_for(control, match="*", how="outage", for_seconds=21_600)
    assert [row["how"] for row in send("GET", "/sandbox/faults").json()["bitrix24"]] == ["outage"]
    for _ in range(3):
        with pytest.raises(Dropped):
            rename(send, order, "lost")
    box.clock.jump(21_500)
    with pytest.raises(Dropped):
        rename(send, order, "lost")
    assert title(box, order) != "lost"
    box.clock.jump(101)
    assert rename(send, order, "back").status_code == 200
    assert send("GET", "/sandbox/faults").json()["bitrix24"] == []


@pytest.mark.parametrize(("kind", "statuses"), [("html503", [503, 503]), ("both", [None, 503])])
def test_an_outage_may_show_pages(
    send: Send, control: Control, kind: str, statuses: list[int | None]
) -> None:
    ask_for(control, how="outage", for_seconds=60, **{"as": kind})
    seen: list[int | None] = []
    for _ in statuses:
        try:
            answer = send("GET", f"{REST}/profile")
            assert "<html>" in answer.text
            seen.append(answer.status_code)
        except Dropped:
            seen.append(None)
    assert seen == statuses


def test_an_outage_of_one_method_leaves_the_others(send: Send, control: Control) -> None:
    ask_for(control, match="profile", how="outage", for_seconds=60)
    with pytest.raises(Dropped):
        send("GET", f"{REST}/profile")
    assert send("GET", f"{REST}/server.time").status_code == 200


@pytest.mark.parametrize(("match", "status"), [("oauth.token", 503), ("*", 400)])
def test_the_oauth_server_fails_by_its_own_name(
    send: Send, control: Control, match: str, status: int
) -> None:
    ask_for(control, match=match, how="html503")
    assert send("GET", "/oauth/token/?grant_type=refresh_token").status_code == status


# --- slowness ---


class Slow:
    """A clock on which sleeping costs nothing, but is remembered."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def test_an_answer_drips_byte_after_byte() -> None:
    clock, sent = Slow(), list[Any]()

    async def keep(message: Any) -> None:
        sent.append(message)

    asyncio.run(send_reply(Reply(200, b'{"a":1}', drips_seconds=14), keep, clock.sleep))
    assert clock.slept == [2.0] * 7
    assert [message["body"] for message in sent[1:]] == [bytes([byte]) for byte in b'{"a":1}']
    assert [message["more_body"] for message in sent[1:]] == [True] * 6 + [False]


@pytest.mark.parametrize(("how", "naps"), [("latency", 1), ("slow", 100)])
def test_slowness_takes_virtual_time(
    box: Sandbox, send: Send, control: Control, monkeypatch: pytest.MonkeyPatch, how: str, naps: int
) -> None:
    clock = Slow()
    monkeypatch.setattr(box.clock, "sleep", clock.sleep)
    ask_for(control, match="profile", how=how, seconds=45)
    assert send("GET", f"{REST}/profile").json()["result"]["ID"] == "1"
    assert sum(clock.slept) == pytest.approx(45)
    assert len(clock.slept) >= naps


# --- cloud and box ---


def test_a_box_counts_neither_requests_nor_time(box: Sandbox, send: Send, control: Control) -> None:
    control("switches", rate_plan="standard", operating_cost_seconds=300)
    control("switches", kind="box")
    assert {send("GET", f"{REST}/profile").status_code for _ in range(60)} == {200}
    control("switches", operating_limit_seconds=420)
    assert send("GET", f"{REST}/profile").status_code == 429
    control("switches", kind="cloud")
    assert box.portal.switches["operating_limit_seconds"] == 480
    statuses = [send("GET", f"{REST}/server.time").status_code for _ in range(60)]
    assert 503 in statuses


def test_a_box_may_lack_methods(send: Send, control: Control) -> None:
    control("switches", kind="box", missing_methods=["crm.stageHistory.list"])
    answer = send("GET", f"{REST}/crm.stagehistory.list?entityTypeId=2")
    assert (answer.status_code, answer.json()["error"]) == (404, "ERROR_METHOD_NOT_FOUND")
    body = batch(send, "crm.stagehistory.list?entityTypeId=2", "profile").json()["result"]
    assert (list(body["result"]), list(body["result_error"])) == (["c1"], ["c0"])
    probe = send("GET", f"{REST}/method.get?name=crm.stagehistory.list").json()["result"]
    assert probe["isExisting"] is False


def test_an_old_box_knows_no_original_names(send: Send, control: Control, order: int) -> None:
    control("switches", kind="box", original_uf_names=False)
    path = f"{REST}/crm.item.get?entityTypeId=2&id={order}&useOriginalUfNames=Y"
    item = send("GET", path).json()["result"]["item"]
    assert ("ufCrmBranch" in item, "UF_CRM_BRANCH" in item) == (True, False)


def test_a_portal_may_insist_on_https(send: Send, control: Control) -> None:
    control("switches", https_required=True)
    answer = send("GET", f"{REST}/profile")
    assert (answer.status_code, answer.json()["error"]) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize("path", ["/rest/api/1/s3cret/tasks.task.get", "/rest/api/tasks.task.get"])
def test_rest_3_is_not_there(send: Send, path: str) -> None:
    assert send("POST", path, json={}).status_code == 404
