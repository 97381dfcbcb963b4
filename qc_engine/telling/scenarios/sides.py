"""Two versions beside each other: in words, and line by line."""

from collections.abc import Sequence
from difflib import unified_diff

from sqlmodel import Session

from qc_engine.scenario_files.checks.differing import Difference, differences
from qc_engine.scenario_files.yaml.including import whole_text
from qc_engine.store import notebook, scenarios
from qc_engine.telling.scenarios.opened import SHORT, Opened, version_meant

FILE, ACTIVE, CANDIDATE = "file", "active", "candidate"
KINDS = ("step", "rule", "question", "threshold", "text", "other", "test")
Side = tuple[str, str]  # what it is called, and its text


def side(session: Session, one: Opened, said: str) -> Side:
    """A version, or: active, candidate, file. Raises NoSuchVersion; BadScenarios for a broken file."""
    row = scenarios.of_portal(session, one.portal)[one.name]
    if said == FILE:
        fresh = one.fresh()
        return f"{one.name} (file)", fresh.sources.get(one.name, "")
    meant = {ACTIVE: row.version, CANDIDATE: row.candidate}.get(said) or said
    version = version_meant(session, one, meant)
    kept = notebook.version(session, one.portal, version)
    assert kept is not None
    return f"{one.name}@{version[:SHORT]}", kept.source


def in_words(before: Side, after: Side) -> list[Difference]:
    """In the scenario's own words and places; comments and layout are of no matter."""
    roots = [whole_text(text, label).source.root for label, text in (before, after)]
    return differences(*roots)


def by_lines(before: Side, after: Side) -> Sequence[str]:
    """As `diff -u` writes it; nothing when they are the same."""
    (old, old_text), (new, new_text) = before, after
    return list(unified_diff(old_text.splitlines(), new_text.splitlines(), old, new, lineterm=""))
