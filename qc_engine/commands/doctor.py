"""qc doctor: does the outside look as config.yaml believes?"""

from pathlib import Path

import typer

from qc_engine.commands.shared import FAULTS_FOUND, AsJson, Config, answer, faults_explained, say

DEFAULT = Path("config.yaml")


def doctor(config: Config = DEFAULT, as_json: AsJson = False) -> None:
    """Look at database, clock, portal (rights, stages, fields, users) and channel. Writes nothing there.

    Exit 1 when something is wrong; each finding says what to do.

    Example: qc doctor --json
    """
    from qc_engine import health, wiring

    with faults_explained():
        findings = health.findings(wiring.read_installation(config))
    if as_json:
        answer({"ok": all(one.ok for one in findings), "findings": [vars(one) for one in findings]})
    else:
        for one in findings:
            say(f"{'✓' if one.ok else '✗'} {one.what}" + (f"\n    → {one.remedy}" if one.remedy else ""))
    if not all(one.ok for one in findings):
        raise typer.Exit(FAULTS_FOUND)
