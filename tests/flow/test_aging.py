"""What nobody needs any more is emptied by its age, a few rows at a time, and nothing else changes."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from qc_engine.clock import FixedClock
from qc_engine.config_files.load import BadConfig
from qc_engine.core.events import AnswerReceived
from qc_engine.explain.story import story
from qc_engine.flow.aging import Aging
from qc_engine.ports import Arrival
from qc_engine.settings import Keep
from qc_engine.store import aging, audit, holding, inbox, traces
from qc_engine.store.console_tables import AuditRow
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, ClickRow, EffectRow, InboxRow
from qc_engine.wiring.installation import read_installation
from tests.flow.fakes import Flow

DAY = timedelta(days=1)
KEEP = Keep(raw_bodies=30 * DAY, visitors=60 * DAY)
CONFIG = Path(__file__).resolve().parents[2] / "config.yaml"


def fill(database: Database, clock: FixedClock, days: tuple[int, ...]) -> None:
    with database.transaction() as session:
        for number, ago in enumerate(days):
            at = clock.now() - ago * DAY
            arrival = Arrival(f"inbox:{number}", AnswerReceived("77015551234", "9", at, number))
            inbox.add(session, "chat2desk", arrival, at, raw=f"body {ago}")
            session.add(ClickRow(code="x", at=at, grade="person", reason="r", agent=f"a{ago}", address="h"))
            session.flush()


def kept(database: Database) -> tuple[list[str], list[str], set[str]]:
    with database.reading() as session:
        raws = [row.raw for row in session.exec(select(InboxRow).order_by(InboxRow.id)).all()]  # type: ignore[arg-type]
        clicks = session.exec(select(ClickRow).order_by(ClickRow.id)).all()  # type: ignore[arg-type]
        assert all(bool(one.agent) == bool(one.address) for one in clicks)
        return raws, [one.agent for one in clicks], {one.grade for one in clicks}


def all_looks(old: Aging) -> int:
    return sum(iter(old.look, 0))


def test_the_old_is_emptied_and_the_young_stays(database: Database, clock: FixedClock) -> None:
    fill(database, clock, (90, 61, 45, 31, 29, 1, 0))
    old = Aging(database, clock, KEEP)
    assert all_looks(old) == 4 + 2
    raws, agents, grades = kept(database)
    assert raws == ["", "", "", "", "body 29", "body 1", "body 0"]
    assert agents == ["", "", "a45", "a31", "a29", "a1", "a0"]
    assert grades == {"person"}
    assert all_looks(old) == 0
    clock.advance(2 * DAY)
    assert all_looks(old) == 1
    assert kept(database)[0][4:] == ["", "body 1", "body 0"]


def test_an_event_that_was_emptied_is_still_known(sqlite_database: Database, clock: FixedClock) -> None:
    fill(sqlite_database, clock, (90,))
    all_looks(Aging(sqlite_database, clock, KEEP))
    with sqlite_database.transaction() as session:
        (row,) = session.exec(select(InboxRow)).all()
        assert (row.raw, row.kind, bool(row.event)) == ("", "AnswerReceived", True)
        again = Arrival("inbox:0", AnswerReceived("77015551234", "9", clock.now(), 0))
        assert inbox.add(session, "chat2desk", again, clock.now()) is False


def test_a_few_at_a_time(
    sqlite_database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aging, "MOST_ROWS", 3)
    fill(sqlite_database, clock, (90,) * 7)
    old = Aging(sqlite_database, clock, Keep(raw_bodies=30 * DAY))
    assert list(iter(old.look, 0)) == [3, 3, 1]
    assert kept(sqlite_database)[0] == [""] * 7


def test_one_that_stands_out_of_order_is_not_lost(sqlite_database: Database, clock: FixedClock) -> None:
    """Two processes wrote at one moment: the older row has the larger number."""
    fill(sqlite_database, clock, (40, 29, 31, 0))
    old = Aging(sqlite_database, clock, KEEP)
    all_looks(old)
    assert kept(sqlite_database)[0] == ["", "body 29", "body 31", "body 0"]
    clock.advance(2 * DAY)
    all_looks(old)
    assert kept(sqlite_database)[0] == ["", "", "", "body 0"]


def test_without_a_span_everything_stays(sqlite_database: Database, clock: FixedClock) -> None:
    fill(sqlite_database, clock, (3000,))
    assert Aging(sqlite_database, clock, Keep()).look() == 0
    assert kept(sqlite_database)[:2] == (["body 3000"], ["a3000"])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("keep: {raw_bodies: 1 day}", "14 days or more"),
        ("keep: {visitors: 0 days}", "14 days or more"),
        ("keep: {visitors: soon}", "write a number and a unit"),
        ("keep: {events: 29 days}", "30 days or more: until then a sender may repeat itself"),
        ("keep: {stories: 59 days}", "60 days or more"),
        ("keep: {audit: 364 days}", "365 days or more"),
        ("keep: {clicks: 90 days}", "'clicks'"),
    ],
)
def test_nonsense_is_told_at_its_place(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "config.yaml"
    text = CONFIG.read_text("utf-8")
    path.write_text(f"{text}\n{line}\n", encoding="utf-8")
    with pytest.raises(BadConfig) as bad:
        read_installation(path, with_secrets=False)
    (said,) = map(str, bad.value.problems)
    assert says in said
    assert f"config.yaml:{len(text.splitlines()) + 2}:" in said


def test_the_settings_say_it_in_words(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.read_text("utf-8") + "\nkeep: {raw_bodies: 90 days}\n", encoding="utf-8")
    found = read_installation(path, with_secrets=False).keep
    assert (found.raw_bodies, found.visitors) == (90 * DAY, None)


# --- events of nobody, stories of ended cases, the audit ----------------------------------------


LONG = Keep(events=30 * DAY, stories=60 * DAY, webhooks=14 * DAY, audit=365 * DAY)
PHONE = "77015551234"


def kinds(database: Database) -> list[str]:
    with database.reading() as session:
        return [row.kind for row in session.exec(select(InboxRow).order_by(InboxRow.id)).all()]  # type: ignore[arg-type]


def test_events_of_nobody_are_emptied_and_known_for_ever(database: Database, clock: FixedClock) -> None:
    """A vendor may repeat a webhook after any time, and a restored backup may bring it back: never twice."""
    fill(database, clock, (90, 31, 40, 29))
    with database.transaction() as session:
        for row in session.exec(select(InboxRow)).all():
            row.processed_at, row.result = clock.now(), "quarantined" if row.key == "inbox:1" else "ignored"
    all_looks(Aging(database, clock, LONG))
    assert kinds(database) == ["aged", "AnswerReceived", "aged", "AnswerReceived"], "a person has to see one"
    clock.advance(2 * DAY)
    all_looks(Aging(database, clock, LONG))
    assert kinds(database) == ["aged", "AnswerReceived", "aged", "aged"]
    with database.transaction() as session:
        assert not [
            row
            for row in session.exec(select(InboxRow)).all()
            if row.kind == "aged" and (row.raw or row.event)
        ]
        again = Arrival("inbox:0", AnswerReceived(PHONE, "9", clock.now(), 0))
        assert inbox.add(session, "chat2desk", again, clock.now()) is False


def test_what_nobody_has_handled_stays(sqlite_database: Database, clock: FixedClock) -> None:
    fill(sqlite_database, clock, (90,))
    all_looks(Aging(sqlite_database, clock, LONG))
    assert kinds(sqlite_database) == ["AnswerReceived"]


def stories(database: Database, clock: FixedClock) -> None:
    """One client has answered, another one has not yet; then two months go by."""
    flow = Flow(database, clock)
    flow.close_order(1, PHONE)
    flow.close_order(2, "77015555678")
    flow.later(days=1)
    flow.arrive(Arrival("message:6000", AnswerReceived(PHONE, "9", clock.now(), 6000)))
    flow.settle()
    with database.transaction() as session:
        first, second = session.exec(select(CaseRow).order_by(CaseRow.deal_id)).all()  # type: ignore[arg-type]
        first.state, second.state = "ended", "active"


def decisions(database: Database, deal_id: int) -> int:
    with database.reading() as session:
        row = session.exec(select(CaseRow).where(CaseRow.deal_id == deal_id)).one()
        return len(traces.of_case(session, row.id))


def events_of(database: Database, deal_id: int) -> set[str]:
    with database.reading() as session:
        row = session.exec(select(CaseRow).where(CaseRow.deal_id == deal_id)).one()
        return {one.kind for one in session.exec(select(InboxRow).where(InboxRow.case_id == row.id)).all()}


def test_the_story_of_an_ended_case_goes_and_a_running_one_stays(
    database: Database, clock: FixedClock
) -> None:
    stories(database, clock)
    before = decisions(database, 2)
    clock.advance(59 * DAY)
    all_looks(Aging(database, clock, LONG))
    assert decisions(database, 1) > 0
    clock.advance(2 * DAY)
    all_looks(Aging(database, clock, LONG))
    assert (decisions(database, 1), events_of(database, 1)) == (0, {"aged"})
    assert (decisions(database, 2), "aged" in events_of(database, 2)) == (before, False)
    with database.reading() as session:
        row = session.exec(select(CaseRow).where(CaseRow.deal_id == 1)).one()
        told = story(session, row.id, "en", {})
        assert [one["kind"] for one in told["entries"]] == ["opened", "gone"]
        assert row.body["scores"], "scores and the outcome stay"


def test_a_case_that_ends_late_has_its_turn_on_another_day(
    sqlite_database: Database, clock: FixedClock
) -> None:
    """The walk has passed it long ago."""
    database = sqlite_database
    stories(database, clock)
    clock.advance(61 * DAY)
    all_looks(Aging(database, clock, LONG))
    with database.transaction() as session:
        row = session.exec(select(CaseRow).where(CaseRow.deal_id == 2)).one()
        row.state, row.complaint_due = "ended", clock.now()
    clock.advance(61 * DAY)
    all_looks(Aging(database, clock, LONG))
    assert decisions(database, 2) > 0, "its complaint is open"
    with database.transaction() as session:
        session.exec(select(CaseRow).where(CaseRow.deal_id == 2)).one().complaint_due = None
    assert all_looks(Aging(database, clock, LONG)) == 0, "once a day is enough"
    clock.advance(DAY)
    all_looks(Aging(database, clock, LONG))
    assert decisions(database, 2) == 0


def test_of_what_is_still_to_be_done_the_story_stays(sqlite_database: Database, clock: FixedClock) -> None:
    database = sqlite_database
    stories(database, clock)
    with database.transaction() as session:
        row = session.exec(select(CaseRow).where(CaseRow.deal_id == 1)).one()
        session.exec(select(EffectRow).where(EffectRow.case_id == row.id)).first().state = "review"  # type: ignore[union-attr]
    clock.advance(61 * DAY)
    all_looks(Aging(database, clock, LONG))
    assert decisions(database, 1) > 0


def test_the_audit_is_kept_for_a_year_at_least(database: Database, clock: FixedClock) -> None:
    with database.transaction() as session:
        for days in (800, 400, 366, 364, 0):
            audit.note(session, "login", clock.now() - days * DAY)
            session.flush()
    all_looks(Aging(database, clock, LONG))
    with database.reading() as session:
        assert len(session.exec(select(AuditRow)).all()) == 2


def test_what_delivered_webhooks_said_is_emptied(database: Database, clock: FixedClock) -> None:
    told = {"webhook": "loyalty", "event": "x", "at": clock.now().isoformat(), "data": {"name": "Айгуль"}}
    with database.transaction() as session:
        for number, (days, lane, state) in enumerate(
            ((20, "webhook", "done"), (20, "webhook", "failed"), (20, "crm", "done"), (1, "webhook", "done"))
        ):
            at = clock.now() - days * DAY
            session.add(
                EffectRow(
                    key=f"K:1:{number}", case_id="K", lane=lane, kind="CallWebhook", payload=told, state=state,
                    run_at=at, created_at=at,
                )
            )  # fmt: skip
            session.flush()
    assert all_looks(Aging(database, clock, Keep(webhooks=14 * DAY))) == 2
    with database.reading() as session:
        rows = session.exec(select(EffectRow).order_by(EffectRow.id)).all()  # type: ignore[arg-type]
    assert [bool(row.payload["data"]) for row in rows] == [False, True, True, True]
    assert rows[0].payload == told | {"data": {}}


def test_after_a_restore_no_walk_is_waited_for(sqlite_database: Database, clock: FixedClock) -> None:
    all_looks(Aging(sqlite_database, clock, LONG))
    with sqlite_database.transaction() as session:
        holding.hold(session, clock.now(), clock.now())
        assert list(holding.unanswered(session)) == []
