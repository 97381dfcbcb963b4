"""The company's own words for stages, fields and people, and the ids behind them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from qc_engine.core.wording.texts import folded
from qc_engine.scenario_files.similar import did_you_mean, quoted, unknown

T = TypeVar("T")

STAGE_ID = re.compile(r"[A-Z0-9_]+(:[A-Z0-9_]+)?")
FIELD_ID = re.compile(r"UF_CRM_[A-Z0-9_]+")
DEAL_FIELDS = frozenset({"title", "comments", "opportunity", "sourceDescription", "additionalInfo"})
CONTACT_FIELDS = frozenset({"comments", "post", "sourceDescription"})
ROLES = {"branch_head": "head", "branch_manager": "manager"}
NOBODY_YET = 0  # the id of a person whose name nobody has looked up


@dataclass(frozen=True)
class Names:
    """What people see in the CRM -> its ids. What looks like an id is one, unless it is exactly a name.

    `complete=False`: the CRM's names were never read, so a word that is not here may still exist there;
    it then stands for itself, which is enough for checking and telling, not for running.
    """

    stages: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    contact_fields: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, int] = field(default_factory=dict)
    ambiguous: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # word -> what it could mean
    complete: bool = True
    channels: Mapping[str, str] = field(default_factory=dict)  # as config.yaml calls them -> the engine's key
    without_answers: tuple[str, ...] = ()  # keys of channels in which a client cannot answer
    webhooks: tuple[str, ...] | None = None  # names of config.yaml; None: nobody has looked
    by_invitation: tuple[str, ...] = ()  # names of channels that a client must open first
    room: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # key -> longest message: ASCII, others
    branches: tuple[str, ...] | None = None  # names of config.yaml; None: nobody has looked

    def channel(self, word: str) -> str:
        """Raises ValueError with the channels that config.yaml has."""
        if word not in self.channels:
            fault = unknown("channel", word, self.channels)
            others = (
                "" if did_you_mean(word, self.channels) else "; another one needs its section in config.yaml"
            )
            raise ValueError(fault + others)
        return self.channels[word]

    def webhook(self, word: str) -> str:
        """Raises ValueError with the webhooks that config.yaml has."""
        if self.webhooks is not None and word not in self.webhooks:
            raise ValueError(unknown("webhook", word, self.webhooks))
        return word

    def branch(self, word: str) -> str:
        """As config.yaml writes it. Raises ValueError with the branches that it has."""
        if self.branches is None:
            return word
        known = {folded(one): one for one in reversed(self.branches)}
        if folded(word) not in known:
            raise ValueError(unknown("branch", word, self.branches))
        return known[folded(word)]

    def stage(self, word: str) -> str:
        """Raises ValueError with the names that come near."""
        if STAGE_ID.fullmatch(word) and word not in self.stages:
            return word
        return self._known("stage", word, self._stages) or self._unread("stage", word, self.stages)

    def deal_field(self, word: str) -> str:
        """Raises ValueError with the names that come near."""
        if (word in DEAL_FIELDS or FIELD_ID.fullmatch(word)) and word not in self.fields:
            return word
        return self._known("deal field", word, self._fields) or self._unread("deal field", word, self.fields)

    def contact_field(self, word: str) -> str:
        """Raises ValueError with the names that come near."""
        if (word in CONTACT_FIELDS or FIELD_ID.fullmatch(word)) and word not in self.contact_fields:
            return word
        known = self._known("contact field", word, self._contact_fields)
        return known or self._unread("contact field", word, self.contact_fields)

    def person(self, word: str) -> tuple[str, int]:
        """(role, 0) of a role of the branch, or ('', user id). Raises ValueError with what comes near."""
        if word in ROLES:
            return ROLES[word], NOBODY_YET
        known = self._known("person", word, self._users) or _as_user_id(word)
        if known is None and self.complete:
            raise ValueError(unknown("person", word, {*ROLES, *self.users}))
        return "", known or NOBODY_YET

    def _known(self, what: str, word: str, known: Mapping[str, T]) -> T | None:
        if folded(word) not in known and (meant := self._ambiguous.get(folded(word))):
            raise ValueError(f"{what} {quoted(word)} could be {' or '.join(map(quoted, meant))}: write which")
        return known.get(folded(word))

    def _unread(self, what: str, word: str, near: Mapping[str, str]) -> str:
        if self.complete:
            raise ValueError(unknown(what, word, _shortest(near)))
        return word

    @cached_property
    def _stages(self) -> Mapping[str, str]:
        return _folded_keys(self.stages)

    @cached_property
    def _fields(self) -> Mapping[str, str]:
        return _folded_keys(self.fields)

    @cached_property
    def _contact_fields(self) -> Mapping[str, str]:
        return _folded_keys(self.contact_fields)

    @cached_property
    def _users(self) -> Mapping[str, int]:
        return _folded_keys(self.users)

    @cached_property
    def _ambiguous(self) -> Mapping[str, tuple[str, ...]]:
        return _folded_keys(self.ambiguous)


def _shortest(names: Mapping[str, str]) -> Iterable[str]:
    """One name of each thing: a stage is known alone and with its pipeline, and need not be told twice."""
    best: dict[str, str] = {}
    for name, id_ in names.items():
        if id_ not in best or len(name) < len(best[id_]):
            best[id_] = name
    return best.values()


def _as_user_id(word: str) -> int | None:
    is_id = word.isascii() and word.isdigit() and len(word) < 19 and int(word) > 0
    return int(word) if is_id else None


def _folded_keys(names: Mapping[str, T]) -> Mapping[str, T]:
    # What is written exactly so wins over what only looks alike: the first of two stays.
    found: dict[str, T] = {}
    for name, value in names.items():
        found.setdefault(folded(name), value)
    return found
