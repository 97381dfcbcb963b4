"""What the answer page shows of a case: enough to find the review, nothing more."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from qc_engine.core.case import Case, State
from qc_engine.core.review.checking import Bonus
from qc_engine.core.review.links import wanted_by
from qc_engine.core.review.reviews import ANSWERS, FOUND, ONCE_ASKED, VANISHED
from qc_engine.core.wording.texts import PLATFORMS, average, spoken
from qc_engine.store import cases
from qc_engine.web.pages.review_answer.shown import ANSWERED_FOR, ReviewView

ENDED = {
    "review_confirmed": "отзыв подтверждён",
    "review_not_found": "отзыв не найден",
    "review_score_only": "есть только оценка, без текста",
    "review_in_moderation": "отзыв так и не вышел из модерации",
    "review_vanished": "отзыв пропал",
    "review_unchecked": "отзыв никто не проверил",
}


def review_view(
    session: Session,
    code: str,
    now: datetime | None = None,
    *,
    answered_for: timedelta = ANSWERED_FOR,
    key: bytes = b"",
) -> ReviewView | None:
    """None when no case has this code. The page takes answers for so long after it was last asked for one.

    `key` signs what the page's form sends back; without `now` the page never closes.
    """
    row = cases.of_answer_code(session, code)
    return _view(cases.load(session, row), code, now, answered_for, key) if row else None


def _view(case: Case, code: str, now: datetime | None, answered_for: timedelta, key: bytes) -> ReviewView:
    zone, check = ZoneInfo(case.branch.timezone), case.check
    said = check.said if check else ()
    counted = [one.at for one in said if one.counts]
    closes_at = wanted_by(case) + answered_for
    offered = tuple(one for one in _known(case) if one != VANISHED)
    return ReviewView(
        case_id=case.id,
        client=_client(case),
        branch=case.branch.name,
        scores=_scores(case),
        since=(case.clicked[0].at if case.clicked else case.step_at).astimezone(zone),
        pages=_pages(case),
        answer=case.review,
        answered_at=max(counted).astimezone(zone) if counted else None,
        ended=_ended(case),
        offered=offered,
        correctable=_correctable(case),
        look_at=check.due_at.astimezone(zone) if check and check.due_at and case.review else None,
        otherwise=[(one.outcome, one.at.astimezone(zone)) for one in said if not one.counts],
        bonuses=[_bonus(one, zone) for one in case.bonuses],
        holds_bonus=any(one.taken_back_at is None for one in case.bonuses),
        closed_at=closes_at.astimezone(zone) if now and now > closes_at else None,
        turn=len(said),
        token=_token(key, code, case),
        address=case.answer_url,
        answered_for=answered_for,
    )


def _known(case: Case) -> Sequence[str]:
    known = (case.check and case.check.outcomes) or ONCE_ASKED
    return [one for one in ANSWERS if one in known]


def _ended(case: Case) -> str:
    return ENDED.get(case.outcome, "работа по визиту закончена") if case.state is State.ENDED else ""


def _correctable(case: Case) -> Sequence[str]:
    """Once it was answered for good, or was never answered in time; what is gone must have been there."""
    over = case.state is State.ENDED or (case.review and not case.awaits_review)
    if case.check is None or not over:
        return ()
    return [one for one in _known(case) if one != case.review and (one != VANISHED or case.review == FOUND)]


def _pages(case: Case) -> Sequence[tuple[str, str]]:
    """Where the client really went first, then the branch's other pages."""
    opened = {page.platform: page.address for page in case.clicked if page.address}
    every = opened | {name: url for name, url in case.branch.review_pages.items() if name not in opened}
    return [(PLATFORMS.get(name, name), url) for name, url in every.items()]


def _bonus(bonus: Bonus, zone: ZoneInfo) -> str:
    what = f"Бонус {bonus.amount}".rstrip()
    if bonus.taken_back_at:
        return f"{what} отменён {bonus.taken_back_at.astimezone(zone):%d.%m.%Y}: {bonus.reason}"
    return f"{what} подтверждён {bonus.at.astimezone(zone):%d.%m.%Y}"


def _token(key: bytes, code: str, case: Case) -> str:
    """A form is good for the page as it was shown: once the answer has changed, it is not."""
    shown = f"{code}:{case.review}:{len(case.check.said) if case.check else 0}:{case.state}"
    return hmac.new(key + code.encode(), shown.encode(), hashlib.sha256).hexdigest()[:32]


def _client(case: Case) -> str:
    name = case.client_name.split()[0] if case.client_name.strip() else "Клиент"
    return f"{name}, …{case.client.phone[-4:]}" if case.client.phone else name


def _scores(case: Case) -> Sequence[tuple[str, str]]:
    rows = [(f"Оценка {n}", spoken(score)) for n, score in enumerate(case.scores.values(), 1)]
    return [*rows, ("Средняя", spoken(average(case)))] if rows else rows
