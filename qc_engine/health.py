"""What `doctor` looks at: our own parts first, then what every connector says of itself."""

from collections.abc import Sequence
from dataclasses import replace

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
    found = own_findings(settings, database)
    if not found[0].ok:
        return found
    return [*found, *asked(settings, doors_of(settings, database, clock_of(settings)))]


def own_findings(settings: Installation, database: Database) -> Sequence[Finding]:
    """Our own parts, the database first: nobody outside is asked. Raises BadScenarios."""
    return [_database(database), _scenarios(settings)]


def asked(settings: Installation, connectors: Sequence[Connector]) -> Sequence[Finding]:
    """What every connector says of itself; it may ask its vendor, and take its time."""
    several = len(settings.portals) > 0
    return [one for connector in connectors for one in _of(connector, several)]


def _of(connector: Connector, several: bool) -> Sequence[Finding]:
    whose = f"{connector.portal}: " if several and connector.portal else ""
    whose = f"{connector.way}: " if connector.way else whose
    try:
        return [replace(one, what=f"{whose}{one.what}") for one in connector.doctor()]
    except (TryLater, Refused, Broken, OutcomeUnknown) as trouble:
        return [Finding(False, f"{connector.name} не отвечает: {trouble}", "Проверьте его адрес и секреты")]


def _database(database: Database) -> Finding:
    try:
        schema.make_ready(database)
    except schema.WrongSchema as trouble:
        return Finding(False, f"База данных другой версии: {trouble}", "Обновите её: qc db upgrade")
    return Finding(True, f"База данных на месте, схема {schema.newest()}")


def _scenarios(settings: Installation) -> Finding:
    return Finding(True, f"Сценарии: {', '.join(read_scenarios(settings))}")
