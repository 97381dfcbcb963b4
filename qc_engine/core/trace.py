"""Why a decision came out as it did, in words that can be translated later."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

# A decision makes two dozen of what is below: it is filled past the guard of a frozen dataclass, which
# takes most of the time.


@dataclass(frozen=True, init=False)
class Phrase:
    """A sentence by its key in the catalogue, with its values; the core speaks no language."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)

    def __init__(self, key: str, values: Mapping[str, str] | None = None) -> None:
        fields = self.__dict__
        fields["key"], fields["values"] = key, {} if values is None else values


def phrase(key: str, **values: object) -> Phrase:
    """A phrase whose values are written out as text."""
    return Phrase(key, {name: str(value) for name, value in values.items()}) if values else _bare(key)


@lru_cache(maxsize=512)
def _bare(key: str) -> Phrase:
    """The same each time: there are as many as the catalogue has keys."""
    return Phrase(key)


@dataclass(frozen=True, init=False)
class Verdict:
    """Whether a condition holds, and why."""

    passed: bool
    why: Phrase

    def __init__(self, passed: bool, why: Phrase) -> None:
        fields = self.__dict__
        fields["passed"], fields["why"] = passed, why


@dataclass(frozen=True, init=False)
class Checked:
    """One condition of one rule, its verdict, and the line where it is written."""

    rule: str
    verdict: Verdict
    line: int

    def __init__(self, rule: str, verdict: Verdict, line: int) -> None:
        fields = self.__dict__
        fields["rule"], fields["verdict"], fields["line"] = rule, verdict, line
