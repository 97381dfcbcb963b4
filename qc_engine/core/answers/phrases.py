"""Phrases over a word list: a small language in which the rules about words are written.

A phrase is a line of items: a word, a stem (`пиш*`), a sense of the word list (`@not`), alternatives of these
(`мне|нам|@not`), `~` for up to three words that carry no weight (sense `soft`), `...` for up to four words of
any kind, `^` and `$` for the borders of the clause with nothing but soft words between. Or it is a line of
items joined by `&`, which stand in the clause in any order; `!` is before an item that must not. A phrase
never crosses a punctuation mark.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from qc_engine.core.answers.lexicon import NO_SENSE, Lexicon, Senses, requests
from qc_engine.core.answers.tokens import Token

Clause = list[Senses]
_MARKS = frozenset(("~", "...", "^", "$"))

_SOFT_BORDER = 8  # so many soft words may stand before a phrase that begins its clause
_SOFT_GAP, _ANY_GAP = 3, 4


@dataclass(frozen=True)
class _Phrase:
    order: int
    name: str
    opens: bool  # does it begin its clause
    lead: int  # how many words may stand before it there
    lead_soft: bool
    items: tuple[Senses, ...]  # from the first word on
    words: tuple[Senses, ...]  # the items without gaps and borders
    together: bool = False  # do they stand in any order
    without: Senses = NO_SENSE  # what the clause must not hold


class Phrases:
    """Phrases looked for together; the name of a phrase is the rule that it stands for.

    Made ready when first looked for: most processes never read a reply.
    """

    def __init__(self, senses: Mapping[str, str], phrases: Mapping[str, str]) -> None:
        self._senses = senses
        self._lines = [(name, line) for name, text in phrases.items() for line in _lines(text)]

    @property
    def lexicon(self) -> Lexicon:
        return self._ready[0]

    @property
    def _by_first(self) -> Mapping[str, Sequence[_Phrase]]:
        return self._ready[1]

    @cached_property
    def _ready(self) -> tuple[Lexicon, Mapping[str, Sequence[_Phrase]]]:
        lexicon, by_first = Lexicon(self._senses), defaultdict[str, list[_Phrase]](list)
        for order, (name, line) in enumerate(self._lines):
            phrase = _phrase(order, name, line.split(), lexicon)
            for sense in phrase.items[0]:
                by_first[sense].append(phrase)
        return lexicon, by_first

    def find(self, tokens: Sequence[Token]) -> str:
        """The name of the first phrase that occurs, or an empty string."""
        return next(self.find_all(tokens), "")

    def find_all(self, tokens: Sequence[Token]) -> Iterator[str]:
        """The name of every phrase that occurs, in the order in which they are written."""
        found: dict[int, str] = {}
        for clause in self._clauses(tokens):
            heard = NO_SENSE.union(*clause)
            for phrase in self._possible(heard):
                if phrase.order not in found and (phrase.together or _occurs(phrase, clause)):
                    found[phrase.order] = phrase.name
        return (found[order] for order in sorted(found))

    def _possible(self, heard: Senses) -> Iterator[_Phrase]:
        """The phrases of which a clause has every word, in whatever order."""
        for sense in heard & self._by_first.keys():
            for phrase in self._by_first[sense]:
                if phrase.without.isdisjoint(heard) and not any(map(heard.isdisjoint, phrase.words)):
                    yield phrase

    def _clauses(self, tokens: Sequence[Token]) -> list[Clause]:
        heard = [self.lexicon.senses(token.text) if token.kind == "word" else NO_SENSE for token in tokens]
        polite = ["polite" in senses for senses in heard]
        clauses: list[Clause] = [[]]
        for at, token in enumerate(tokens):
            if token.kind == "word" and not polite[at]:
                clauses[-1].append(heard[at])
            elif not polite[at] and not (token.text == "," and any(polite[max(at - 1, 0) : at + 2])):
                clauses.append([])  # "please" divides nothing
        return [clause for clause in clauses if clause]


def _lines(text: str) -> Iterable[str]:
    return (line for line in text.splitlines() if line.strip())


def _phrase(order: int, name: str, line: list[str], lexicon: Lexicon) -> _Phrase:
    if "&" not in line:
        return _in_order(order, name, [_item(item, lexicon) for item in line])
    wanted = tuple(_item(item, lexicon) for item in line if item[0] not in "&!")
    without = NO_SENSE.union(*(_item(item[1:], lexicon) for item in line if item[0] == "!"))
    return _Phrase(order, name, False, 0, False, wanted, wanted, True, without)


def _item(item: str, lexicon: Lexicon) -> Senses:
    if item in _MARKS:
        return frozenset((item,))
    return frozenset(_sense(choice, lexicon) for choice in item.split("|"))


def _sense(choice: str, lexicon: Lexicon) -> str:
    if choice.startswith("@"):
        return choice[1:]
    for form in requests(choice):
        lexicon.add(form, f"={choice}")
    return f"={choice}"


def _in_order(order: int, name: str, items: list[Senses]) -> _Phrase:
    first = next(at for at, item in enumerate(items) if item.isdisjoint(_MARKS))
    any_word = any("..." in item for item in items[:first])
    lead = _ANY_GAP if any_word else _SOFT_BORDER
    words = tuple(item for item in items if item.isdisjoint(_MARKS))
    return _Phrase(order, name, "^" in items[0], lead, not any_word, tuple(items[first:]), words)


def _occurs(phrase: _Phrase, clause: Clause) -> bool:
    """True when the phrase stands in the clause."""
    places = range(min(len(clause), phrase.lead + 1)) if phrase.opens else range(len(clause))
    first = phrase.items[0]
    return any(not first.isdisjoint(clause[at]) and _stands_at(phrase, clause, at) for at in places)


def _stands_at(phrase: _Phrase, clause: Clause, at: int) -> bool:
    if phrase.opens and phrase.lead_soft and not _all_soft(clause[:at]):
        return False
    return _follows(phrase.items[1:], clause, at + 1)


def _follows(items: Sequence[Senses], clause: Clause, at: int) -> bool:
    """True when the items stand in the clause from here on, each taken at the first place that fits."""
    reach, any_word = 0, False
    for item in items:
        if "$" in item:
            return _all_soft(clause[at:])
        if "~" in item or "..." in item:
            any_word = "..." in item
            reach = _ANY_GAP if any_word else _SOFT_GAP
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


def _all_soft(words: Clause) -> bool:
    return all("soft" in senses for senses in words)
