"""Everything that texts and formulas may name, each by its type."""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from qc_engine.core import known_values
from qc_engine.core.case import Case
from qc_engine.core.scenario import KnownValue, Scenario
from qc_engine.core.texts import KNOWN


def typed(case: Case, scenario: Scenario) -> Mapping[str, object]:
    """By name: text, number (Decimal, Fraction), date, or aware datetime. What is absent is not in it.

    A value that cannot be read as what the scenario says it is counts as absent.
    """
    return Values(case, scenario.values)


class Values(Mapping[str, object]):
    """Each is worked out only when somebody asks for it."""

    def __init__(self, case: Case, known: Mapping[str, KnownValue] | None = None) -> None:
        self._case, self._known = case, known or {}

    @property
    def names(self) -> frozenset[str]:
        """Also those that are absent now."""
        return frozenset({*KNOWN, *self._named(), *self._known})

    def __getitem__(self, name: str) -> object:
        value = self._read(name)
        if value is None or value == "":
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for name in sorted(self.names) if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _read(self, name: str) -> object | None:
        if own := KNOWN.get(name):
            return own(self._case)
        if known := self._known.get(name):
            zone = ZoneInfo(self._case.branch.timezone)
            return known_values.read(known.kind, self._case.values.get(name, ""), zone)
        return self._named().get(name)

    def _named(self) -> Mapping[str, object]:
        """What is called after a question or a channel."""
        case = self._case
        return {
            **{f"{channel}_link": link for channel, link in case.invitations.items()},
            **{f"score_{name}": score for name, score in case.scores.items()},
            **{f"comment_{name}": words for name, words in case.comments.items()},
        }
