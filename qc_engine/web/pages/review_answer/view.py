"""What the answer page shows of a case: enough to find the review, nothing more."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlmodel import Session

from qc_engine.core.case import Case, State
from qc_engine.core.texts import PLATFORMS, average, spoken
from qc_engine.store import cases
from qc_engine.web.pages.review_answer.page import ReviewView

ENDED = {
    "review_confirmed": "отзыв подтверждён, бонус начислен",
    "review_not_found": "отзыв не найден",
}


def review_view(session: Session, code: str) -> ReviewView | None:
    """None when no case has this code."""
    row = cases.of_answer_code(session, code)
    return _view(cases.load(session, row)) if row else None


def _view(case: Case) -> ReviewView:
    ended = case.state is State.ENDED
    return ReviewView(
        case_id=case.id,
        client=_client(case),
        branch=case.branch.name,
        scores=_scores(case),
        since=case.step_at.astimezone(ZoneInfo(case.branch.timezone)),
        pages=[(PLATFORMS.get(name, name), url) for name, url in case.branch.review_pages.items()],
        answer=case.review,
        ended=ENDED.get(case.outcome, "работа по визиту закончена") if ended else "",
    )


def _client(case: Case) -> str:
    name = case.client_name.split()[0] if case.client_name.strip() else "Клиент"
    return f"{name}, …{case.client.phone[-4:]}" if case.client.phone else name


def _scores(case: Case) -> Sequence[tuple[str, str]]:
    rows = [(f"Оценка {n}", spoken(score)) for n, score in enumerate(case.scores.values(), 1)]
    return [*rows, ("Средняя", spoken(average(case)))] if rows else rows
