"""What config.yaml and the scenarios speak of, in their own words: the doctor looks for all of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.bitrix24.doctor.told import SCENARIOS, Asked, asked_of
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.settings import BranchSettings


@dataclass(frozen=True)
class WrittenText:
    """A scenario writes this very text into this field; `whose` is deal or contact."""

    whose: str
    field: str
    text: str


@dataclass(frozen=True)
class Wanted:
    """Words of the scenarios as they stand there, and the branches."""

    stages: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()  # of deals, that scenarios write or read
    contact_fields: frozenset[str] = frozenset()
    users: frozenset[str | int] = frozenset()
    scores: frozenset[str] = frozenset()  # those deal fields that take a score or an average
    texts: frozenset[WrittenText] = frozenset()
    branches: tuple[BranchSettings, ...] = ()


def all_asked(settings: Bitrix24Settings, wanted: Wanted) -> Iterator[Asked]:
    """Every name of config.yaml and of the scenarios; departments and values are looked at apart."""
    yield from asked_of(settings)
    for kind, words in (
        ("stage", wanted.stages),
        ("deal_field", {*wanted.fields, *wanted.scores}),
        ("contact_field", wanted.contact_fields),
        ("user", wanted.users),
    ):
        yield from (Asked(kind, str(word), SCENARIOS) for word in sorted(map(str, words)))
    for branch in wanted.branches:
        for role, person in (("head", branch.head), ("manager", branch.manager)):
            if person:
                yield Asked("user", str(person), at_branch(branch, role))


def at_branch(branch: BranchSettings, what: str) -> str:
    """Where in config.yaml a word of a branch stands."""
    return f"branches, «{branch.name}», {what}"
