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
    with explained():
        one = opened(config, name, portal)
        said_by = who(by) if yes else ""
        version, moves = _move(one, to, case or [], step, yes, said_by, because)
    document = _document(one, version, moves, really=yes)
    answer(document) if as_json else say(_as_text(document))
    if not document["can"]:
        raise typer.Exit(FAULTS_FOUND)


def _move(
    one: "Opened", to: str, ids: list[str], step: str, really: bool, by: str, because: str
) -> "tuple[str, Sequence[Move]]":
    from qc_engine.flow.versions import migrating
    from qc_engine.store import scenarios

    with one.database.reading() as session:
        version = version_meant(session, one, to)
        scenario = one.read(session, version)
    with one.database.transaction() as session:
        rows = migrating.running(session, one.portal, one.name, version, ids, step)
        moves = [migrating.judged(session, row, scenario) for row in rows]
        going = [move for move in moves if move.hindrance is None] if really else []
        for move in going:
            migrating.migrate(session, move, scenario, by, because, one.now())
        if going:
            details = {"cases": [move.case.id for move in going]}
            scenarios.note(session, one.row(session), "migrated", by, one.now(), after=version,
                           reason=because, details=details)  # fmt: skip
    return version, moves


def _document(one: "Opened", version: str, moves: "Sequence[Move]", *, really: bool) -> dict[str, Any]:
    voice = one.voice()
    told = [
        {
            "case_id": move.case.id,
            "deal_id": move.case.deal_id,
            "step": move.case.step,
            "version": move.case.version,
            "can": move.hindrance is None,
            "why_not": voice.say(move.hindrance.key, **move.hindrance.values) if move.hindrance else "",
        }
        for move in moves
    ]
    can = sum(row["can"] is True for row in told)
    return {
        "scenario": one.name, "portal": one.portal, "to": version, "done": really, "can": can,
        "cannot": len(told) - can, "cases": told,
    }  # fmt: skip


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
