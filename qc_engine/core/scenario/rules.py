"""Rules, and which of them have their turn in a step: worked out once for each scenario."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import takewhile

from qc_engine.core.scenario.actions import Action
from qc_engine.core.scenario.conditions import BESIDE, LOW, OF_FACT, STANDING, TIMED, Condition, ReviewIs
from qc_engine.core.trace import Checked, Verdict, phrase


@dataclass(frozen=True)
class Rule:
    """If all conditions hold, do the actions. The first rule of a step that matches wins."""

    name: str
    when: tuple[Condition, ...]
    do: tuple[Action, ...]
    line: int = 0

    @cached_property
    def aside(self) -> bool:
        """Words of anger, and a task that nobody does, are told beside whatever the case does next."""
        return any(isinstance(one, BESIDE) for one in self.when)

    @cached_property
    def fact(self) -> str:
        """What an event must mean before anything else is asked; '' when that is not so."""
        return self.when[0].fact if self.when and isinstance(self.when[0], OF_FACT) else ""

    @cached_property
    def not_so(self) -> Checked:
        """The reason of every event that does not mean `fact`."""
        return Checked(self.name, Verdict(False, phrase(f"why.{self.fact}_not")), self.line)

    @cached_property
    def reviews(self) -> frozenset[str]:
        """The answers about the review that it asks for."""
        return frozenset(one.answer for one in self.when if isinstance(one, ReviewIs))

    @cached_property
    def standing(self) -> bool:
        """It asks for nothing that happens, only for what is known of the case."""
        return all(isinstance(one, STANDING) for one in self.when)


@dataclass(frozen=True)
class Turns:
    """The rules that hold in one step, those for any step first, by the ways in which they are looked at."""

    beside: tuple[Rule, ...]
    in_turn: tuple[Rule, ...]
    without_facts: tuple[Rule, ...]  # the same behind those at the beginning that ask for a fact
    not_so: tuple[Checked, ...]  # the reasons of these where an event brings no fact
    timed: tuple[Condition, ...]
    limits: tuple[Decimal, ...]  # under which a score is called low

    @classmethod
    def of(cls, rules: Sequence[Rule]) -> "Turns":
        conditions = [one for rule in rules for one in rule.when]
        in_turn = tuple(rule for rule in rules if not rule.aside)
        asking = tuple(takewhile(lambda rule: rule.fact, in_turn))
        return cls(
            tuple(rule for rule in rules if rule.aside),
            in_turn,
            in_turn[len(asking) :],
            tuple(rule.not_so for rule in asking),
            tuple(dict.fromkeys(one for one in conditions if isinstance(one, TIMED))),
            tuple(one.limit for one in conditions if isinstance(one, LOW)),
        )
