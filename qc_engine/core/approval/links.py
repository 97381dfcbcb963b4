"""Links to the page on which a person says yes or no: each sealed, and good for one question."""

import hmac
import re
from datetime import UTC, datetime

from qc_engine.core.case import Approval, Case

REVIEWS, APPROVALS = "/a/", "/p/"
YES, NO, ANY = "yes", "no", "any"  # `any`: the answer is left to the page
STAMP = "%Y%m%d%H%M%S"
SEALED = re.compile(r"((yes|no|any)\.([0-9]{14}))\.([0-9a-f]{20})")


def approval_link(case: Case, approval: Approval, given: bool | None = None) -> str:
    """Where this very question is answered; asked again, it has another link."""
    page, _, seal = case.answer_url.partition("#")
    before, _, code = page.rpartition(REVIEWS)
    word = f"{_word(given)}.{approval.asked_at.astimezone(UTC):{STAMP}}"
    return f"{before}{APPROVALS}{code}/{approval.name}?answer={word}.{_sealed(word, approval.name, seal)}"


def read_approval_link(case: Case, approval: Approval, brought: str) -> str | None:
    """yes, no or any as the link says; None: it is not ours, or of an earlier question of this name."""
    found = SEALED.fullmatch(brought)
    seal = case.answer_url.partition("#")[2]
    if found is None or not hmac.compare_digest(found[4], _sealed(found[1], approval.name, seal)):
        return None
    asked_at = datetime.strptime(found[3], STAMP).replace(tzinfo=UTC)
    return found[2] if asked_at == approval.asked_at.replace(microsecond=0) else None


def _word(given: bool | None) -> str:
    return ANY if given is None else YES if given else NO


def _sealed(word: str, name: str, seal: str) -> str:
    """A link about a review is sealed over other words, so neither is good for the other."""
    return hmac.digest(seal.encode(), f"approval {name} {word}".encode(), "sha256").hex()[:20]
