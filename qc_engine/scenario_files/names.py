"""The company's own words for stages, fields and people, and the ids behind them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from qc_engine.scenario_files.similar import unknown

STAGE_ID = re.compile(r"[A-Z0-9_]+(:[A-Z0-9_]+)?")
FIELD_ID = re.compile(r"UF_CRM_[A-Z0-9_]+")
DEAL_FIELDS = frozenset({"title", "comments", "opportunity", "sourceDescription", "additionalInfo"})
CONTACT_FIELDS = frozenset({"comments", "post", "sourceDescription"})
ROLES = {"branch_head": "head", "branch_manager": "manager"}


@dataclass(frozen=True)
class Names:
    """Aliases of one installation -> ids of its CRM. What looks like an id is taken as the id."""

    stages: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    contact_fields: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, int] = field(default_factory=dict)

    def stage(self, word: str) -> str:
        """Raises ValueError with the aliases that come near."""
        if word in self.stages or STAGE_ID.fullmatch(word):
            return self.stages.get(word, word)
        raise ValueError(unknown("stage", word, self.stages))

    def deal_field(self, word: str) -> str:
        """Raises ValueError with the aliases that come near."""
        if word in self.fields or word in DEAL_FIELDS or FIELD_ID.fullmatch(word):
            return self.fields.get(word, word)
        raise ValueError(unknown("deal field", word, self.fields))

    def contact_field(self, word: str) -> str:
        """Raises ValueError with the aliases that come near."""
        if word in self.contact_fields or word in CONTACT_FIELDS or FIELD_ID.fullmatch(word):
            return self.contact_fields.get(word, word)
        raise ValueError(unknown("contact field", word, self.contact_fields))

    def person(self, word: str) -> tuple[str, int]:
        """(role, 0) of a role of the branch, or ('', user id). Raises ValueError with what comes near."""
        if word in ROLES:
            return ROLES[word], 0
        if word in self.users:
            return "", self.users[word]
        if word.isascii() and word.isdigit() and len(word) < 19 and int(word) > 0:
            return "", int(word)
        raise ValueError(unknown("person", word, {*ROLES, *self.users}))
