"""Events of the outgoing webhook: who may knock, and what is understood."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as some

from connectors.bitrix24 import events as bitrix_events
from connectors.bitrix24.connector import Bitrix24
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.core.events import DealChanged, DealDeleted, TaskChanged
from qc_engine.ports import Forbidden, Request, Unreadable

SAMPLES = Path(__file__).parent / "samples"
FORM = {"content-type": "application/x-www-form-urlencoded"}
TASK = "event=ONTASKUPDATE&data[FIELDS_BEFORE][ID]=12"
TOKEN = "auth[application_token]=apptoken"


def request(body: str | bytes) -> Request:
    return Request("", FORM, body.encode() if isinstance(body, str) else body)


def deal_event(name: str, number: str = "351", ts: str = "1766047124") -> str:
    return f"event={name}&data[FIELDS][ID]={number}&ts={ts}&{TOKEN}"


@pytest.fixture
def strict(settings: Bitrix24Settings, clock: Any, pace: Any) -> Bitrix24:
    sample_token = "jvh9y1ulvt2m6k5or90v9mg8nn32ozas"
    with_portal = {
        "application_token": sample_token, "domain": "Some-Domain.bitrix24.ru",
        "member_id": "d897063e1ce7c5eb9f04b9751eef5915",
    }  # fmt: skip
    data = {"webhook_url": "https://portal.example/rest/1/x/", **with_portal}
    return Bitrix24(Bitrix24Settings.model_validate(data), clock, pace)


def test_vendor_sample(strict: Bitrix24) -> None:
    body = (SAMPLES / "event-outgoing-webhook-oncrmdealadd.form.txt").read_bytes().strip()
    arrivals = strict.parse(request(body))
    assert [arrival.event for arrival in arrivals] == [DealChanged(7405)]
    assert arrivals[0].key.startswith("ONCRMDEALADD:7405:1766047124:")


@pytest.mark.parametrize("name", ["domain", "member_id"])
def test_event_of_another_portal_is_forbidden(strict: Bitrix24, name: str) -> None:
    body = (SAMPLES / "event-outgoing-webhook-oncrmdealadd.form.txt").read_text().strip()
    key = quote(f"auth[{name}]")
    parts = [f"{key}=other" if part.startswith(key) else part for part in body.split("&")]
    with pytest.raises(Forbidden, match=name):
        strict.parse(request("&".join(parts)))


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (deal_event("ONCRMDEALADD"), [DealChanged(351)]),
        (deal_event("ONCRMDEALUPDATE"), [DealChanged(351)]),
        (deal_event("oncrmdealupdate"), [DealChanged(351)]),
        (deal_event("ONCRMDEALMOVETOCATEGORY"), [DealChanged(351)]),
        (deal_event("ONCRMDEALDELETE"), [DealDeleted(351)]),
        (f"{TASK}&data[FIELDS_AFTER][ID]=12&{TOKEN}", [TaskChanged(12)]),
        (f"{TASK}&data[FIELDS_AFTER]=undefined&{TOKEN}", [TaskChanged(12)]),
        (f"event=ONCRMCONTACTUPDATE&data[FIELDS][ID]=1&{TOKEN}", []),
        (f"event=ONAPPTEST&{TOKEN}", []),
        (f"event=SOMETHINGNEW&data[X][Y][Z]=1&new[]=2&{TOKEN}", []),
        (quote(deal_event("ONCRMDEALADD"), safe="=&"), [DealChanged(351)]),
        (urlencode({"event": "ONCRMDEALADD", "data[FIELDS][ID]": "351", "auth[application_token]": "apptoken",
                    "extra": "a b + %00 \x00 é"}), [DealChanged(351)]),
        (deal_event("ONCRMDEALADD").encode() + b"&junk=%ff%fe%00&raw=\xff\xfe\x00", [DealChanged(351)]),
        (deal_event("ONCRMDEALADD").encode() + "&name=Сделка".encode("cp1251"), [DealChanged(351)]),
    ],
)  # fmt: skip
def test_events(bitrix: Bitrix24, body: str | bytes, events: list[object]) -> None:
    assert [arrival.event for arrival in bitrix.parse(request(body))] == events


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"event": "ONCRMDEALADD", "auth": {"application_token": "apptoken"}}',
        b"\x1f\x8b\x08\x00gzip",
        b"event=ONCRMDEALADD&data[FIELDS][ID]=1",
        b"event=ONCRMDEALADD&data[FIELDS][ID]=1&auth[application_token]=",
        b"event=ONCRMDEALADD&data[FIELDS][ID]=1&auth[application_token]=wrong",
        b"event=ONCRMDEALADD&data[FIELDS][ID]=1&auth[application_token]=apptoken%00",
        b"event=ONCRMDEALADD&data[FIELDS][ID]=1&auth[application_token]=APPTOKEN",
        b"event=ONCRMDEALADD&data[FIELDS][ID]=1&auth[application_token][]=apptoken",
        b"event=ONCRMDEALADD&data[FIELDS][ID]=1&auth[application_token][0]=apptoken",
        b"event=ONCRMDEALADD&data[FIELDS][ID]=1&auth=apptoken",
        b"event=ONCRMDEALADD&application_token=apptoken",
        b"auth[application_token]=wrong&auth[application_token]=apptoken",
        b"auth[application_token]=apptoken&auth[application_token]=apptoken",
        b"auth[application_token]=" + "токен".encode(),
        b"auth[application_token]=%ff%fe",
        b"&".join(b"f%d=1" % number for number in range(10_000)) + b"&" + TOKEN.encode(),
    ],
)
def test_without_the_token_nobody_gets_in(bitrix: Bitrix24, body: bytes) -> None:
    with pytest.raises(Forbidden):
        bitrix.parse(request(body))


def test_without_a_token_of_our_own_nobody_gets_in(settings: Bitrix24Settings, clock: Any, pace: Any) -> None:
    closed = Bitrix24(Bitrix24Settings(webhook_url="https://portal.example/rest/1/x/"), clock, pace)
    with pytest.raises(Forbidden):
        closed.parse(request("event=ONCRMDEALADD&data[FIELDS][ID]=1&auth[application_token]="))


@pytest.mark.parametrize(
    "body",
    [
        TOKEN,
        f"event=&{TOKEN}",
        f"event=ONCRMDEALADD&{TOKEN}",
        f"event=ONCRMDEALADD&data[FIELDS][ID][]=5&{TOKEN}",
        f"event=ONCRMDEALADD&data[FIELDS][ID]=5&data[FIELDS][ID]=6&{TOKEN}",
        deal_event("ONCRMDEALADD", "-1"),
        deal_event("ONCRMDEALADD", "0"),
        deal_event("ONCRMDEALADD", "1e3"),
        deal_event("ONCRMDEALADD", "9" * 5000),
        deal_event("ONCRMDEALADD", "%D9%A8"),
        f"event=ONTASKUPDATE&data[FIELDS_AFTER]=undefined&{TOKEN}",
    ],
)
def test_what_the_portal_sent_but_nobody_understands(bitrix: Bitrix24, body: str) -> None:
    with pytest.raises(Unreadable):
        bitrix.parse(request(body))


def test_keys_repeat_for_repeats_and_differ_for_changes(bitrix: Bitrix24) -> None:
    def key(body: str) -> str:
        return bitrix.parse(request(body))[0].key

    first = key(deal_event("ONCRMDEALUPDATE"))
    assert key(deal_event("ONCRMDEALUPDATE")) == first
    others = [
        deal_event("ONCRMDEALUPDATE", ts="1766047125"),
        deal_event("ONCRMDEALUPDATE") + "&event_handler_id=2",
        deal_event("ONCRMDEALUPDATE", number="352"),
        deal_event("ONCRMDEALADD"),
        deal_event("ONCRMDEALUPDATE", ts="%00<script>"),
    ]
    keys = {key(body) for body in others}
    assert first not in keys
    assert len(keys) == len(others)
    assert all(text.isprintable() and "<" not in text for text in keys)


@given(some.one_of(some.binary(max_size=80), some.text("a[]=&+%5BDя;", max_size=40).map(str.encode)))
def test_a_form_is_read_as_the_library_reads_it(body: bytes) -> None:
    expected: dict[str, list[str]] = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
        expected.setdefault(name, []).append(value)
    assert bitrix_events._form(body) == expected


@pytest.mark.parametrize(
    ("token", "is_believed"), [("new", True), ("old", True), ("older", False), ("", False)]
)
def test_while_the_token_is_changed_both_are_believed(
    clock: Any, pace: Any, token: str, is_believed: bool
) -> None:
    data = {"webhook_url": "https://portal.example/rest/1/x/", "application_token": "new"}
    settings = Bitrix24Settings.model_validate(data | {"previous_application_token": "old"})
    body = f"event=ONCRMDEALADD&data[FIELDS][ID]=1&ts=1&auth[application_token]={token}"
    try:
        found = Bitrix24(settings, clock, pace).parse(request(body))
    except Forbidden:
        found = []
    assert bool(found) == is_believed
