"""What the contact rules of a scenario ask about a client beside the client's own row."""

from dataclasses import replace

from sqlmodel import Session

from qc_engine.core.case import Case
from qc_engine.core.scenario import ContactRules
from qc_engine.phones import zones_of
from qc_engine.store import cases


def informed(session: Session, case: Case, rules: ContactRules) -> Case:
    """The case with its client as decide() and the gate must see them, looked up as far as the rules ask."""
    phone = case.client.phone
    complained_at = cases.complained_at(session, phone) if rules.after_complaint else None
    zones = zones_of(phone) if rules.quiet_hours_of == "client" else ()
    return replace(case, client=replace(case.client, complained_at=complained_at, zones=zones))
