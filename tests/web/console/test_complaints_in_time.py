"""Complaints that nobody has settled in time: found in the list and in the queue; and the deal that follows."""

import html
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlmodel import select

from qc_engine.core.effects import CreateDeal, MoveDeal
from qc_engine.core.events import DealMoved, TaskClosed
from qc_engine.ports import Arrival
from qc_engine.store import codec, dissatisfied, schema
from qc_engine.store.database import Database
from qc_engine.store.dissatisfied import OPEN, OVERDUE, Which
from qc_engine.store.tables import CaseRow
from qc_engine.web.console.policy import Role
from qc_engine.wiring import Installation
from tests.conftest import NOON
from tests.flow.fakes import BRANCH
from tests.web.console.house import House
from tests.web.console.recovering import (
    PATH,
    SETTLED_STAGE,
    complaint_of,
    press,
    recovering,
    says,
    unhappy,
)
from tests.web.console.test_complaints import resolve
from tests.web.console.test_dissatisfied import shown
from tests.web.console.test_today import kinds, offered
from tests.web.console.test_today import press as decide

LATE, TIMELY, SETTLED = 6, 7, 8
NEW_STAGE = "C7:NEW"


@pytest.fixture
def each_shop(database: Database, settings: Installation, tmp_path: Path) -> House:
    return recovering(database, NOON, settings, tmp_path)


@pytest.fixture
def shop(sqlite_database: Database, settings: Installation, tmp_path: Path) -> House:
    return recovering(sqlite_database, NOON, settings, tmp_path)


def complained(house: House) -> dict[int, str]:
    """Three complaints of one day's deadline: overdue, not yet due, settled; their cases by deal."""
    ids = {LATE: unhappy(house, LATE), SETTLED: unhappy(house, SETTLED)}
    press(house.signed_in(Role.ADMIN, "Борис"), ids[SETTLED], "resolve")
    house.flow.settle()
    house.flow.later(hours=2)
    ids[TIMELY] = unhappy(house, TIMELY)  # and a day has passed
    return ids


def complaint_moves(house: House) -> list[tuple[str, tuple[str, ...]]]:
    visits = {LATE, TIMELY, SETTLED}
    moved = [one for one in house.flow.world.done(MoveDeal) if isinstance(one, MoveDeal)]
    return [(one.stage, one.expected) for one in moved if one.deal_id not in visits]


# --- overdue ------------------------------------------------------------------------------------


def test_the_list_and_its_number(each_shop: House) -> None:
    house = each_shop
    ids = complained(house)
    client = house.signed_in()
    page = client.get(PATH).text
    (address, n) = re.findall(r'<a href="([^"]+)">Просроченные <strong>(\d+)<', page)[0]
    assert n == "1"
    listed = client.get(html.unescape(address)).text
    assert shown(listed) == [ids[LATE]]
    assert "просрочено" in listed
    assert "показаны за всё время" in listed
    assert "Срок" in client.get(f"{PATH}.csv?state=overdue").text.splitlines()[0]
    assert len(client.get(f"{PATH}.csv?state=overdue").text.splitlines()) == 2
    # What waits, waits: whatever the period.
    house.flow.clock.advance(timedelta(days=200))
    assert sorted(shown(client.get(f"{PATH}?state=overdue").text)) == sorted((ids[LATE], ids[TIMELY]))
    assert shown(client.get(f"{PATH}?state=open").text) == []


def test_the_number_goes_by_an_index(sqlite_database: Database) -> None:
    asked: list[str] = []
    event.listen(sqlite_database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    with sqlite_database.reading() as session:
        dissatisfied.page(session, Which(now=NOON), [("main", BRANCH.name)], OVERDUE, 10)
        dissatisfied.overdue(session, Which(now=NOON), None)
    with sqlite_database.engine.connect() as connection:
        for query in [one for one in asked if "FROM cases" in one]:
            values = tuple("x" for _ in range(query.count("?")))
            plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all())
            assert "ix_cases_complaint_due" in plan


def test_who_finds_it_in_the_queue(shop: House) -> None:
    ids, other = complained(shop), shop.settings.branches[1].name
    for number, (role, branch, sees, may) in enumerate(
        [
            (Role.OWNER, "", True, True),
            (Role.HEAD, BRANCH.name, True, True),
            (Role.MANAGER, BRANCH.name, True, True),
            (Role.OBSERVER, BRANCH.name, True, False),
            (Role.HEAD, other, False, False),
        ]
    ):
        page = shop.signed_in(role, f"Анна{number}", *filter(None, [branch])).get("/console").text
        assert kinds(page) == (["complaint"] if sees else []), (role, branch)
        assert (f'href="{PATH}/{ids[LATE]}"' in page) is sees
        assert (("complaint", "handled") in offered(page)) is may


def test_noted_it_leaves_the_queue_and_stays_overdue(shop: House) -> None:
    house = shop
    ids = complained(house)
    head = house.signed_in(Role.HEAD, "Вера", BRANCH.name)
    page = head.get("/console").text
    assert "жалоба не улажена в срок" in page
    assert "оценки: 3" in page
    (key,) = re.findall(r'name="key" value="(complaint:[^"]+)"', page)
    code, page = decide(head, key, "handled", note="жду запчасть")
    assert (code, kinds(page)) == (200, [])
    assert shown(head.get(f"{PATH}?state=overdue").text) == [ids[LATE]]
    assert ("Вера", "complaint.handled", key) in house.audit()
    for do in ("resolve", "reopen"):
        press(head, ids[LATE], do, reason="рано")
        house.flow.settle()
    assert kinds(head.get("/console").text) == ["complaint"], "opened again it is another matter"
    other = house.signed_in(Role.HEAD, "Яна", house.settings.branches[1].name)
    assert decide(other, key, "handled")[0] == 404


def test_settled_it_is_overdue_no_more(shop: House) -> None:
    ids = complained(shop)
    client = shop.signed_in()
    press(client, ids[LATE], "resolve")
    shop.flow.settle()
    assert kinds(client.get("/console").text) == []
    assert shown(client.get(f"{PATH}?state=overdue").text) == []
    press(client, ids[LATE], "reopen", reason="рано")
    shop.flow.settle()
    assert shown(client.get(f"{PATH}?state=overdue").text) == [ids[LATE]]


def test_the_case_and_the_queue_lead_to_the_complaint(shop: House) -> None:
    ids = complained(shop)
    client = shop.signed_in()
    page = client.get(f"/console/cases/{ids[LATE]}").text
    assert re.search(rf'<a href="{PATH}/{ids[LATE]}">Не улажено</a>', page)
    happy = unhappy(shop, 9, "10")
    assert f'href="{PATH}/' not in client.get(f"/console/cases/{happy}").text.split("<main", 1)[1]


def test_an_upgrade_finds_the_deadlines_of_before(each_shop: House) -> None:
    house = each_shop
    complained(house)
    with house.database.transaction() as session:
        for row in session.exec(select(CaseRow)).all():
            of_before = dict(row.body["complaint"])
            for name in ("due_at", "opened_in", "put_away", "moves", "moved_at"):
                del of_before[name]
            row.body = {**row.body, "complaint": of_before}
    schema.downgrade(house.database, "0017")
    schema.upgrade(house.database)
    found = {deal: house.case(deal) for deal in (LATE, TIMELY, SETTLED)}
    for deal in (LATE, TIMELY):
        row, told = found[deal], complaint_of(house, deal)
        assert row.complaint_due is not None
        assert row.complaint_due - timedelta(days=1) == NOON + (row.created_at - NOON) + timedelta(
            days=1, minutes=1
        )
        assert told["opened_in"] == NEW_STAGE
        assert told["due_at"] is not None
    assert found[SETTLED].complaint_due is None
    with house.database.reading() as session:
        assert dissatisfied.overdue(session, Which(now=house.flow.clock.now()), None) == 1
        assert len(dissatisfied.page(session, Which(), None, OPEN, 10)) == 2
        assert (
            session.execute(text("SELECT count(*) FROM cases WHERE complaint_due IS NOT NULL")).scalar() == 2
        )


# --- the deal follows ---------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["page", "task"])
def test_settled_here_the_deal_stands_there_too(shop: House, way: str) -> None:
    house = shop
    case_id = unhappy(house, LATE)
    client = house.signed_in()
    page = client.get(f"{PATH}/{case_id}").text
    assert "Сделка по жалобе перейдёт в «Недовольные клиенты / Улажено»" in page
    if way == "page":
        press(client, case_id, "resolve")
    else:
        number = complaint_of(house, LATE)["task_id"]
        house.flow.arrive(Arrival("closed", TaskClosed(int(str(number)), "", house.flow.clock.now())))
    house.flow.settle()
    assert complaint_moves(house) == [(SETTLED_STAGE, ())]
    assert "Сделка по жалобе вернётся в" in client.get(f"{PATH}/{case_id}").text
    _echo(house)
    assert [one["way"] for one in complaint_of(house, LATE)["turns"]] == [way]  # type: ignore[attr-defined]
    assert "перенесена в «Недовольные клиенты / Улажено»" in client.get(f"/console/cases/{case_id}").text


def test_opened_again_the_deal_goes_back_and_what_we_did_is_no_news(shop: House) -> None:
    house = shop
    case_id = unhappy(house, LATE)
    client = house.signed_in()
    press(client, case_id, "resolve")
    house.flow.settle()
    press(client, case_id, "reopen", reason="клиент перезвонил")
    house.flow.settle()
    assert complaint_moves(house) == [(SETTLED_STAGE, ()), (NEW_STAGE, (SETTLED_STAGE,))]
    _echo(house)
    assert complaint_of(house, LATE)["settled_at"] is None, "our own move came back late"
    house.flow.clock.advance(timedelta(minutes=5))
    _echo(house, key="by hand")
    assert complaint_of(house, LATE)["settled_at"] is not None, "a person has moved it there"


def _echo(house: House, key: str = "echo") -> None:
    """The CRM tells that the complaint's deal came to the stage of settled ones."""
    made = {type(job.effect): number for number, job in enumerate(house.flow.world.ledger, 1001)}
    moved = DealMoved(made[CreateDeal], SETTLED_STAGE, house.flow.clock.now())
    house.flow.arrive(Arrival(key, moved))
    house.flow.settle()


# --- the whole story ----------------------------------------------------------------------------


def test_a_low_score_is_made_good_at_the_second_attempt(
    database: Database, settings: Installation, tmp_path: Path
) -> None:
    """Complaint, settled, asked again, still unhappy, settled anew in the CRM, asked once more, happy."""
    twice = ("go_to: asked_again}", "go_to: asked_again, times: 2}")
    house = recovering(database, NOON, settings, tmp_path, *twice)
    case_id = unhappy(house, LATE, "3")
    head = house.signed_in(Role.HEAD, "Вера", BRANCH.name)
    assert _stands(house) == ("open", 0.0, None)

    resolve(house, head, case_id)
    house.flow.settle()
    assert _stands(house) == ("settled", 1.0, None)
    house.flow.later(days=2)
    says(house.flow, LATE, "4")
    assert _stands(house) == ("reopened", 0.0, 0.0)
    assert shown(head.get(f"{PATH}?state=open").text) == [case_id]
    assert complaint_moves(house)[-1] == (NEW_STAGE, (SETTLED_STAGE,))

    house.flow.clock.advance(timedelta(hours=1))
    _echo(house, key="settled by hand")
    assert _stands(house) == ("settled", 1.0, 0.0)
    house.flow.later(days=2)
    says(house.flow, LATE, "10")
    assert _stands(house) == ("recovered", 1.0, 1.0)

    case = house.case(LATE)
    assert (case.outcome, case.body["scores"]) == ("recovered", {"service": "3"})
    page = head.get(f"{PATH}?state=recovered").text
    assert shown(page) == [case_id]
    assert "100&nbsp;%" in page
    history = head.get(f"{PATH}/{case_id}").text.split('id="history"', 1)[1]
    told = re.findall(r"</time> ([^<]+?)(?: <span|<|$)", history)
    assert [one.strip().split(":")[0].split(",")[0] for one in told] == [
        "улажено", "клиента спросили ещё раз", "снова открыта", "клиент всё ещё недоволен", "улажено",
        "клиента спросили ещё раз", "клиент теперь доволен",
    ]  # fmt: skip


def _stands(house: House) -> tuple[str, float, float | None]:
    """How it stands, the share of settled ones, and of those who answered again the share of happy ones."""
    complaint = codec.load_case(house.case(LATE).body).complaint
    assert complaint is not None
    with house.database.reading() as session:
        found = dissatisfied.recovery(session, Which(), None)
    return complaint.stands, found.share, found.rate
