"""No secret and no full phone reaches a log line."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import structlog

from qc_engine.logs import clean, redact, set_up

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


@contextmanager
def set_up_for_a_while() -> Iterator[None]:
    """As a program begins; afterwards everything is as the other tests have it."""
    loggers = [
        logging.getLogger(name)
        for name in (None, "apscheduler", "httpx", "httpcore", "alembic", "uvicorn.access")
    ]
    handlers, levels, before = loggers[0].handlers, [one.level for one in loggers], structlog.get_config()
    loggers[0].handlers = []  # those of pytest would be closed
    try:
        set_up("INFO")
        yield
    finally:
        loggers[0].handlers = handlers
        for one, level in zip(loggers, levels, strict=True):
            one.setLevel(level)
        structlog.configure(**before)


def test_a_line_is_one_json_value_that_says_when(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours and those of the libraries, whatever somebody else has put into them."""
    with set_up_for_a_while():
        structlog.get_logger("ours").info("two\nlines", who='a\r\n{"event": "forged"}')
        logging.getLogger("theirs").warning("client 77011234567\nwrote")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["two\nlines", "client 7701•••4567\nwrote"]
    assert [line["level"] for line in lines] == ["info", "warning"]
    assert {datetime.fromisoformat(line["timestamp"]).tzinfo for line in lines} == {UTC}
