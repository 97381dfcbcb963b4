"""A branch slips: found once a day, told in the queue to those whom it concerns, quiet after a note."""

import html
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from qc_engine.flow.watching.slipping import Slipping
from qc_engine.store import slipping
from qc_engine.store.database import Database
from qc_engine.store.fact_tables import FactRow
from qc_engine.web.console.policy import Role
from tests.conftest import NOON
from tests.flow.fakes import BRANCH
from tests.web.console.house import House
from tests.web.console.test_today import kinds, press

ZONE = "Asia/Almaty"
USUAL, LOW = 9, 5
TODAY = NOON.date()


def answered(database: Database, branch: str, first: date, last: date, mark: int) -> None:
    """Four clients a day, a point up and down."""
    with database.transaction() as session:
        for back in range((last - first).days + 1):
            day = last - timedelta(days=back)
            for number in range(4):
                score = 1000 * (mark + number % 2)
                session.add(
                    FactRow(
                        case_id=f"{abs(hash(branch)) % 997}x{day:%m%d}{number}", portal="main", branch=branch,
                        scenario="tyre_centre", asked_at=NOON, day=day, weekday=day.weekday(),
                        average_in_thousandths=score, mark=score // 1000,
                    )
                )  # fmt: skip


def slipped(house: House) -> House:
    """One branch gives three months of good days and a bad fortnight, the other one good days alone."""
    bad = TODAY - timedelta(days=12)
    for branch in (BRANCH.name, house.settings.branches[1].name):
        answered(house.database, branch, TODAY - timedelta(days=90), bad - timedelta(days=1), USUAL)
    answered(house.database, house.settings.branches[1].name, bad, TODAY, USUAL)
    answered(house.database, BRANCH.name, bad, TODAY, LOW)
    return house


def look(house: House) -> None:
    assert Slipping(house.database, house.flow.clock, ZONE).look() == 0


def key_in(page: str) -> str:
    return re.findall(r'name="key" value="(slipping:[^"]+)"', page)[0]


def queue(client: TestClient) -> str:
    return client.get("/console").text


def test_which_branch_since_when_and_where_to_look(each_house: House) -> None:
    house = slipped(each_house)
    look(house)
    client = house.signed_in()
    page = html.unescape(queue(client))
    assert kinds(page) == ["slipping"]
    assert re.search(rf"{BRANCH.name}: средняя оценка \d,\d\d, обычно 9,50", page)
    assert re.search(r"с \d\d\.02\.2026|с 0\d\.03\.2026", page)
    (address,) = re.findall(r'href="(/console/analytics[^"]+)"', page.split("<main", 1)[1])
    behind = client.get(address)
    assert behind.status_code == 200
    assert "средняя упала" in behind.text


def test_once_a_day_and_no_page_counts_for_it(house: House) -> None:
    asked: list[str] = []
    event.listen(slipped(house).database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    look(house)
    counted = [one for one in asked if "FROM facts" in one]
    assert counted
    look(house)
    queue(house.signed_in())
    assert [one for one in asked if "FROM facts" in one] == counted
    house.flow.clock.advance(timedelta(days=1))
    look(house)
    assert len([one for one in asked if "FROM facts" in one]) > len(counted)


def test_who_is_told(house: House) -> None:
    look(slipped(house))
    key, other = key_in(queue(house.signed_in())), house.settings.branches[1].name
    for number, (role, branch, sees, may) in enumerate(
        [
            (Role.OBSERVER, BRANCH.name, True, False),
            (Role.MANAGER, BRANCH.name, False, False),
            (Role.HEAD, other, False, False),
            (Role.OBSERVER, other, False, False),
            (Role.ADMIN, "", True, True),
            (Role.HEAD, BRANCH.name, True, True),
        ]
    ):
        client = house.signed_in(role, f"Борис{number}", *filter(None, [branch]))
        page = queue(client)
        assert kinds(page) == (["slipping"] if sees else []), (role, branch)
        assert ("Принято к сведению" in page) is may
        if not may:
            assert press(client, key, "handled", note="смотрим")[0] == (403 if sees else 404)


def test_noted_it_is_quiet_until_the_branch_slips_anew(each_house: House) -> None:
    house = slipped(each_house)
    look(house)
    head = house.signed_in(Role.HEAD, "Вера", BRANCH.name)
    key = key_in(queue(head))
    code, page = press(head, key, "handled", note="новый мастер,\nучим")
    assert (code, kinds(page)) == (200, [])
    code, page = press(house.signed_in(), key, "handled", note="и я")
    assert (code, "Вас опередили. Вера" in page, "новый мастер, учим" in page) == (409, True, True)
    assert ("Вера", "slipping.handled", key) in house.audit()
    for mark, days, standing in ((LOW, 1, True), (USUAL + 1, 30, False), (LOW - 3, 9, True)):
        before = house.flow.clock.now().date()
        house.flow.clock.advance(timedelta(days=days))
        now = house.flow.clock.now().date()
        answered(house.database, BRANCH.name, before + timedelta(days=1), now, mark)
        look(house)
        with house.database.reading() as session:
            assert bool(slipping.standing(session)) is standing, mark
        assert kinds(queue(house.signed_in(Role.HEAD, f"Вера{mark}", BRANCH.name))) == (
            ["slipping"] if mark == LOW - 3 else []
        )


@pytest.mark.parametrize("key", ["slipping:", "slipping:0123456789abcdef:202603030700"])
def test_a_slip_that_is_none(house: House, key: str) -> None:
    assert press(house.signed_in(), key, "handled")[0] == 404
