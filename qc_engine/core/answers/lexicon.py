"""Word lists: which senses a word has, whatever way it is spelled.

`пиш*` stands for every word that begins so, `довольно=` for this spelling alone (other words are also known
by their sound), `отстань/те` for the request to one and to many, `жазба/ңыз` for the same in Kazakh.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from functools import lru_cache

from qc_engine.core.answers.spelling import plain, sound, spellings
from qc_engine.core.answers.tokens import words

Senses = frozenset[str]
NO_SENSE: Senses = frozenset()

_WORDS_REMEMBERED = 4096
_HEAD = 3  # letters of a stem that are compared first; most words go no further
_KAZAKH_ASKING = words(
    """
    ңыз ңыздар ңызшы ңыздаршы ңдар ңдаршы шы ғын ғыншы сын саңыз саңызшы саңыздар саңдар йық
    ңіз ңіздер ңізші ңіздерші ңдер ңдерші ші гін гінші сін сеңіз сеңізші сеңіздер сеңдер йік й у
    """
)


class Lexicon:
    """Which senses a word has, whatever way it is spelled."""

    def __init__(self, senses: Mapping[str, str]) -> None:
        self._whole: defaultdict[str, set[str]] = defaultdict(set)
        self._stems: defaultdict[str, set[str]] = defaultdict(set)
        self._heads: defaultdict[str, set[int]] = defaultdict(set)
        for sense, listed in senses.items():
            for word in listed.split():
                for form in requests(word):
                    self.add(form, sense)
        self._kept: dict[Senses, Senses] = {}
        self.senses = lru_cache(_WORDS_REMEMBERED)(self._senses)

    def add(self, word: str, sense: str) -> None:
        """One more word or stem of a sense; only before the first word is looked up."""
        stem = plain(word.rstrip("*="))
        known_by_sound = not word.endswith("=") and len(sound(stem)) > 3
        for form in {stem, sound(stem)} if known_by_sound else {stem}:
            if word.endswith("*"):
                self._stems[form].add(sense)
                self._heads[form[:_HEAD]].add(len(form))
            else:
                self._whole[form].add(sense)

    def holds(self, word: str) -> bool:
        """Is this very spelling listed, whole or by its stem?"""
        return bool(self._of_form(word))

    def holds_whole(self, word: str) -> bool:
        """Is this very spelling a whole word of the list?"""
        return word in self._whole

    def whole_words(self) -> frozenset[str]:
        """Every word that is listed whole."""
        return frozenset(self._whole)

    def _senses(self, word: str) -> Senses:
        """Every sense of a plain word; empty when it is unknown."""
        found = NO_SENSE.union(*(self._of_form(form) for form in spellings(word)))
        return self._kept.setdefault(found, found)  # few words differ in their senses

    def _of_form(self, form: str) -> Set[str]:
        whole = self._whole.get(form, NO_SENSE)
        lengths = (*self._heads.get(form[:2], ()), *self._heads.get(form[:_HEAD], ()))
        if not lengths:
            return whole
        return whole.union(*(self._stems.get(form[:length], NO_SENSE) for length in lengths))


def requests(word: str) -> Iterator[str]:
    """Every form of `отстань/те` and `жазба/ңыз`; any other word as it is."""
    stem, _, ending = word.partition("/")
    yield stem
    if ending == "те":
        yield stem.removesuffix("сь") + ("тесь" if stem.endswith("сь") else "те")
    elif ending == "ңыз":
        yield from (stem + asking for asking in _KAZAKH_ASKING)
