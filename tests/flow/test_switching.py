"""One scenario instead of another: one line of one file, and nobody who is being asked notices."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import col, select

from qc_engine.clock import FixedClock
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import AnswerReceived, Deal, DealSeen
from qc_engine.flow.watching.comparing import _lacks_a_case
from qc_engine.flow.watching.portal import Portal
from qc_engine.ports import Arrival, Connector
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow
from tests.flow.fakes import NAMES, ROOT, Flow, Site

FIRST, SECOND, THIRD, FOURTH = "77015550001", "77015550002", "77015550003", "77015550004"
OFF, ON = "active: false", "active: true"
WITH_BONUS = replace(NAMES, contact_fields={**NAMES.contact_fields, "Бонус за ответы": "UF_BONUS_ANSWERS"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped scenarios, to be edited."""
    for path in (ROOT / "scenarios").glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text("utf-8"), "utf-8")
    return tmp_path


@pytest.fixture
def flow(database: Database, clock: FixedClock, folder: Path) -> Flow:
    return Flow(database, clock, {MAIN: Site(folder, WITH_BONUS)})


def switch(flow: Flow, folder: Path, before: str, after: str) -> None:
    """Edit one line and start the engine again."""
    path = folder / "open_invitation.yaml"
    text = path.read_text("utf-8")
    assert text.count(f"\n{before}\n") == 1
    path.write_text(text.replace(f"\n{before}\n", f"\n{after}\n"), "utf-8")
    fresh, library = Site(folder, WITH_BONUS).library(MAIN), flow.libraries[MAIN]
    library.active, library.sources = fresh.active, fresh.sources


def seen_again(flow: Flow, deal_id: int, phone: str) -> None:
    """The next poll tells once more where the deal stands."""
    entered = flow.clock.now().replace(hour=7)
    deal = Deal(deal_id, "Заказ", "FINAL_INVOICE", entered, "abay", 77, "Айгуль", f"+{phone}")
    flow.arrive(Arrival(f"again:{deal_id}:{flow.clock.now().isoformat()}", DealSeen(deal)))
    flow.settle()


def scenarios(flow: Flow) -> list[tuple[int, str]]:
    with flow.database.reading() as session:
        rows = session.exec(select(CaseRow).order_by(col(CaseRow.deal_id), col(CaseRow.id))).all()
        return [(row.deal_id, row.scenario) for row in rows]


def read_by(flow: Flow, phone: str) -> list[str]:
    sent = [job.effect for job in flow.world.ledger if isinstance(job.effect, SendMessage)]
    return [one.text for one in sent if one.phone == phone]


def says(flow: Flow, phone: str, text: str, number: int) -> None:
    flow.arrive(Arrival(f"inbox:{number}", AnswerReceived(phone, text, flow.clock.now(), number)), portal="")
    flow.settle()


def test_what_is_off_begins_nothing(flow: Flow) -> None:
    assert set(flow.libraries[MAIN].active) == {"tyre_centre", "open_invitation"}
    flow.close_order(1, FIRST)
    assert scenarios(flow) == [(1, "tyre_centre")]


def test_new_cases_take_the_other_one_and_running_cases_stay(flow: Flow, folder: Path) -> None:
    flow.close_order(1, FIRST)
    flow.later(days=1)
    flow.close_order(2, SECOND)
    switch(flow, folder, OFF, ON)
    seen_again(flow, 2, SECOND)
    flow.close_order(3, THIRD)
    assert scenarios(flow) == [(1, "tyre_centre"), (2, "tyre_centre"), (3, "open_invitation")]
    says(flow, FIRST, "9 и 10", 5001)
    assert "расскажите о нас" in read_by(flow, FIRST)[-1]
    flow.later(days=1)
    says(flow, SECOND, "3 и 4", 5002)
    says(flow, THIRD, "3 и 4", 5003)
    assert "/r/" not in "".join(read_by(flow, SECOND))
    assert "/r/" in read_by(flow, THIRD)[-1]


def test_switched_back_no_deal_is_asked_twice(flow: Flow, folder: Path) -> None:
    switch(flow, folder, OFF, ON)
    flow.close_order(3, THIRD)
    flow.later(days=1)
    asked = read_by(flow, THIRD)
    switch(flow, folder, ON, OFF)
    seen_again(flow, 3, THIRD)
    flow.close_order(4, FOURTH)
    flow.later(hours=1)
    assert scenarios(flow) == [(3, "open_invitation"), (4, "tyre_centre")]
    assert read_by(flow, THIRD) == asked
    says(flow, THIRD, "9 и 10", 5004)
    assert "нам важно любое честное мнение" in read_by(flow, THIRD)[-1]


def test_the_nightly_comparison_misses_no_case_of_the_other_one(flow: Flow, folder: Path) -> None:
    flow.close_order(1, FIRST)
    switch(flow, folder, OFF, ON)
    portal = Portal(flow.database, flow.clock, flow.libraries[MAIN], Connector("test"), b"key")
    deal = Deal(1, "Заказ", "FINAL_INVOICE", flow.clock.now(), "abay", 77, "Айгуль", f"+{FIRST}")
    with flow.database.reading() as session:
        assert not _lacks_a_case(portal, session, deal)
        assert _lacks_a_case(portal, session, replace(deal, deal_id=2))
