"""The story of one case: what happened, what was checked, what was done, and whether it arrived."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from qc_engine.core.scenario import Scenario
from qc_engine.explain.arrival import Told, arrival, lost_lines
from qc_engine.explain.called import voice_of
from qc_engine.explain.moments import iso
from qc_engine.explain.outline import deal_name, head, summary
from qc_engine.explain.visits import visit_words
from qc_engine.explain.voice import Voice, sentence
from qc_engine.explain.words import delivery_words, effect_words, error_words, event_words
from qc_engine.phones import normalise
from qc_engine.store import cases, links, messages, outbox, traces
from qc_engine.store.tables import CaseRow, EffectRow, TraceRow

Entry = dict[str, Any]
LONGEST_NUMBER = 18  # a BIGINT has room for any number of so many digits
WHOLE_NUMBER = 10  # digits that name a phone within its country


class NoSuchCase(LookupError):
    """There is no case of this id."""


def story(
    session: Session,
    case_id: str,
    language: str,
    stage_names: Mapping[str, str],
    *,
    scenario: Scenario | None = None,
    scenario_file: str = "",
    users: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """{"language", "case": {...}, "summary": [lines], "entries": [...]}, ready for JSON. Raises NoSuchCase.

    Beside them "invitations": by channel, the link with which the client opens our chat there. Keys that end
    in `_at` hold ISO times in UTC, `time` the same in the branch's zone. The `scenario` of the case's version
    adds its title, those of its steps and how often a person may be asked, `scenario_file` the place of a
    rule, `users` (name -> number in the CRM) the names of colleagues.
    """
    row = session.get(CaseRow, case_id)
    if row is None:
        raise NoSuchCase(case_id)
    case = cases.load(session, row)
    voice = voice_of(case, language, stage_names, scenario, users)
    effects = outbox.of_case(session, case_id)
    told = messages.told_of(session, effects)
    decisions = traces.of_case(session, case_id)
    return {
        "language": language,
        "case": head(voice, case, decisions, scenario),
        "invitations": dict(case.invitations),
        "summary": [*summary(voice, case, decisions, effects), *lost_lines(voice, effects, told)],
        "entries": _entries(session, voice, row, effects, told, decisions, scenario_file),
    }


# --- entries ----------------------------------------------------------------------------------


def _entries(
    session: Session,
    voice: Voice,
    row: CaseRow,
    effects: Sequence[EffectRow],
    told: Mapping[str, Told],
    decisions: Sequence[TraceRow],
    scenario_file: str,
) -> list[Entry]:
    by_key = {effect.key: effect for effect in effects}
    decided = [decision_told(voice, one, by_key, told, scenario_file) for one in decisions]
    visits = _clicks(session, voice, row.id, decisions)
    # Sorting is stable: what happened at the same moment keeps this order.
    first = [_opened(voice, row), *([] if decided or not row.rev else [_gone(voice, row)])]
    return sorted([*first, *visits, *decided], key=lambda entry: entry["happened_at"])


def _opened(voice: Voice, row: CaseRow) -> Entry:
    return {
        "kind": "opened",
        "happened_at": iso(row.created_at),
        "time": voice.time(row.created_at),
        "text": voice.say("story.opened", deal_id=deal_name(row.deal_id, row.portal)),
    }


def _gone(voice: Voice, row: CaseRow) -> Entry:
    """Decisions were taken, and nobody keeps them any more: by their age, or because a person was erased."""
    at = row.updated_at
    return {"kind": "gone", "happened_at": iso(at), "time": voice.time(at), "text": voice.say("story.gone")}


def decision_told(
    voice: Voice,
    trace: TraceRow,
    effects: Mapping[str, EffectRow],
    told: Mapping[str, Told],
    scenario_file: str,
) -> Entry:
    body = trace.body
    planned = [effects[key] for key in body["effects"] if key in effects]
    return {
        "kind": "decision",
        "happened_at": iso(trace.at),
        "time": voice.time(trace.at),
        "rev": trace.rev,
        "version": trace.version,
        "event": body["event"]["kind"],
        "text": event_words(voice, body["event"], effects),
        "step": trace.step,
        "step_text": voice.step(trace.step),
        "step_after": body["step"],
        "state_after": body["state"],
        "checked": [_checked(voice, one, scenario_file) for one in body["checked"]],
        "notes": [_note(voice, one) for one in body["notes"]],
        "effects": [told_effect(voice, one, effects, told.get(one.key, {})) for one in planned],
        "wake_at": iso(body["wake_at"]),
        "wake_time": voice.say("story.wake", until=body["wake_at"]) if body["wake_at"] else "",
    }


def _checked(voice: Voice, one: Mapping[str, Any], scenario_file: str) -> Entry:
    why = voice.phrase(one["why"])
    place = f"{scenario_file}:{one['line']}" if scenario_file and one["line"] else ""
    verdict = voice.say("verdict.passed" if one["passed"] else "verdict.failed", why=why)
    return {
        "passed": one["passed"],
        "rule": one["rule"],
        "why": why,
        "text": verdict,
        "line": one["line"],
        "place": place,
    }


def _note(voice: Voice, note: Mapping[str, Any]) -> Entry:
    return {"key": note["key"], "values": note["values"], "text": sentence(voice.phrase(note))}


def told_effect(voice: Voice, row: EffectRow, effects: Mapping[str, EffectRow], told: Told) -> Entry:
    """What the effect is, and the truth about its delivery; of a message, also how far it came."""
    came = arrival(voice, row, told)
    delivery = (delivery_words(voice, row, effects), came["text"] if came else "")
    return {
        "id": row.id,
        "key": row.key,
        "kind": row.kind,
        "text": effect_words(voice, row),
        "state": row.state,
        "state_text": voice.word("effect_state", row.state),
        "delivery": ", ".join(filter(None, delivery)),
        "arrival": came,
        "attempts": row.attempts,
        "vendor_id": row.result,
        "error": error_words(voice, row),
        "done_at": iso(row.done_at),
        "done_time": voice.time(row.done_at),
    }


def _clicks(session: Session, voice: Voice, case_id: str, decisions: Sequence[TraceRow]) -> list[Entry]:
    """Visits of the links, except those that the case was told of: their decisions are in the story."""
    platforms = {link.code: link.platform for link in links.of_case(session, case_id)}
    counted = {one.body["event"]["data"].get("code") for one in decisions}
    entries: list[Entry] = []
    for click in links.clicks_of_case(session, case_id):
        if click.grade == "person" and click.code in counted:
            counted.discard(click.code)
            continue
        platform = voice.word("platform", platforms[click.code])
        entries.append(
            {
                "kind": "click",
                "happened_at": iso(click.at),
                "time": voice.time(click.at),
                "text": voice.say(f"story.click.{click.grade}", platform=platform),
                "grade": click.grade,
                "reason": visit_words(voice, click.reason),
            }
        )
    return entries


# --- finding ----------------------------------------------------------------------------------


def find_cases(session: Session, what: str) -> list[str]:
    """Ids of the cases meant by a case id, a deal's number in any portal, or a phone in any spelling; oldest
    first."""
    word = what.strip().lstrip("#№").strip()
    digits = "".join(sign for sign in word if sign.isascii() and sign.isdigit())
    rows = [*_of_id(session, word), *_of_deal(session, word), *_of_phone(session, what, digits)]
    return list(dict.fromkeys(row.id for row in rows))


def _of_id(session: Session, word: str) -> list[CaseRow]:
    spellings = dict.fromkeys((word, word.upper(), word.lower()))
    return [row for one in spellings if (row := session.get(CaseRow, one))]


def _of_deal(session: Session, word: str) -> Sequence[CaseRow]:
    is_number = word.isascii() and word.isdigit() and len(word) <= LONGEST_NUMBER
    return cases.of_deal_anywhere(session, int(word)) if is_number else ()


def _of_phone(session: Session, what: str, digits: str) -> Sequence[CaseRow]:
    """As the country writes it; else by the last ten digits, whatever code stands before them."""
    phone = normalise(what)
    if phone and (found := cases.all_of_phone(session, phone)):
        return found
    if len(digits) < WHOLE_NUMBER:
        return ()
    ending = col(CaseRow.phone).endswith(digits[-WHOLE_NUMBER:])
    return session.exec(select(CaseRow).where(ending).order_by(col(CaseRow.created_at))).all()
