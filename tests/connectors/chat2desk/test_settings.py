"""Which configurations are refused, and that no secret is printed."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from connectors.chat2desk.settings import Chat2DeskSettings

Make = Callable[..., Chat2DeskSettings]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://api.chat2desk.kz/", "https://api.chat2desk.kz"),
        ("https://api.chat2desk.com/v1/", "https://api.chat2desk.com"),
        ("http://127.0.0.1:9000/chat2desk", "http://127.0.0.1:9000/chat2desk"),
        ("http://localhost:9000", "http://localhost:9000"),
    ],
)
def test_base_url(make_settings: Make, given: str, kept: str) -> None:
    assert make_settings(base_url=given).base_url == kept


@pytest.mark.parametrize(
    "change",
    [
        {"base_url": "http://api.chat2desk.com"},
        {"base_url": "http://127.0.0.1.example.com"},
        {"base_url": "https://user:password@api.chat2desk.com"},
        {"base_url": "ftp://127.0.0.1"},
        {"base_url": "api.chat2desk.com"},
        {"token": SecretStr("")},
        {"token": SecretStr("abc\n")},
        {"token": SecretStr("ключ")},
        {"webhook_secret": SecretStr("short")},
        {"webhook_secret": SecretStr("with/slash/with/slash")},
        {"previous_webhook_secret": SecretStr("")},
        {"channel_id": 0},
        {"transport": ""},
        {"region": "kz"},
        {"requests_per_second": 0},
        {"requests_per_second": -1},
        {"burst": 0},
        {"message_type": "system"},
        {"template_grammar": "liens"},
        {"failed_status": "("},
        {"refusals": [{"pattern": "(", "code": "window_closed"}]},
        {"refusals": [{"pattern": "x", "code": "Два слова"}]},
        {"refusals": [{"pattern": "", "code": "blocked"}]},
        {"status_words": [{"pattern": "(", "state": "read"}]},
        {"status_words": [{"pattern": "x", "state": "failed"}]},
        {"hmac": {"secret": "x", "signed": "timestamp.body"}},
        {"foreign_bots": "fight"},
        {"survey_tag": -1},
        {"hmac": {"secret": ""}},
        {"http_timeout": "soon"},
        {"unknown": 1},
    ],
)
def test_nonsense_is_refused(make_settings: Make, change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make_settings(**change)


def test_a_refused_secret_is_not_printed(make_settings: Make) -> None:
    with pytest.raises(ValidationError) as refused:
        make_settings(token="top secret", webhook_secret="hidden/secret", hmac={"secret": 5})
    assert "top secret" not in str(refused.value)
    assert "hidden/secret" not in str(refused.value)


def test_secrets_are_not_in_the_representation(make_settings: Make) -> None:
    shown = repr(make_settings(hmac={"secret": "signing-key"}))
    assert "0123456789abcdef" not in shown
    assert "sesame" not in shown
    assert "signing-key" not in shown


def test_every_field_is_described_in_russian() -> None:
    for name, field in Chat2DeskSettings.model_fields.items():
        assert field.description, name
        assert any("а" <= letter <= "я" for letter in field.description.lower()), name
