"""One event, one effect: what it was, and how it went."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from qc_engine.explain.arrival import refusal_words
from qc_engine.explain.voice import Voice
from qc_engine.store import doubles, outbox
from qc_engine.store.tables import EffectRow

PEOPLE = ("user", "responsible", "assigned_to")  # in an effect: by their numbers in the CRM
WAITS = (outbox.PLANNED, outbox.UNKNOWN)


def event_words(voice: Voice, event: Mapping[str, Any], effects: Mapping[str, EffectRow]) -> str:
    """`event` as a trace keeps it: {"kind": ..., "data": {...}}; `effects` by their keys."""
    kind, data = event["kind"], event["data"]
    values = _plain(data | data.get("deal", {}))
    values.pop("phone", None)
    if kind == "EffectDone" and (row := effects.get(values["effect_key"])):
        values["kind"] = row.kind
    if kind == "MessageRefused":
        code = "" if values.get("say") else values.get("code", "")
        values["reason"] = refusal_words(voice, code, values.get("say") or values["reason"])
    if kind == "StaffWrote":
        values["kind"] = values.get("by", "")
    if kind == "EffectFailed":
        values["reason"] = voice.error(f"{values['code']}: {values['reason']}")
    if kind == "ApprovalGiven":
        values["answer"] = "yes" if data["given"] else "no"
    if kind == "ReviewCorrected":
        values["said"] = voice.word("review", values["answer"])
    if "stage" in values:
        values["stage"] = voice.stage(values["stage"])
    if "platform" in values:
        values["platform"] = voice.word("platform", values["platform"])
    values.pop("address", None)
    channel = values.pop("channel", "")
    if kind == "ChannelJoined":
        return voice.say(f"event.{kind}", channel=voice.channel(channel))
    return _through(voice, channel, voice.say(f"event.{kind}", **values))


def effect_words(voice: Voice, row: EffectRow) -> str:
    """'Перенос сделки 4312 в «Оценка качества»'; once it is done: 'Сделка 4312 перенесена в ...'."""
    values = _plain(row.payload)
    values.pop("phone", None)
    if "stage" in values:
        values["stage"] = voice.stage(values["stage"])
    values |= {name: voice.person(values[name]) for name in PEOPLE if name in values}
    if "fields" in row.payload:
        values["fields"] = voice.fields(row.payload["fields"])
    values.pop("address", None)
    told = voice.say(f"{'done' if row.state == outbox.DONE else 'effect'}.{row.kind}", **values)
    if file := values.get("file"):
        told = voice.say("story.with_file", text=told, title=file)
    return _through(voice, values.get("channel", ""), told)


def _through(voice: Voice, channel: str, text: str) -> str:
    """The main channel goes without saying."""
    return voice.say("story.through", text=text, channel=voice.channel(channel)) if channel else text


def delivery_words(voice: Voice, row: EffectRow, effects: Mapping[str, EffectRow]) -> str:
    """'сделано 04.03.2026 10:15, попыток: 2, номер 812'."""
    parts = [_state_words(voice, row, effects)]
    if row.attempts > 1:
        parts.append(voice.say("delivery.attempts", attempts=row.attempts))
    if row.result:
        parts.append(voice.say("delivery.vendor_id", result=row.result))
    word, _, others = row.error.partition(": ")
    if word in (doubles.TWICE, doubles.GONE):
        parts.append(voice.say(f"delivery.{word}", others=others or "?"))
    return ", ".join(parts)


def _state_words(voice: Voice, row: EffectRow, effects: Mapping[str, EffectRow]) -> str:
    why = error_words(voice, row)
    needed = effects.get(row.waits_for)
    if row.state == outbox.PLANNED and needed and needed.state != outbox.DONE:
        return voice.say("delivery.waits_for", text=effect_words(voice, needed))
    if row.state == outbox.PLANNED and why:
        return voice.say("delivery.postponed", until=row.run_at, why=why)
    why = why or voice.say("error.nobody_knows")
    return voice.say(f"delivery.{row.state}", at=row.done_at or "", until=row.run_at, why=why)


def error_words(voice: Voice, row: EffectRow) -> str:
    """Why it is not done, or ''."""
    if not row.error or row.state == outbox.DONE:
        return ""
    # A gate names no moment beside an effect: the moment is when the effect is tried again.
    later: dict[str, datetime] = {"until": row.run_at} if row.state in WAITS else {}
    return voice.error(row.error, **later)


def _plain(data: Mapping[str, Any]) -> dict[str, str]:
    """Only what fits into a sentence; None is nothing."""
    return {name: str(value) for name, value in data.items() if isinstance(value, str | int)}
