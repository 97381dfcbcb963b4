"""Alarms and reconciliations in words: what is wrong with the whole, since when, and what to do."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlmodel import Session

from qc_engine.core.effects import Lane
from qc_engine.explain import phrases
from qc_engine.explain.moments import iso
from qc_engine.explain.voice import Voice, sentence
from qc_engine.store import alarms, doubles, reports, wishes
from qc_engine.store.reports import Line, Report
from qc_engine.store.tables import AlarmRow

Told = dict[str, Any]
BROKEN = "broken"  # the family of alarms that the broken lanes tell by themselves
RECONCILE = "reconcile"
SHOWN = 10  # lines of a report beside its alarm
# What helps with an alarm of this family; 'doctor' names the cause of most things.
COMMANDS: Mapping[str, Sequence[tuple[str, str]]] = {
    "silence": (("doctor", "qc doctor"), ("status", "qc status")),
    RECONCILE: ((RECONCILE, "qc reconcile"),),
    "scenarios": (("check", "qc check"), ("scenarios", "qc scenario list")),
    "ramp": (("scenarios", "qc scenario list"),),
    "mail": (("mail", "qc report week --mail"), ("doctor", "qc doctor")),
    "page": (("pages", "qc links check"),),
    wishes.FAMILY: (("erase", "qc client erase PHONE --yes"), ("answered", "qc client answered CASE")),
    "copied": (("moved", "qc installation moved"), ("copy", "qc installation copy")),
    doubles.TWICE: ((RECONCILE, "qc reconcile"),),
    "restored": (("status", "qc status"), ("release", "qc release")),
}
ANY: Sequence[tuple[str, str]] = (("doctor", "qc doctor"),)


def alarms_told(session: Session, voice: Voice) -> list[Told]:
    """Every alarm that stands, the oldest first; broken lanes are told elsewhere, with more to say."""
    rows = [row for row in alarms.all_alarms(session) if _family(row) != BROKEN]
    return [_alarm(session, voice, row) for row in rows]


def _alarm(session: Session, voice: Voice, row: AlarmRow) -> Told:
    text = words(voice, row.phrase, row.params)
    after = f"{row.phrase}_after"
    return {
        "key": row.key,
        "phrase": row.phrase,
        "params": row.params,
        "since_at": iso(row.since),
        "since": voice.time(row.since),
        "text": text,
        "headline": voice.say("attention.alarm", text=text),
        "known": _known(session, voice, row),
        "if_nothing": voice.say(after) if phrases.known(after, voice.language) else "",
        "commands": [
            {"how": how, "command": command, "text": voice.say(f"how.{how}")}
            for how, command in COMMANDS.get(_family(row), ANY)
        ],
    }


def _known(session: Session, voice: Voice, row: AlarmRow) -> list[str]:
    """What the last reconciliation has for a person, its first lines."""
    family, _, portal = row.key.partition(":")
    report = reports.last(session, portal) if family == RECONCILE else None
    lines = [line for line in report.reported if line.needs_person] if report else []
    told = [words(voice, line.key, line.params) for line in lines[:SHOWN]]
    more = len(lines) - SHOWN
    return [*told, voice.say("attention.and_more", count=more)] if more > 0 else told


def _family(row: AlarmRow) -> str:
    return row.key.partition(":")[0]


def words(voice: Voice, key: str, params: Mapping[str, object]) -> str:
    """A sentence of an alarm or a report, its values called as people call them."""
    values = {name: str(value) for name, value in params.items()}
    named: Mapping[str, Callable[[str], str]] = {
        "portal": lambda word: voice.word("portal", word),
        "lane": lambda word: lane_words(voice, word),
        "stage": voice.stage,
        "believed": voice.stage,
        "what": lambda word: voice.word("kind", word),
        "reason": voice.error,
        "why": voice.error,
    }
    said = {name: named[name](value) if name in named and value else value for name, value in values.items()}
    return voice.say(key, **said)


def lane_words(voice: Voice, lane: str) -> str:
    """'CRM', for a further portal 'CRM «astana»', for a further channel its name."""
    name, separator, portal = lane.partition(":") if ":" in lane else lane.partition("-")
    if separator and name == Lane.CHANNEL:
        return voice.channel(portal)
    if voice.knows("channel", lane):
        return voice.channel(lane)
    return f"{voice.word('lane', name)} «{portal}»" if separator else voice.word("lane", name)


def report_as_text(report: Report, voice: Voice) -> str:
    """A whole reconciliation for a terminal; the text ends with a newline."""
    portal = voice.word("portal", report.portal)
    people = [line for line in report.reported if line.needs_person]
    others = [line for line in report.reported if not line.needs_person]
    parts = (("reconciled.people", people), ("reconciled.repaired", report.repaired))
    lines = [voice.say("reconciled.head", portal=portal, at=report.at, count=report.looked_at)]
    for title, found in (*parts, ("reconciled.reported", others)):
        lines += _part(voice, title, found)
    if len(lines) == 1:
        lines.append(voice.say("reconciled.clean"))
    return "\n".join(lines) + "\n"


def _part(voice: Voice, title: str, found: Sequence[Line]) -> list[str]:
    told = [f"  · {sentence(words(voice, line.key, line.params))}" for line in found]
    return [voice.say(title), *told] if told else []
