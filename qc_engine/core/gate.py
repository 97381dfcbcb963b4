"""The one gate before every message to a client, whatever scenario sends it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from qc_engine.core.case import Case, Client, State
from qc_engine.core.effects import SendMessage
from qc_engine.core.scenario import ContactRules
from qc_engine.core.trace import Phrase, phrase

FAREWELL = "farewell"  # the one message that may follow 'stop': that we understood


@dataclass(frozen=True)
class Open:
    """It may be sent now."""


@dataclass(frozen=True)
class Wait:
    """Not now: look again at `until`."""

    until: datetime
    why: Phrase


@dataclass(frozen=True)
class Shut:
    """Never: `code` is the word that EffectFailed carries."""

    code: str
    why: Phrase


def gate(message: SendMessage, case: Case, rules: ContactRules, now: datetime) -> Open | Wait | Shut:
    """May this message leave now? Consent first, then freshness, then manners."""
    client = case.client
    if client.opted_out_at and message.purpose != FAREWELL:
        return Shut("opted_out", phrase("gate.opted_out"))
    if message.fresh_until and now > message.fresh_until:
        return Shut("too_late", phrase("gate.too_late", until=message.fresh_until))
    return _manners(client, case.branch.timezone, rules, now, live=message.purpose != "reminder")


def outlived(key: str, case: Case) -> bool:
    """Was the message with this key planned before the decision that ended its case?"""
    return case.state is State.ENDED and key.split(":")[1] != str(case.ended_in)


def may_begin(case: Case, rules: ContactRules, now: datetime) -> Open | Wait | Shut:
    """May a survey of this person begin now?"""
    client = case.client
    if not client.phone:
        return Shut("no_phone", phrase("gate.no_phone"))
    if client.opted_out_at:
        return Shut("opted_out", phrase("gate.opted_out"))
    if client.surveyed_at and now < client.surveyed_at + rules.at_most_once_in:
        return Shut(
            "asked_recently", phrase("gate.asked_recently", at=client.surveyed_at, span=rules.at_most_once_in)
        )
    return _manners(client, case.branch.timezone, rules, now, live=False)


def _manners(
    client: Client, zone: str, rules: ContactRules, now: datetime, *, live: bool
) -> Open | Wait | Shut:
    if client.operator_at and now < (free := client.operator_at + rules.pause_after_operator):
        return Wait(free, phrase("gate.operator", until=free))
    # Somebody who wrote a moment ago is awake: an answer at once is polite, also at night.
    if live and client.wrote_at and now <= client.wrote_at + rules.reply_within:
        return Open()
    if (morning := quiet_until(rules, zone, now)) > now:
        return Wait(morning, phrase("gate.quiet", until=morning))
    return Open()


def quiet_until(rules: ContactRules, zone: str, moment: datetime) -> datetime:
    """The first moment from `moment` on that is outside the quiet hours of this zone."""
    local = moment.astimezone(ZoneInfo(zone))
    start, end, clock = rules.quiet_from, rules.quiet_to, local.time()
    over_midnight = start > end
    quiet = (clock >= start or clock < end) if over_midnight else start <= clock < end
    if not quiet:
        return moment
    day = local.date() + timedelta(days=over_midnight and clock >= start)
    return datetime.combine(day, end, ZoneInfo(zone)).astimezone(moment.tzinfo)
