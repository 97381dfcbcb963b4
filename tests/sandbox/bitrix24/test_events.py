"""What applications hear: bindings, tokens of whoever caused it, offline events, and unreliable delivery."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sandbox.app import Sandbox

Send = Callable[..., httpx.Response]
Control = Callable[..., Any]
Rest = Callable[..., httpx.Response]
HANDLER = "http://engine/hook"


@pytest.fixture
def rest(send: Send, box: Sandbox, control: Control) -> Rest:
    """rest("event.bind", event=...) as an installed application, in the name of `user`."""
    control("application", client_id="local.1", client_secret="x", install="http://engine/install")
    control("application/install")
    applications = box.portal.applications

    def call(method: str, user: int = 1, **params: Any) -> httpx.Response:
        token = applications.access_only("local.1", user)
        return send("POST", f"/rest/{method}", json={**params, "auth": token})

    return call


def result(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def move(send: Send, order: int, stage: str, **how: Any) -> None:
    send("POST", f"/sandbox/deals/{order}/stage", json={"stage": stage, **how})


# --- bindings ---


def test_a_binding_is_made_listed_and_undone(rest: Rest) -> None:
    wish = {"event": "OnCrmDealUpdate", "handler": HANDLER}
    assert result(rest("event.bind", **wish)) is True
    again = rest("event.bind", **wish)
    assert (again.status_code, again.json()["error"]) == (400, "ERROR_HANDLER_ALREADY_EXIST")
    row = {"event": "ONCRMDEALUPDATE", "handler": HANDLER, "auth_type": "0", "offline": 0}
    assert result(rest("event.get")) == [row]
    assert result(rest("event.unbind", event="ONCRMDEALUPDATE", handler="http://other")) == {"count": 0}
    assert result(rest("event.unbind", **wish)) == {"count": 1}
    assert result(rest("event.get")) == []


@pytest.mark.parametrize(
    ("method", "user", "params", "status", "error"),
    [
        ("event.bind", 1, {"event": "ONNOTHING", "handler": HANDLER}, 400, "ERROR_EVENT_NOT_FOUND"),
        ("event.bind", 1, {"event": "ONCRMDEALADD"}, 400, "ERROR_ARGUMENT"),
        ("event.bind", 201, {"event": "ONCRMDEALADD", "event_type": "offline"}, 403, "ACCESS_DENIED"),
        ("event.bind", 201, {"event": "ONCRMDEALADD", "handler": "x", "auth_type": 1}, 403, "ACCESS_DENIED"),
        ("event.offline.get", 201, {}, 403, "ACCESS_DENIED"),
    ],
)
def test_bindings_that_cannot_be(
    rest: Rest, method: str, user: int, params: dict[str, Any], status: int, error: str
) -> None:
    answer = rest(method, user, **params)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize("method", ["event.bind", "event.get", "events", "app.info", "event.offline.list"])
@pytest.mark.parametrize("status", [400, 403])
def test_a_webhook_has_no_application_context(box: Sandbox, send: Send, method: str, status: int) -> None:
    box.portal.switches.set("application_context_status", status)
    answer = send("GET", f"/rest/1/s3cret/{method}")
    assert (answer.status_code, answer.json()["error"]) == (status, "ACCESS_DENIED")


def test_an_application_knows_itself_and_its_events(rest: Rest) -> None:
    info = result(rest("app.info"))
    assert (info["CODE"], info["STATUS"], info["INSTALLED"]) == ("local.1", "L", True)
    assert {"ONCRMDEALUPDATE", "ONCRMDEALMOVETOCATEGORY", "ONOFFLINEEVENT"} <= set(result(rest("events")))


def test_the_control_api_shows_what_is_bound(rest: Rest, send: Send) -> None:
    rest("event.bind", event="ONCRMDEALADD", event_type="offline")
    rest("event.bind", event="ONCRMDEALUPDATE", handler=HANDLER)
    send("POST", "/sandbox/deals", json={"deals": [{"client": "Иван", "phone": "+77015550001"}]})
    (shown,) = send("GET", "/sandbox/application").json()["applications"]
    assert shown["bindings"] == [["ONCRMDEALADD", ""], ["ONCRMDEALUPDATE", HANDLER]]
    assert (shown["installed"], shown["offline"]) == (True, 1)


def test_bindings_vanish_with_the_application(rest: Rest, control: Control, box: Sandbox) -> None:
    rest("event.bind", event="ONCRMDEALADD", handler=HANDLER)
    control("application/uninstall")
    assert list(box.portal.events.bindings.all()) == []


# --- what is told ---


def test_an_event_carries_a_token_of_who_caused_it(rest: Rest, send: Send, posted: Any, order: int) -> None:
    rest("event.bind", event="ONCRMDEALUPDATE", handler=HANDLER)
    move(send, order, "EXECUTING", by=101)
    (form,) = posted.named("ONCRMDEALUPDATE")
    assert (form["url"], form["data[FIELDS][ID]"], form["auth[status]"]) == (HANDLER, str(order), "L")
    assert form["event_handler_id"] == "185"
    who = send("POST", "/rest/profile", json={"auth": form["auth[access_token]"]})
    assert result(who)["ID"] == "101"


def test_a_robot_has_no_token_to_lend(rest: Rest, send: Send, posted: Any, order: int) -> None:
    rest("event.bind", event="ONCRMDEALUPDATE", handler=HANDLER)
    move(send, order, "EXECUTING", robot=True)
    (form,) = posted.named("ONCRMDEALUPDATE")
    assert "auth[access_token]" not in form
    assert form["auth[application_token]"]


def test_a_binding_may_name_whose_token_it_carries(rest: Rest, send: Send, posted: Any, order: int) -> None:
    rest("event.bind", event="ONCRMDEALUPDATE", handler=HANDLER, auth_type=102)
    move(send, order, "EXECUTING", by=101)
    token = posted.named("ONCRMDEALUPDATE")[0]["auth[access_token]"]
    assert result(send("POST", "/rest/profile", json={"auth": token}))["ID"] == "102"


def test_only_applications_hear_of_a_move_to_another_pipeline(
    rest: Rest, send: Send, control: Control, posted: Any, order: int
) -> None:
    control("hooks", bitrix24={"url": "http://hook", "application_token": "t"})
    for event in ("ONCRMDEALMOVETOCATEGORY", "ONCRMDEALUPDATE"):
        rest("event.bind", event=event, handler=HANDLER)
    before = len(posted.forms)
    move(send, order, "C7:NEW")
    (form,) = posted.forms[before:]
    assert (form["event"], form["url"]) == ("ONCRMDEALMOVETOCATEGORY", HANDLER)
    assert (form["data[FIELDS][CATEGORY_ID]"], form["data[FIELDS][STAGE_ID]"]) == ("7", "C7:NEW")


def test_an_application_that_is_not_installed_hears_nothing(
    control: Control, posted: Any, send: Send
) -> None:
    events = {"events": ["ONCRMDEALADD"], "handler": HANDLER}
    control("application", client_id="local.1", client_secret="x", install="http://i", **events)
    wish = {"client": "Иван", "phone": "+77015550001"}
    control("deals", deals=[wish])
    assert posted.named("ONCRMDEALADD") == []
    control("application/install")
    control("deals", deals=[wish])
    assert len(posted.named("ONCRMDEALADD")) == 1


def test_an_application_tests_its_handler(rest: Rest, posted: Any) -> None:
    rest("event.bind", event="ONAPPTEST", handler=HANDLER)
    assert result(rest("event.test", any="word")) == 1
    (form,) = posted.named("ONAPPTEST")
    assert form["data[QUERY][any]"] == "word"
    assert not any("QUERY][auth" in key for key in form)


# --- offline events ---


@pytest.fixture
def offline(rest: Rest) -> Rest:
    for event in ("ONCRMDEALUPDATE", "ONCRMDEALADD"):
        rest("event.bind", event=event, event_type="offline")
    return rest


def test_offline_there_is_one_row_for_each_object_and_event(
    offline: Rest, send: Send, posted: Any, order: int
) -> None:
    for stage in ("EXECUTING", "NEW", "EXECUTING"):
        move(send, order, stage)
    rows = result(offline("event.offline.list"))
    assert [(row["EVENT_NAME"], row["EVENT_DATA"]["FIELDS"]["ID"]) for row in rows] == [
        ("ONCRMDEALADD", order),
        ("ONCRMDEALUPDATE", order),
    ]
    assert rows[0]["PROCESS_ID"] is None
    got = result(offline("event.offline.get", filter={"EVENT_NAME": "ONCRMDEALUPDATE"}))
    assert (got["process_id"], len(got["events"])) == (None, 1)
    assert len(result(offline("event.offline.list"))) == 1
    assert posted.named("ONCRMDEALUPDATE") == []


def test_safe_mode_hides_rows_until_they_are_cleared(offline: Rest, send: Send, order: int) -> None:
    move(send, order, "EXECUTING")
    taken = result(offline("event.offline.get", clear=0, limit=1))
    assert len(taken["events"]) == 1
    process, message = taken["process_id"], taken["events"][0]["MESSAGE_ID"]
    others = result(offline("event.offline.get", clear=0))
    assert len(others["events"]) == 1
    assert result(offline("event.offline.get", clear=0))["events"] == []
    assert result(offline("event.offline.get", clear=0, process_id=process))["events"] == taken["events"]
    offline("event.offline.error", process_id=process, message_id=[message])
    assert [row["ERROR"] for row in result(offline("event.offline.list"))] == [1, 0]
    assert result(offline("event.offline.clear", process_id=process, message_id=[message])) is True
    assert result(offline("event.offline.clear", process_id=others["process_id"])) is True
    assert result(offline("event.offline.list")) == []


def test_a_change_after_the_row_was_taken_is_a_new_row(offline: Rest, send: Send, order: int) -> None:
    move(send, order, "EXECUTING")
    taken = result(offline("event.offline.get", clear=0))
    move(send, order, "NEW")
    fresh = result(offline("event.offline.get", clear=0))["events"]
    assert [row["EVENT_NAME"] for row in fresh] == ["ONCRMDEALUPDATE"]
    assert fresh[0]["ID"] not in [row["ID"] for row in taken["events"]]


def test_own_writes_stay_out_of_the_queue_of_their_connector(rest: Rest, order: int) -> None:
    rest("event.bind", event="ONCRMDEALUPDATE", event_type="offline", auth_connector="qc")
    update = {"entityTypeId": 2, "id": order}
    rest("crm.item.update", **update, fields={"title": "ours"}, auth_connector="qc")
    assert result(rest("event.offline.list", auth_connector="qc")) == []
    rest("crm.item.update", **update, fields={"title": "theirs"})
    assert len(result(rest("event.offline.list", auth_connector="qc"))) == 1


def test_the_bell_rings_once_in_its_time(
    offline: Rest, send: Send, posted: Any, box: Sandbox, order: int
) -> None:
    offline("event.bind", event="ONOFFLINEEVENT", handler=HANDLER, options={"minTimeout": 60})
    for stage in ("EXECUTING", "NEW"):
        move(send, order, stage)
    (bell,) = posted.named("ONOFFLINEEVENT")
    assert float(bell["delay"]) >= 60
    box.clock.jump(61)
    move(send, order, "EXECUTING")
    assert len(posted.named("ONOFFLINEEVENT")) == 2


# --- how reliable it is ---


@pytest.mark.parametrize(
    ("switches", "delays"),
    [
        ({}, (1, 3)),
        ({"event_reorder_rate": 1.0}, (5, 7)),
        ({"event_late_rate": 1.0, "event_late_seconds": 600.0}, (601, 603)),
        ({"event_burst_every_seconds": 3600.0}, (3590, 3600)),
    ],
)
def test_when_an_event_arrives(
    rest: Rest, control: Control, posted: Any, switches: dict[str, float], delays: tuple[float, float]
) -> None:
    rest("event.bind", event="ONCRMDEALADD", handler=HANDLER)
    control("switches", **switches)
    control("deals", deals=[{"client": "Иван", "phone": "+77015550001"}])
    low, high = delays
    assert low <= float(posted.named("ONCRMDEALADD")[0]["delay"]) <= high
