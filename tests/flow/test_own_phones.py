"""Somebody of the company tries it on themselves: everything happens, and nothing of it counts."""

from dataclasses import replace

import pytest
from pydantic import ValidationError
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.core.effects import SendMessage
from qc_engine.settings import Settings
from qc_engine.store import cases
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.fact_tables import FactRow
from qc_engine.store.tables import CaseRow
from tests.flow.fakes import PHONE, Flow

OTHER = "77019998877"


def test_only_their_cases_are_marked_and_left_out(database: Database, clock: FixedClock) -> None:
    flow = Flow(database, clock)
    flow.beginnings[MAIN] = replace(flow.beginnings[MAIN], test_phones=frozenset({PHONE}))
    flow.handler.beginnings = flow.beginnings
    flow.close_order(5, PHONE)
    flow.close_order(6, OTHER)
    flow.later(days=1)
    assert len(flow.world.done(SendMessage)) == 2, "both are asked"
    with database.reading() as session:
        marked = {
            row.deal_id: cases.load(session, row).is_test for row in session.exec(select(CaseRow)).all()
        }
        counted = session.exec(select(CaseRow.deal_id).join(FactRow, FactRow.case_id == CaseRow.id)).all()  # type: ignore[arg-type]
    assert (marked, counted) == ({5: True, 6: False}, [6])


def test_a_number_that_is_none_is_told_by_its_place() -> None:
    with pytest.raises(ValidationError) as wrong:
        Settings.model_validate({"test_phones": ["+7 701 555 12 34", "7015559"]})
    told = str(wrong.value)
    assert "number 2 of the list is no phone" in told
    assert "7015559" not in told
