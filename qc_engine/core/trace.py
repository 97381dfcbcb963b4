"""Why a decision came out as it did, in words that can be translated later."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Phrase:
    """A sentence by its key in the catalogue, with its values; the core speaks no language."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)


def phrase(key: str, **values: object) -> Phrase:
    """A phrase whose values are written out as text."""
    return Phrase(key, {name: str(value) for name, value in values.items()})


@dataclass(frozen=True)
class Verdict:
    """Whether a condition holds, and why."""

    passed: bool
    why: Phrase


@dataclass(frozen=True)
class Checked:
    """One condition of one rule, its verdict, and the line where it is written."""

    rule: str
    verdict: Verdict
    line: int
