"""What a text shows: links to review pages, and words of a reward."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from qc_engine.core.scenario import Text
from qc_engine.core.wording.texts import PLACE

LINKS = frozenset({"review_links", "review_pages", "review_page"})
REVIEW = re.compile(r"\bотзыв(?!чив)|\bпікір|\breview", re.IGNORECASE)
# 'Балл' alone is a score; points are given, written off or lie on a card.
_GIVEN = r"(?:начисл|подар|дарим|зачисл|бонусн)\w*"
REWARDS = re.compile(
    r"\bбонус|\bскидк|\bкэшб|\bкешб|\bкупон|\bпромокод|\bсертификат|\bподар(?:ок|к|им|ит|ю|ен)|\bприз(?:[аыу]|ов|ом)?\b"
    r"|\bвознагражд|\bрозыгрыш|\bбесплатн"
    rf"|{_GIVEN}[^.!?\n]{{0,40}}\bбалл|\bбалл\w*[^.!?\n]{{0,40}}(?:{_GIVEN}|на карт|на счет)"
    r"|\bсыйлы[қғ]|\bсыйақы|\bжеңілді[кг]|\bтегін\b"
    r"|\bbonus|\bdiscount|\bgift|\bcoupon|\bvoucher|\bcash-?back|\bpromo code|\breward|\bprizes?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Pages:
    """The review pages of one platform: addresses that a scenario may also write out."""

    platform: str
    addresses: frozenset[str] = field(default_factory=frozenset)

    def shown_in(self, text: Text) -> bool:
        """Does whoever reads this text get the way to the platform?"""
        named = {place[1] for place in PLACE.finditer(text.body)}
        named |= {re.split(r"[:|]", variable)[0] for variable in text.template_variables}
        known = LINKS | {f"{self.platform}_link"}
        return bool(named & known) or any(address in text.body for address in self.addresses)


def pages_of(branches: Iterable[Mapping[str, str]]) -> list[Pages]:
    """Of all branches together: platform -> address, one mapping per branch."""
    found: dict[str, set[str]] = {}
    for branch in branches:
        for platform, address in branch.items():
            found.setdefault(platform, set()).add(address)
    return [Pages(platform, frozenset(addresses)) for platform, addresses in sorted(found.items())]


def promises_reward(text: str) -> bool:
    return bool(REWARDS.search(_plain(text)))


def speaks_of_reviews(text: str) -> bool:
    return bool(REVIEW.search(_plain(text)))


def _plain(text: str) -> str:
    """Without the names in braces: {review_links} is no word of the text, a fallback is."""
    return PLACE.sub(lambda place: place["fallback"] or " ", text).replace("ё", "е").replace("Ё", "Е")
