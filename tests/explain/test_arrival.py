"""What people read of a message that the channel accepted: how far it came, and what to do when it did not."""

from datetime import UTC, datetime

import pytest

from connectors.chat2desk.refusals import DEFAULT_REFUSALS, READ_NOTICE
from qc_engine.explain.arrival import arrival, lost_lines
from qc_engine.explain.phrases import known, languages
from qc_engine.explain.voice import Voice
from qc_engine.store.tables import DeliveryRow, EffectRow

AT = datetime(2026, 3, 4, 5, 3, tzinfo=UTC)
CODES = sorted({one.code for one in DEFAULT_REFUSALS} - {READ_NOTICE})


def message(result: str = "812") -> EffectRow:
    payload = {"phone": "77015551234", "text": "Оцените?"}
    return EffectRow(
        key="K:1:1", case_id="K", lane="channel", kind="SendMessage", payload=payload, state="done",
        result=result, run_at=AT, created_at=AT, done_at=AT,
    )  # fmt: skip


def failed(code: str, reason: str = "vendor's words +7 701 555 12 34") -> dict[str, DeliveryRow]:
    row = DeliveryRow(channel="chat2desk", message_id="812", state="failed", at=AT, code=code, reason=reason)
    return {"failed": row}


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("code", CODES)
def test_every_refusal_has_its_words_and_its_next_step(language: str, code: str) -> None:
    assert known(f"error.{code}", language)
    assert known(f"next.{code}", language)
    voice = Voice(language, "Asia/Almaty")
    (line,) = lost_lines(voice, [message()], {"K:1:1": failed(code)})
    assert "{" not in line
    assert voice.say(f"next.{code}") in line
    assert "5551234" not in line.replace(" ", "")


@pytest.mark.parametrize("code", ["", "phone_off"])
def test_a_refusal_that_nobody_described_is_told_as_it_came(code: str) -> None:
    told = arrival(Voice("ru", "Asia/Almaty"), message(), failed(code, "Телефон выключен"))
    assert told is not None
    assert told["text"] == "не дошло, 04.03.2026 10:03: Телефон выключен"
    assert told["next_step"] == Voice("ru").say("next.undelivered")


def test_what_was_never_accepted_has_not_come_anywhere() -> None:
    assert arrival(Voice("ru"), message(result=""), {}) is None
