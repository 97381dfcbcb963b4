"""Builds the whole: the only place that knows all parts."""

from connectors.bitrix24.names.resolving import UnknownName
from qc_engine.store.cases import MAIN
from qc_engine.wiring.engine import Engine, Unperformable, build, doors_of
from qc_engine.wiring.installation import (
    Installation,
    clock_of,
    connector_name,
    portals_of,
    read_installation,
)
from qc_engine.wiring.keys import WrongKey, secret_of
from qc_engine.wiring.offline import (
    libraries_in_force,
    libraries_of,
    names_read_at,
    read_scenarios,
    unknown_people,
)
from qc_engine.wiring.portals import NamesUnread, PortalTools, UnknownPortal, portal_called, portal_tools

__all__ = [
    "MAIN",
    "Engine",
    "Installation",
    "NamesUnread",
    "PortalTools",
    "UnknownName",
    "UnknownPortal",
    "Unperformable",
    "WrongKey",
    "build",
    "clock_of",
    "connector_name",
    "doors_of",
    "libraries_in_force",
    "libraries_of",
    "names_read_at",
    "portal_called",
    "portal_tools",
    "portals_of",
    "read_installation",
    "read_scenarios",
    "secret_of",
    "unknown_people",
]
