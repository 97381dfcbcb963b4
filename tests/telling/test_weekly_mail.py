"""The weekly report by mail: when it is due, that it leaves once, and what a person is told when not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from connectors.mail.client import Post
from connectors.mail.settings import MailSettings
from qc_engine import health
from qc_engine.clock import FixedClock
from qc_engine.explain.attention import attention
from qc_engine.settings import WeeklyReport
from qc_engine.store import alarms, cases, holding, mailed
from qc_engine.store.database import Database
from qc_engine.telling import Teller
from qc_engine.telling.mailing import when
from qc_engine.telling.mailing.letter import summary
from qc_engine.telling.mailing.weekly_mail import AGAIN, ALARM, NOT_YET, WeeklyMail
from qc_engine.telling.weekly import weekly_written
from qc_engine.wiring import read_installation
from tests.conftest import NOON
from tests.connectors.mail.server import HANG_UP, MailServer, listening
from tests.web.console.test_analytics import case_of

ROOT = Path(__file__).resolve().parents[2]
OWNER, DEPUTY = "owner@company.kz", "deputy@company.kz"
ZONE = "Asia/Almaty"
MONDAY = NOON.replace(day=9, hour=4)  # 09:00 in Almaty, when the first one is due


@pytest.fixture
def sqlite(sqlite_database: Database, clock: FixedClock) -> Iterator[WeeklyMail]:
    with listening(MailServer()) as server:
        yield made(sqlite_database, clock, server)


def made(database: Database, clock: FixedClock, server: MailServer, **more: Any) -> WeeklyMail:
    mail = MailSettings.model_validate(
        {"host": "127.0.0.1", "port": server.port, "security": "none", "sender": "qc@company.kz"}
    )
    settings = read_installation(ROOT / "config.yaml", with_secrets=False)
    teller = Teller(settings.model_copy(update={"scenarios": ROOT / "scenarios"}), database, {})
    one = WeeklyMail(
        database, clock, WeeklyReport(to=[OWNER, DEPUTY]), ZONE, "ru", mail.sender, timedelta(minutes=10),
        Post(mail), lambda week, language: weekly_written(teller, clock, week, language),
    )  # fmt: skip
    return replace(one, **more)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with listening(MailServer()) as one:
        yield one


@pytest.fixture
def weekly(sqlite_database: Database, clock: FixedClock, server: MailServer) -> WeeklyMail:
    """An hour after the report of 2026-W10 became due."""
    clock.advance(MONDAY + timedelta(hours=1) - clock.now())
    return made(sqlite_database, clock, server)


@pytest.fixture
def either(database: Database, clock: FixedClock, server: MailServer) -> WeeklyMail:
    """The same, on both databases."""
    clock.advance(MONDAY + timedelta(hours=1) - clock.now())
    return made(database, clock, server)


def states(weekly: WeeklyMail, week: str = "2026-W10") -> list[str]:
    return [one.state for one in weekly.known(week)]


def alarm(weekly: WeeklyMail) -> dict[str, Any]:
    with weekly.database.reading() as session:
        row = alarms.standing(session, ALARM)
        return dict(row.params) if row else {}


# --- when -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weekday", "hour", "now", "due", "week"),
    [
        ("monday", 9, MONDAY, MONDAY, "2026-W10"),
        ("monday", 9, MONDAY - timedelta(seconds=1), MONDAY - timedelta(days=7), "2026-W09"),
        ("monday", 9, MONDAY + timedelta(days=6, hours=23), MONDAY, "2026-W10"),
        ("sunday", 20, MONDAY, MONDAY - timedelta(hours=13), "2026-W09"),  # that week is not over then
        ("wednesday", 0, MONDAY, MONDAY - timedelta(days=5, hours=9), "2026-W09"),
    ],
)
def test_when_it_is_due(weekday: str, hour: int, now: datetime, due: datetime, week: str) -> None:
    found = when.last_due(WeeklyReport(weekday=weekday, hour=hour), ZONE, now)
    assert (found, when.week_due(found, ZONE)) == (due, week)


@pytest.mark.parametrize(
    ("hour", "utc"),
    [(2, "2026-03-29T01:00"), (3, "2026-03-29T01:00")],  # 02:30 is no time of that day in Berlin
)
def test_an_hour_that_does_not_exist_that_day(hour: int, utc: str) -> None:
    now = datetime.fromisoformat("2026-03-29T12:00+00:00")
    found = when.last_due(WeeklyReport(weekday="sunday", hour=hour), "Europe/Berlin", now)
    assert found.isoformat() == f"{utc}:00+00:00"


# --- once -------------------------------------------------------------------------------------


def test_once_a_week_and_recipient(either: WeeklyMail, server: MailServer, clock: FixedClock) -> None:
    for _ in range(3):
        assert either.look() == 0
    assert server.recipients == [OWNER, DEPUTY]
    clock.advance(timedelta(days=6))
    either.look()
    assert len(server.taken) == 2
    clock.advance(timedelta(days=1))
    either.look()
    assert len(server.taken) == 4
    subjects = [one["Subject"] for one in server.letters]
    assert subjects[0] == "Отчёт за неделю 02.03.2026 – 08.03.2026"
    assert subjects[2] == "Отчёт за неделю 09.03.2026 – 15.03.2026"
    assert alarm(either) == {}


def test_whoever_is_written_otherwise_or_moved_to_another_day_is_still_the_same(
    weekly: WeeklyMail, server: MailServer, clock: FixedClock
) -> None:
    weekly.look()
    shouting = WeeklyReport(to=[OWNER.upper()], weekday="tuesday", hour=0)
    clock.advance(timedelta(days=1))
    replace(weekly, wanted=shouting).look()
    assert server.recipients == [OWNER, DEPUTY]


def test_whoever_is_named_twice_is_one_person(weekly: WeeklyMail, server: MailServer) -> None:
    wanted = WeeklyReport(to=[OWNER, DEPUTY, OWNER.upper()])
    weekly.send("2026-W10", wanted.to, states=AGAIN)
    assert [one.casefold() for one in server.recipients] == [OWNER, DEPUTY]


def test_who_comes_later_gets_it_too(weekly: WeeklyMail, server: MailServer) -> None:
    replace(weekly, wanted=WeeklyReport(to=[OWNER])).look()
    weekly.look()
    assert server.recipients == [OWNER, DEPUTY]


def test_noted_before_it_leaves(weekly: WeeklyMail) -> None:
    """Whoever dies while the server thinks has left word."""
    seen: list[list[str]] = []

    class Watching:
        def send(self, letter: EmailMessage, to: str) -> None:
            seen.append(states(weekly))

    replace(weekly, post=Watching()).look()
    assert seen == [["sending", "waiting"], ["sent", "sending"]]


def test_whoever_died_on_the_way_leaves_it_to_a_person(
    weekly: WeeklyMail, server: MailServer, clock: FixedClock
) -> None:
    class Dying:
        def send(self, letter: EmailMessage, to: str) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace(weekly, post=Dying()).look()
    weekly.look()
    assert states(weekly) == ["sending", "sent"]  # it may be under way in another process
    clock.advance(weekly.lease)
    weekly.look()
    assert states(weekly) == ["uncertain", "sent"]
    assert (alarm(weekly)["kind"], alarm(weekly)["to"]) == ("uncertain", OWNER)
    assert server.recipients == [DEPUTY]


# --- what goes wrong --------------------------------------------------------------------------


def test_a_lost_answer_is_never_a_second_letter(
    either: WeeklyMail, server: MailServer, clock: FixedClock
) -> None:
    server.says["."] = HANG_UP
    either.look()
    assert states(either) == ["uncertain", "uncertain"]
    del server.says["."]
    for _ in range(4):
        clock.advance(timedelta(hours=12))
        either.look()
    assert server.recipients == [OWNER, DEPUTY]
    assert alarm(either)["to"] == f"{OWNER}, {DEPUTY}"
    # A person has asked: the deputy has it, the owner does not.
    done = either.send("2026-W10", [OWNER], states=AGAIN)
    assert [one.state for one in done] == ["sent"]
    clock.advance(timedelta(days=7))
    either.look()
    assert alarm(either) == {}


def test_a_busy_server_is_asked_again_and_nobody_is_alarmed_by_the_first_no(
    weekly: WeeklyMail, server: MailServer, clock: FixedClock
) -> None:
    server.says["RCPT"] = "450 greylisted"
    weekly.look()
    weekly.look()
    assert (server.word("RCPT"), alarm(weekly)) == (2, {})
    for minutes in (5, 10):
        clock.advance(timedelta(minutes=minutes))
        weekly.look()
    assert server.word("RCPT") == 6
    assert (alarm(weekly)["kind"], "450 greylisted" in alarm(weekly)["reason"]) == ("waiting", True)
    del server.says["RCPT"]
    clock.advance(timedelta(minutes=20))
    weekly.look()
    assert (states(weekly), alarm(weekly)) == (["sent", "sent"], {})


def test_one_who_is_refused_does_not_hold_up_the_other(
    weekly: WeeklyMail, server: MailServer, clock: FixedClock
) -> None:
    refusing = {"RCPT": "550 no such user"}
    server.says |= refusing
    replace(weekly, wanted=WeeklyReport(to=[OWNER])).look()
    server.says.clear()
    weekly.look()
    assert states(weekly) == ["refused", "sent"]
    clock.advance(timedelta(days=1))
    weekly.look()
    assert server.word("RCPT") == 2
    assert alarm(weekly)["to"] == OWNER
    # The box is there now, and somebody says so.
    assert [one.state for one in weekly.send("2026-W10", [OWNER, DEPUTY], states=NOT_YET)] == ["sent", "sent"]
    weekly.tell()
    assert (server.recipients, alarm(weekly)) == ([DEPUTY, OWNER], {})


def test_a_fault_of_ours_is_told_and_not_repeated_blindly(weekly: WeeklyMail, clock: FixedClock) -> None:
    class Failing:
        def send(self, letter: EmailMessage, to: str) -> None:
            raise ZeroDivisionError

    replace(weekly, post=Failing()).look()
    assert states(weekly) == ["uncertain", "uncertain"]
    assert "ZeroDivisionError" in alarm(weekly)["reason"]


def test_a_report_that_cannot_be_written_is_told(weekly: WeeklyMail) -> None:
    def failing(week: str, language: str) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        replace(weekly, write=failing).look()
    assert (alarm(weekly)["kind"], states(weekly)) == ("fault", ["waiting", "waiting"])
    weekly.look()
    assert (alarm(weekly), states(weekly)) == ({}, ["sent", "sent"])


@pytest.mark.parametrize("kind", ["waiting", "refused", "uncertain", "fault"])
@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_the_alarm_says_what_and_what_to_do(sqlite: WeeklyMail, kind: str, language: str) -> None:
    params = {"kind": kind, "week": "2026-W10", "to": OWNER, "reason": when.GONE}
    with sqlite.database.transaction() as session:
        alarms.raise_alarm(session, ALARM, "alarm.mail", params, NOON)
    with sqlite.database.reading() as session:
        (told,) = attention(session, language)["alarms"]
    assert "2026-W10" in told["text"]
    assert OWNER in told["text"]
    assert not {"mail.gone", "alarm.mail", "{"} & set(told["text"].split())
    assert "--again" in told["if_nothing"]
    assert told["commands"][0]["command"] == "qc report week --mail"


def test_turned_off_nothing_leaves_and_no_alarm_stays(
    weekly: WeeklyMail, server: MailServer, clock: FixedClock
) -> None:
    server.says["."] = HANG_UP
    weekly.look()
    assert alarm(weekly)
    replace(weekly, post=None, wanted=WeeklyReport()).look()
    assert alarm(weekly) == {}
    assert len(server.taken) == 2


# --- after a restore --------------------------------------------------------------------------


def test_after_a_restore_nobody_knows_whether_it_left(
    either: WeeklyMail, server: MailServer, clock: FixedClock
) -> None:
    """The backup is of Sunday, the letter went on Monday, the restore is on Tuesday."""
    clock.advance(timedelta(days=1))
    with either.database.transaction() as session:
        holding.hold(session, MONDAY - timedelta(days=1), clock.now())
    either.look()
    assert states(either) == ["waiting", "waiting"]
    with either.database.transaction() as session:
        holding.release(session, clock.now())
    either.look()
    assert states(either) == ["uncertain", "uncertain"]
    assert server.taken == []
    clock.advance(timedelta(days=7))
    either.look()
    assert server.recipients == [OWNER, DEPUTY]


def test_who_has_it_by_the_backup_has_it(weekly: WeeklyMail, clock: FixedClock) -> None:
    weekly.look()
    with weekly.database.transaction() as session:
        holding.hold(session, clock.now(), clock.now())
        holding.release(session, clock.now())
    weekly.look()
    assert states(weekly) == ["sent", "sent"]


def test_two_at_once_send_it_once(either: WeeklyMail, server: MailServer) -> None:
    """The worker, while a person's command has just taken it."""
    with either.database.transaction() as session:
        mail = mailed.held(session, "2026-W10", OWNER, either.clock.now())
        mailed.note(session, mailed.claimed(mail, either.clock.now()), either.clock.now())
    assert [one.state for one in either.send("2026-W10", [OWNER], states=AGAIN)] == ["sending"]
    assert server.taken == []


# --- the letter -------------------------------------------------------------------------------


def test_the_letter_is_words_and_the_page(
    sqlite_database: Database, clock: FixedClock, server: MailServer
) -> None:
    with sqlite_database.transaction() as session:
        cases.create(session, case_of(1, '<img src="https://spy.example/1.png">', NOON, 9, ""), "", NOON)
    clock.advance(MONDAY - clock.now())
    made(sqlite_database, clock, server, wanted=WeeklyReport(to=[OWNER])).look()
    (came,) = server.letters
    text, page = came.iter_parts()
    assert (came.get_content_type(), text.get_content_type(), page.get_content_type()) == (
        "multipart/alternative", "text/plain", "text/html",
    )  # fmt: skip
    assert "Средняя" in text.get_content()
    assert "https://qc.example.kz/console/analytics/week?week=2026-W10" in text.get_content()
    assert (came["To"], came["From"]) == (OWNER, "qc@company.kz")
    assert came["Auto-Submitted"] == "auto-generated"
    fetched = [one for one in ("<img", "<link", "<script", "url(", "@import") if one in page.get_content()]
    assert fetched == []


def test_every_attempt_is_one_letter_to_the_server(sqlite: WeeklyMail) -> None:
    letters: list[EmailMessage] = []

    class Keeping:
        def send(self, letter: EmailMessage, to: str) -> None:
            letters.append(letter)

    keeping = replace(sqlite, post=Keeping())
    for _ in range(2):
        keeping.send("2026-W09", [OWNER], states=AGAIN)
    keeping.send("2026-W09", [DEPUTY], states=AGAIN)
    keeping.send("2026-W08", [OWNER], states=AGAIN)
    names = [str(one["Message-ID"]) for one in letters]
    assert names[0] == names[1]
    assert len(set(names)) == 3
    assert all(one.endswith("@company.kz>") for one in names)


@pytest.mark.parametrize(("language", "words"), [("kk", "аптасының есебі"), ("en", "The report of the week")])
def test_in_the_language_that_was_asked_for(sqlite: WeeklyMail, language: str, words: str) -> None:
    told = summary(sqlite.write("2026-W09", language))
    assert words in told
    assert "mail." not in told


# --- qc doctor --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("says", "ok", "words"),
    [({}, True, OWNER), ({"EHLO": "554 go away", "HELO": "554 go away"}, False, "554 go away")],
)
def test_the_doctor_signs_in_and_sends_nothing(
    server: MailServer, says: dict[str, str], ok: bool, words: str
) -> None:
    server.says |= says
    mail = {"host": "127.0.0.1", "port": server.port, "security": "none", "sender": "qc@company.kz"}
    settings = read_installation(ROOT / "config.yaml", with_secrets=False).model_copy(
        update={"mail": MailSettings.model_validate(mail), "weekly_report": WeeklyReport(to=[OWNER])}
    )
    (finding,) = health.asked(settings, [])
    assert (finding.ok, words in finding.what) == (ok, True)
    assert server.word("MAIL") == 0
    assert finding.ok or "QC_MAIL__PASSWORD" in finding.remedy
