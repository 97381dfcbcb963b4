"""When the weekly letter is due, and what becomes of one that did not leave. Pure."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from qc_engine.ports import Broken, OutcomeUnknown, Refused, TryLater
from qc_engine.settings import WeeklyReport
from qc_engine.store.mailed import REFUSED, SENDING, SENT, UNCERTAIN, WAITING, Mail
from qc_engine.web.pages.analytics.week import named, week_of

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=6)
BUSY = 3  # attempts: a server may put off strangers once or twice
RESTORED, GONE = "mail.restored", "mail.gone"  # reasons, as explain/locale says them
Ended = None | TryLater | Refused | Broken | OutcomeUnknown  # None: the server has taken it


def last_due(wanted: WeeklyReport, zone: str, now: datetime) -> datetime:
    """The last moment not after `now` at which it was due; one that was missed is made up for.

    An hour that does not exist that day counts from its end, one that comes twice counts once.
    """
    there = ZoneInfo(zone)
    today = now.astimezone(there).date()
    day = today - timedelta(days=(today.weekday() - WEEKDAYS.index(wanted.weekday)) % 7)
    due = _moment(day, wanted.hour, there)
    return due if due <= now else _moment(day - timedelta(days=7), wanted.hour, there)


def _moment(day: date, hour: int, there: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), there).astimezone(UTC)


def week_due(due: datetime, zone: str) -> str:
    """The last whole week at that moment, as '2026-W09'."""
    return named(week_of("", due.astimezone(ZoneInfo(zone)).date()))


def aged(mail: Mail, now: datetime, lease: timedelta) -> Mail:
    """One that was begun and never told of: it may have left."""
    if mail.state == SENDING and mail.at is not None and now >= mail.at + lease:
        return replace(mail, state=UNCERTAIN, reason=GONE)
    return mail


def doubted(mail: Mail, due: datetime, restored_at: datetime | None) -> Mail:
    """One that was due in the days that a restore has taken away."""
    if mail.state == WAITING and restored_at is not None and due <= restored_at:
        return replace(mail, state=UNCERTAIN, reason=RESTORED)
    return mail


def may_leave(mail: Mail, now: datetime) -> bool:
    return mail.state == WAITING and (mail.again_at is None or mail.again_at <= now)


def ended(mail: Mail, outcome: Ended, now: datetime) -> Mail:
    """What is known of it after this attempt."""
    reason = str(outcome or "")
    match outcome:
        case None:
            return replace(mail, state=SENT, at=now)
        case Refused():
            return replace(mail, state=REFUSED, reason=reason)
        case OutcomeUnknown():
            return replace(mail, state=UNCERTAIN, reason=reason)
        case TryLater() | Broken():
            pause = min(FIRST_PAUSE * 2 ** min(mail.attempts - 1, 10), LONGEST_PAUSE)
            is_alarming = isinstance(outcome, Broken) or mail.attempts >= BUSY
            return replace(mail, state=WAITING, again_at=now + pause, reason=reason, is_alarming=is_alarming)
