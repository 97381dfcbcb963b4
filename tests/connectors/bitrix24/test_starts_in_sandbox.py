"""Changed fields and segments over the sandbox's wire, with both positions of what the vendor leaves open."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.bitrix24.connector import Bitrix24
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.clock import FixedClock
from qc_engine.core.events import DealChanged, DealSeen
from qc_engine.core.scenario import Segment
from qc_engine.ports import Held, Polled, Refused
from sandbox.bitrix24 import deals
from sandbox.bitrix24.company import tyre_chain
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.methods.field_making import make_field
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.running import run

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
DATE, CITY, VIP = "UF_CRM_EVENT_DATE", "UF_CRM_CITY", "UF_CRM_VIP"
CITIES = [{"VALUE": "Алматы"}, {"VALUE": "Астана"}]


class Nobody:
    """No event is sent anywhere."""

    def post(self, *_: object, **__: object) -> None: ...


class Unhurried:
    """A pace that never waits."""

    def slot(self, urgent: bool = False) -> None: ...

    def answered(self) -> None: ...

    def pause(self, seconds: float) -> None: ...


class Desk:
    """A portal with fields of its own, our connector before it, and people who change deals."""

    def __init__(self, **settings: Any) -> None:
        self.clock = FixedClock(NOW)
        self.portal = Portal(self.clock, Nobody(), "secret", tyre_chain())
        for code, kind, label, wanted in (
            (DATE, "date", "Дата мероприятия", {}),
            (CITY, "enumeration", "Город", {"LIST": CITIES}),
            (VIP, "boolean", "VIP", {}),
        ):
            make_field(self.portal, self.portal.deals, code, kind, label, wanted)
        self.calls: list[tuple[str, Any]] = []
        self.watched: set[str] = {DATE}
        http = httpx.Client(transport=httpx.MockTransport(self._answer))
        read = Bitrix24Settings(webhook_url="https://portal.example/rest/1/secret/", **settings)
        self.bitrix = Bitrix24(read, self.clock, Unhurried(), http)
        self.bitrix.names.read(NOW)
        self.bitrix.read_for_scenarios(lambda: {DATE}, lambda: self.watched)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        method, params = request.url.path.rsplit("/", 1)[1].lower(), json.loads(request.content)
        self.calls.append((method, params))
        try:
            timed = run(self.portal, method, params, 1)
        except Say as no:
            return httpx.Response(no.status, json=no.body())
        return httpx.Response(200, json={"result": timed.answer.result, "time": timed.time})

    def deal(self, **values: Any) -> int:
        read = self.portal.deals.read(values, "original", self.portal.clock.now().tzinfo)
        row = deals.create(self.portal, {"stageId": "EXECUTING", **read}, 1)
        return int(row["id"])

    def changes(self, number: int, **values: Any) -> None:
        read = self.portal.deals.read(values, "original", UTC)
        row = self.portal.deals.get(number)
        assert row is not None
        deals.update(self.portal, row, read, 1)

    def later(self, **span: float) -> datetime:
        self.clock.advance(timedelta(**span))
        return self.clock.now()

    def walk(self, cursor: str) -> tuple[list[Held], str]:
        """All pages of the poll."""
        held: list[Held] = []
        for _ in range(30):
            polled = self.bitrix.changes.changes(cursor, self.clock.now())
            held, cursor = [*held, *polled.held], polled.cursor
            if not polled.more:
                return held, cursor
        raise AssertionError("it never ends")


def days(held: list[Held]) -> dict[int, str]:
    return {one.deal_id: one.fields[DATE][:10] for one in held}


# --- changed fields ---------------------------------------------------------------------------


def test_without_a_watched_field_nothing_is_asked() -> None:
    desk = Desk()
    desk.watched, desk.calls = set(), []
    assert desk.bitrix.changes.changes("", NOW) == Polled((), "")
    assert desk.calls == []


def test_the_first_walk_remembers_open_deals_and_the_next_ones_tell_what_changed() -> None:
    desk = Desk()
    first, closed = desk.deal(**{DATE: "2026-03-12"}), desk.deal(**{DATE: "2026-03-12"})
    desk.changes(closed, stageId="WON")
    desk.later(minutes=5)
    held, cursor = desk.walk("")
    assert days(held) == {first: "2026-03-12"}
    assert held[0].first == {DATE}
    desk.later(minutes=5)
    held, cursor = desk.walk(cursor)
    assert held == []
    desk.changes(first, **{DATE: "2026-03-14"})
    desk.changes(closed, **{DATE: "2026-03-20"})
    desk.later(minutes=5)
    held, cursor = desk.walk(cursor)
    assert days(held) == {first: "2026-03-14", closed: "2026-03-20"}
    assert {one.first for one in held} == {frozenset()}
    desk.later(minutes=5)
    assert desk.walk(cursor)[0] == []


def test_five_hundred_changed_deals_come_in_pages() -> None:
    desk = Desk()
    numbers = [desk.deal(**{DATE: "2026-03-12"}) for _ in range(501)]
    _, cursor = desk.walk("")
    desk.later(minutes=5)
    for number in numbers:
        desk.changes(number, **{DATE: "2026-03-14"})
    desk.later(minutes=5)
    desk.calls = []
    held, cursor = desk.walk(cursor)
    assert sorted(days(held)) == numbers
    assert len(desk.calls) == 11


def test_what_changes_during_a_walk_is_in_the_next_one() -> None:
    desk = Desk()
    numbers = [desk.deal(**{DATE: "2026-03-12"}) for _ in range(60)]
    _, cursor = desk.walk("")
    desk.later(minutes=5)
    for number in numbers:
        desk.changes(number, **{DATE: "2026-03-14"})
    desk.later(minutes=5)
    page = desk.bitrix.changes.changes(cursor, desk.clock.now())
    assert page.more
    desk.later(seconds=10)
    desk.changes(numbers[0], **{DATE: "2026-03-15"})
    desk.later(minutes=10)
    _, cursor = desk.walk(page.cursor)
    assert days(desk.walk(cursor)[0])[numbers[0]] == "2026-03-15"


def test_a_further_field_is_remembered_before_it_is_watched() -> None:
    desk = Desk()
    number = desk.deal(**{DATE: "2026-03-12", VIP: "Y"})
    _, cursor = desk.walk("")
    desk.later(minutes=5)
    desk.watched = {DATE, VIP}
    held, cursor = desk.walk(cursor)
    assert [(one.deal_id, one.fields[VIP], one.first) for one in held] == [(number, "Y", frozenset({VIP}))]
    desk.later(minutes=5)
    desk.changes(number, **{VIP: "N"})
    desk.later(minutes=1)
    held, _ = desk.walk(cursor)
    assert [(one.fields[VIP], one.first) for one in held] == [("N", frozenset())]


def test_a_portal_that_cannot_filter_by_time_is_read_whole() -> None:
    desk = Desk(updated_time_filter=False)
    desk.portal.switches.set("updated_time_filterable", False)
    poll = desk.bitrix.changes.poll()
    assert poll.every == timedelta(hours=1)
    number = desk.deal(**{DATE: "2026-03-12"})
    _, cursor = desk.walk("")
    desk.later(hours=1)
    held, _ = desk.walk(cursor)
    assert days(held) == {number: "2026-03-12"}
    assert held[0].first == frozenset()


def test_the_filter_is_refused_where_the_setting_does_not_fit() -> None:
    desk = Desk()
    desk.portal.switches.set("updated_time_filterable", False)
    desk.deal(**{DATE: "2026-03-12"})
    _, cursor = desk.walk("")
    with pytest.raises(Refused, match="updatedTime"):
        desk.walk(cursor)


def test_a_look_reads_the_fields_that_scenarios_name() -> None:
    desk = Desk()
    number = desk.deal(**{DATE: "2026-03-12"})
    (seen,) = desk.bitrix.look([DealChanged(number)], NOW)
    assert isinstance(seen.event, DealSeen)
    assert seen.event.deal.fields[DATE].startswith("2026-03-12")
    assert seen.event.deal.updated_at == NOW


# --- segments ---------------------------------------------------------------------------------


def found(desk: Desk, segment: Segment) -> list[int]:
    deals_found: list[int] = []
    after = ""
    for _ in range(30):
        page = desk.bitrix.connector("bitrix24", "main").segments.deals_in(segment, after, desk.clock.now())  # type: ignore[union-attr]
        deals_found, after = [*deals_found, *page.deals], page.after
        if not page.more:
            return deals_found
    raise AssertionError("it never ends")


@pytest.mark.parametrize("filtered", [True, False])
def test_stages_and_the_time_of_entering(filtered: bool) -> None:
    desk = Desk(moved_time_filter=filtered)
    desk.portal.switches.set("moved_time_filterable", filtered)
    old = desk.deal()
    desk.changes(old, stageId="WON")
    desk.later(days=40)
    fresh, open_one = desk.deal(), desk.deal()
    desk.changes(fresh, stageId="WON")
    assert found(desk, Segment(("WON",))) == [old, fresh]
    assert found(desk, Segment(("WON",), {}, timedelta(days=31))) == [fresh]
    assert found(desk, Segment(("WON", "EXECUTING"), {}, timedelta(days=31))) == [fresh, open_one]


def test_fields_by_what_people_see() -> None:
    desk = Desk()
    choices = {one["VALUE"]: one["ID"] for one in desk.portal.deals.user_fields[CITY].choices}
    here = desk.deal(**{CITY: choices["Алматы"], VIP: "Y", DATE: "2026-03-12"})
    there = desk.deal(**{CITY: choices["Астана"], VIP: "Y"})
    plain = desk.deal(**{CITY: choices["Алматы"], VIP: "N"})
    assert found(desk, Segment((), {CITY: "алматы"})) == [here, plain]
    assert found(desk, Segment((), {VIP: "да"})) == [here, there]
    assert found(desk, Segment((), {VIP: "нет", CITY: "Алматы"})) == [plain]
    assert found(desk, Segment((), {DATE: "2026-03-12"})) == [here]
    with pytest.raises(Refused, match="Алмаата"):
        found(desk, Segment((), {CITY: "Алмаата"}))


def test_a_segment_of_many_comes_in_pages() -> None:
    desk = Desk()
    numbers = [desk.deal() for _ in range(120)]
    desk.calls = []
    assert found(desk, Segment(("EXECUTING",))) == numbers
    assert len(desk.calls) == 3


def test_a_filter_that_the_portal_passes_over_makes_no_segment_of_everybody() -> None:
    desk = Desk()
    desk.deal()
    wanted = desk.deal()
    desk.changes(wanted, stageId="WON")

    class Deaf:
        def read(self, method: str, params: Any) -> Any:
            return desk.bitrix.client.read(method, {**params, "filter": {}})

    segments = desk.bitrix.connector("bitrix24", "main").segments
    segments._client = Deaf()  # type: ignore[union-attr]
    assert list(segments.deals_in(Segment(("WON",)), "", NOW).deals) == [wanted]  # type: ignore[union-attr]
