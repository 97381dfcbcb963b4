"""What `doctor` looks at: our own parts first, then what every connector says of itself."""

from collections.abc import Sequence

from qc_engine.ports import Broken, Connector, Finding, OutcomeUnknown, Refused, TryLater
from qc_engine.store import schema
from qc_engine.store.database import Database
from qc_engine.wiring import Installation, clock_of, doors_of, read_scenarios


def findings(settings: Installation) -> Sequence[Finding]:
    """Database, scenarios, then each connector; a failing look is a finding, not an end.

    The engine itself is not put together: it would stop at the first name that the portal does not have.
    Raises BadScenarios.
    """
    database = Database(settings.database_url)
    found = [_database(database), _scenarios(settings)]
    if not found[0].ok:
        return found
    connectors = doors_of(settings, database, clock_of(settings))
    return [*found, *(one for connector in connectors for one in _of(connector))]


def _of(connector: Connector) -> Sequence[Finding]:
    try:
        return connector.doctor()
    except (TryLater, Refused, Broken, OutcomeUnknown) as trouble:
        return [Finding(False, f"{connector.name}: {trouble}", "check the address and the secret")]


def _database(database: Database) -> Finding:
    try:
        schema.make_ready(database)
    except schema.WrongSchema as trouble:
        return Finding(False, f"database: {trouble}", "run `qc db upgrade`")
    return Finding(True, f"database: reachable, schema {schema.newest()}")


def _scenarios(settings: Installation) -> Finding:
    return Finding(True, f"scenarios: {', '.join(read_scenarios(settings))}")
