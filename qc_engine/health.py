"""What `doctor` looks at: our own parts first, then what every connector says of itself."""

from collections.abc import Sequence

from qc_engine.ports import Broken, Finding, OutcomeUnknown, Refused, TryLater
from qc_engine.store import schema
from qc_engine.wiring import Engine


def findings(engine: Engine) -> Sequence[Finding]:
    """Database, scenarios, then each connector; a failing look is a finding, not an end."""
    found = [_database(engine), _scenarios(engine)]
    if not found[0].ok:
        return found
    for connector in engine.connectors:
        try:
            found += connector.doctor()
        except (TryLater, Refused, Broken, OutcomeUnknown) as trouble:
            found.append(Finding(False, f"{connector.name}: {trouble}", "check the address and the secret"))
    return found


def _database(engine: Engine) -> Finding:
    try:
        if schema.current(engine.database) is None:
            schema.upgrade(engine.database)
        schema.require_current(engine.database)
    except schema.WrongSchema as trouble:
        return Finding(False, f"database: {trouble}", "run `qc db upgrade`")
    return Finding(True, f"database: reachable, schema {schema.newest()}")


def _scenarios(engine: Engine) -> Finding:
    return Finding(True, f"scenarios: {', '.join(engine.library.active)}")
