"""qc scenario ramp: a candidate on a share of the new cases, watched, stopped by itself."""

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
    who,
)
from qc_engine.commands.scenario.testing import WithoutTests, passed_over, refuse_failing, say_why
from qc_engine.commands.shared import FAULTS_FOUND, WRONG_USE, AsJson, Config, answer, complain, say

if TYPE_CHECKING:
    from qc_engine.telling.scenarios.opened import Opened

Told = dict[str, Any]
AFTER = 20  # cases: fewer tell nothing


def ramp(
    name: Name,
    file: Annotated[Path | None, typer.Argument(help="The candidate; without it: how it compares.")] = None,
    share: Annotated[str, typer.Option("--share", help="Of new cases, by their deals: 10%.")] = "",
    branches: Annotated[str, typer.Option("--branches", help="Or all new cases of these: A,B.")] = "",
    stop_if: Annotated[
        list[str] | None,
        typer.Option("--stop-if", help="'undelivered > 5%', 'average < active - 0.5'; may be repeated."),
    ] = None,
    after: Annotated[
        int, typer.Option("--after", min=1, help="Asked cases before the conditions are looked at.")
    ] = AFTER,
    promote: Annotated[bool, typer.Option("--promote", help="It becomes the version in force.")] = False,
    stop: Annotated[
        bool, typer.Option("--stop", help="No new case begins with it; clears the alarm.")
    ] = False,
    without_tests: WithoutTests = False,
    by: By = "",
    because: Because = "",
    portal: InPortal = "",
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Begin a share of the new cases with a candidate; without FILE compare it with the version in force.

    Measures: answered, undelivered, unclear, refused, opted_out (shares of the asked cases), average. The
    engine looks at the conditions twice a minute; when one holds it stops the trial, raises an alarm and
    writes the figures into the log. Cases that began with the candidate go on with it.

    Examples:

      qc scenario ramp tyre_centre new.yaml --share 10% --stop-if "undelivered > 5%" --by Maria

      qc scenario ramp tyre_centre new.yaml --branches "На Абая,Север" --stop-if "unclear > active + 10%"

      qc scenario ramp tyre_centre

      qc scenario ramp tyre_centre --promote --by Maria
    """
    if sum((file is not None, promote, stop)) > 1 or (file is not None) is not bool(share or branches):
        complain("qc: say FILE with --share or --branches, or --promote, or --stop, or nothing to compare")
        raise typer.Exit(WRONG_USE)
    say_why(because, without_tests=without_tests)
    with explained():
        one = opened(config, name, portal)
        if file is not None:
            document = _begin(
                one, file, _share(share), _branches(one, branches), stop_if or [], after, who(by), because,
                without_tests=without_tests,
            )  # fmt: skip
        elif promote or stop:
            said_by = who(by)
            if promote and not without_tests:
                _refuse_failing(one)
            document = _end(one, said_by, because, promote=promote, without_tests=without_tests)
        else:
            document = _report(one)
    answer(document) if as_json else say(_as_text(document))


def _share(said: str) -> float:
    try:
        share = float(said.strip().removesuffix("%") or 0)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 100 or (said and not share):
        complain(f"qc: --share: '{said}' is no share of new cases; write for example 10%")
        raise typer.Exit(WRONG_USE)
    return share


def _branches(one: "Opened", said: str) -> list[str]:
    from qc_engine.scenario_files.similar import unknown
    from qc_engine.telling.scenarios.trying_out import branches

    known = branches(one)
    names = [name.strip() for name in said.split(",") if name.strip()]
    for name in names:
        if name not in known:
            complain(f"qc: {unknown('branch', name, known)}")
            raise typer.Exit(WRONG_USE)
    return names


def _begin(
    one: "Opened", file: Path, share: float, branches: list[str], stop_if: list[str], after: int, by: str,
    because: str, *, without_tests: bool,
) -> Told:  # fmt: skip
    from qc_engine.flow.versions.ramping import NotACondition
    from qc_engine.store.scenarios import RAMP
    from qc_engine.telling.scenarios.trying_out import Trial, begin

    library = read_candidate(one, file, without_tests=without_tests)
    trial, skipped = Trial(RAMP, share, branches, stop_if, after), passed_over(without_tests=without_tests)
    try:
        with one.database.transaction() as session:
            return begin(session, one, library, trial, by, because, skipped)
    except NotACondition as wrong:
        complain(f"qc: --stop-if: {wrong}")
        raise typer.Exit(WRONG_USE) from None


def _refuse_failing(one: "Opened") -> None:
    """The candidate, by the tests in its text and those of the folder: they hold for what is in force."""
    from qc_engine.telling.scenarios.trying_out import ramped

    library = ramped(one)
    if library is not None:
        refuse_failing(one, library, beside=True)


def _end(one: "Opened", by: str, because: str, *, promote: bool, without_tests: bool) -> Told:
    from qc_engine.telling.scenarios.ending import clear_alarm, end_ramp

    with one.database.transaction() as session:
        cleared = clear_alarm(session, one)
        details = passed_over(without_tests=without_tests)
        told = end_ramp(session, one, by, because, promote=promote, details=details)
        if told is None:
            if cleared and not promote:
                return {"what": "cleared", "scenario": one.name, "portal": one.portal}
            complain(f"qc: no candidate of {one.name} is tried on new cases")
            raise typer.Exit(FAULTS_FOUND)
    return told | {"what": "promoted" if promote else "stopped"}


# --- comparing --------------------------------------------------------------------------------


def _report(one: "Opened") -> Told:
    from qc_engine.store import scenarios
    from qc_engine.store.scenarios import RAMP
    from qc_engine.telling.scenarios.listed import compared

    with one.database.reading() as session:
        row = scenarios.of_portal(session, one.portal)[one.name]
        if row.mode != RAMP:
            last = scenarios.last(session, one.portal, one.name, "ramp_stopped")
            ended = f"; the last trial was stopped by {last.by}: {last.reason or '-'}" if last else ""
            complain(f"qc: no candidate of {one.name} is tried on new cases{ended}")
            raise typer.Exit(FAULTS_FOUND)
        return compared(session, row, one) | {"what": "report"}


def _as_text(told: Told) -> str:
    short = told.get("candidate", "")[:SHORT]
    match told["what"]:
        case "begun":
            on = [f"{told['share']:g}% of new cases"] if told["share"] else []
            on += [f"new cases of {', '.join(told['branches'])}"] if told["branches"] else []
            begun = f"{told['scenario']}: {short} is tried on {' and '.join(on)}"
            return "\n".join([begun, *ended_as_text(told)])
        case "cleared":
            return f"{told['scenario']}: the alarm is cleared"
        case "promoted":
            put = f"qc scenario show {told['scenario']} --version {short}"
            hint = f"Put its text into the file, or the next edit of the file undoes it: {put}"
            return f"{told['scenario']}: {short} is in force\n{hint}"
        case "stopped":
            return f"{told['scenario']}: {short} takes no new cases"
        case _:
            return _table(told)


def _table(told: Told) -> str:
    """Side by side; shares with their counts."""
    sides = (told["candidate_figures"], told["active_figures"])
    lines = [
        f"{'':14}{'candidate':>16}{'in force':>16}",
        _row("version", [told["candidate"][:SHORT], told["active"][:SHORT]]),
    ]
    for measure in (
        "cases",
        "asked",
        "answered",
        "average",
        "undelivered",
        "unclear",
        "refused",
        "opted_out",
    ):
        lines.append(_row(measure, [_cell(side, measure) for side in sides]))
    outcomes = dict.fromkeys(outcome for side in sides for outcome in side["outcomes"])
    lines += [_row(f"  {one}", [str(side["outcomes"].get(one, 0)) for side in sides]) for one in outcomes]
    lines += [f"stops if {text} (after {told['after']} asked cases)" for text in told["stop_if"]]
    return "\n".join(lines)


def _row(name: str, cells: list[str]) -> str:
    return f"{name:14}" + "".join(f"{cell:>16}" for cell in cells)


def _cell(side: Told, measure: str) -> str:
    value = side[measure]
    if measure in ("cases", "asked"):
        return str(value)
    if measure == "average":
        return "-" if value is None else f"{value:g}"
    return f"{value} ({100 * value / side['asked']:.1f}%)" if side["asked"] else str(value)
