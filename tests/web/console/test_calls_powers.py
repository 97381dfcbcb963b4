"""Nothing that a person may do in the console is forgotten by /api: a call, or a reason why not."""

import pytest

from qc_engine.web.calls.pace import Pace
from qc_engine.web.console.policy import GRANTED, Action, Scope
from tests.conftest import NOON
from tests.web.console.calls import CALLS

# By which calls another system does it; or why only a person may.
POWERS: dict[Action, list[str] | str] = {
    Action.SEE_QUEUE: ["GET /api/queue", "GET /api/attention"],
    Action.SETTLE: ["POST /api/queue", "POST /api/cases/{case_id}/acts"],
    Action.HANDLE: ["POST /api/queue"],
    Action.REPLAY: ["POST /api/queue"],
    Action.SEE_CASES: ["GET /api/cases", "GET /api/cases/{case_id}", "GET /api/reviews", "GET /api/reviews/funnel",
                       "GET /api/complaints", "GET /api/story"],
    Action.SEE_PHONE: ["GET /api/cases/{case_id}/phone"],
    Action.ANSWER_REVIEWS: ["POST /api/reviews/{case_id}"],
    Action.STEER_CASES: ["POST /api/cases/{case_id}/acts"],
    Action.SPEAK_FOR_CLIENTS: ["POST /api/cases/{case_id}/acts"],
    Action.WORK_ON_COMPLAINTS: ["POST /api/complaints/{case_id}"],
    Action.KEEP_PRIVACY: ["POST /api/persons/find", "POST /api/persons/erase"],
    Action.SEE_SCENARIOS: [
        *(f"GET /api/scenarios/{{portal}}/{{name}}{what}" for what in ("", "/text", "/compare", "/past/{id_}")),
        "GET /api/scenarios", "POST /api/scenarios/{portal}/{name}/tests",
    ],
    Action.CHANGE_SCENARIOS: [
        f"POST /api/scenarios/{{portal}}/{{name}}{what}"
        for what in ("/acts", "/activate", "/check", "/file", "/versions", "/try", "/promote", "/past",
                     "/past/{id_}", "/migrate", "/undo")
    ],
    Action.SEE_ANALYTICS: ["GET /api/analytics"],
    Action.SEE_SETTINGS: ["GET /api/lanes", "GET /api/doctor", "POST /api/doctor", "GET /api/connections",
                          "GET /api/webhooks", "GET /api/webhooks/deliveries"],
    Action.SEND_WEBHOOKS: ["POST /api/webhooks/{webhook}/test", "POST /api/webhooks/deliveries/{effect}"],
    Action.MANAGE_USERS: ["GET /api/users", "GET /api/users/{user_id}", "POST /api/users",
                          "POST /api/users/{user_id}"],
    Action.SEE_AUDIT: ["GET /api/audit"],
    Action.SHARE_VIEWS: "a view is an address of the console that somebody keeps; a program has its own filters",
    Action.MANAGE_TOKENS: "a token that makes tokens could give itself any scope: an owner makes them by hand",
}  # fmt: skip


@pytest.mark.parametrize("action", Action)
def test_every_action_has_a_call_or_a_reason(action: Action) -> None:
    power = POWERS[action]
    granted = [scope for scope in Scope if action in GRANTED[scope]]
    if isinstance(power, str):
        assert (len(power) > 20, granted) == (True, []), "no scope opens what only a person may do"
        return
    rows = {f"{row.method} {row.path}": row.scope for row in CALLS}
    assert set(power) <= rows.keys()
    assert {rows[one] for one in power} <= set(granted), "the call's own scope lets it be done"


def test_every_call_is_somebodys_power() -> None:
    """Also those calls that no page has: they are told here, so that nobody adds one unseen."""
    calls = {f"{row.method} {row.path}" for row in CALLS}
    named = {one for power in POWERS.values() if not isinstance(power, str) for one in power}
    of_cases = {f"GET /api/scenarios/{{portal}}/{{name}}{what}" for what in
                ("/did", "/beside", "/migrate", "/undo", "/file", "/past/{id_}/{case_id}")}  # fmt: skip
    one_of_a_list = {"GET /api/reviews/{case_id}", "GET /api/complaints/{case_id}"}
    of_machines = {"GET /api/status", "POST /api/events", "POST /api/cases", "GET /api/openapi.json"}
    assert calls - named == of_cases | one_of_a_list | of_machines


def test_so_many_in_any_minute_and_no_more() -> None:
    seconds = [0.0]
    pace = Pace(3, lambda: NOON.fromtimestamp(NOON.timestamp() + seconds[0], NOON.tzinfo))

    def asked(at: float, who: str = "a") -> int:
        seconds[0] = at
        return pace.wait(who)

    assert [asked(at) for at in (0, 10, 20, 30, 30)] == [0, 0, 0, 30, 30]
    assert asked(30, "b") == 0, "each token has its own"
    assert [asked(at) for at in (59.5, 60, 60, 70)] == [1, 0, 10, 0], "what was refused does not count"
    assert asked(-3600) == 0, "a clock that was set back keeps nobody out"
