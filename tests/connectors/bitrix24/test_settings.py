"""The section of config.yaml."""

import pytest
from pydantic import ValidationError

from connectors.bitrix24.settings import Bitrix24Settings


@pytest.mark.parametrize(
    "url",
    [
        "https://portal.example/rest/1/abc/",
        "https://portal.example/rest/1/abc",
        "http://127.0.0.1:9000/rest/1/abc/",
        "http://localhost:9000/rest/12/abc/",
        "http://[::1]:9000/rest/1/abc/",
    ],
)
def test_webhook_addresses(url: str) -> None:
    settings = Bitrix24Settings(webhook_url=url)
    assert settings.webhook_url.get_secret_value() == url
    assert "abc" not in repr(settings)


@pytest.mark.parametrize(
    "url",
    [
        "http://portal.example/rest/1/canary/",
        "https://portal.example/canary/",
        "https://portal.example/rest/canary/",
        "https:///rest/1/canary/",
        "ftp://localhost/rest/1/canary/",
        "https://portal.example/rest/1/canary/?x=1",
        "https://portal.example/rest/1/canary/crm.deal.list",
        "",
    ],
)
def test_wrong_addresses_are_refused_without_printing_the_secret(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Bitrix24Settings(webhook_url=url)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"stages": {"low": ""}},
        {"fields": {"score": ""}},
        {"users": {"head": 0}},
        {"batch_size": 51},
        {"batch_size": 0},
        {"notify": "loudly"},
        {"poll_every": "often"},
        {"webhook": "x"},
    ],
)
def test_wrong_values_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Bitrix24Settings(webhook_url="https://portal.example/rest/1/abc/", **wrong)


def test_every_field_is_explained() -> None:
    assert all(field.description for field in Bitrix24Settings.model_fields.values())
