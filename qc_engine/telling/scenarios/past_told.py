"""The report of a trial on the past as the console shows it: numbers, branches, and whose path changes."""

from collections.abc import Mapping
from typing import Any

from qc_engine.explain.voice import Voice
from qc_engine.trying.comparing import OUTCOME
from qc_engine.trying.printing import by_change, foremost, unknown
from qc_engine.trying.report import Changed, Figures, Report
from qc_engine.trying.roads import COUNTED
from qc_engine.trying.telling import outcome_words

Told = Mapping[str, Any]


def report_told(report: Report, voice: Voice) -> Told:
    """Phones are masked; `first` is in the language in which the trial was begun."""
    return {
        "since": report.season.since,
        "until": report.season.until,
        "active": report.season.active,
        "clients": len(report.clients),
        "clients_differ": len(report.clients_differ),
        **_figures(report.whole, voice),
        "outcomes": [_outcome(voice, *pair, count) for pair, count in by_change(report.outcomes)],
        "branches": [
            {"branch": name, **_figures(one, voice)} for name, one in sorted(report.branches.items())
        ],
        "people": [_person(one, voice) for one in foremost(report)],
        "count": len(report.people),
        "unknown": unknown(report, voice),
    }


def _figures(one: Figures, voice: Voice) -> Told:
    sums = [(voice.word("try.what", what), one.old[what], one.new[what]) for what in COUNTED]
    return {
        "cases": one.cases,
        "changed": one.changed,
        "differs": one.outcome_differs,
        "sums": [row for row in sums if row[1] or row[2]],
    }


def _outcome(voice: Voice, old: str, new: str, count: int) -> Told:
    return {
        "old": outcome_words(voice, old),
        "new": outcome_words(voice, new),
        "same": old == new,
        "count": count,
    }


def _person(one: Changed, voice: Voice) -> Told:
    return {
        "case_id": one.case_id,
        "deal_id": one.deal_id,
        "phone": one.phone,
        "branch": one.branch,
        "old": outcome_words(voice, one.old),
        "new": outcome_words(voice, one.new),
        "ends_otherwise": OUTCOME in one.what,
        "what": [voice.word("try.what", what) for what in one.what],
        "first": one.first,
    }
