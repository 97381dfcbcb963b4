"""SMSC at the wire."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest

from sandbox.sms.account import KEY, LOGIN, PASSWORD
from tests.sandbox.sms.conftest import PHONE, World

MES = "Оцените визит"


def test_a_message_travels(world: World) -> None:
    sent = world.smsc(phones=f"+{PHONE}", mes=MES)
    assert sent == {"id": sent["id"], "cnt": 1}
    asked = {"phone": PHONE, "id": sent["id"]}
    assert world.smsc("status", **asked)["status"] == -1
    world.later(3)
    assert world.smsc("status", **asked)["status"] == 0
    assert world.screen() == []
    world.later(10)
    done = world.smsc("status", **asked)
    assert done["status"] == 1
    assert done["last_date"] == "10.07.2026 09:00:13"
    assert done["last_timestamp"] == 1783674013
    assert world.screen() == [MES]


@pytest.mark.parametrize(
    ("why", "status"), [("unreachable", 20), ("wrong", 22), ("forbidden", 23), ("absent", 25), ("expired", 3)]
)
def test_what_does_not_arrive(world: World, why: str, status: int) -> None:
    world.control(f"phones/{PHONE}/undeliverable", why=why)
    number = world.smsc(phones=PHONE, mes=MES)["id"]
    world.later(20)
    assert world.smsc("status", phone=PHONE, id=number)["status"] == status
    assert world.screen() == []


def test_a_list_keeps_its_form(world: World) -> None:
    first, second = world.smsc(phones=PHONE, mes="a")["id"], world.smsc(phones="77022223344", mes="b")["id"]
    rows = world.smsc("status", phone=f"{PHONE},77022223344", id=f"{first},{second}")
    assert [(row["id"], row["phone"]) for row in rows] == [(first, PHONE), (second, "77022223344")]
    assert [row["id"] for row in world.smsc("status", phone=f"{PHONE},", id=f"{first},")] == [first]
    assert world.smsc("status", phone="77022223344", id=first) == {"status": -3}
    assert world.smsc("status", phone=PHONE, id=f"{first},{second}")["error_code"] == 1


@pytest.mark.parametrize(
    ("fields", "code", "numbered"),
    [
        ({"phones": ""}, 1, False),
        ({"mes": ""}, 1, False),
        ({"mes": "x" * 1001}, 1, False),
        ({"psw": "wrong"}, 2, False),
        ({"login": "", "psw": ""}, 2, False),
        ({"apikey": "wrong", "psw": ""}, 2, False),
        ({"phones": "123"}, 7, True),
        ({"phones": "77770000000"}, 8, True),
        ({"sender": "Stranger"}, 6, True),
        ({"mes": "я" * 1000}, 3, True),
    ],
)
def test_errors(world: World, fields: dict[str, Any], code: int, numbered: bool) -> None:
    world.control("phones/77770000000/undeliverable", at_once=True)
    world.control("switches", senders="ACME, Tyres")
    world.control("money", left=20)
    answer = world.smsc(**{"phones": PHONE, "mes": MES, "sender": "ACME"} | fields)
    assert answer["error_code"] == code
    assert ("id" in answer) == numbered
    world.later(60)
    assert world.screen() == []


def test_money_is_spent_by_part(world: World) -> None:
    world.smsc(phones=PHONE, mes="я" * 71)
    world.smsc(phones=PHONE, mes="y" * 160)
    assert world.smsc("balance", cur=1) == {"balance": f"{1000 - 3 * 4:.2f}", "currency": "RUR"}


def test_the_same_request_twice_in_a_minute(world: World) -> None:
    assert "id" in world.smsc(phones=PHONE, mes=MES)
    assert world.smsc(phones=PHONE, mes=MES)["error_code"] == 9
    assert "id" in world.smsc(phones=PHONE, mes=MES + "!")
    world.later(61)
    assert "id" in world.smsc(phones=PHONE, mes=MES)


def test_without_a_charset_words_are_taken_for_windows(world: World) -> None:
    fields = {"login": LOGIN, "psw": PASSWORD, "phones": PHONE, "mes": MES}
    as_form = {"content-type": "application/x-www-form-urlencoded"}
    for encoding in ("utf-8", "cp1251"):
        world.call("POST", "/sms/sys/send.php", content=urlencode(fields, encoding=encoding), headers=as_form)
    world.later(60)
    broken, whole = world.screen()
    assert whole == MES
    assert broken.startswith("РћС†РµРЅРёС‚Рµ")


def test_forms_of_answers(world: World) -> None:
    query: dict[str, Any] = {"apikey": KEY, "phones": PHONE}

    def said(**more: Any) -> str:
        return world.call("GET", "/sms/sys/send.php", params=query | more).text

    assert said(mes="a").startswith("OK - 1 SMS, ID - 1")
    assert said(mes="b", fmt="1").endswith(",1")
    assert said(mes="a") == "ERROR = 9 (duplicate request, wait a minute)"
    assert said(mes="b", fmt="1") == "0,-9"
    assert said(mes="c", fmt="7") == '{"error": "parameters error", "error_code": 1}'
    assert world.call("GET", "/sms/sys/balance.php", params={"apikey": KEY}).text == "992.00"
    assert world.call("GET", "/sms/sys/delete.php").status_code == 404


def test_rest(world: World) -> None:
    body = {"login": LOGIN, "psw": PASSWORD, "phones": "8 701 111-22-33", "mes": MES}
    assert world.call("POST", "/sms/rest/send/", json=body).json()["cnt"] == 1
    world.later(20)
    assert world.screen() == [MES]
    assert world.call("POST", "/sms/rest/send/", content=b"?").json()["error_code"] == 2


def test_callbacks(world: World) -> None:
    world.control("hooks", gateway="smsc", url="http://us/hooks/sms/secret")
    number = world.smsc(phones=PHONE, mes=MES)["id"]
    world.later(20)
    told = [dict(parse_qsl(one.content.decode())) for one in world.heard]
    assert [(one["id"], one["phone"], one["status"]) for one in told] == [
        (str(number), PHONE, "0"),
        (str(number), PHONE, "1"),
    ]
    world.control("hooks", gateway="smsc", url="")
    world.smsc(phones=PHONE, mes="x")
    world.later(20)
    assert len(world.heard) == 2


def test_lost_and_doubled_callbacks(world: World) -> None:
    world.account.set_hook("smsc", {"url": "http://us/"})
    world.control("switches", hook_copies=3)
    world.smsc(phones=PHONE, mes="x")
    world.later(20)
    assert len(world.heard) == 6
    world.control("switches", hooks_lost_percent=100)
    world.smsc(phones=PHONE, mes="y")
    world.later(20)
    assert len(world.heard) == 6


@pytest.mark.parametrize(
    ("how", "status", "arrives"),
    [
        ("error500", 500, 0),
        ("html503", 503, 0),
        ("limit", 429, 0),
        ("forbidden", 403, 0),
        ("moved", 302, 0),
        ("auth", 200, 0),
        ("no_money", 200, 0),
        ("too_fast", 200, 0),
        ("blocked", 200, 0),
        ("empty", 200, 1),
        ("html200", 200, 1),
        ("done_error500", 500, 1),
    ],
)
def test_faults(world: World, how: str, status: int, arrives: int) -> None:
    world.control("faults", match="POST /sys/send.php", how=how)
    data = {"apikey": KEY, "phones": PHONE, "mes": MES, "fmt": "3", "charset": "utf-8"}
    answer = world.call("POST", "/sms/sys/send.php", data=data)
    assert answer.status_code == status
    assert b'"cnt"' not in answer.content
    world.later(60)
    assert len(world.screen()) == arrives
    assert "id" in world.smsc(phones=PHONE, mes="next")


@pytest.mark.parametrize(("how", "arrives"), [("done_no_answer", 1), ("not_done_no_answer", 0)])
def test_a_broken_answer(world: World, how: str, arrives: int) -> None:
    world.control("faults", match="*", how=how, skip=1, times=1)
    assert "balance" in world.smsc("balance")
    with pytest.raises((httpx.HTTPError, AssertionError)):
        world.smsc(phones=PHONE, mes=MES)
    world.later(60)
    assert len(world.screen()) == arrives


def test_ledger(world: World) -> None:
    world.smsc(phones=PHONE, mes="я" * 71)
    world.smsc(phones=PHONE, mes="")
    world.later(60)
    assert world.account.ledger() == {
        "requests": 2,
        "accepted": 1,
        "parts": 2,
        "by_phone": {PHONE: 1},
        "money": 992.0,
    }
    assert world.control("ledger", "GET") == world.account.ledger()
    assert world.account.version > 1
