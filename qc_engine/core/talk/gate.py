"""The one gate before every message to a client, whatever scenario sends it."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from qc_engine.core.case import Case, Client, State
from qc_engine.core.effects import SendMessage
from qc_engine.core.scenario import ContactRules
from qc_engine.core.talk.ways import ways
from qc_engine.core.trace import Phrase, phrase

FAREWELL = "farewell"  # the one message that may follow 'stop': that we understood
WELCOME = "welcome"  # to whoever opens our chat, whatever became of the survey
COMPLAINT = "complaint_open"
ANOTHER_SURVEY = timedelta(days=1)  # so long one that has just begun is left alone
MOST_HOLIDAYS = 60  # days in a row; a calendar with more of them is a mistake, not a reason for silence


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
    """May this message leave now? Consent first, then freshness, then what the client is angry about."""
    client = case.client
    if client.opted_out_at and message.purpose != FAREWELL:
        return Shut("opted_out", phrase("gate.opted_out"))
    if message.fresh_until and now > message.fresh_until:
        return Shut("too_late", phrase("gate.too_late", until=message.fresh_until))
    if _begins_something(message, case) and (held := _held_by_complaint(client, rules, now)):
        return held
    return _manners(case, rules, now, live=message.purpose != "reminder")


def outlived(key: str, message: SendMessage, case: Case) -> bool:
    """Was this message planned before the decision that ended its case? Two kinds may also come after."""
    of_the_end = key.split(":")[1] == str(case.ended_in)
    return case.state is State.ENDED and message.purpose not in (FAREWELL, WELCOME) and not of_the_end


def overtaken(key: str, message: SendMessage | None, case: Case) -> bool:
    """A question that is not the open one any more: answered, or asked by another way meanwhile."""
    is_question = message is not None and bool(message.question)
    return is_question and (case.question is None or case.question.effect_key != key)


def may_begin(case: Case, rules: ContactRules, now: datetime) -> Open | Wait | Shut:
    """May a survey of this person begin now?"""
    client = case.client
    if unreachable := _unreachable(client, rules):
        return unreachable
    if client.surveyed_at and now < (free := client.surveyed_at + rules.at_most_once_in):
        limit = {"at": client.surveyed_at, "span": rules.at_most_once_in, "until": free}
        return Shut("asked_recently", phrase("gate.asked_recently", **limit))
    return _held_by_complaint(client, rules, now) or _manners(case, rules, now, live=False)


def may_ask_again(case: Case, rules: ContactRules, now: datetime) -> Open | Wait | Shut:
    """May this person be asked about what was settled? It is the same survey: no limit between two counts."""
    client = case.client
    if shut := _unreachable(client, rules) or _held_by_complaint(client, rules, now):
        return shut
    asked = client.surveyed_at
    elsewhere = asked and case.complaint and asked > case.complaint.at
    if asked and elsewhere and now < (free := asked + ANOTHER_SURVEY):
        return Wait(free, phrase("gate.another_survey", until=free))
    return _manners(case, rules, now, live=False)


def _unreachable(client: Client, rules: ContactRules) -> Shut | None:
    if not client.phone:
        return Shut("no_phone", phrase("gate.no_phone"))
    if client.opted_out_at:
        return Shut("opted_out", phrase("gate.opted_out"))
    return None if ways(client, rules) else Shut("no_channel", phrase("gate.no_channel"))


# --- a complaint ------------------------------------------------------------------------------


def _begins_something(message: SendMessage, case: Case) -> bool:
    """The first question of a survey, or a request for a review: what an angry client must not get."""
    first = message.purpose == "question" and not case.scores and not case.comments
    return first or any(link in message.text for link in case.links.values())


def _held_by_complaint(client: Client, rules: ContactRules, now: datetime) -> Shut | None:
    if client.complained_at is None or now >= (free := client.complained_at + rules.after_complaint):
        return None
    return Shut(COMPLAINT, phrase("gate.complaint", at=client.complained_at, until=free))


# --- manners ----------------------------------------------------------------------------------


def _manners(case: Case, rules: ContactRules, now: datetime, *, live: bool) -> Open | Wait | Shut:
    client = case.client
    if client.operator_at and now < (free := client.operator_at + rules.pause_after_operator):
        return Wait(free, phrase("gate.operator", until=free))
    # Somebody who wrote a moment ago is awake: an answer at once is polite, also at night.
    if live and client.wrote_at and now <= client.wrote_at + rules.reply_within:
        return Open()
    if (free := free_from(case, rules, now)) > now:
        quiet_only = free == quiet_until(rules, zone_of(case, rules, now), now)
        return Wait(free, phrase("gate.quiet" if quiet_only else "gate.holiday", until=free))
    return Open()


def free_from(case: Case, rules: ContactRules, moment: datetime) -> datetime:
    """The first moment from `moment` on that is in no quiet hours and on no holiday, where the client is."""
    zone = ZoneInfo(zone_of(case, rules, moment))
    free = quiet_until(rules, zone.key, moment)
    if not rules.holidays:
        return free
    for _ in range(MOST_HOLIDAYS):
        day = free.astimezone(zone).date()
        if not rules.holidays.has(day, case.branch.name):
            break
        midnight = datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(moment.tzinfo)
        free = quiet_until(rules, zone.key, midnight)
    return free


def zone_of(case: Case, rules: ContactRules, moment: datetime) -> str:
    """Whose clock counts: the branch's, or the client's where the phone leaves no doubt about it."""
    zones = case.client.zones if rules.quiet_hours_of == "client" else ()
    if not zones:
        return case.branch.timezone
    offsets = {moment.astimezone(ZoneInfo(zone)).utcoffset() for zone in zones}
    return zones[0] if len(offsets) == 1 else case.branch.timezone


def quiet_until(rules: ContactRules, zone: str, moment: datetime) -> datetime:
    """The first moment from `moment` on that is outside the quiet hours of this zone."""
    local = moment.astimezone(ZoneInfo(zone))
    start, end, clock = rules.quiet_from, rules.quiet_to, local.time()
    over_midnight = start > end
    quiet = (clock >= start or clock < end) if over_midnight else start <= clock < end
    if not quiet:
        return moment
    morning = datetime.combine(local.date() + timedelta(days=over_midnight and clock >= start), end)
    # When the clocks go back an hour comes twice: the end that lies ahead is meant.
    ends = (morning.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(moment.tzinfo) for fold in (0, 1))
    return next((one for one in ends if one > moment), moment)
