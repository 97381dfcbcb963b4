"""Everything that texts and formulas may name, each by its type."""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from qc_engine.core.case import Case
from qc_engine.core.scenario import KnownValue, Scenario
from qc_engine.core.wording import known_values
from qc_engine.core.wording.texts import KNOWN


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
        case = self._case
        named = (
            *(f"{channel}_link" for channel in case.invitations),
            *(f"score_{name}" for name in case.scores),
            *(f"comment_{name}" for name in case.comments),
        )
        return frozenset({*KNOWN, *named, *self._known})

    def __getitem__(self, name: str) -> object:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def get(self, name: str, default: object = None) -> object:
        known = KNOWN.get(name)
        value = known(self._case) if known else self._of_scenario(name)
        nothing = value is None or (isinstance(value, str) and not value)
        return default if nothing else value

    def __iter__(self) -> Iterator[str]:
        return (name for name in sorted(self.names) if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _of_scenario(self, name: str) -> object | None:
        if known := self._known.get(name):
            zone = ZoneInfo(self._case.branch.timezone)
            return known_values.read(known.kind, self._case.values.get(name, ""), zone)
        return self._named(name)

    def _named(self, name: str) -> object | None:
        """What is called after a question or a channel."""
        case, (kind, _, question) = self._case, name.partition("_")
        if kind == "comment" and question in case.comments:
            return case.comments[question]
        if kind == "score" and question in case.scores:
            return case.scores[question]
        rating = case.complaint.rating if case.complaint else None
        if kind == "score" and rating and question in rating.scores:
            return rating.scores[question]  # of the second answer; while that is given, of the visit
        return case.invitations.get(name.removesuffix("_link")) if name.endswith("_link") else None
