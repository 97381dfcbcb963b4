"""Everything that waits for a person: what is known about it, and what each answer would do."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from qc_engine.core.case import Case
from qc_engine.core.effects import SendMessage
from qc_engine.core.wording.texts import masked
from qc_engine.explain.alarming import BROKEN, alarms_told, lane_words
from qc_engine.explain.attention_text import as_text
from qc_engine.explain.called import voice_of
from qc_engine.explain.hiding import beginning, hidden
from qc_engine.explain.moments import iso
from qc_engine.explain.resolving import CHOICES, resolve
from qc_engine.explain.voice import Voice
from qc_engine.explain.words import effect_words, error_words
from qc_engine.store import alarms, cases, inbox, lanes, outbox
from qc_engine.store.casebook import Branches, within
from qc_engine.store.tables import CaseRow, EffectRow, InboxRow, LaneRow

__all__ = ["as_text", "attention", "resolve"]  # what waits, and how a person answers

Told = dict[str, Any]
RAW_SHOWN = 200  # characters of a raw body
REASON_SHOWN = 300
UNREADABLE = "unreadable"


def attention(
    session: Session,
    language: str,
    *,
    stage_names: Mapping[str, str] | None = None,
    zone: str = "UTC",
    branches: Branches = None,
) -> Told:
    """{"count", "text", "alarms", "uncertain", "failed", "quarantined", "broken"}, ready for JSON.

    Effects are told in the time zone of their branch, everything else in `zone`; only those of `branches`.
    Keys that end in `_at` hold ISO times in UTC.
    """
    rows = outbox.for_a_person(session, within(branches))
    voice = Voice(language, zone, stage_names or {})
    parts = {
        "alarms": alarms_told(session, voice),
        "uncertain": [_effect(session, voice, row) for row in rows if row.state == outbox.REVIEW],
        "failed": [_effect(session, voice, row) for row in rows if row.state == outbox.FAILED],
        "quarantined": [_quarantined(voice, row) for row in inbox.quarantined(session)],
        "broken": [_broken(session, voice, row) for row in lanes.all_lanes(session) if row.broken],
    }
    count = sum(len(part) for part in parts.values())
    return {"count": count, "text": "" if count else voice.say("attention.nothing"), **parts}


# --- effects ----------------------------------------------------------------------------------


def _effect(session: Session, voice: Voice, row: EffectRow) -> Told:
    case_row = session.get_one(CaseRow, row.case_id)
    case = cases.load(session, case_row)
    voice = voice_of(case, voice.language, voice.stages)
    group = "uncertain" if row.state == outbox.REVIEW else "failed"
    return {
        "id": row.id,
        "key": row.key,
        "kind": row.kind,
        "case_id": row.case_id,
        "deal_id": case.deal_id,
        "portal": case.portal,
        "branch": case.branch.name,
        "text": voice.say(f"attention.{group}"),
        "words": row.payload.get("text", ""),
        "what": effect_words(voice, row),
        "to": _to(row, case),
        "since_at": iso(row.done_at),
        "since": voice.time(row.done_at),
        "known": _known(session, voice, row),
        "if_nothing": _if_nothing(voice, row),
        "commands": [_command(voice, how, f"qc resolve {row.id} {how}") for how in CHOICES],
    }


def _to(row: EffectRow, case: Case) -> str:
    """The client's masked number, or the deal."""
    if row.kind != SendMessage.__name__:
        return str(row.payload.get("deal_id", case.deal_id))
    return f"{case.client_name} {masked(row.payload['phone'])}".strip()


def _known(session: Session, voice: Voice, row: EffectRow) -> list[str]:
    lines = [voice.say("known.reason", why=error_words(voice, row) or voice.say("error.nobody_knows"))]
    if row.first_tried_at:
        lines.append(voice.say("known.tried", at=row.first_tried_at, attempts=row.attempts))
    if row.looks:
        lines.append(voice.say("known.searched", looks=row.looks))
    if fresh_until := row.payload.get("fresh_until"):
        lines.append(voice.say("known.fresh", until=fresh_until))
    waiting = (voice.say("known.blocks", text=effect_words(voice, one)) for one in _blocked(session, row))
    return [*lines, *waiting]


def _blocked(session: Session, row: EffectRow) -> Sequence[EffectRow]:
    """Effects that leave only after this one is done."""
    return session.exec(
        select(EffectRow)
        .where(EffectRow.case_id == row.case_id, EffectRow.waits_for == row.key)
        .where(col(EffectRow.state) == outbox.PLANNED)
        .order_by(col(EffectRow.id))
    ).all()


def _if_nothing(voice: Voice, row: EffectRow) -> str:
    if row.state == outbox.FAILED:
        return voice.say("if_nothing.failed")
    return voice.say("if_nothing", kind="question" if row.payload.get("question") else row.kind)


def _command(voice: Voice, how: str, command: str) -> Told:
    return {"how": how, "command": command, "text": voice.say(f"how.{how}")}


# --- the rest ---------------------------------------------------------------------------------


def _quarantined(voice: Voice, row: InboxRow) -> Told:
    reason = _last_line(row.reason)
    return {
        "id": row.id,
        "source": row.source,
        "source_text": voice.word("channel", row.source),
        "kind": row.kind,
        "kind_text": voice.say("attention.unreadable") if row.kind == UNREADABLE else row.kind,
        "reason": reason,
        "text": voice.say("attention.quarantined", reason=reason),
        "raw": beginning(row.raw, RAW_SHOWN),
        "attempts": row.attempts,
        "received_at": iso(row.received_at),
        "received": voice.time(row.received_at),
        "if_nothing": voice.say("attention.quarantined_after"),
        "commands": [_command(voice, "replay", f"qc replay {row.id}")],
    }


def _last_line(reason: str) -> str:
    """Of a traceback only what it ends with: the fault itself."""
    lines = [line.strip() for line in reason.splitlines() if line.strip()]
    return beginning(lines[-1], REASON_SHOWN) if lines else ""


def _broken(session: Session, voice: Voice, row: LaneRow) -> Told:
    name = lane_words(voice, row.key)
    reason = hidden(row.broken)
    alarm = alarms.standing(session, f"{BROKEN}:{row.key}")
    since = alarm.since if alarm else None
    return {
        "lane": row.key,
        "since_at": iso(since),
        "since": voice.time(since),
        "name": name,
        "reason": reason,
        "text": voice.say("attention.broken", lane=name, reason=reason),
        "if_nothing": voice.say("attention.broken_after"),
        "commands": [_command(voice, "doctor", "qc doctor")],
    }
