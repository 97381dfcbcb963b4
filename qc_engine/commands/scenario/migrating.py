"""qc scenario migrate: running cases to another version, knowingly."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qc_engine.commands.scenario.opening import (
    DEFAULT,
    SHORT,
    Because,
    By,
    InPortal,
    Name,
    Yes,
    explained,
    opened,
    version_meant,
    who,
)
from qc_engine.commands.shared import FAULTS_FOUND, AsJson, Config, answer, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qc_engine.flow.versions.migrating import Move
    from qc_engine.telling.scenarios.opened import Opened

SHOWN = 20


def migrate(
    name: Name,
    to: Annotated[str, typer.Option("--to", help="The version they go on by: see qc scenario show.")],
    case: Annotated[list[str] | None, typer.Option("--case", help="Only this case; may be repeated.")] = None,
    step: Annotated[str, typer.Option("--step", help="Only cases that stand in this step.")] = "",
    yes: Yes = False,
    by: By = "",
    because: Because = "",
    portal: InPortal = "",
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Move running cases to another version; without --yes only shows which can be moved, and which not.

    A case can be moved when its step and its open question are there in the new version. Its story tells it.
    Exit 1 when there is no case that can be moved.

    Examples:

      qc scenario migrate tyre_centre --to 9c8e77aa

      qc scenario migrate tyre_centre --to 9c8e77aa --step ask --yes --by Maria
    """
    from qc_engine.telling.scenarios.moving import told

    with explained():
        one = opened(config, name, portal)
        said_by = who(by) if yes else ""
        version, moves = _move(one, to, case or [], step, yes, said_by, because)
    document = told(one, version, moves, really=yes)
    answer(document) if as_json else say(_as_text(document))
    if not document["can"]:
        raise typer.Exit(FAULTS_FOUND)


def _move(
    one: "Opened", to: str, ids: list[str], step: str, really: bool, by: str, because: str
) -> "tuple[str, Sequence[Move]]":
    from qc_engine.telling.scenarios import moving

    with one.database.reading() as session:
        version = version_meant(session, one, to)
        scenario = one.read(session, version)
    with one.database.transaction() as session:
        moves = moving.judged(session, one, scenario, ids, step)
        if really:
            moving.move(session, one, scenario, moves, by, because)
    return version, moves


def _as_text(document: dict[str, Any]) -> str:
    what = "moved" if document["done"] else "can be moved"
    lines = [f"{document['scenario']}: {document['can']} case(s) {what} to {document['to'][:SHORT]}"]
    steps = Counter(row["step"] or "not begun" for row in document["cases"] if row["can"])
    lines += [f"  {step}: {count}" for step, count in steps.most_common()]
    staying = [row for row in document["cases"] if not row["can"]]
    if staying:
        lines.append(f"{len(staying)} stay on their version:")
    lines += [f"  case {row['case_id']}, deal {row['deal_id']}: {row['why_not']}" for row in staying[:SHOWN]]
    if document["can"] and not document["done"]:
        lines.append("Nothing was changed yet: add --yes --by NAME")
    return "\n".join(lines)
