"""The word of a list that is one slip of the hand away; found without comparing with every word of it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from qc_engine.core.answers.spelling import one_slip_apart


class NearWords:
    """A list of words that may be misspelled by one letter; asked for when first looked at."""

    def __init__(self, words: Callable[[], Iterable[str]]) -> None:
        self._words = words

    @cached_property
    def _by_rest(self) -> Mapping[str, set[str]]:
        by_rest = defaultdict[str, set[str]](set)
        for word in self._words():
            for rest in (word, *_one_letter_less(word)):
                by_rest[rest].add(word)
        return by_rest

    def nearest(self, word: str) -> tuple[str, ...]:
        """Every word one slip away, in order; empty for a word of the list itself."""
        found = set[str]()
        for rest in (word, *_one_letter_less(word)):
            found |= self._by_rest.get(rest, set())
        return () if word in found else tuple(sorted(near for near in found if one_slip_apart(word, near)))


def _one_letter_less(word: str) -> Iterable[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))
