"""Texts with * for any words; case, ё and е, and line breaks do not count."""

from collections.abc import Sequence

from rapidfuzz import fuzz

from qc_engine.core.wording.texts import folded

ANY = "*"


def fits(pattern: str, text: str) -> bool:
    """'*bonus*' fits every text that holds the word; without a * the whole text is meant."""
    first, *others = (folded(part) for part in pattern.split(ANY))
    rest = folded(text)
    if not others:
        return rest == first
    if not rest.startswith(first):
        return False
    rest = rest[len(first) :]
    for part in others[:-1]:
        at = rest.find(part)
        if at < 0:
            return False
        rest = rest[at + len(part) :]
    return rest.endswith(others[-1])


def nearest(pattern: str, texts: Sequence[str]) -> str:
    """Which of these was probably meant; the last one where none comes near. `texts` is not empty."""
    wanted = folded(pattern.replace(ANY, " "))
    return max(reversed(texts), key=lambda text: fuzz.partial_ratio(wanted, folded(text)))
