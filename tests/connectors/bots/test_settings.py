"""Which configurations are refused, and that no secret is printed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import certifi
import pytest
from pydantic import SecretStr, ValidationError

from connectors.bots.sending import invitation
from connectors.bots.settings import BotSettings
from connectors.bots.transport import make_http

Make = Callable[..., BotSettings]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://bots.example/", "https://bots.example"),
        ("http://127.0.0.1:9000/telegram", "http://127.0.0.1:9000/telegram"),
        ("http://localhost:9000", "http://localhost:9000"),
    ],
)
def test_base_url(make_settings: Make, given: str, kept: str) -> None:
    assert make_settings(base_url=given).base_url == kept


@pytest.mark.parametrize(
    "change",
    [
        {"base_url": "http://bots.example"},
        {"base_url": "http://127.0.0.1.example.com"},
        {"base_url": "https://user:password@bots.example"},
        {"base_url": "https://bots.example?x=1"},
        {"base_url": "bots.example"},
        {"invite_url": "javascript:alert(1)"},
        {"token": SecretStr("")},
        {"token": SecretStr("with space")},
        {"token": SecretStr("ключ")},
        {"bot": ""},
        {"bot": "https://t.me/quality_bot"},
        {"bot": "бот"},
        {"webhook_secret": SecretStr("short")},
        {"webhook_secret": SecretStr("sixteen signs!!!")},
        {"webhook_secret": SecretStr("a" * 257)},
        {"requests_per_second": 0},
        {"requests_per_second": 31},
        {"burst": 0},
        {"longest_text": 0},
        {"refusals": [{"pattern": "(", "code": "blocked"}]},
        {"refusals": [{"pattern": "x", "code": "Два слова"}]},
        {"ca_file": "/nowhere.pem"},
        {"ca_file": __file__},
        {"http_timeout": "soon"},
        {"unknown": 1},
    ],
)
def test_nonsense_is_refused(make_settings: Make, change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make_settings(**change)


def test_secrets_are_printed_nowhere(make_settings: Make) -> None:
    with pytest.raises(ValidationError) as refused:
        make_settings(token="top secret", webhook_secret="hidden/secret")
    assert "top secret" not in str(refused.value)
    assert "hidden/secret" not in str(refused.value)
    assert "sesame" not in repr(make_settings())
    assert "abcdef" not in repr(make_settings())


def test_one_more_root_is_trusted(make_settings: Make) -> None:
    with make_http(make_settings(ca_file=Path(certifi.where()))) as http:
        assert not http.follow_redirects


@pytest.mark.parametrize("bot", ["quality_bot", "@quality_bot"])
def test_an_invitation(make_settings: Make, bot: str) -> None:
    wanted = "https://open.example/quality_bot?start=K7-q_2"
    assert invitation(make_settings(bot=bot), "K7-q_2") == wanted


@pytest.mark.parametrize("token", ["", "a b", "a&b", "x" * 65, "ключ"])
def test_no_link_carries_it(make_settings: Make, token: str) -> None:
    with pytest.raises(ValueError, match="64 signs"):
        invitation(make_settings(), token)
