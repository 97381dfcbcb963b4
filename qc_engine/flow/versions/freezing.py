"""Letting a scenario stand still at once, and letting it go on."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from qc_engine.core.effects import SendMessage
from qc_engine.flow.versions.undoing import group_of
from qc_engine.store import codec, deeds, inbox, outbox, scenarios
from qc_engine.store.scenarios import ACTIVE, FROZEN, PAUSED
from qc_engine.store.tables import EffectRow, ScenarioRow


@dataclass(frozen=True)
class Held:
    """What waits for a scenario to go on."""

    effects: Counter[str]  # by groups
    too_late: int  # messages among them that will be dropped: nobody wants them any more
    on_their_way: int  # left before anybody froze it, and nobody knows yet how it went
    timers: int  # cases whose time has come
    events: int  # that happened to its cases

    def document(self) -> dict[str, object]:
        return {
            "effects": dict(self.effects),
            "too_late": self.too_late,
            "on_their_way": self.on_their_way,
            "timers": self.timers,
            "events": self.events,
        }


def freeze(session: Session, row: ScenarioRow, by: str, reason: str, now: datetime) -> bool:
    """False when it stands still already. The outbox asks at each claim: it holds from this commit on."""
    if row.state == FROZEN:
        return False
    was, row.state = row.state, FROZEN
    scenarios.note(session, row, "frozen", by, now, before=row.version, after=row.version, reason=reason,
                   details={"was": was})  # fmt: skip
    return True


def thaw(session: Session, row: ScenarioRow, by: str, reason: str, now: datetime) -> bool:
    """False when it does not stand still. What became too late is dropped at the gate, the rest goes out."""
    if row.state != FROZEN:
        return False
    frozen = scenarios.last(session, row.portal, row.name, "frozen")
    row.state = PAUSED if frozen and frozen.details.get("was") == PAUSED else ACTIVE
    told = held(session, row.portal, row.name, now).document()
    scenarios.note(session, row, "thawed", by, now, before=row.version, after=row.version, reason=reason,
                   details=told)  # fmt: skip
    inbox.bring_back(session, row.portal, row.name, now)
    return True


def held(session: Session, portal: str, name: str, now: datetime) -> Held:
    rows = deeds.open_now(session, portal, name)
    return Held(
        Counter(group_of(row.kind) for row in rows if row.state != outbox.SENDING),
        sum(_is_late(row, now) for row in rows),
        sum(row.state == outbox.SENDING for row in rows),
        deeds.timers_due(session, portal, name, now),
        deeds.events_put_aside(session, portal, name),
    )


def _is_late(row: EffectRow, now: datetime) -> bool:
    if row.kind != SendMessage.__name__ or row.state == outbox.SENDING:
        return False
    message = codec.load_effect(row.kind, row.payload)
    return isinstance(message, SendMessage) and bool(message.fresh_until and message.fresh_until < now)
