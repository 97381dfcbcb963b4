"""Which deals begin a case, and when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta

from qc_engine.core.scenario.conditions import Condition


@dataclass(frozen=True)
class Schedule:
    """Once a day, a week or a month, at a time of the installation's clock."""

    every: str  # day, week, month
    at: time
    day: int = 1  # of the week (1 is Monday) or of the month (31 is its last day, also in shorter ones)


@dataclass(frozen=True)
class Segment:
    """Which deals a schedule is about; all that is given must hold."""

    stages: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)  # deal field -> value
    entered_within: timedelta | None = None  # came into the stage so long ago or less


@dataclass(frozen=True)
class Start:
    """Which deals start a case, and when the first step begins. One of the ways is given."""

    stage: str = ""  # the deal stands in this stage; "": it may stand anywhere
    wait: timedelta = timedelta()  # from entering the stage, by the CRM's record; or from the event
    not_later_than: timedelta = timedelta(days=3)  # after the planned moment: too late, not asked any more
    event: str = ""  # somebody told us of this event, by the API or a command
    changed_field: str = ""  # this field of the deal got another value
    schedule: Schedule | None = None
    segment: Segment = Segment()
    by_hand: bool = False  # only when a person or another scenario says so
    only_if: tuple[Condition, ...] = ()  # whom it concerns
