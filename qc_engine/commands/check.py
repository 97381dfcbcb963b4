"""qc check: every fault of config.yaml and of all scenarios at once, with its place."""

from pathlib import Path
from typing import Annotated, Any

import typer

from qc_engine.commands.shared import FAULTS_FOUND, AsJson, Config, answer, complain, say

DEFAULT = Path("config.yaml")


def check(
    config: Config = DEFAULT,
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing when all is well.")] = False,
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="Missing secrets are faults too, as they are for `qc run`.")
    ] = False,
) -> None:
    """Check config.yaml and all scenarios; every fault with file:line:column. Changes nothing.

    Example: qc check --config config.yaml
    """
    problems, count = find_faults(config, with_secrets)
    if as_json:
        answer({"ok": not problems, "problems": [_as_row(one) for one in problems]})
    elif problems:
        for one in problems:
            complain(str(one))
        complain(f"{len(problems)} fault(s)")
    elif not quiet:
        say(f"{config}: no faults; scenarios: {', '.join(count)}")
    if problems:
        raise typer.Exit(FAULTS_FOUND)


def schemas(
    folder: Annotated[Path, typer.Argument(help="Where scenario.json and config.json go.")] = Path("schemas"),
) -> None:
    """Write the JSON schemas that let an editor complete and check scenarios and config.yaml.

    Example: qc schemas
    """
    from qc_engine.scenario_files.schema import config_schema, scenario_schema, written
    from qc_engine.wiring import Installation

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenario.json").write_text(written(scenario_schema()), encoding="utf-8")
    (folder / "config.json").write_text(written(config_schema(Installation)), encoding="utf-8")
    say(f"{folder}: scenario.json, config.json")


def find_faults(config: Path, with_secrets: bool) -> tuple[list[Any], list[str]]:
    """The problems in order of file and line, and the names of the scenarios that are fine."""
    from qc_engine import wiring
    from qc_engine.config_files.load import BadConfig
    from qc_engine.scenario_files.load import BadScenarios

    try:
        settings = wiring.read_installation(config, with_secrets=with_secrets)
        return [], list(wiring.read_scenarios(settings))
    except (BadConfig, BadScenarios) as faults:
        return list(faults.problems), []


def _as_row(problem: Any) -> dict[str, Any]:
    return {name: getattr(problem, name, None) for name in ("file", "line", "column", "message")}
