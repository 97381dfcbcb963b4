"""What somebody probably meant by a word that we do not know."""

from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

ALIKE = 0.6
LONGEST_SHOWN = 60
MANY = 20


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to this one, or None when nothing is near."""
    found = process.extractOne(
        word, sorted(known), scorer=OSA.normalized_similarity, processor=str.casefold, score_cutoff=ALIKE
    )
    return found[0] if found else None


def unknown(what: str, word: str, known: Iterable[str]) -> str:
    """'unknown step 'asq'; did you mean 'ask'?', or the list of what is known."""
    words = sorted(known)
    meant = did_you_mean(word, words)
    if meant:
        return f"unknown {what} {quoted(word)}; did you mean {quoted(meant)}?"
    if 0 < len(words) <= MANY:
        return f"unknown {what} {quoted(word)}; known: {', '.join(words)}"
    return f"unknown {what} {quoted(word)}"


def quoted(word: str) -> str:
    """A word for a message: short, and with every invisible character made visible."""
    short = word if len(word) <= LONGEST_SHOWN else word[:LONGEST_SHOWN] + "…"
    visible = (sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in short)
    return "'" + "".join(visible) + "'"
