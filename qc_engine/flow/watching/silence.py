"""Orders close and no question goes out, or nobody outside is heard: nobody would notice, so we do."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from qc_engine.clock import Clock
from qc_engine.core.channel import FORM
from qc_engine.core.effects import Lane
from qc_engine.flow.watching.forecast import lane_of
from qc_engine.flow.watching.silent_cases import Unasked, last_question, unasked
from qc_engine.flow.watching.silent_channels import told_of_quiet
from qc_engine.ports import Connector
from qc_engine.settings import Watch
from qc_engine.store import alarms, lanes, outbox, polls, watching
from qc_engine.store.database import Database
from qc_engine.store.polls import PollHealth
from qc_engine.store.tables import LaneRow

EVERY = timedelta(minutes=10)  # how often to look
OF_A_PORTAL = ("silence", "polls", "reconcile")  # families of alarms
A_WHILE = timedelta(minutes=2)  # a door closed for less is only catching its breath
PATIENCE = timedelta(hours=1)  # a question that became due a moment ago is only on its way


def patience(watch: Watch) -> timedelta:
    return min(PATIENCE, watch.silence)


def is_silent(asked_at: datetime | None, due_at: Sequence[datetime], watch: Watch, now: datetime) -> bool:
    """Orders became due within the span and nobody was asked in it; those of the last hour are on their way.

    `asked_at`: when a first question last left; `due_at`: when the cases became due that were not asked.
    """
    begins = now - watch.silence
    waited = [at for at in due_at if begins <= at <= now - patience(watch)]
    return (asked_at is None or asked_at < begins) and len(waited) >= watch.silence_orders


def is_unheard(poll: PollHealth, every: timedelta, watch: Watch, up_since: datetime, now: datetime) -> bool:
    """Has this poll brought no answer for too long? While we were down, nobody asked."""
    if poll.failing_since is None and poll.answered_at is None:
        return False
    since = poll.failing_since or max(up_since, poll.answered_at or up_since)
    return now - since >= max(watch.silence, 2 * every)


@dataclass(frozen=True)
class Verdict:
    """What an alarm says, or that there is no reason for it."""

    key: str
    phrase: str = ""  # empty: all is well
    params: Mapping[str, object] | None = None


class Silence:
    """Looks now and then; raises and clears alarms.

    Their keys: 'silence:PORTAL', 'polls:PORTAL', 'channel:NAME' and 'broken:LANE'. `zone` is the company's:
    by its clock people answer by day and not on Sundays.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        connectors: Sequence[Connector],
        watch: Watch,
        zone: str = "UTC",
    ) -> None:
        self._database, self._clock, self._watch, self._zone = database, clock, watch, zone
        self._portals = [one for one in connectors if one.portal]
        # The survey's own page tells nothing by itself.
        self._channels = [one for one in connectors if one.lane is Lane.CHANNEL and one.way != FORM]
        self._up_since = clock.now()

    def check(self) -> int:
        """Raise what is wrong, clear what has passed. 0 for a loop: a look leaves no work behind."""
        now = self._clock.now()
        with self._database.reading() as session:
            verdicts = [one for connector in self._portals for one in self._judge(session, connector, now)]
            verdicts += [self._about_channel(session, one, now) for one in self._channels]
            verdicts += [_about_lane(row) for row in lanes.all_lanes(session)]
            verdicts += self._about_former_portals(session)
            changing = [one for one in verdicts if one.phrase or alarms.standing(session, one.key)]
        if changing:
            with self._database.transaction(durable=False) as session:
                for one in changing:
                    _carry_out(session, one, now)
        return 0

    def _judge(self, session: Session, connector: Connector, now: datetime) -> Iterator[Verdict]:
        unheard = self._unheard(session, connector, now)
        yield self._about_polls(connector.portal, unheard)
        yield self._about_questions(session, connector, unheard, now)

    def _about_former_portals(self, session: Session) -> Sequence[Verdict]:
        """One taken out of config.yaml is nobody's worry any more."""
        known = {one.portal for one in self._portals}
        keys = [one.key.partition(":") for one in alarms.all_alarms(session)]
        return [
            Verdict(f"{family}:{portal}")
            for family, _, portal in keys
            if family in OF_A_PORTAL and portal not in known
        ]

    # --- polls ---

    def _unheard(self, session: Session, connector: Connector, now: datetime) -> Sequence[PollHealth]:
        known = [
            (polls.health(session, f"{connector.name}:{poll.name}"), poll.every) for poll in connector.polls
        ]
        return [one for one, every in known if is_unheard(one, every, self._watch, self._up_since, now)]

    def _about_polls(self, portal: str, unheard: Sequence[PollHealth]) -> Verdict:
        key = f"polls:{portal}"
        if not unheard:
            return Verdict(key)
        worst = min(unheard, key=_last_heard)
        kind = "failing" if worst.why else ""
        told = {"portal": portal, "at": _last_heard(worst).isoformat(), "kind": kind, "reason": worst.why}
        return Verdict(key, "alarm.polls", told)

    # --- channels ---

    def _about_channel(self, session: Session, channel: Connector, now: datetime) -> Verdict:
        key = f"channel:{channel.name}"
        stands = alarms.standing(session, key)
        if stands:
            # It passes with news of the channel, not with the night.
            spoke_at = watching.last_from(session, channel.name, stands.since)
            return Verdict(key) if spoke_at else Verdict(key, stands.phrase, stands.params)
        if now - self._up_since < patience(self._watch):
            return Verdict(key)
        told = told_of_quiet(session, channel, now, self._watch, self._zone)
        return Verdict(key, "alarm.channel", told) if told else Verdict(key)

    # --- questions ---

    def _about_questions(
        self, session: Session, connector: Connector, unheard: Sequence[PollHealth], now: datetime
    ) -> Verdict:
        key = f"silence:{connector.portal}"
        stands = alarms.standing(session, key)
        begins = now - self._watch.silence
        # The cheap question first: on most days somebody was asked a moment ago.
        asked_at = last_question(session, connector.portal, min(begins, stands.seen_at) if stands else begins)
        if asked_at and asked_at > (stands.since if stands else begins):
            return Verdict(key)
        if stands is None and now - self._up_since < patience(self._watch):
            return Verdict(key)  # what became due while we were down is only just leaving
        late = unasked(session, connector.portal, now, self._watch.silence)
        if stands and not late:
            return Verdict(key, stands.phrase, stands.params)  # it passes with the next question
        if stands is None and not is_silent(asked_at, [one.due_at for one in late], self._watch, now):
            return Verdict(key)
        told = {"portal": connector.portal, "count": len(late), "span": self._watch.silence}
        cause = self._cause(session, connector, late, unheard, now)
        return Verdict(key, "alarm.silence", {**told, **cause})

    def _cause(
        self,
        session: Session,
        connector: Connector,
        late: Sequence[Unasked],
        unheard: Sequence[PollHealth],
        now: datetime,
    ) -> Mapping[str, object]:
        """What is known of it, the plainest first; `kind` chooses the sentence."""
        doors = [one for name in self._doors(connector) if (one := session.get(LaneRow, name))]
        for door in doors:
            if door.broken:
                return {"kind": "broken", "lane": door.key, "reason": door.broken}
        for door in doors:
            if door.paused_until and door.paused_until > now + A_WHILE:
                return {"kind": "paused", "lane": door.key, "until": door.paused_until.isoformat()}
        if unheard:
            return {"kind": "polls", "at": min(map(_last_heard, unheard)).isoformat()}
        return _commonest(late)

    def _doors(self, connector: Connector) -> Sequence[str]:
        crm = outbox.lane_of(Lane.CRM, connector.portal)
        return [crm, connector.name, *(name for one in self._channels for name in (lane_of(one), one.name))]


def _about_lane(row: LaneRow) -> Verdict:
    """Told at once where it breaks; here it gets the moment since when."""
    key = f"broken:{row.key}"
    return (
        Verdict(key, "alarm.broken", {"lane": row.key, "reason": row.broken}) if row.broken else Verdict(key)
    )


def _commonest(late: Sequence[Unasked]) -> Mapping[str, object]:
    if any(not one.heard for one in late):
        return {"kind": "unheard"}
    reasons = Counter(one.why for one in late if one.why)
    return {"kind": "refused", "reason": reasons.most_common(1)[0][0]} if reasons else {"kind": ""}


def _last_heard(poll: PollHealth) -> datetime:
    found = poll.answered_at or poll.failing_since
    assert found is not None
    return found


def _carry_out(session: Session, verdict: Verdict, now: datetime) -> None:
    if verdict.phrase:
        alarms.raise_alarm(session, verdict.key, verdict.phrase, verdict.params or {}, now)
    else:
        alarms.clear(session, verdict.key)
