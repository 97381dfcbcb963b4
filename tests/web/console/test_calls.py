"""/api with the powers of the console: the same functions, the same refusals, and nothing happens twice."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, cast

import pytest
import schemathesis
from sqlmodel import select
from starlette.testclient import TestClient

from qc_engine.core.case import State
from qc_engine.store.console_tables import HandledRow
from qc_engine.store.tables import InboxRow
from qc_engine.web.calls.door import KEY
from qc_engine.web.calls.once import KEPT
from qc_engine.web.console.policy import Place, Scope
from tests.flow.fakes import BRANCH
from tests.web.console.calls import api, bearer, token
from tests.web.console.house import FAILED, OVERDUE, UNCERTAIN, UNCLEAR, House, csrf, phone_of
from tests.web.console.test_dissatisfied import LOW, complained

PAUSE = {"do": "pause", "reason": "Просил подождать"}
MEDIA = "application/problem+json"


class Machine:
    """Another system with one token."""

    def __init__(self, house: House, *scopes: Scope, branches: tuple[Place, ...] = ()) -> None:
        self.house, self.client = house, api(house)
        self.token = token(house, *scopes, branches=branches)

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=bearer(self.token))

    def post(self, path: str, body: Any, key: str = "") -> Any:
        headers = bearer(self.token, **{"Idempotency-Key": key})
        return self.client.post(path, content=json.dumps(body), headers=headers)  # also half a character


def told(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    if status >= 400:
        assert answer.headers["content-type"] == MEDIA
        assert answer.json()["status"] == status
        assert answer.json()["todo"]
    return answer.json()


def events(house: House) -> list[str]:
    with house.database.reading() as session:
        rows = session.exec(select(InboxRow).where(InboxRow.source == "console")).all()
        return sorted(row.kind for row in rows)


# --- cases ------------------------------------------------------------------------------------


def test_the_list_is_that_of_the_page(each_lived: House) -> None:
    machine = Machine(each_lived, Scope.CASES)
    page = each_lived.signed_in().get("/console/cases").text
    cases = told(machine.get("/api/cases"))["cases"]
    assert [one["id"] for one in cases] == sorted((one["id"] for one in cases), reverse=True)
    assert all(f'id="row-{one["id"]}"' in page for one in cases)
    assert page.count('id="row-') == len(cases)
    (one,) = told(machine.get(f"/api/cases?q={phone_of(OVERDUE)}"))["cases"]
    assert (one["deal_id"], one["phone"], one["branch"]) == (OVERDUE, "7701•••0004", f"main/{BRANCH.name}")
    assert one["scores"] == {"quality": "9", "service": "10"}
    ended = told(machine.get("/api/cases?state=ended"))["cases"]
    assert {one["state"] for one in ended} == {State.ENDED}


def test_page_by_page(lived: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("qc_engine.store.casebook", "qc_engine.web.pages.cases.listing"):
        monkeypatch.setattr(f"{module}.PAGE", 2)
    machine, seen, after = Machine(lived, Scope.CASES), [], ""
    while True:
        one = told(machine.client.get("/api/cases", params={"after": after}, headers=bearer(machine.token)))
        seen += [case["id"] for case in one["cases"]]
        if not (after := one["after"]):
            break
    assert len(seen) == len(set(seen)) == 5


def test_one_case_with_everything(lived: House) -> None:
    row = lived.case(OVERDUE)
    one = told(Machine(lived, Scope.CASES).get(f"/api/cases/{row.id}"))
    assert (one["seen"], one["acts"]) == (str(row.rev), []), "it may look"
    assert {each["state"] for each in one["effects"]} == {"done"}
    assert one["effects"][1]["arrival"]["state"] == "accepted"
    assert [each["name"] for each in one["questions"]] == ["quality", "service"]
    assert one["talk"][0]["text"].startswith("Здравствуйте")
    assert row.phone not in str(one)
    acting = told(Machine(lived, Scope.CASES, Scope.CASE_ACTS).get(f"/api/cases/{row.id}"))
    assert {"pause", "stop", "score"} <= set(acting["acts"])
    told(Machine(lived, Scope.CASES).get("/api/cases/NOBODY22"), 404)


def test_a_phone_in_full_is_noted_before_it_is_shown(lived: House) -> None:
    row = lived.case(OVERDUE)
    assert told(Machine(lived, Scope.PHONES).get(f"/api/cases/{row.id}/phone")) == {"phone": f"+{row.phone}"}
    assert ("Касса", "phone.seen", f"case:{row.id}") in lived.audit()


def test_an_act_is_an_event_with_the_tokens_name(lived: House) -> None:
    row = lived.case(UNCLEAR)
    machine = Machine(lived, Scope.CASE_ACTS, Scope.CASES)
    said = told(machine.post(f"/api/cases/{row.id}/acts", PAUSE), 202)["said"]
    assert said
    assert events(lived) == ["CasePaused"]
    assert ("Касса", "case.pause", f"case:{row.id}") in lived.audit()
    lived.flow.settle()
    still = told(machine.get(f"/api/cases/{row.id}"))["still"]
    assert (still["by"], still["why"]) == ("Касса", "Просил подождать")
    assert "resume" in told(machine.get(f"/api/cases/{row.id}"))["acts"]
    again = told(machine.post(f"/api/cases/{row.id}/acts", PAUSE), 409)
    assert again["type"] == "urn:qc-engine:problem:stands-otherwise", "it stands still already"


def test_what_would_follow_and_nothing_happens(lived: House) -> None:
    row = lived.case(UNCLEAR)
    machine = Machine(lived, Scope.CASE_ACTS)
    before = lived.audit()
    why = {"reason": "Сказал по телефону", "preview": True}
    answered, scored = (
        {"do": "answer", "text": "10"},
        {"do": "score", "scores": {"quality": 3, "service": "2"}},
    )
    for one in ({**answered, **why}, {**scored, **why}, {**PAUSE, "do": "stop", "preview": True}):
        assert told(machine.post(f"/api/cases/{row.id}/acts", one))["follows"]
    assert (events(lived), lived.audit()) == ([], before)


REFUSALS: list[tuple[Any, int, str]] = [
    ({"do": "pause", "reason": " "}, 422, "why"),
    ({"do": "score", "reason": "x"}, 422, ""),
    ({"do": "score", "reason": "x", "scores": {"quality": 11}}, 422, ""),
    ({"do": "score", "reason": "x", "scores": {"quality": "nan"}}, 422, ""),
    ({"do": "score", "reason": "x", "scores": {"beauty": 9}}, 422, "no question 'beauty'"),
    ({"do": "score", "reason": "x", "scores": {"\ud800": 9}}, 422, ""),
    ({"do": "answer", "reason": "x"}, 422, ""),
    ({"do": "resume", "reason": "x"}, 409, ""),
    ({"do": "resend", "reason": "x"}, 422, ""),
    ({**PAUSE, "seen": "1"}, 409, ""),
    ({**PAUSE, "seen": "x"}, 400, ""),
    ({"do": "dance", "reason": "x"}, 400, "do:"),
    ({"do": "pause"}, 400, "reason:"),
    ({**PAUSE, "sure": "yes"}, 400, "sure:"),
    ([], 400, "body:"),
    ("\0", 400, ""),
]  # fmt: skip


def test_the_refusals_of_the_page(lived: House) -> None:
    path, machine = f"/api/cases/{lived.case(UNCLEAR).id}/acts", Machine(lived, Scope.CASE_ACTS)
    for body, status, says in REFUSALS:
        assert says in told(machine.post(path, body), status)["detail"], body
    assert events(lived) == []


def test_every_other_act(lived: House) -> None:
    machine = Machine(lived, Scope.CASE_ACTS, Scope.CASES)
    scored, lost = lived.case(UNCLEAR), lived.case(UNCERTAIN)
    body = {"do": "score", "scores": {"quality": 9}, "reason": "По телефону"}
    told(machine.post(f"/api/cases/{scored.id}/acts", body), 202)
    lived.flow.settle()
    assert told(machine.get(f"/api/cases/{scored.id}"))["case"]["scores"]["quality"] == "9"
    body = {"do": "answer", "text": "Всё хорошо, 10", "reason": "По телефону"}
    told(machine.post(f"/api/cases/{scored.id}/acts", body), 202)
    question = told(machine.get(f"/api/cases/{lost.id}"))["lost"]
    body = {"do": "resend", "reason": "Не дошло", "message": question["key"]}
    assert told(machine.post(f"/api/cases/{lost.id}/acts", body), 422), "nobody knows that it is lost"
    told(machine.post(f"/api/cases/{lost.id}/acts", {**body, "confirmed": True}), 202)
    told(machine.post(f"/api/cases/{scored.id}/acts", {"do": "stop", "reason": "Хватит"}), 409)
    lived.flow.settle()
    told(machine.post(f"/api/cases/{scored.id}/acts", {"do": "stop", "reason": "Хватит"}), 202)
    assert events(lived) == ["AnsweredFor", "CaseStopped", "ResendAsked", "ScoresEntered"]


def test_nobody_is_offered_what_another_scope_opens(lived: House) -> None:
    """What is in doubt is settled by two doors; whoever may come in by one is not sent to the other."""
    path = f"/api/cases/{lived.case(UNCERTAIN).id}"
    assert told(Machine(lived, Scope.CASES, Scope.QUEUE_ACTS).get(path))["acts"] == []
    items = told(Machine(lived, Scope.QUEUE, Scope.CASE_ACTS).get("/api/queue"))["items"]
    assert [one["ways"] for one in items if one["ways"]] == []


# --- once -------------------------------------------------------------------------------------


def test_the_same_request_is_done_once_and_answered_alike(each_lived: House) -> None:
    row = each_lived.case(UNCLEAR)
    machine, path = Machine(each_lived, Scope.CASE_ACTS), f"/api/cases/{row.id}/acts"
    first = told(machine.post(path, PAUSE, "7"), 202)
    each_lived.flow.settle()
    assert told(machine.post(path, PAUSE, "7"), 202) == first
    assert told(machine.post(path, {**PAUSE, "reason": "другая"}, "7"), 422)["detail"].startswith(
        "Another request"
    )
    other = Machine(each_lived, Scope.CASE_ACTS)
    told(other.post(path, PAUSE, "7"), 409)
    assert events(each_lived) == ["CasePaused"]


def test_the_same_request_twice_at_one_moment(each_lived: House) -> None:
    row = each_lived.case(UNCLEAR)
    machine, path = Machine(each_lived, Scope.CASE_ACTS), f"/api/cases/{row.id}/acts"
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: machine.post(path, PAUSE, "7"), range(3)))
    assert [told(one, 202)["said"] for one in answers] == [answers[0].json()["said"]] * 3
    assert events(each_lived) == ["CasePaused"]


def test_what_was_refused_may_be_asked_again(lived: House) -> None:
    row = lived.case(UNCLEAR)
    machine, path = Machine(lived, Scope.CASE_ACTS), f"/api/cases/{row.id}/acts"
    told(machine.post(path, {**PAUSE, "seen": "1"}, "7"), 409)
    told(machine.post(path, {**PAUSE, "seen": "x"}, "7"), 400)
    told(machine.post(path, {**PAUSE, "seen": str(row.rev)}, "7"), 202)
    told(machine.post(path, PAUSE, "x" * 201), 400)


def test_keys_are_forgotten_after_a_week(lived: House) -> None:
    row = lived.case(UNCLEAR)
    machine, path = Machine(lived, Scope.CASE_ACTS), f"/api/cases/{row.id}/acts"
    told(machine.post(path, PAUSE, "7"), 202)
    lived.flow.clock.advance(KEPT + timedelta(seconds=1))
    lived.flow.settle()
    told(machine.post(path, {"do": "resume", "reason": "Пора"}, "8"), 202)
    with lived.database.reading() as session:
        keys = session.exec(select(HandledRow.key)).all()
    assert len([key for key in keys if key.startswith("once:")]) == 1


def test_who_is_quicker_is_told_to_both(lived: House) -> None:
    row = lived.case(UNCLEAR)
    machine, person = Machine(lived, Scope.CASE_ACTS), lived.signed_in()
    path = f"/console/cases/{row.id}/act/pause"
    page = person.get(path).text
    told(machine.post(f"/api/cases/{row.id}/acts", PAUSE), 202)
    form = {"csrf": csrf(page), "seen": str(row.rev), "reason": "Просил"}
    answer = person.post(path, data=form)
    assert (answer.status_code, "Касса" in answer.text) == (409, True)
    told(machine.post(f"/api/cases/{row.id}/acts", {**PAUSE, "do": "stop", "seen": str(row.rev)}), 409)


# --- the queue --------------------------------------------------------------------------------


def test_the_queue_and_its_buttons(each_lived: House) -> None:
    machine = Machine(each_lived, Scope.QUEUE, Scope.QUEUE_ACTS)
    queue = told(machine.get("/api/queue"))
    kinds = {one["kind"]: one for one in queue["items"]}
    assert {
        "alarm",
        "broken",
        "uncertain",
        "failed",
        "unclear",
        "overdue",
        "unmatched",
        "quarantined",
    } == set(kinds)
    lost = kinds["uncertain"]
    assert {way["do"] for way in lost["ways"]} == {"happened", "again", "drop"}
    assert next(way["exact"] for way in lost["ways"] if way["do"] == "again").startswith("Здравствуйте")
    assert told(machine.get("/api/queue?kind=failed"))["count"] == 1
    body = {"key": lost["key"], "do": "happened", "note": "Проверил"}
    told(machine.post("/api/queue", body, "1"))
    told(machine.post("/api/queue", body, "1"))
    assert told(machine.post("/api/queue", body), 409)["detail"].count("Касса") == 1
    assert ("Касса", "effect.happened", lost["key"]) in each_lived.audit()
    told(machine.post("/api/queue", {"key": kinds["unmatched"]["key"], "do": "handled"}))
    after = told(machine.get("/api/queue"))
    assert (after["count"], after["version"] == queue["version"]) == (queue["count"] - 2, False)
    for key, status in (("effect:999999", 404), ("x", 400), ("effect:\0", 404)):
        told(machine.post("/api/queue", {"key": key, "do": "drop"}), status)
    only = told(Machine(each_lived, Scope.QUEUE).get("/api/queue"))
    assert [one["ways"] for one in only["items"] if one["ways"]] == [], "it may look"


# --- reviews and complaints -------------------------------------------------------------------


def test_reviews_and_their_outcome(lived: House) -> None:
    machine = Machine(lived, Scope.REVIEWS, Scope.REVIEW_ACTS)
    listed = told(machine.get("/api/reviews"))
    one = next(each for each in listed["reviews"] if each["case"]["deal_id"] == OVERDUE)
    path = f"/api/reviews/{one['case']['id']}"
    assert (listed["counts"]["overdue"], "found" in one["offered"], one["pages"]) == (
        1,
        True,
        ["https://y.example/1"],
    )
    told(machine.post(path, {"do": "answer", "answer": "found", "seen": "old"}), 409)
    told(machine.post(path, {"do": "answer", "answer": "nonsense"}), 400)
    told(machine.post(path, {"do": "answer", "answer": "found"}), 202)
    assert told(machine.get(path))["pending"]
    lived.flow.settle()
    found = told(machine.get(path))
    assert (found["answer"], found["counted"]["by"], found["offered"]) == ("found", "Касса", [])
    assert told(machine.get("/api/reviews?tab=decided"))["counts"]["found"] == 1
    told(machine.post(path, {"do": "correct", "answer": "vanished"}), 422)
    told(machine.post(path, {"do": "correct", "answer": "vanished", "reason": "Пропал"}), 202)
    assert ("Касса", "review.corrected", f"case:{one['case']['id']}") in lived.audit()
    told(machine.get(f"/api/reviews/{lived.case(UNCERTAIN).id}"), 404)


def test_complaints_and_what_is_done(house: House) -> None:
    machine = Machine(complained(house), Scope.COMPLAINTS, Scope.COMPLAINT_ACTS)
    listed = told(machine.get("/api/complaints"))
    assert listed["count"] == len(listed["complaints"]) == listed["states"][""] >= len(LOW)
    path = f"/api/complaints/{house.case(LOW[0]).id}"
    one = told(machine.get(path))
    cause = next(iter(one["causes"]))
    told(machine.post(path, {"do": "cause", "cause": "nonsense"}), 422)
    told(machine.post(path, {"do": "cause", "cause": cause, "action": "Переделали"}), 202)
    house.flow.settle()
    one = told(machine.get(path))
    assert (one["cause"], one["action"], one["history"][-1]["by"]) == (cause, "Переделали", "Касса")
    told(machine.post(path, {"do": "resolve"}), 400)  # it is settled
    told(machine.post(path, {"do": "reopen"}), 422)
    told(machine.post(path, {"do": "reopen", "reason": "Звонил снова"}), 202)
    house.flow.settle()
    told(machine.post(path, {"do": "resolve", "words": "Помирились"}), 202)
    house.flow.settle()
    assert told(machine.get(path))["settled_at"]
    told(machine.get(f"/api/complaints?cause={cause}&state=open"))


# --- filters ----------------------------------------------------------------------------------


MISSPELT = [
    ("cases?stat=active", "no such filter; there are: q, state"),
    ("cases?state=finished", "state: one of waiting, active, ended"),
    ("cases?since=yesterday", "since: a day"),
    ("cases?asked_until=2026-02-30", "asked_until: a day"),
    ("cases?branch=somewhere", "branch: a branch, portal/branch"),
    ("cases?after=x", "after: as the page before told it"),
    ("queue?kind=other", "kind: one of alarm"),
    ("reviews?tab=funnel", "tab: one of wait, decided"),
    ("reviews?page=0", "page: a number from 1"),
    ("complaints?state=x", "state: one of"),
    ("analytics?view=x", "no such filter"),
    ("audit?before=x", "before: a number"),
]


def test_a_program_that_misspells_gets_no_more_than_it_asked_for(lived: House) -> None:
    machine = Machine(lived, *Scope)
    for path, says in MISSPELT:
        assert says in told(machine.get(f"/api/{path}"), 400)["detail"], path


# --- numbers, the log, personal data ----------------------------------------------------------


def test_the_numbers_lead_to_their_cases(lived: House) -> None:
    machine = Machine(lived, Scope.ANALYTICS, Scope.CASES)
    whole = told(machine.get("/api/analytics?since=2026-03-01"))["whole"]
    assert (whole["asked"], whole["answered"]) == (3, 2)
    assert len(told(machine.get(f"/api/cases?{whole['cases']}"))["cases"]) == whole["asked"]


def test_how_the_engine_stands(lived: House) -> None:
    machine = Machine(lived, Scope.SETTINGS)
    lanes = told(machine.get("/api/lanes"))
    assert {"crm", "channel"} <= {one["told"]["lane"] for one in lanes["lanes"]}
    assert lanes["alarms"]
    assert told(machine.get("/api/doctor"))["own"]["findings"]


def test_the_log_page_by_page(lived: House) -> None:
    machine = Machine(lived, Scope.AUDIT, Scope.CASE_ACTS)
    row = lived.case(UNCLEAR)
    told(machine.post(f"/api/cases/{row.id}/acts", PAUSE), 202)
    (line,) = told(machine.get(f"/api/audit?thing=case:{row.id}"))["lines"]
    assert (line["name"], line["action"], line["details"]) == (
        "Касса",
        "case.pause",
        {"reason": PAUSE["reason"]},
    )
    assert told(machine.get(f"/api/audit?before={line['id']}"))["before"] is None


def test_personal_data_is_told_and_erased(lived: House) -> None:
    machine, phone = Machine(lived, Scope.PRIVACY, Scope.ERASURE), phone_of(OVERDUE)
    assert told(machine.post("/api/persons/find", {"phone": phone}))["held"]["cases"]
    told(machine.post("/api/persons/find", {"phone": "nobody"}), 422)
    told(machine.post("/api/persons/erase", {"phone": phone, "reason": " "}), 422)
    done = told(machine.post("/api/persons/erase", {"phone": phone, "reason": "Просил клиент"}))
    assert done["counts"]
    told(machine.post("/api/persons/erase", {"phone": phone, "reason": "Просил клиент"}), 404)
    gone = told(machine.post("/api/persons/find", {"phone": phone}))
    assert (gone["held"], bool(gone["erased_at"])) == (None, True)
    assert [action for name, action, _ in lived.audit() if name == "Касса"].count("person.erased") == 1


# --- as a whole -------------------------------------------------------------------------------


def test_a_token_of_another_branch_knows_of_nothing(lived: House) -> None:
    there = Place("main", lived.settings.branches[1].name)
    machine = Machine(lived, Scope.CASES, Scope.CASE_ACTS, Scope.QUEUE, Scope.REVIEWS, branches=(there,))
    assert told(machine.get("/api/cases"))["cases"] == []
    assert told(machine.get("/api/queue"))["items"] == []
    assert told(machine.get("/api/reviews"))["count"] == 0
    told(machine.post(f"/api/cases/{lived.case(FAILED).id}/acts", PAUSE), 404)
    here = Machine(lived, Scope.CASES, branches=(Place("main", BRANCH.name),))
    assert len(told(here.get("/api/cases"))["cases"]) == 5


def test_problems_speak_the_language_that_is_asked_for(lived: House) -> None:
    client, key = api(lived), token(lived, Scope.STATUS)

    def title(**headers: str) -> str:
        return str(client.get("/api/cases", headers=bearer(key, **headers)).json()["title"])

    assert title() == "This token may not do that"
    assert title(**{"Accept-Language": "ru-RU,en;q=0.5"}) == "Этому ключу такое не разрешено"
    assert title(**{"Accept-Language": "de, kk"}) == "Бұл кілтке мұндайға рұқсат жоқ"
    assert title(**{"Accept-Language": "de"}) == "Этому ключу такое не разрешено", "as the installation does"
    wrong = client.get("/api/status?full=x", headers=bearer(key, **{"Accept-Language": "de"}))
    assert told(wrong, 400)["title"] == "Запрос не понят"


def test_the_description_is_whole(house: House) -> None:
    client, key = api(house), token(house, Scope.STATUS)
    document = client.get("/api/openapi.json", headers=bearer(key)).json()
    assert document["security"] == [{"bearer": []}]
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            where = f"{method} {path}"
            assert one["summary"], where
            assert one["tags"], where
            assert {"401", "403", "429"} <= set(one["responses"]), where
            assert "Retry-After" in one["responses"]["429"]["headers"], where
            assert method != "post" or {"408", "413"} <= set(one["responses"]), where
            problems = [code for code in one["responses"] if code >= "400"]
            assert all(MEDIA in one["responses"][code]["content"] for code in problems), where
            names = {parameter["name"] for parameter in one.get("parameters", ())}
            assert KEY not in names or "422" in one["responses"], f"{where}: the key was another request's"
            if method == "post":
                assert one["requestBody"]["content"]["application/json"]["schema"]["examples"], where
    assert "HTTPValidationError" not in str(document)
    assert "$defs" not in str(document)
    operations = schemathesis.openapi.from_dict(document).get_all_operations()
    assert len([cast(Any, one).ok() for one in operations]) == sum(map(len, document["paths"].values()))
    schemas = document["components"]["schemas"]
    answered = {name for name, schema in schemas.items() if "examples" in schema}
    assert {"Done", "Whole", "Problem", "Queue", "Accepted", "Figures"} <= answered


def test_strangers_are_read_nothing(lived: House) -> None:
    client: TestClient = api(lived)
    token(lived, Scope.STATUS)
    answer = client.post(f"/api/cases/{lived.case(UNCLEAR).id}/acts", content=b"x" * 99_999)
    assert told(answer, 401)["type"] == "urn:qc-engine:problem:no-token"
    machine = Machine(lived, Scope.CASE_ACTS)
    told(machine.post(f"/api/cases/{lived.case(UNCLEAR).id}/acts", {"do": "x" * 99_999}), 413)
