"""Links to the page on which a manager answers: each says for what and since when, sealed against changes.

The case keeps the page's address and, behind '#', a seal of its own; whoever has no seal cannot make a link.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from qc_engine.core.case import Case
from qc_engine.core.review.reviews import PRESELECT

ANY = "any"  # of a link that leaves the answer to the page
SEALED = re.compile(r"(([a-z_]{1,20})\.([0-9]{8}))\.([0-9a-f]{20})")
DAY = "%Y%m%d"


@dataclass(frozen=True)
class AnswerLink:
    """What a link says: its answer, '' for none, and the day from which its life is counted."""

    outcome: str
    day: datetime | None = None  # midnight UTC; None: of a case that began before links were sealed

    def outlived(self, life: timedelta, now: datetime) -> bool:
        """Is it older than so long? The day itself is not counted."""
        return self.day is not None and now >= self.day + timedelta(days=1) + life


def answer_link(case: Case, outcome: str = "") -> str:
    """The link to put into a text now: for this answer, or for any."""
    page, _, seal = case.answer_url.partition("#")
    if not seal:
        return f"{page}?{PRESELECT}={outcome}" if outcome else page
    word = f"{outcome or ANY}.{wanted_by(case).astimezone(UTC):{DAY}}"
    return f"{page}?{PRESELECT}={word}.{_sealed(word, seal)}"


def read_link(address: str, given: str) -> AnswerLink | None:
    """`address` as the case keeps it, `given` as a link brought it; None: this link is not ours."""
    seal = address.partition("#")[2]
    if not seal:
        return AnswerLink(given)
    found = SEALED.fullmatch(given)
    if found is None or not hmac.compare_digest(found[4], _sealed(found[1], seal)):
        return None
    day = datetime.strptime(found[3], DAY).replace(tzinfo=UTC)
    return AnswerLink("" if found[2] == ANY else found[2], day)


def wanted_by(case: Case) -> datetime:
    """Until when an answer is or was wanted: from then on its page and its links grow old."""
    check = case.check
    return max(one for one in (check.asked_at, check.due_at) if one) if check else case.step_at


def _sealed(word: str, seal: str) -> str:
    return hmac.digest(seal.encode(), word.encode(), "sha256").hex()[:20]
