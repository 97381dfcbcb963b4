"""GET /api/reviews/funnel: how far the links of each branch and platform came."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field

from qc_engine.store.funnel import STAGES
from qc_engine.web.calls.door import Calling
from qc_engine.web.calls.filters import Filters
from qc_engine.web.calls.problems import answers
from qc_engine.web.calls.shapes import shown
from qc_engine.web.console.narrowing import APART
from qc_engine.web.console.policy import Scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.reviews.listing import FUNNEL, PAGE_OF_LINKS, listed, wanted

WORDS = {
    "since": "First day on which links were prepared, YYYY-MM-DD; 30 days ago when it is not given",
    "branch": "portal/branch; needed with `stage`",
    "stage": "List the links that came so far",
    "platform": "Of this platform; needed with `stage`",
    "page": "Of those links, from 1",
}
FILTERS = Filters(WORDS, {"stage": STAGES})
OF_LINKS = {"branch", "platform"}


class Came(BaseModel):
    """Links of one branch and platform, each counted in every stage that it reached."""

    branch: str = Field(description="portal/branch; empty: links whose case is gone")
    platform: str = Field(description="As the filter takes it")
    prepared: int
    sent: int
    delivered: int
    previewed: int = Field(description="A machine opened it, mostly the messenger for its card")
    clicked: int = Field(description="A person opened it")
    verified: int = Field(description="A person opened it, and a manager found the review")


class Link(BaseModel):
    """One of them, and its case if it still stands."""

    case: str
    deal_id: int | None
    branch: str
    client: str
    phone: str = Field(description="Only the ends")
    review: str
    created_at: datetime


class Funnel(BaseModel):
    """From the prepared link to the confirmed review."""

    model_config = shown(branches=[], count=0, page=1, pages=1, links=[])
    branches: Sequence[Came]
    count: int = Field(description="Of the links of `stage`")
    page: int
    pages: int
    links: Sequence[Link] = Field(description="The newest first; empty without `stage`")


def make_router(console: Console, calling: Calling) -> APIRouter:
    router = APIRouter(prefix="/api/reviews", tags=["reviews"])
    reading, filtered = Depends(calling(Scope.REVIEWS)), Depends(FILTERS)

    @router.get("/funnel", summary="How far the links to review pages came", responses=answers(404),
                openapi_extra=FILTERS.described())  # fmt: skip
    def funnel(visitor: Visitor = reading, query: Mapping[str, str] = filtered) -> Funnel:
        if "stage" in query and not query.keys() >= OF_LINKS:
            raise HTTPException(400, "stage: name the branch and the platform too")
        return _funnel(console, visitor, query)

    return router


def _funnel(console: Console, visitor: Visitor, query: Mapping[str, str]) -> Funnel:
    asked = wanted(visitor, {**query, "tab": FUNNEL, "place": query.get("branch", "")})
    one = listed(console, visitor, asked)
    count = one.count if one.stage else 0
    return Funnel(
        branches=[_came(row) for row in one.funnel], count=count, page=asked.number + 1,
        pages=max(1, -(-count // PAGE_OF_LINKS)), links=[_link(row) for row in one.links],
    )  # fmt: skip


def _came(row: Mapping[str, Any]) -> Came:
    branch = f"{row['portal']}{APART}{row['branch']}" if row["portal"] else ""
    stages = {stage: count for stage, count, _ in row["stages"]}
    return Came(branch=branch, platform=row["of"], **stages)


def _link(row: Mapping[str, Any]) -> Link:
    return Link(
        case=row["id"], deal_id=row["deal"] or None, branch=row["branch"], client=row["client"],
        phone=row["phone"], review=row["review"], created_at=row["created_at"],
    )  # fmt: skip
