"""What the engine is given, and what people are told before the first client is."""

from collections.abc import Callable
from typing import Any

import pytest
import respx

from connectors.sms.connector import NAME, Sms, connector
from qc_engine.clock import FixedClock
from qc_engine.core.channel import Channel
from tests.connectors.sms.conftest import SECRET, CountedPace, settings

Make = Callable[..., Sms]
SILENT = {"status": None, "callback": None}


@pytest.mark.parametrize(
    ("changes", "receives", "polls", "receipts"),
    [
        ({}, False, ["statuses"], True),
        ({"webhook_secret": SECRET}, True, ["statuses"], True),
        ({"webhook_secret": SECRET, "description": {"status": None}}, True, [], True),
        ({"description": {"status": None}}, False, [], False),
        ({"webhook_secret": SECRET, "description": SILENT}, False, [], False),
    ],
)
def test_the_doors(
    clock: FixedClock,
    pace: CountedPace,
    changes: dict[str, Any],
    receives: bool,
    polls: list[str],
    receipts: bool,
) -> None:
    made = connector(settings(**changes), clock, pace)
    assert made.name == NAME == "sms"
    assert made.portal == ""
    assert (made.receives is not None) == receives
    assert [one.name for one in made.polls] == polls
    assert made.channel == Channel("sms", answers=False, receipts=receipts, longest=459, longest_wide=201)


def test_a_forecast(make: Make) -> None:
    sms = make(burst=5, requests_per_second=2.0)
    assert sms.takes({"SendMessage": 105}).total_seconds() == 50
    assert sms.takes({"MoveDeal": 9}).total_seconds() == 0


BALANCE = "/sys/balance.php"


@pytest.mark.parametrize(
    ("changes", "answer", "bad"),
    [
        ({"sender": "ACME"}, {"json": {"balance": "83.60", "currency": "RUR"}}, []),
        ({"sender": "ACME", "webhook_secret": SECRET}, {"json": {"balance": "83.60"}}, []),
        ({}, {"json": {"balance": "1"}}, ["имя отправителя не задано"]),
        ({"sender": "ACME Tyres & Co"}, {"json": {"balance": "1"}}, ["длиннее 11 знаков"]),
        ({"sender": "+77011112233"}, {"json": {"balance": "1"}}, []),
        ({"sender": "A"}, {"json": {"error": "authorise error", "error_code": 2}}, ["шлюз SMS закрыт"]),
        ({"sender": "A"}, {"status_code": 503}, ["шлюз SMS не ответил"]),
        ({"sender": "A"}, {"text": "?"}, ["шлюз SMS не ответил"]),
        ({"sender": "A"}, {"json": {"left": "1"}}, ["непонятно"]),
        ({"sender": "A", "description": SILENT}, {"json": {"balance": "1"}}, ["никто не узнает"]),
        ({"sender": "A", "description": {"balance": None}}, {"status_code": 500}, []),
    ],
)
def test_doctor(
    make: Make, gate: respx.MockRouter, changes: dict[str, Any], answer: dict[str, Any], bad: list[str]
) -> None:
    gate.post(BALANCE).respond(**answer)
    findings = make(hook_url="https://q.kz/hooks/sms", **changes).doctor()
    wrong = [one for one in findings if not one.ok]
    assert (
        [any(word in one.what for one in wrong) for word in bad] == [True] * len(wrong) == [True] * len(bad)
    )
    assert all(one.remedy for one in wrong)


def test_doctor_names_the_balance_and_the_address_without_its_secret(
    make: Make, gate: respx.MockRouter
) -> None:
    gate.post(BALANCE).respond(json={"balance": "83.60", "currency": "RUR"})
    told = " ".join(
        one.what for one in make(hook_url="https://q.kz/hooks/sms", webhook_secret=SECRET).doctor()
    )
    assert "остаток: 83.60 RUR" in told
    assert "https://q.kz/hooks/sms/<webhook_secret>" in told
    assert SECRET not in told


def test_doctor_of_mobizon(make: Make, gate: respx.MockRouter) -> None:
    answer = {"code": 0, "data": {"balance": "5000.0000", "currency": "KZT"}, "message": ""}
    gate.post("/service/User/GetOwnBalance").respond(json=answer)
    assert "остаток: 5000.0000 KZT" in " ".join(one.what for one in make("mobizon").doctor())
