"""qc scenario diff: what another version does otherwise."""

from typing import Annotated, Any

import typer

from qc_engine.commands.scenario.opening import (
    DEFAULT,
    InPortal,
    Name,
    explained,
    opened,
)
from qc_engine.commands.shared import AsJson, Config, answer, say

FILE, ACTIVE = "file", "active"
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
    from qc_engine.telling.scenarios.sides import by_lines, in_words, side

    with explained():
        one = opened(config, name, portal)
        with one.database.reading() as session:
            sides = [side(session, one, said) for said in (before, after)]
    found, lines = in_words(*sides), by_lines(*sides)
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


def _in_words(found: list[Any]) -> list[str]:
    lines = []
    for what, title in TITLES.items():
        mine = [f"  {row}" for row in found if row.what == what]
        lines += [title, *mine] if mine else []
    return [*lines, ""] if lines else ["Only comments or layout differ.", ""]
