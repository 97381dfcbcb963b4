"""qc scenario list, show, log: what is in force, since when and by whom."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qc_engine.commands.scenario.opening import (
    DEFAULT,
    SHORT,
    InPortal,
    Name,
    explained,
    installed,
    opened,
    version_meant,
)
from qc_engine.commands.shared import AsJson, Config, answer, say

if TYPE_CHECKING:
    from qc_engine.flow.versions.library import Library
    from qc_engine.wiring import Installation

Told = dict[str, Any]
FORMAT = "%d.%m.%Y %H:%M"


def list_all(config: Config = DEFAULT, as_json: AsJson = False) -> None:
    """List the scenarios: state, version in force since when and by whom, cases, what waits or is tried.

    Asks the database only; works while the engine runs.

    Example: qc scenario list
    """
    with explained():
        settings, database, _ = installed(config)
        from qc_engine.store import scenarios
        from qc_engine.telling.scenarios.listed import told as told_of
        from qc_engine.wiring import libraries_in_force

        libraries = libraries_in_force(settings, database)
        with database.reading() as session:
            told = [
                told_of(session, row, _titles(library))
                for portal, library in libraries.items()
                for row in scenarios.of_portal(session, portal).values()
            ]
    if as_json:
        answer({"scenarios": told})
    else:
        say("\n\n".join("\n".join(_lines(one, settings)) for one in told))


def show(
    name: Name,
    version: Annotated[str, typer.Option("--version", help="Print the text of this kept version.")] = "",
    portal: InPortal = "",
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Show one scenario and its kept versions, or the text of one of them.

    Examples:

      qc scenario show tyre_centre

      qc scenario show tyre_centre --version 3fa2b1c9 > before.yaml
    """
    from qc_engine.store import notebook, scenarios
    from qc_engine.telling.scenarios.listed import told as told_of

    with explained():
        one = opened(config, name, portal)
        with one.database.reading() as session:
            if version:
                row = notebook.version(session, one.portal, version_meant(session, one, version))
                say(row.source if row else "")
                return
            row_now = scenarios.of_portal(session, one.portal)[name]
            told = told_of(session, row_now, _titles(one.library()))
            kept = [
                {"version": row.version, "first_used_at": row.first_used_at.isoformat()}
                for row in notebook.versions_of(session, one.portal, name)
            ]
    if as_json:
        answer(told | {"kept": kept})
        return
    say("\n".join(_lines(told, one.settings)))
    for text in kept:
        say(f"    kept {text['version'][:SHORT]}, known since {_local(text['first_used_at'], one.settings)}")


def log(
    name: Name,
    limit: Annotated[int, typer.Option("--limit", min=0, help="How many lines; 0: all.")] = 20,
    portal: InPortal = "",
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Show who changed what and why, the newest first. Nothing is ever taken out of it.

    Example: qc scenario log tyre_centre
    """
    from qc_engine.store import scenarios
    from qc_engine.telling.scenarios.listed import entry

    with explained():
        one = opened(config, name, portal)
        with one.database.reading() as session:
            rows = [entry(row) for row in scenarios.log_of(session, one.portal, name, limit)]
    if as_json:
        answer({"scenario": name, "portal": one.portal, "log": rows})
        return
    for row in rows:
        change = f" {row['from'][:SHORT] or '-'} -> {row['to'][:SHORT] or '-'}" if row["changes"] else ""
        passed = " without its tests" if row["details"].get("without_tests") else ""
        why = f": {row['reason']}" if row["reason"] else ""
        say(f"{_local(row['at'], one.settings)}  {row['what']}{change}{passed}, by {row['by']}{why}")


# --- one of them ------------------------------------------------------------------------------


def _titles(library: "Library") -> dict[str, str]:
    return {name: one.title for name, one in library.active.items()}


def _lines(told: Told, settings: "Installation") -> list[str]:
    where = f" ({told['portal']})" if settings.portals else ""
    lines = [f"{told['name']}{where}  {told['title']}  [{told['state']}]"]
    if told["version"]:
        since = _local(told["since"], settings) if told["since"] else "ever"
        lines.append(f"    in force: {told['version'][:SHORT]} since {since}, by {told['by'] or 'file'}")
    else:
        lines.append(
            "    nothing is in force: its file is gone" if told["file_gone"] else "    not activated"
        )
    if told["waiting"]:
        waits = f"    waiting: the file holds {told['waiting'][:SHORT]}"
        lines.append(f"{waits}; qc scenario activate {told['name']}")
    for version in dict.fromkeys(one["version"] for one in told["cases"]):
        mine = [one for one in told["cases"] if one["version"] == version]
        counted = ", ".join(f"{one['state']} {one['count']}" for one in mine)
        lines.append(f"    cases of {version[:SHORT]}: {counted}")
    if told["candidate"]:
        lines.append(_candidate(told["candidate"]))
    return lines


def _candidate(told: Told) -> str:
    on = [f"{told['share']:g}% of new cases"] if told["share"] else []
    on += [f"branches {', '.join(told['branches'])}"] if told["branches"] else []
    whom = f" on {', '.join(on)}" if on else ""
    return f"    {told['mode']}: {told['version'][:SHORT]}{whom}"


def _local(at: str, settings: "Installation") -> str:
    from qc_engine.explain.moments import local

    return local(datetime.fromisoformat(at), settings.timezone, FORMAT)
