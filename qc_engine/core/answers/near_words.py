"""The word of a list that is one slip of the hand away; found without comparing with every word of it."""

from collections import defaultdict
from collections.abc import Iterable

from qc_engine.core.answers.spelling import one_slip_apart


class NearWords:
    """A list of words that may be misspelled by one letter."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_rest: defaultdict[str, set[str]] = defaultdict(set)
        for word in words:
            for rest in (word, *_one_letter_less(word)):
                self._by_rest[rest].add(word)

    def nearest(self, word: str) -> tuple[str, ...]:
        """Every word one slip away, in order; empty for a word of the list itself."""
        found = set[str]()
        for rest in (word, *_one_letter_less(word)):
            found |= self._by_rest.get(rest, set())
        return () if word in found else tuple(sorted(near for near in found if one_slip_apart(word, near)))


def _one_letter_less(word: str) -> Iterable[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))
