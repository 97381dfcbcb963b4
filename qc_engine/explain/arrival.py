"""How far a message to the client came, after the channel had accepted it."""

from collections.abc import Mapping, Sequence
from typing import Any

from qc_engine.core.effects import SendMessage
from qc_engine.explain.hiding import hidden
from qc_engine.explain.moments import iso
from qc_engine.explain.phrases import known
from qc_engine.explain.voice import Voice
from qc_engine.store import messages, outbox
from qc_engine.store.tables import DeliveryRow, EffectRow

STATES = (messages.SENT, messages.DELIVERED, messages.READ, messages.FAILED)
BEST_FIRST = (messages.READ, messages.DELIVERED, messages.FAILED, messages.SENT)
UNDELIVERED = "undelivered"

Told = Mapping[str, DeliveryRow]  # by state


def arrival(voice: Voice, row: EffectRow, told: Told) -> dict[str, Any] | None:
    """{"state", "sent_at", "delivered_at", "read_at", "failed_at", "code", "reason", "text", "next_step"}.

    None for what is no message, or was never accepted. `state` is accepted until the channel tells more.
    """
    if row.kind != SendMessage.__name__ or not row.result:
        return None
    failed = told.get(messages.FAILED)
    lost = failed is not None and not any(state in told for state in messages.ARRIVED)
    return {
        "state": next((state for state in BEST_FIRST if state in told), "accepted"),
        **{f"{state}_at": iso(told[state].at) if state in told else None for state in STATES},
        "code": failed.code if failed and lost else "",
        "reason": hidden(failed.reason) if failed and lost else "",
        "text": ", ".join(_words(voice, told)),
        "next_step": next_step(voice, failed.code) if failed and lost else "",
    }


def next_step(voice: Voice, code: str) -> str:
    """What a person should do about a refusal."""
    key = f"next.{code}"
    return voice.say(key if known(key, voice.language) else f"next.{UNDELIVERED}")


def lost_lines(voice: Voice, effects: Sequence[EffectRow], told: Mapping[str, Told]) -> list[str]:
    """One line for each message that the channel accepted and then could not deliver."""
    found = [(row, arrival(voice, row, told.get(row.key, {}))) for row in effects]
    return [
        _lost(voice, row, told[row.key], one["next_step"], _other_way(row, effects))
        for row, one in found
        if one and one["state"] == messages.FAILED
    ]


def _lost(voice: Voice, row: EffectRow, told: Told, next_step: str, other: EffectRow | None) -> str:
    said = {"text": row.payload["text"], "why": why(voice, told)}
    if other is None:
        return voice.say("story.lost", next=next_step, **said)
    return voice.say("story.lost_elsewhere", channel=voice.channel(messages.channel_of(other)), **said)


def _other_way(lost: EffectRow, effects: Sequence[EffectRow]) -> EffectRow | None:
    """The same question or the same words, later and through another channel."""
    later = [row for row in effects if row.kind == lost.kind and (row.id or 0) > (lost.id or 0)]
    return next((row for row in later if row.state != outbox.CANCELLED and _instead(row, lost)), None)


def _instead(row: EffectRow, lost: EffectRow) -> bool:
    part = "question" if row.payload["question"] else "text"
    same: bool = row.payload[part] == lost.payload[part]
    return same and messages.channel_of(row) != messages.channel_of(lost)


def why(voice: Voice, told: Told) -> str:
    """Why it did not arrive, in plain words."""
    failed = told[messages.FAILED]
    return refusal_words(voice, failed.code, failed.reason)


def refusal_words(voice: Voice, code: str, reason: str) -> str:
    """A code that the catalogue knows in its words, anything else as the channel or the company says it."""
    known_code = code and known(f"error.{code}", voice.language)
    return voice.error(f"{code}: {reason}") if known_code else hidden(reason)


def _words(voice: Voice, told: Told) -> list[str]:
    arrived = any(state in told for state in messages.ARRIVED)
    # 'sent' says no more than that the channel took it, once something better is known.
    shown = [state for state in STATES if state in told and not (state == messages.SENT and len(told) > 1)]
    return [
        voice.say(f"arrival.{state}", at=told[state].at, why=why(voice, told) if state == "failed" else "")
        for state in shown
        if not (state == messages.FAILED and arrived)
    ]
