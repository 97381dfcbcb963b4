"""Outgoing webhooks in the settings: where they go, the log of deliveries, one sent again, and a test."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from starlette.testclient import TestClient

from connectors.webhook.connector import connector
from qc_engine.clock import FixedClock
from qc_engine.core.effects import CallWebhook
from qc_engine.store import calls, codec, outbox
from qc_engine.store.tables import EffectRow
from qc_engine.telling.office.office import InstallationOffice
from qc_engine.telling.teller import Teller
from qc_engine.web.console.policy import Role
from qc_engine.web.pages.settings.webhooks import PAGE
from tests.connectors.webhook.test_webhook import Free, Receiver, hook
from tests.flow.fakes import BRANCH
from tests.web.console.house import House, csrf

PATH = "/console/settings/webhooks"
SECRET_PATH = "https://loyalty.example/hooks/canary7/qc?key=canary7"
PHONE = "77015550001"


def wired(house: House, receiver: Receiver, addresses: Sequence[str] = ("93.184.216.34",)) -> House:
    """One webhook in config.yaml, with an address that is itself a key."""
    hooks = {"loyalty": hook(url=SECRET_PATH)}
    settings = house.settings.model_copy(update={"webhooks": hooks})
    http = httpx.Client(transport=httpx.MockTransport(receiver), trust_env=False, follow_redirects=False)
    connectors = [connector(hooks, house.flow.clock, Free(), http, lambda *_: addresses)]
    teller = Teller(settings, house.database, house.flow.libraries)
    wall = FixedClock(house.console.wall.now())
    office = InstallationOffice(teller, house.flow.clock, connectors, wall)
    house.console = replace(house.console, office=office)
    return house


def called(house: House, state: str, webhook: str = "loyalty", **values: object) -> int:
    """One delivery in the outbox."""
    now = house.flow.clock.now()
    effect = CallWebhook(webhook, "bonus.confirmed", now, {"phone": PHONE, "amount": "500"})
    with house.database.transaction() as session:
        number = len(calls.log(session, "", "", 1000))
        row = EffectRow(
            key=f"K7Q2:{number}:1", case_id="K7Q2", lane="webhook", kind="CallWebhook",
            payload=codec.dump_effect(effect), state=state, run_at=now, created_at=now,
        )  # fmt: skip
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id


def row_of(house: House, number: int) -> EffectRow:
    with house.database.reading() as session:
        return session.get_one(EffectRow, number)


def resend(client: TestClient, number: int, seen: str = "") -> tuple[int, str]:
    page = client.get(PATH).text
    shown = re.search(
        rf'name="effect" value="{number}">\s*<input type="hidden" name="seen" value="([^"]+)"', page
    )
    form = {
        "csrf": csrf(page),
        "do": "resend",
        "effect": str(number),
        "seen": seen or (shown[1] if shown else "x"),
    }
    answer = client.post(PATH, data=form)
    return answer.status_code, answer.text


def sent_test(client: TestClient, name: str = "loyalty") -> tuple[int, str]:
    token = csrf(client.get("/console").text)
    answer = client.post(PATH, data={"csrf": token, "do": "test", "webhook": name})
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    ("role", "branches", "code"),
    [
        (Role.OWNER, (), 200), (Role.ADMIN, (), 200), (Role.INTEGRATOR, (), 200),
        (Role.INTEGRATOR, (BRANCH.name,), 404), (Role.HEAD, (BRANCH.name,), 404), (Role.MANAGER, (BRANCH.name,), 404),
        (Role.OBSERVER, (), 404),
    ],
)  # fmt: skip
def test_who_may(house: House, role: Role, branches: tuple[str, ...], code: int) -> None:
    receiver = Receiver()
    client = wired(house, receiver).signed_in(role, "Борис", *branches)
    assert client.get(PATH).status_code == code
    assert sent_test(client)[0] == code
    assert len(receiver.requests) == (code == 200)


def test_forged_forms_send_nothing(house: House) -> None:
    receiver = Receiver()
    client = wired(house, receiver).signed_in()
    for form in ({"csrf": "x", "do": "test", "webhook": "loyalty"}, {"do": "test"}):
        assert client.post(PATH, data=form).status_code == 403
    assert house.guest().post(PATH, data={"csrf": "x"}).headers["location"] == "/console/login"
    assert receiver.requests == []


def test_nothing_is_set(house: House) -> None:
    assert "Исходящих вебхуков нет" in house.signed_in().get(PATH).text


# --- the log ----------------------------------------------------------------------------------


def test_how_each_delivery_went(each_house: House) -> None:
    house, now = wired(each_house, Receiver()), each_house.flow.clock.now()
    called(house, outbox.DONE, attempts=1, done_at=now)
    called(
        house,
        outbox.PLANNED,
        attempts=3,
        run_at=now + timedelta(minutes=7),
        error="the receiver answered 503 <b>",
    )
    called(
        house,
        outbox.FAILED,
        "gone",
        attempts=1,
        done_at=now,
        error="webhook_gone: the receiver wants no more",
    )
    client = house.signed_in()
    page = client.get(PATH).text
    assert "canary7" not in page
    assert PHONE not in page
    assert "https://loyalty.example" in page
    assert "сделано: 1, " in page or "в очереди: 1" in page
    rows = page.split("<tbody>", 1)[1].split("<tr>")[1:]
    assert [
        "gone" in rows[0],
        "03.03.2026 12:07" in rows[1],
        "503 &lt;b&gt;" in rows[1],
        ">3<" in rows[1],
    ] == [True] * 4
    for query, count in (
        ("webhook=gone", 1),
        ("webhook=loyalty", 2),
        ("state=done", 1),
        ("state=x", 0),
        ("webhook=%00&state=%00", 3),
    ):
        found = client.get(f"{PATH}?{query}").text
        assert found.count("/console/cases/K7Q2") == count, query


def test_page_by_page(each_house: House) -> None:
    house = wired(each_house, Receiver())
    for _ in range(PAGE + 3):
        called(house, outbox.DONE)
    client = house.signed_in()
    page = client.get(f"{PATH}?webhook=loyalty").text
    older = re.search(r'href="([^"]+)" rel="next"', page)
    assert older is not None
    called(house, outbox.DONE)
    assert client.get(older[1].replace("&amp;", "&")).text.count("/console/cases/K7Q2") == 3


def test_the_log_is_found_by_its_index(house: House) -> None:
    with house.database.reading() as session:
        from sqlmodel import col, select

        query = select(EffectRow).where(calls.WEBHOOKS).order_by(col(EffectRow.id).desc()).limit(5)
        text = str(query.compile(session.get_bind(), compile_kwargs={"literal_binds": True}))
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all()
    assert "ix_effects_webhooks" in str(plan)


# --- once more --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "code", "then"),
    [
        (outbox.DONE, 200, outbox.PLANNED), (outbox.FAILED, 200, outbox.PLANNED), (outbox.REVIEW, 200, outbox.PLANNED),
        (outbox.PLANNED, 200, outbox.PLANNED), (outbox.UNKNOWN, 200, outbox.UNKNOWN),
        (outbox.SENDING, 409, outbox.SENDING), (outbox.CANCELLED, 409, outbox.CANCELLED),
    ],
)  # fmt: skip
def test_one_is_sent_again(each_house: House, state: str, code: int, then: str) -> None:
    house, now = wired(each_house, Receiver()), each_house.flow.clock.now()
    number = called(house, state, attempts=2, run_at=now + timedelta(hours=1), error="busy")
    before = row_of(house, number)
    client = house.signed_in()
    assert resend(client, number, f"{state}:2:0")[0] == code
    row = row_of(house, number)
    assert (row.state, row.key) == (then, before.key), "the receiver knows a repeat by its id"
    assert (row.run_at == now) is (code == 200)
    assert (("Анна", "webhook.resent", f"effect:{number}") in house.audit()) is (code == 200)


def test_the_second_person_is_told(each_house: House) -> None:
    house = wired(each_house, Receiver())
    number = called(house, outbox.FAILED, error="x")
    vera, client = house.signed_in(Role.ADMIN, "Вера"), house.signed_in()
    assert resend(vera, number)[0] == 200
    code, page = resend(client, number, "failed:0:0")
    assert (code, "Вас опередили. Вера" in page) == (409, True)


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 18, "9" * 30, ""])
def test_what_there_is_not(each_house: House, number: str) -> None:
    client = wired(each_house, Receiver()).signed_in()
    token = csrf(client.get("/console").text)
    for form in ({"do": "resend", "effect": number}, {"do": "test", "webhook": number}):
        assert client.post(PATH, data={"csrf": token, **form}).status_code == 404
    assert client.post(PATH, data={"csrf": token, "do": "dance"}).status_code == 400


def test_only_webhooks_are_sent_again_here(lived: House) -> None:
    house = wired(lived, Receiver())
    (failed,) = house.rows(outbox.FAILED)
    assert failed.id is not None
    assert resend(house.signed_in(), failed.id)[0] == 404
    assert row_of(house, failed.id).state == outbox.FAILED


# --- a test -----------------------------------------------------------------------------------


def test_a_test_is_signed_and_says_what_it_is(each_house: House) -> None:
    receiver = Receiver()
    client = wired(each_house, receiver).signed_in()
    code, page = sent_test(client)
    assert (code, "проверочное сообщение принято" in page) == (200, True)
    (request,) = receiver.requests
    body = json.loads(request.content)
    assert (body["type"], body["data"]) == ("qc.test", {"test": "true"})
    assert request.headers["webhook-id"].startswith("msg_test_")
    assert request.headers["webhook-signature"].startswith("v1,")
    assert ("Анна", "webhook.tested", "webhook:loyalty") in each_house.audit()
    with each_house.database.reading() as session:
        assert calls.log(session, "", "", 10) == [], "no delivery of ours"


@pytest.mark.parametrize(
    ("status", "says"), [(404, "404"), (410, "410"), (503, "503"), (302, "302")]
)  # fmt: skip
def test_the_answer_is_shown_but_not_its_body(house: House, status: int, says: str) -> None:
    receiver = Receiver(
        lambda _: httpx.Response(status, text="canary7", headers={"location": "http://10.0.0.1"})
    )
    code, page = sent_test(wired(house, receiver).signed_in())
    assert (code, says in page.split("data-notice>", 1)[1].split("</p>")[0], "canary7" in page) == (
        422,
        True,
        False,
    )
    assert len(receiver.requests) == 1, "no redirect is followed"


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "::1"])
def test_a_test_reaches_the_own_network_no_more_than_the_rest(house: House, address: str) -> None:
    receiver = Receiver()
    code, page = sent_test(wired(house, receiver, [address]).signed_in())
    assert (code, receiver.requests) == (422, [])
    assert "не принято" in page
    assert address not in page
