"""Word lists and phrases over them: a small language in which the rules about words are written.

A word list is a string of words; `пиш*` stands for every word that begins so. A phrase is a line of items:
a word, a stem, a sense of the word list (`@not`), alternatives of these (`мне|нам|@not`), `~` for up to three
words that carry no weight (sense `soft`), `...` for up to four words of any kind, `^` and `$` for the borders
of the clause with nothing but soft words between. A phrase never crosses a punctuation mark.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from qc_engine.core.answers.spelling import plain, sound, spellings
from qc_engine.core.answers.tokens import Token

Senses = frozenset[str]
Clause = list[Senses]
NO_SENSE: Senses = frozenset()

_BORDERS = frozenset(("~", "...", "^", "$"))
_SOFT_BORDER = 8  # so many soft words may stand before a phrase that begins its clause


class Lexicon:
    """Which senses a word has, whatever way it is spelled."""

    def __init__(self, senses: Mapping[str, str]) -> None:
        self._whole: defaultdict[str, set[str]] = defaultdict(set)
        self._stems: defaultdict[str, set[str]] = defaultdict(set)
        for sense, words in senses.items():
            for word in words.split():
                self.add(word, sense)

    def add(self, word: str, sense: str) -> None:
        """One more word or stem of a sense."""
        stem = plain(word.rstrip("*"))
        table = self._stems if word.endswith("*") else self._whole
        table[stem].add(sense)
        if len(stem) > 3 or table is self._stems:
            table[sound(stem)].add(sense)

    def senses(self, word: str) -> Senses:
        """Every sense of a plain word; empty when it is unknown."""
        found: set[str] = set()
        for form in spellings(word):
            found |= self._whole.get(form, NO_SENSE)
            for length in range(2, len(form) + 1):
                found |= self._stems.get(form[:length], NO_SENSE)
        return frozenset(found)


class Phrases:
    """Phrases looked for together; the name of a phrase is the rule that it stands for."""

    def __init__(self, senses: Mapping[str, str], phrases: Mapping[str, str]) -> None:
        self._lexicon = Lexicon(senses)
        self._phrases = [(name, self._items(line)) for name, text in phrases.items() for line in _lines(text)]

    def find(self, tokens: Sequence[Token]) -> str:
        """The name of the first phrase that occurs, or an empty string."""
        return next(self.find_all(tokens), "")

    def find_all(self, tokens: Sequence[Token]) -> Iterator[str]:
        """The name of every phrase that occurs."""
        clauses = self._clauses(tokens)
        heard = NO_SENSE.union(*(senses for clause in clauses for senses in clause), _BORDERS)
        for name, items in self._phrases:
            if any(item.isdisjoint(heard) for item in items):
                continue
            if any(_occurs(items, clause) for clause in clauses):
                yield name

    def _items(self, line: str) -> list[Senses]:
        return [self._item(item) for item in line.split()]

    def _item(self, item: str) -> Senses:
        if item in ("~", "...", "^", "$"):
            return frozenset((item,))
        return frozenset(self._sense(choice) for choice in item.split("|"))

    def _sense(self, choice: str) -> str:
        if choice.startswith("@"):
            return choice[1:]
        self._lexicon.add(choice, f"={choice}")
        return f"={choice}"

    def _clauses(self, tokens: Sequence[Token]) -> list[Clause]:
        heard = [self._lexicon.senses(token.text) if token.kind == "word" else NO_SENSE for token in tokens]
        polite = ["polite" in senses for senses in heard]
        clauses: list[Clause] = [[]]
        for at, token in enumerate(tokens):
            beside_polite = any(polite[max(at - 1, 0) : at + 2])
            if token.kind == "word" and not polite[at]:
                clauses[-1].append(heard[at])
            elif not polite[at] and not (token.text == "," and beside_polite):  # "please" divides nothing
                clauses.append([])
        return [clause for clause in clauses if clause]


def _lines(text: str) -> Iterable[str]:
    return (line for line in text.splitlines() if line.strip())


def _occurs(items: Sequence[Senses], clause: Clause) -> bool:
    if "^" in items[0]:
        return _follows(items[1:], clause, 0, True)
    return any(_follows(items, clause, at, False) for at in range(len(clause)))


def _follows(items: Sequence[Senses], clause: Clause, at: int, after_gap: bool) -> bool:
    """True when the items stand in the clause from here on, each taken at the first place that fits."""
    reach = _SOFT_BORDER if after_gap else 0
    any_word = False
    for item in items:
        if "$" in item:
            return all("soft" in senses for senses in clause[at:])
        if "~" in item or "..." in item:
            any_word = "..." in item
            reach = 4 if any_word else 3
            continue
        found = _first(item, clause, at, reach, any_word)
        if found < 0:
            return False
        at, reach, any_word = found + 1, 0, False
    return True


def _first(item: Senses, clause: Clause, at: int, reach: int, any_word: bool) -> int:
    for place in range(at, min(at + reach + 1, len(clause))):
        if not item.isdisjoint(clause[place]):
            return place
        if not any_word and "soft" not in clause[place]:
            return -1
    return -1
