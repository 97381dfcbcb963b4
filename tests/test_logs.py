"""No secret and no full phone reaches a log line."""

import pytest

from qc_engine.logs import clean, redact

CANARY = "s3cr3tcanary"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"https://p.bitrix24.ru/rest/1/{CANARY}/crm.item.get", "/rest/1/•••"),
        (f"POST /hooks/chat2desk/{CANARY}?x=1 403", "/hooks/chat2desk/•••?x=1"),
        (f"auth[application_token]: token={CANARY}&x", "token=•••&x"),
        (f'{{"access_token": "{CANARY}"}}', '"access_token": "•••"'),
        (f"Authorization: {CANARY}", "Authorization: •••"),
        ("client 77011234567 wrote", "client 7701•••4567 wrote"),
        ("+7 and 79161234567890", "7916•••7890"),
        ("deal 4312, message 963360012", "deal 4312, message 963360012"),
    ],
)
def test_a_line_is_cleaned(text: str, kept: str) -> None:
    assert CANARY not in clean(text)
    assert "7011234567" not in clean(text)
    assert kept in clean(text)


def test_values_of_secret_keys_are_dropped_whatever_they_look_like() -> None:
    line = redact(None, "", {"event": "x", "api_token": CANARY, "Authorization": CANARY, "n": 5})
    assert CANARY not in str(line)
    assert line["n"] == 5
