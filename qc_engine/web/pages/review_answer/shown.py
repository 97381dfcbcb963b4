"""What the answer page may show of a case, and in which words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qc_engine.core.review.reviews import FOUND, IN_MODERATION, NOT_FOUND, ONCE_ASKED, SCORE_ONLY, VANISHED

ANSWERED_FOR = timedelta(days=60)
WORDS: Mapping[str, str] = {
    FOUND: "отзыв найден",
    SCORE_ONLY: "есть только оценка, без текста",
    IN_MODERATION: "отзыв на модерации, посмотреть позже",
    NOT_FOUND: "отзыва нет",
    VANISHED: "отзыв был, но пропал",
}


@dataclass(frozen=True)
class ReviewView:
    """What the page may show: nobody's full name or phone stands in it.

    Times are aware and already in the branch's zone. `answer` is '' or one of WORDS; `ended` tells in words
    how the case ended, empty while it runs. `offered` may be answered now, `correctable` with a reason.
    """

    case_id: str
    client: str  # masked: 'Иван, …4567'
    branch: str
    scores: Sequence[tuple[str, str]] = ()  # question in words, score as shown
    since: datetime | None = None
    pages: Sequence[tuple[str, str]] = ()  # platform in words, address
    answer: str = ""
    answered_at: datetime | None = None
    ended: str = ""
    offered: Sequence[str] = ONCE_ASKED
    correctable: Sequence[str] = ()
    look_at: datetime | None = None  # 'not yet' was answered: when to look again
    otherwise: Sequence[tuple[str, datetime]] = ()  # later answers that contradict the one that counts
    bonuses: Sequence[str] = ()  # each in words
    holds_bonus: bool = False  # there is one that can be taken back
    closed_at: datetime | None = None  # since when the page takes no answers any more
    turn: int = 0  # how many answers there were before
    token: str = ""  # what the page's own form sends back
    address: str = ""  # of the page, with what seals the links to it
    answered_for: timedelta = ANSWERED_FOR  # how long a link is good after an answer was wanted

    @property
    def is_open(self) -> bool:
        """Is an answer awaited?"""
        return not self.ended and (not self.answer or self.look_at is not None)
