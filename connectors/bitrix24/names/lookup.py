"""One kind of names: which id a word means, and what somebody probably meant by a word that means none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from qc_engine.core.wording.texts import folded

ALIKE = 0.6
SAME_WORDS = 0.9  # a slip of the pen is nearer still
MOST_CLOSE = 3


@dataclass(frozen=True)
class Entry:
    """A thing under one of its names; `full` is what to write when the name alone could mean several."""

    id: str
    name: str
    full: str


@dataclass(frozen=True)
class Found:
    """The word means this id."""

    id: str


@dataclass(frozen=True)
class Renamed:
    """The word was this thing's name; it still means it, and the portal now says `name`."""

    id: str
    name: str


@dataclass(frozen=True)
class Gone:
    """The word was the name of this thing, which has been deleted; `close` are names of today."""

    id: str
    close: tuple[str, ...]


@dataclass(frozen=True)
class Ambiguous:
    """Several things have this name; `could_be` is what to write instead."""

    could_be: tuple[str, ...]


@dataclass(frozen=True)
class Unknown:
    """Nothing has or had this name; `close` are the names that come near."""

    close: tuple[str, ...]


Met = Found | Renamed | Gone | Ambiguous | Unknown


@dataclass(frozen=True)
class Lookup:
    """Names of today, and what things were called before (the later name of two comes last)."""

    entries: Sequence[Entry] = ()
    former: Sequence[Entry] = field(default_factory=tuple)

    def look(self, word: str) -> Met:
        """An id written exactly wins over a name, a name of today over a former one."""
        if word in self.titles:
            return Found(word)
        today = self._today.get(folded(word), {})
        if len(today) == 1:
            return Found(next(iter(today)))
        if today:
            return Ambiguous(tuple(today.values()))
        if (number := self._past.get(folded(word))) is not None:
            return Renamed(number, self.titles[number])
        if (number := self._deleted.get(folded(word))) is not None:
            return Gone(number, self.close(word))
        return Unknown(self.close(word))

    def close(self, word: str) -> tuple[str, ...]:
        """What could be written instead: the nearest names of today, one of each thing."""
        wanted = folded(word)
        scored = [(_alike(wanted, folded(one.name)), one) for one in self.entries]
        best: dict[str, Entry] = {}
        for score, one in sorted(scored, key=lambda pair: (-pair[0], len(pair[1].name), pair[1].name)):
            if score >= ALIKE:
                best.setdefault(one.id, one)
        return tuple(self._unmistakable(one) for one in list(best.values())[:MOST_CLOSE])

    def _unmistakable(self, one: Entry) -> str:
        return one.full if len(self._today[folded(one.name)]) > 1 else one.name

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Every name that means one thing -> its id; former names come last."""
        words = [one.name for one in self.entries] + [one.name for one in self.former]
        return {word: met.id for word in words if isinstance(met := self.look(word), Found | Renamed | Gone)}

    @cached_property
    def ambiguous(self) -> Mapping[str, tuple[str, ...]]:
        """Every name that means several things -> what to write instead."""
        return {
            one.name: tuple(meant.values())
            for one in self.entries
            if len(meant := self._today[folded(one.name)]) > 1
        }

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Id -> its first name, the one that people see."""
        found: dict[str, str] = {}
        for one in self.entries:
            found.setdefault(one.id, one.name)
        return found

    @cached_property
    def _today(self) -> Mapping[str, Mapping[str, str]]:
        """Folded name -> id -> what to write when there are several of that name."""
        return _by_folded_name(self.entries)

    @cached_property
    def _past(self) -> Mapping[str, str]:
        return {folded(one.name): one.id for one in self.former if one.id in self.titles}

    @cached_property
    def _deleted(self) -> Mapping[str, str]:
        return {folded(one.name): one.id for one in self.former if one.id not in self.titles}


def _alike(one: str, other: str) -> float:
    """From 0 to 1: a slip of the pen, or the same words with more or fewer of them."""
    same_words = fuzz.token_set_ratio(one, other) / 100
    return max(OSA.normalized_similarity(one, other), same_words * SAME_WORDS)


def _by_folded_name(entries: Iterable[Entry]) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for one in entries:
        found.setdefault(folded(one.name), {}).setdefault(one.id, one.full)
    return found
