"""What several calls answer alike: that something was done, and one line about a case."""

from datetime import datetime
from typing import Any

from fastapi import HTTPException
from pydantic import BaseModel, ConfigDict, Field

from qc_engine.core.case import Case
from qc_engine.core.wording.texts import average, masked
from qc_engine.store.tables import CaseRow
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.narrowing import APART


def shown(**example: Any) -> ConfigDict:
    """With an example for the description."""
    return ConfigDict(json_schema_extra={"examples": [example]})


class Done(BaseModel):
    """It stands in the inbox or has happened, and in the audit, with the token's name."""

    model_config = shown(said="Done: paused.")
    said: str = Field(description="As the page says it")


def done_of(notice: Notice) -> Done:
    """Raises 409 and 422: why it was not."""
    if not notice.done:
        raise HTTPException(notice.status, notice.text)
    return Done(said=notice.text)


class CaseLine(BaseModel):
    """One case. Of the phone only the ends are told."""

    model_config = shown(
        id="K7Q2W9XR", branch="main/Abay street", deal_id=4, scenario="tyre_centre", state="active",
        step="review_check", outcome="", client="Aigul", phone="7701•••4567",
        scores={"quality": "9", "service": "10"}, created_at="2026-03-03T07:00:00Z",
        updated_at="2026-03-04T07:02:00Z",
    )  # fmt: skip
    id: str
    branch: str = Field(description="portal/branch, as the filter takes it")
    deal_id: int
    scenario: str
    state: str = Field(description="waiting, active, ended")
    step: str
    outcome: str
    client: str
    phone: str
    scores: dict[str, str] = Field(description="By the names of the questions")
    created_at: datetime
    updated_at: datetime


def average_of(case: Case) -> float | None:
    """Of the scores given so far."""
    value = average(case)
    return None if value is None else round(float(value), 2)


def line_of(row: CaseRow) -> CaseLine:
    return CaseLine(
        id=row.id,
        branch=f"{row.portal}{APART}{row.branch}",
        deal_id=row.deal_id,
        scenario=row.scenario,
        state=row.state,
        step=row.step,
        outcome=row.outcome,
        client=row.body.get("client_name") or "",
        phone=masked(row.phone) if row.phone else "",
        scores={name: str(score) for name, score in row.body.get("scores", {}).items()},
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
