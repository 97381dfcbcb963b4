"""What stands on the page of a scenario, made of what the engine tells."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.scenarios.trial_words import condition, figure, stopped
from qc_engine.web.pages.scenarios.visiting import may_change, sees_figures
from qc_engine.web.pages.scenarios.workshop import FILE, Report, Told

SHORT = 8
LOGGED = (
    "activated", "waiting", "paused", "resumed", "frozen", "thawed", "file_gone", "shadow_begun",
    "shadow_stopped", "ramp_begun", "ramp_stopped", "promoted", "migrated", "kept", "undone",
)  # fmt: skip
NOBODY = ("file", "engine")  # who changed something, when no person did
MEASURES = ("answered", "undelivered", "unclear", "refused", "opted_out")
SIGNS = {"+": "added", "-": "taken", "@": "place"}


def base(console: Console, visitor: Visitor, told: Told) -> Mapping[str, Any]:
    """What every page about one scenario shows."""
    return {
        "page": "scenarios",
        "one": {**told, "since": moment(told["since"])},
        "path": f"/console/scenarios/{told['portal']}/{told['name']}",
        "short": short,
        "changes": may_change(visitor),
        "sees_figures": sees_figures(visitor),
        "cases": cases(console, visitor, told),
        "trial": trial(visitor, told),
        "stopped": stopped(visitor, told),
        "figure": figure,
        "versions": versions(visitor, told),
    }


def moment(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


def short(version: str) -> str:
    return version[:SHORT]


def cases(console: Console, visitor: Visitor, told: Told) -> Sequence[tuple[str, str, int]]:
    """(state, what people call it, how many), of all versions together."""
    counts: dict[str, int] = {}
    for row in told["cases"] if sees_figures(visitor) else ():
        counts[row["state"]] = counts.get(row["state"], 0) + row["count"]
    word, language = console.behind.word, visitor.look.language
    return [(state, word(language, "state", state), count) for state, count in sorted(counts.items())]


# --- versions ---------------------------------------------------------------------------------


def versions(visitor: Visitor, told: Told) -> Sequence[Mapping[str, Any]]:
    """The newest first, each with what it is now."""
    return [
        {**row, "is": _part(told, row["version"]), "running": _running(visitor, told, row["version"])}
        for row in told.get("kept", ())
    ]


def _part(told: Told, version: str) -> str:
    if version == told["version"]:
        return "in_force"
    if told["candidate"] and version == told["candidate"]["version"]:
        return "candidate"
    return "waiting" if version == told["waiting"] else ""


def _running(visitor: Visitor, told: Told, version: str) -> int:
    if not sees_figures(visitor):
        return 0
    theirs = [row for row in told["cases"] if row["version"] == version]
    return sum(row["count"] for row in theirs if row["state"] == "active")


def running_elsewhere(visitor: Visitor, told: Told) -> int:
    """Cases that are not over and go by another version than the one in force, or by one that is tried."""
    tried = told["candidate"]["version"] if told["candidate"] else ""
    if not sees_figures(visitor):
        return 0
    rows = [row for row in told["cases"] if row["version"] not in (told["version"], tried)]
    return sum(row["count"] for row in rows if row["state"] != "ended")


def playable(visitor: Visitor, told: Told) -> Sequence[tuple[str, str]]:
    """What can be chosen to be played: the file, and the versions that are kept."""
    kept = [(row["version"], short(row["version"])) for row in told["kept"]]
    named = [(version, f"{words} {_called(visitor, told, version)}".strip()) for version, words in kept]
    return [] if told["file_gone"] else [(FILE, visitor.say("scenarios.file_now")), *named]


def _called(visitor: Visitor, told: Told, version: str) -> str:
    part = _part(told, version)
    return f"({visitor.say(f'scenarios.is_{part}')})" if part else ""


def log(visitor: Visitor, told: Told) -> Sequence[Mapping[str, Any]]:
    return [
        {**row, "said": _said(visitor, row["what"]), "who": who(visitor, row["by"])} for row in told["log"]
    ]


def who(visitor: Visitor, by: str) -> str:
    return visitor.say(f"scenarios.by_{by}") if by in NOBODY else by


def _said(visitor: Visitor, what: str) -> str:
    return visitor.say(f"scenarios.log_{what}") if what in LOGGED else what


# --- what is tried ----------------------------------------------------------------------------


def trial(visitor: Visitor, told: Told) -> Mapping[str, Any] | None:
    """The candidate with its figures; of one that takes new cases as rows: measure, candidate, in force."""
    if not told["candidate"]:
        return None
    figures, sides = told["figures"], ("candidate_figures", "active_figures")
    rows = [] if "candidate_figures" not in figures else [
        (measure, *(_cell(visitor, figures[side], measure) for side in sides))
        for measure in ("cases", "asked", *MEASURES, "average")
    ]  # fmt: skip
    candidate, since = told["candidate"], moment(told["candidate"]["since"])
    conditions = [condition(visitor, one) for one in candidate["stop_if"]]
    return {**candidate, "since": since, "rows": rows, "figures": figures, "conditions": conditions}


def _cell(visitor: Visitor, side: Told, measure: str) -> str:
    value = side[measure]
    if value is None:
        return "–"
    share = measure in MEASURES and side["asked"]
    if not share:
        return visitor.number(f"{value:g}")
    percent = visitor.number(f"{100 * value / side['asked']:.1f}")
    return f"{value} ({percent}%)"


def by_step(moves: Told) -> Sequence[tuple[str, int]]:
    """Of the cases that can go by another version: how many stand in which step, most of all first."""
    return Counter(row["step"] for row in moves["cases"] if row["can"]).most_common()


def done(did: Told) -> Told:
    """Each deed with its moment."""
    rows = [
        {**row, "deeds": [{**deed, "at": moment(deed["at"])} for deed in row["deeds"]]}
        for row in did["cases"]
    ]
    return {**did, "cases": rows}


# --- texts ------------------------------------------------------------------------------------


def lines(told: Sequence[str]) -> Sequence[tuple[str, str]]:
    """Of a comparison: what became of each line, and the line."""
    return [(SIGNS.get(line[:1], "kept"), line) for line in told if not line.startswith(("---", "+++"))]


def by_kind(told: Told) -> Sequence[tuple[str, Sequence[Any]]]:
    """Steps, rules, questions ... with what differs in each."""
    groups = ((kind, [row for row in told["words"] if row.what == kind]) for kind in told["kinds"])
    return [(kind, rows) for kind, rows in groups if rows]


def counted(report: Report) -> Mapping[str, int]:
    failing = sum(run.fault is not None for run in report.runs)
    return {"passed": len(report.runs) - failing, "failed": failing}
