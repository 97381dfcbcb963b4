"""Who may call: addresses are believed only where our own proxy tells them."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.chat2desk.account import Chat2Desk
from qc_engine.ports import Forbidden, Request

Make = Callable[..., Chat2Desk]
SECRET = "open-sesame-open-sesame"
THEIRS = ("203.0.113.0/24", "2001:db8::/32")


@pytest.mark.parametrize(
    ("proxies", "forwarded", "admitted"),
    [
        (1, "203.0.113.7", True),
        (1, " 203.0.113.7 ", True),
        (1, "203.0.113.7:4711", True),
        (1, "2001:db8::1", True),
        (1, "[2001:db8::1]:443", True),
        (1, '"[2001:db8::1]"', True),
        (1, "::ffff:203.0.113.7", True),
        (1, "198.51.100.1", False),
        (1, "203.0.113.7, 198.51.100.1", False),  # written by the caller himself
        (1, "198.51.100.1, 203.0.113.7", True),
        (2, "203.0.113.7, 10.0.0.1", True),
        (2, "198.51.100.1, 203.0.113.7, 10.0.0.1", True),
        (2, "203.0.113.7, 198.51.100.1, 10.0.0.1", False),
        (2, "203.0.113.7", False),  # came past one of the two proxies
        (1, "", False),
        (1, "unknown", False),
        (1, "203.0.113.7%0d", False),
        (1, "0xCB007107", False),
    ],
)
def test_addresses(make_account: Make, proxies: int, forwarded: str, admitted: bool) -> None:
    account = make_account(allowed_ips=THEIRS, proxies=proxies)
    call = Request(SECRET, {"x-forwarded-for": forwarded}, b"{}")
    if admitted:
        assert account.parse(call) == []
    else:
        with pytest.raises(Forbidden):
            account.parse(call)


def test_an_address_alone_opens_nothing(make_account: Make) -> None:
    account = make_account(allowed_ips=THEIRS, proxies=1)
    with pytest.raises(Forbidden) as refused:
        account.parse(Request("wrong", {"x-forwarded-for": "203.0.113.7"}, b"{}"))
    assert "203.0.113.7" not in str(refused.value)


def test_another_header(make_account: Make) -> None:
    account = make_account(allowed_ips=THEIRS, proxies=1, proxy_header="X-Real-IP")
    assert account.parse(Request(SECRET, {"x-real-ip": "203.0.113.7"}, b"{}")) == []
    with pytest.raises(Forbidden):
        account.parse(Request(SECRET, {"x-forwarded-for": "203.0.113.7"}, b"{}"))


def test_without_a_list_nobody_asks_for_addresses(make_account: Make) -> None:
    account = make_account(proxies=1)
    assert account.parse(Request(SECRET, {"x-forwarded-for": "198.51.100.1"}, b"{}")) == []


@pytest.mark.parametrize(
    "change",
    [
        {"allowed_ips": THEIRS},  # without a proxy nobody tells the address
        {"allowed_ips": ("203.0.113.7/24",), "proxies": 1},
        {"allowed_ips": ("chat2desk.com",), "proxies": 1},
        {"proxies": -1},
        {"proxies": 9},
    ],
)
def test_what_makes_no_sense(make_settings: Any, change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make_settings(**change)
