"""How the cases of one version fare: the figures by which two versions are compared."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from statistics import fmean
from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlmodel import Session, col, select

from qc_engine.core.case import State
from qc_engine.core.effects import SendMessage
from qc_engine.store import messages, outbox
from qc_engine.store.tables import CaseRow, DeliveryRow, EffectRow

MESSAGE, HINT, OPTED_OUT = SendMessage.__name__, "hint", "opted_out"


@dataclass(frozen=True)
class Figures:
    """Of the cases of one version that began since a moment. Shares are of the cases that were asked."""

    cases: int = 0
    asked: int = 0  # a question has left
    answered: int = 0  # at least one score
    average: float | None = None  # of the averages of cases
    undelivered: int = 0  # cases with a message that did not reach the client
    unclear: int = 0  # cases in which a reply had to be asked for once more
    refused: int = 0  # cases with an effect that the CRM or another system refused
    opted_out: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    def share(self, measure: str) -> float | None:
        """In per cent; `average` as it is. None: nobody knows yet."""
        if measure == "average":
            return self.average
        count: int = getattr(self, measure)
        return 100 * count / self.asked if self.asked else None

    def document(self) -> dict[str, Any]:
        return {
            "cases": self.cases,
            "asked": self.asked,
            "average": self.average,
            "answered": self.answered,
            "undelivered": self.undelivered,
            "unclear": self.unclear,
            "refused": self.refused,
            "opted_out": self.opted_out,
            "outcomes": dict(self.outcomes),
        }


MEASURES = ("answered", "average", "undelivered", "unclear", "refused", "opted_out")


def figures(session: Session, portal: str, scenario: str, version: str, since: datetime) -> Figures:
    """Cases are counted by when they began: those that began before the trial tell nothing about it."""
    theirs = (
        select(CaseRow)
        .where(CaseRow.portal == portal, CaseRow.scenario == scenario, CaseRow.version == version)
        .where(CaseRow.created_at >= since)
    )
    rows = session.exec(theirs).all()
    ids = theirs.with_only_columns(col(CaseRow.id))
    averages = [mean for row in rows if (mean := _mean(row)) is not None]
    is_message, failed = EffectRow.kind == MESSAGE, EffectRow.state == outbox.FAILED
    question = col(EffectRow.payload)["question"].as_string() != ""
    hint = col(EffectRow.payload)["purpose"].as_string() == HINT
    lost = _cases(session, ids, is_message, failed) | _lost_on_the_way(session, ids)
    return Figures(
        cases=len(rows),
        asked=len(_cases(session, ids, is_message, question, EffectRow.state == outbox.DONE) | lost),
        answered=len(averages),
        average=round(fmean(averages), 2) if averages else None,
        undelivered=len(lost),
        unclear=len(_cases(session, ids, is_message, hint)),
        refused=len(_cases(session, ids, EffectRow.kind != MESSAGE, failed)),
        opted_out=sum(row.outcome == OPTED_OUT for row in rows),
        outcomes=Counter(row.outcome for row in rows if row.state == State.ENDED),
    )


def _cases(session: Session, ids: Select[Any], *where: ColumnElement[bool] | bool) -> set[str]:
    """Those of the cases that have such an effect."""
    found = select(EffectRow.case_id).where(col(EffectRow.case_id).in_(ids), *where).distinct()
    return set(session.exec(found).all())


def _lost_on_the_way(session: Session, ids: Select[Any]) -> set[str]:
    """A channel took the message, and later told that it did not arrive."""
    found = (
        select(EffectRow)
        .join(DeliveryRow, col(DeliveryRow.message_id) == col(EffectRow.result))
        .where(
            col(EffectRow.case_id).in_(ids), EffectRow.kind == MESSAGE, DeliveryRow.state == messages.FAILED
        )
        .add_columns(col(DeliveryRow.channel))
    )
    return {
        row.case_id for row, channel in session.execute(found).all() if messages.channel_of(row) == channel
    }


def _mean(row: CaseRow) -> float | None:
    scores = [float(score) for score in row.body.get("scores", {}).values()]
    return fmean(scores) if scores else None
