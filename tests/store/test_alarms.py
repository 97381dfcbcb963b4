"""An alarm begins once, is told once, and passes once."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from qc_engine.clock import FixedClock
from qc_engine.store import alarms, polls
from qc_engine.store.database import Database
from qc_engine.store.polls import PollHealth

HOUR = timedelta(hours=1)
KEY = "silence:main"


def test_an_alarm_is_told_when_it_begins_and_when_it_passes(database: Database, clock: FixedClock) -> None:
    now = clock.now()
    with capture_logs() as logs:
        for hour, count in enumerate((5, 7, 9)):
            with database.transaction() as session:
                began = alarms.raise_alarm(session, KEY, "alarm.silence", {"count": count}, now + hour * HOUR)
            assert began is (hour == 0)
        with database.transaction() as session:
            (row,) = alarms.all_alarms(session)
            assert (row.since, row.seen_at, row.params) == (now, now + 2 * HOUR, {"count": "9"})
            assert alarms.clear(session, KEY)
        with database.transaction() as session:
            assert not alarms.clear(session, KEY)
            assert alarms.all_alarms(session) == []
    assert [(one["event"], one["alarm"]) for one in logs] == [("alarm raised", KEY), ("alarm cleared", KEY)]


def test_one_that_comes_back_begins_anew(database: Database, clock: FixedClock) -> None:
    later = clock.now() + HOUR
    with database.transaction() as session:
        assert alarms.raise_alarm(session, KEY, "alarm.silence", {}, clock.now())
        assert alarms.clear(session, KEY)
        assert alarms.raise_alarm(session, KEY, "alarm.silence", {}, later)
        assert [one.since for one in alarms.all_alarms(session)] == [later]


def test_the_oldest_comes_first(database: Database, clock: FixedClock) -> None:
    with database.transaction() as session:
        for key, hours in (("b", 1), ("a", 1), ("c", 0)):
            alarms.raise_alarm(session, key, "alarm.polls", {}, clock.now() + hours * HOUR)
    with database.reading() as session:
        assert [one.key for one in alarms.all_alarms(session)] == ["c", "a", "b"]
        assert alarms.standing(session, "a") is not None
        assert alarms.standing(session, "d") is None


@pytest.mark.parametrize(
    ("story", "known"),
    [
        ("", PollHealth()),
        ("+", "ok 0"),
        ("+-", "ok 0, failing 1"),
        ("+--", "ok 0, failing 1"),
        ("+--+", "ok 3"),
        ("--", "failing 0"),
    ],
)
def test_a_poll_knows_its_last_answer_and_its_first_failure(
    database: Database, clock: FixedClock, story: str, known: PollHealth | str
) -> None:
    now = clock.now()
    for hour, outcome in enumerate(story):
        with database.transaction() as session:
            at = now + hour * HOUR
            if outcome == "+":
                polls.succeeded(session, "bitrix24:history", at)
            else:
                polls.failed(session, "bitrix24:history", f"503 number {hour}", at)
    with database.reading() as session:
        found = polls.health(session, "bitrix24:history")
    if isinstance(known, PollHealth):
        assert found == known
        return
    hours = {word: now + int(at) * HOUR for word, at in (part.split() for part in known.split(", "))}
    assert (found.answered_at, found.failing_since) == (hours.get("ok"), hours.get("failing"))
    assert found.why == (f"503 number {len(story) - 1}" if story.endswith("-") else "")
