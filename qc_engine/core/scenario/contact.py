"""When a client may be written to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta

from qc_engine.core.calendar import NO_HOLIDAYS, Holidays
from qc_engine.core.channel import Channel
from qc_engine.core.scenario.texts import NO_TEXT, Text


@dataclass(frozen=True)
class ContactRules:
    """When a client may be written to; they hold for every message of the scenario."""

    quiet_from: time
    quiet_to: time  # equal to quiet_from: no quiet hours
    at_most_once_in: timedelta  # between two surveys of one person
    pause_after_operator: timedelta
    reply_within: timedelta = timedelta(minutes=15)  # quiet hours do not cut a live conversation
    quiet_hours_of: str = "branch"  # or "client": by the phone, where it leaves no doubt
    after_complaint: timedelta = timedelta()  # so long no survey and no request for a review
    channels: tuple[str, ...] = ()  # in which order they are tried; none named: the main one alone
    next_channel_after: timedelta | None = None  # a question that has not arrived by then goes another way
    welcome: Text = NO_TEXT  # to a client who opens our chat in a messenger
    language_field: str = ""  # of the deal: in which language this client is written to
    language_of_contact: str = ""  # of the client's card: the same, where the deal does not say
    holidays: Holidays = NO_HOLIDAYS  # from config.yaml, as it is now
    known: Mapping[str, Channel] = field(default_factory=dict)  # likewise: what each channel can do
