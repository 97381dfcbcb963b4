"""qc scenario diff: what another version does otherwise."""

from difflib import unified_diff
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qc_engine.commands.scenario.opening import (
    DEFAULT,
    SHORT,
    InPortal,
    Name,
    Opened,
    explained,
    opened,
    version_meant,
)
from qc_engine.commands.shared import AsJson, Config, answer, say

if TYPE_CHECKING:
    from sqlmodel import Session

FILE, ACTIVE, CANDIDATE = "file", "active", "candidate"
TITLES = {
    "step": "Steps", "rule": "Rules", "question": "Questions", "threshold": "Thresholds", "text": "Texts",
    "other": "Other", "test": "Tests",
}  # fmt: skip


def diff(
    name: Name,
    before: Annotated[str, typer.Argument(help="A version, or: active, candidate, file.")] = ACTIVE,
    after: Annotated[str, typer.Argument(help="The same; default: what the file holds now.")] = FILE,
    portal: InPortal = "",
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Show what differs between two versions: steps, rules, thresholds, texts; then line by line.

    Examples:

      qc scenario diff tyre_centre

      qc scenario diff tyre_centre 3fa2b1c9 active
    """
    from qc_engine.scenario_files.differing import differences
    from qc_engine.scenario_files.including import whole_text

    with explained():
        one = opened(config, name, portal)
        with one.database.reading() as session:
            sides = [_side(session, one, said) for said in (before, after)]
    roots = [whole_text(text, label).source.root for label, text in sides]
    found = differences(*roots)
    lines = list(
        unified_diff(
            sides[0][1].splitlines(), sides[1][1].splitlines(), sides[0][0], sides[1][0], lineterm=""
        )
    )
    if as_json:
        rows = [
            {
                "place": list(row.place),
                "what": row.what,
                "kind": row.kind,
                "before": row.before,
                "after": row.after,
            }
            for row in found
        ]
        answer({"before": sides[0][0], "after": sides[1][0], "differences": rows, "diff": "\n".join(lines)})
    else:
        say("\n".join([*_in_words(found), *lines]) if lines else "They are the same.")


def _side(session: "Session", one: Opened, said: str) -> tuple[str, str]:
    """What it is called, and its text. Raises BadScenarios when the file is meant and is broken."""
    from qc_engine.store import notebook, scenarios

    row = scenarios.of_portal(session, one.portal)[one.name]
    if said == FILE:
        fresh = one.fresh()
        return f"{one.name} (file)", fresh.sources.get(one.name, "")
    meant = {ACTIVE: row.version, CANDIDATE: row.candidate}.get(said) or said
    version = version_meant(session, one, meant)
    kept = notebook.version(session, one.portal, version)
    assert kept is not None
    return f"{one.name}@{version[:SHORT]}", kept.source


def _in_words(found: list[Any]) -> list[str]:
    lines = []
    for what, title in TITLES.items():
        mine = [f"  {row}" for row in found if row.what == what]
        lines += [title, *mine] if mine else []
    return [*lines, ""] if lines else ["Only comments or layout differ.", ""]
