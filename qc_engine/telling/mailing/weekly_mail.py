"""The weekly letter on its way: noted before it leaves, and never sent blindly a second time."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Protocol

import structlog
from sqlmodel import Session

from connectors.mail.client import Post
from connectors.mail.settings import MailSettings
from qc_engine.clock import Clock
from qc_engine.ports import Broken, OutcomeUnknown, Refused, TryLater
from qc_engine.settings import WeeklyReport
from qc_engine.store import alarms, holding, mailed
from qc_engine.store.database import Database
from qc_engine.store.mailed import Mail
from qc_engine.telling.mailing import when
from qc_engine.telling.mailing.letter import letter
from qc_engine.telling.teller import Teller
from qc_engine.telling.weekly import Written, weekly_written

log = structlog.get_logger(__name__)
EVERY = timedelta(minutes=1)  # how often to look whether one is due
ALARM = "mail:weekly"
STEPS = 20  # answers of the server that one letter may wait for
NOT_YET = frozenset({mailed.WAITING, mailed.REFUSED})  # certainly not sent
AGAIN = NOT_YET | {mailed.SENT, mailed.UNCERTAIN}
BY_ITSELF = frozenset({mailed.WAITING})
WORST_FIRST = (mailed.UNCERTAIN, mailed.REFUSED, mailed.WAITING)


class Posts(Protocol):
    """Takes letters."""

    def send(self, letter: EmailMessage, to: str) -> None:
        """Raises TryLater, Refused, Broken, OutcomeUnknown."""


@dataclass(frozen=True)
class WeeklyMail:
    """One installation's. `write`: (week, language) -> the report in words."""

    database: Database
    clock: Clock
    wanted: WeeklyReport
    zone: str
    language: str
    sender: str
    lease: timedelta
    post: Posts | None  # None: there is no mail server, and nothing leaves
    write: Callable[[str, str], Written]

    def look(self) -> int:
        """For a loop: send what is due. Returns 0: what did not leave waits for the next look."""
        now = self.clock.now()
        if self.post is None or self.is_held:
            self._tell((), now)
            return 0
        due = when.last_due(self.wanted, self.zone, now)
        week = when.week_due(due, self.zone)
        self._take_stock(week, due, now)
        leaving = [one.to for one in self.known(week) if when.may_leave(one, now)]
        if leaving:
            self._send_told(week, leaving, now)
        self._tell(self.known(week), now)
        return 0

    def _send_told(self, week: str, leaving: Sequence[str], now: datetime) -> None:
        try:
            self.send(week, leaving)
        except Exception as bug:  # nobody reads logs, and the owner waits for a letter
            self._alarm(_words("fault", week, leaving, f"our own fault: {type(bug).__name__}"), now)
            raise

    @property
    def is_held(self) -> bool:
        """Since a restore, until a person lets go."""
        with self.database.reading() as session:
            return holding.is_held(session)

    def tell(self) -> None:
        """Begin or end the alarm, after a person has sent something."""
        self._tell(self.known(self.week_now), self.clock.now())

    @property
    def week_now(self) -> str:
        """The one whose letter leaves by itself, and is tried again; of every other week nothing does."""
        return when.week_due(when.last_due(self.wanted, self.zone, self.clock.now()), self.zone)

    def known(self, week: str) -> Sequence[Mail]:
        """Who has it, and who has not, in the order of config.yaml."""
        with self.database.reading() as session:
            return mailed.all_known(session, week, self.wanted.to)

    def send(
        self, week: str, to: Sequence[str], language: str = "", states: Collection[str] = BY_ITSELF
    ) -> Sequence[Mail]:
        """What became of each; only those leave that are in one of `states`."""
        written = self.write(week, language or self.wanted.language or self.language)
        return [self._sent(written, week, one, states) for one in to]

    def arrived(self, week: str) -> Sequence[str]:
        """A person has asked: they have it, all of whom nobody knew. Who these are."""
        now, uncertain = self.clock.now(), [one for one in self.known(week) if one.state == mailed.UNCERTAIN]
        with self.database.transaction() as session:
            for one in uncertain:
                mailed.note(session, replace(one, state=mailed.SENT), now)
        return [one.to for one in uncertain]

    def _sent(self, written: Written, week: str, to: str, states: Collection[str]) -> Mail:
        now = self.clock.now()
        with self.database.transaction() as session:
            mail = when.aged(mailed.held(session, week, to, now), now, self.lease)
            if mail.state not in states:
                return mail
            mail = mailed.claimed(mail, now)
            mailed.note(session, mail, now)
        outcome = self._hand_over(written, to, now)
        return self._record(mail, when.ended(mail, outcome, self.clock.now()))

    def _hand_over(self, written: Written, to: str, now: datetime) -> when.Ended:
        assert self.post is not None
        try:
            self.post.send(letter(written, self.sender, to, now), to)
        except (TryLater, Refused, Broken, OutcomeUnknown) as outcome:
            return outcome
        except Exception as bug:
            log.exception("the weekly report failed")
            return OutcomeUnknown(f"our own fault: {type(bug).__name__}")
        return None

    def _record(self, before: Mail, after: Mail) -> Mail:
        now = self.clock.now()
        with self.database.transaction() as session:
            if (found := mailed.held(session, before.week, before.to, now)) != before:
                return found  # so late that somebody else has taken it over
            mailed.note(session, after, now)
        log.info("weekly report", week=after.week, state=after.state, attempts=after.attempts)
        return after

    def _take_stock(self, week: str, due: datetime, now: datetime) -> None:
        """Note what has become uncertain by itself."""
        with self.database.reading() as session:
            if not self._doubtful(session, week, due, now):
                return
        with self.database.transaction() as session:
            for one in self._doubtful(session, week, due, now):
                mailed.note(session, one, now)

    def _doubtful(self, session: Session, week: str, due: datetime, now: datetime) -> Sequence[Mail]:
        restored_at = mailed.doubtful_before(session)
        before = mailed.all_known(session, week, self.wanted.to)
        after = [when.doubted(when.aged(one, now, self.lease), due, restored_at) for one in before]
        return [new for old, new in zip(before, after, strict=True) if new != old]

    # --- what a person must know ---

    def _tell(self, mails: Sequence[Mail], now: datetime) -> None:
        """An alarm that says the worst; without one, none."""
        self._alarm(_worst([one for one in mails if one.needs_person]), now)

    def _alarm(self, told: Mapping[str, str], now: datetime) -> None:
        with self.database.reading() as session:
            stands = alarms.standing(session, ALARM)
        if (stands.params if stands else {}) == told:
            return
        with self.database.transaction() as session:
            if told:
                alarms.raise_alarm(session, ALARM, "alarm.mail", told, now)
            else:
                alarms.clear(session, ALARM)


def _worst(wrong: Sequence[Mail]) -> Mapping[str, str]:
    """Empty where nothing is wrong."""
    for kind in WORST_FIRST:
        if those := [one for one in wrong if one.state == kind]:
            return _words(kind, those[0].week, [one.to for one in those], those[0].reason)
    return {}


def _words(kind: str, week: str, to: Sequence[str], reason: str) -> Mapping[str, str]:
    return {"kind": kind, "week": week, "to": ", ".join(to), "reason": reason}


def weekly_mail(teller: Teller, clock: Clock) -> WeeklyMail:
    """As config.yaml wants it."""
    settings = teller.settings
    mail = settings.mail if settings.weekly_report.to else None
    return WeeklyMail(
        database=teller.database,
        clock=clock,
        wanted=settings.weekly_report,
        zone=settings.timezone,
        language=settings.language,
        sender=mail.sender if mail else "",
        lease=_lease(mail),
        post=Post(mail) if mail else None,
        write=lambda week, language: weekly_written(teller, clock, week, language),
    )


def _lease(mail: MailSettings | None) -> timedelta:
    """Nobody can be under way for longer."""
    return STEPS * mail.timeout if mail else timedelta()
