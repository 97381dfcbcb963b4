"""qc scenario shadow: a candidate decides silently beside the version in force."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qc_engine.commands.scenario.candidates import ended_as_text, read_candidate
from qc_engine.commands.scenario.opening import (
    DEFAULT,
    SHORT,
    Because,
    By,
    InPortal,
    Name,
    explained,
    opened,
    version_meant,
    who,
)
from qc_engine.commands.scenario.testing import WithoutTests, passed_over, say_why
from qc_engine.commands.shared import FAULTS_FOUND, WRONG_USE, AsJson, Config, answer, complain, say

if TYPE_CHECKING:
    from sqlmodel import Session

    from qc_engine.telling.scenarios.opened import Opened

Told = dict[str, Any]
SHOWN = 20


def shadow(
    name: Name,
    file: Annotated[Path | None, typer.Argument(help="The candidate; without it: how it compares.")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="End it; what was compared is kept.")] = False,
    case: Annotated[str, typer.Option("--case", help="Both stories of this case.")] = "",
    version: Annotated[str, typer.Option("--version", help="An earlier candidate, not the one of now.")] = "",
    brief: Annotated[bool, typer.Option("--brief", "-b", help="Stories without what did not hold.")] = False,
    without_tests: WithoutTests = False,
    by: By = "",
    because: Because = "",
    portal: InPortal = "",
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Let a candidate decide silently beside the version in force, for cases begun from now on; or compare.

    It hears the same events and has its own copy of each case. Nothing of it leaves, and a fault in it harms
    nothing. Where both part, nobody knows what the client would have said: there the comparison ends.

    Examples:

      qc scenario shadow tyre_centre new.yaml --by Maria

      qc scenario shadow tyre_centre

      qc scenario shadow tyre_centre --case K7Q2W9XR --brief

      qc scenario shadow tyre_centre --stop --by Maria
    """
    if sum((file is not None, stop, bool(case))) > 1:
        complain("qc: say one of FILE, --stop, --case")
        raise typer.Exit(WRONG_USE)
    say_why(because, without_tests=without_tests)
    with explained():
        one = opened(config, name, portal)
        if file is not None:
            document = _begin(one, file, who(by), because, without_tests=without_tests)
        elif stop:
            document = _stop(one, who(by), because)
        elif case:
            document = _stories(one, case, version)
        else:
            document = _report(one, version)
    answer(document) if as_json else say(_as_text(document, brief=brief))


def _begin(one: "Opened", file: Path, by: str, because: str, *, without_tests: bool) -> Told:
    from qc_engine.store.scenarios import SHADOW
    from qc_engine.telling.scenarios.trying_out import Trial, begin

    library = read_candidate(one, file, without_tests=without_tests)
    with one.database.transaction() as session:
        skipped = passed_over(without_tests=without_tests)
        return begin(session, one, library, Trial(SHADOW), by, because, skipped)


def _stop(one: "Opened", by: str, because: str) -> Told:
    from qc_engine.telling.scenarios.ending import stop_shadow

    with one.database.transaction() as session:
        version = stop_shadow(session, one, by, because)
        if not version:
            complain(f"qc: no candidate of {one.name} decides silently")
            raise typer.Exit(FAULTS_FOUND)
    return {"what": "stopped", "scenario": one.name, "portal": one.portal, "candidate": version}


# --- comparing --------------------------------------------------------------------------------


def _meant(session: "Session", one: "Opened", version: str) -> str:
    """The candidate of now, or else the last one that there was."""
    from qc_engine.telling.scenarios.silent import candidate

    meant = version_meant(session, one, version) if version else candidate(session, one)
    if not meant:
        complain(f"qc: no candidate of {one.name} was tried silently: qc scenario shadow {one.name} FILE")
        raise typer.Exit(FAULTS_FOUND)
    return meant


def _report(one: "Opened", version: str) -> Told:
    from qc_engine.telling.scenarios.silent import report

    with one.database.reading() as session:
        return report(session, one, _meant(session, one, version))


def _stories(one: "Opened", case_id: str, version: str) -> Told:
    from qc_engine.telling.scenarios.silent import stories

    with one.database.reading() as session:
        told = stories(session, one, case_id, _meant(session, one, version))
    if told is None:
        complain(f"qc: no candidate decided beside case {case_id}")
        raise typer.Exit(FAULTS_FOUND)
    return told


# --- in words ---------------------------------------------------------------------------------


def _as_text(told: Told, *, brief: bool) -> str:
    match told["what"]:
        case "begun":
            begun = f"{told['scenario']}: {told['candidate'][:SHORT]} decides silently beside new cases"
            return "\n".join([begun, *ended_as_text(told)])
        case "stopped":
            return f"{told['scenario']}: {told['candidate'][:SHORT]} decides no more"
        case "stories":
            return _stories_as_text(told, brief=brief)
        case _:
            return _report_as_text(told)


def _report_as_text(told: Told) -> str:
    lines = [
        f"{told['scenario']}: candidate {told['candidate'][:SHORT]}, cases {told['cases']}: "
        f"the same {told['same']}, differing {told['differing']}, failed {told['failed']}"
    ]
    if told["by_kind"]:
        lines.append("differing by: " + ", ".join(f"{kind} {n}" for kind, n in told["by_kind"].items()))
    if told["comparison_ended"]:
        lines.append(f"compared only up to where they part: {told['comparison_ended']}")
    lines += [line for one in told["differences"][:SHOWN] for line in _difference_as_text(one)]
    lines += [
        f"case {one['case_id']}: the candidate failed: {one['error']}" for one in told["faults"][:SHOWN]
    ]
    if told["differences"]:
        lines.append(f"both stories of a case: qc scenario shadow {told['scenario']} --case CASE")
    return "\n".join(lines)


def _difference_as_text(one: Told) -> Sequence[str]:
    ended = ", the comparison ends there" if one["ended"] else ""
    return (
        f"case {one['case_id']}, deal {one['deal_id']}: {', '.join(one['kinds'])}{ended}",
        f"    in force:  {one['real'] or '-'}",
        f"    candidate: {one['candidate'] or '-'}",
    )


def _stories_as_text(told: Told, *, brief: bool) -> str:
    from qc_engine.explain.printing import as_text

    blocks = [
        f"=== {title} ===\n\n{as_text(told[side], brief=brief)}"
        for title, side in (("in force", "real"), ("candidate", "candidate"))
    ]
    ended = f"They part ({told['parted']}): from there on the comparison ends.\n" if told["parted"] else ""
    return "\n".join([*blocks, ended])
