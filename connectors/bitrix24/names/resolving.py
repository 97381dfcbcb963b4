"""From the words that people see in Bitrix24 to ids and back: pure, over one reading of the portal."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from connectors.bitrix24.doctor.told import Asked, asked_of, fired, told
from connectors.bitrix24.names.directory import Directory, FieldOfPortal, User
from connectors.bitrix24.names.lookup import Ambiguous, Found, Gone, Lookup, Met, Renamed, Unknown
from connectors.bitrix24.names.lookups import choices_of, full_names, heads_above, lookups_of, without_prefix
from connectors.bitrix24.names.values import LISTS, to_people, to_portal
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.core.wording.texts import folded
from qc_engine.ports import Finding

# What may stand for itself although the portal did not show it: it may be hidden from the webhook's owner.
ID = {
    "stage": re.compile(r"(C\d+:)?[A-Z0-9_]+"),
    "deal_field": re.compile(r"UF_[A-Z0-9_]+"),
    "contact_field": re.compile(r"UF_[A-Z0-9_]+"),
    "user": re.compile(r"[1-9]\d{0,15}"),
}
FIELDS = {2: "deal_field", 3: "contact_field"}
NOTHING = Lookup()
FEW = 12  # values of a list that can be shown all at once


class UnknownName(ValueError):
    """Nothing on the portal is called so, or several things are; `close` is what could be meant."""

    def __init__(self, kind: str, word: str, close: tuple[str, ...] = ()) -> None:
        meant = f"; could be: {', '.join(close)}" if close else ""
        super().__init__(f"unknown {kind} '{word}'{meant}")
        self.kind = kind
        self.word = word
        self.close = close


class Resolver:
    """Without a directory ids pass through and names stay themselves."""

    def __init__(self, settings: Bitrix24Settings, directory: Directory | None) -> None:
        self._settings = settings
        self._directory = directory
        self._lookups = lookups_of(directory) if directory else {}
        self._choices: dict[tuple[str, str], Lookup] = {}
        written: Mapping[str, Mapping[str, str | int]] = {
            "stage": settings.stages,
            "deal_field": settings.fields,
            "contact_field": settings.contact_fields,
            "user": settings.users,
        }
        self._aliases = {kind: tuple(aliases) for kind, aliases in written.items()}
        self._targets = {
            (kind, folded(alias)): str(target)
            for kind, aliases in written.items()
            for alias, target in aliases.items()
        }

    # --- words -> ids ----------------------------------------------------------------------------

    def stages(self) -> Mapping[str, str]:
        """Names, 'Воронка / Стадия', former names and the aliases of config.yaml -> STATUS_ID."""
        return self._names("stage")

    def deal_fields(self) -> Mapping[str, str]:
        """Titles, former titles and aliases -> code."""
        return self._names("deal_field")

    def contact_fields(self) -> Mapping[str, str]:
        """Titles, former titles and aliases -> code."""
        return self._names("contact_field")

    def users(self) -> Mapping[str, int]:
        """Names in both orders, former names and aliases -> user id."""
        return {name: int(number) for name, number in self._names("user").items() if number.isdigit()}

    def ambiguous(self, kind: str) -> Mapping[str, tuple[str, ...]]:
        """Words of this kind that mean several things -> what to write instead of each."""
        return self._lookups.get(kind, NOTHING).ambiguous

    def titles(self) -> Mapping[str, str]:
        """What people see, by stage id and field code: 'Воронка / Стадия', the field's title."""
        if not self._directory:
            return {}
        fields = (*self._directory.contact_fields, *self._directory.deal_fields)
        return {one.code: one.title for one in fields} | dict(full_names(self._directory))

    def code(self, kind: str, word: str) -> str:
        """The code of a field, or the id of a stage; empty when nobody can say what the word means."""
        return self._id(kind, word)

    def branch_field(self) -> str:
        """The code of the deal field that names the branch; empty when there is none."""
        return self._id("deal_field", self._settings.branch_field)

    def do_not_disturb_field(self) -> str:
        """The code of the contact field that says 'do not write'; empty when there is none."""
        return self._id("contact_field", self._settings.do_not_disturb_field)

    def look(self, kind: str, word: str | int) -> Met:
        """What a word of config.yaml or of a scenario means; aliases come before the portal's names."""
        lookup, target = self._lookups.get(kind), self._target(kind, word)
        return lookup.look(target) if lookup else Found(target)

    def _target(self, kind: str, word: str | int) -> str:
        return self._targets.get((kind, folded(str(word))), str(word))

    def _id(self, kind: str, word: str | int) -> str:
        """Empty when nobody can say what the word means."""
        target = self._target(kind, word)
        if not target:
            return ""
        match self.look(kind, word):
            case Found(number) | Renamed(number, _) | Gone(number, _):
                return number
            case Unknown() if ID[kind].fullmatch(target):
                return target
            case _:
                return ""

    def _names(self, kind: str) -> dict[str, str]:
        found = {alias: number for alias in self._aliases[kind] if (number := self._id(kind, alias))}
        taken = set(map(folded, found))
        names = self._lookups.get(kind, NOTHING).names
        return found | {name: number for name, number in names.items() if folded(name) not in taken}

    # --- people ----------------------------------------------------------------------------------

    def person(self, word: int | str) -> int:
        """A user id for a number, 'Имя Фамилия', 'Фамилия Имя' or an alias. Raises UnknownName."""
        number = self._id("user", word)
        if ID["user"].fullmatch(number):
            return int(number)
        raise self._unknown("user", word)

    def head_of(self, department: str | int) -> int:
        """Its head, or the nearest head above it who still works here. Raises UnknownName."""
        if (head := next((one for one in self.heads_of(department) if one.active), None)) is None:
            raise UnknownName("head", str(department))
        return head.id

    def heads_of(self, department: str | int) -> Sequence[User]:
        """The heads of a department and of those above it, the nearest first. Raises UnknownName."""
        met = self.look("department", department)
        if not isinstance(met, Found | Renamed) or not self._directory:
            raise self._unknown("department", department)
        return heads_above(self._directory, int(met.id)) if met.id.isdigit() else []

    def user(self, number: int) -> User | None:
        """The person of this number, when people could be read."""
        users = self._directory.users if self._directory else ()
        return next((one for one in users if one.id == number), None)

    def _unknown(self, kind: str, word: str | int) -> UnknownName:
        met = self.look(kind, word)
        close = met.close if isinstance(met, Unknown | Gone) else ()
        return UnknownName(kind, str(word), met.could_be if isinstance(met, Ambiguous) else close)

    # --- values ----------------------------------------------------------------------------------

    def branch_values(self, crm_value: str) -> frozenset[str]:
        """What the branch field of a deal of this branch holds: the id and the text, or the text alone."""
        match self.value("deal_field", self.branch_field(), crm_value):
            case Found(number) | Renamed(number, _) | Gone(number, _):
                lookup = self.choices("deal_field", self.branch_field())
                title = lookup.titles.get(number, crm_value)
                return frozenset({crm_value, number, title, *without_prefix(number, lookup)})
            case _:
                return frozenset({crm_value})

    def value(self, kind: str, code: str, text: str) -> Met:
        """Which value of a list field the text means; of other fields a text means itself."""
        lookup = self.choices(kind, code)
        if not lookup.entries:
            return Found(text)
        numbers = {plain: one.id for one in lookup.entries for plain in without_prefix(one.id, lookup)}
        met = lookup.look(numbers.get(text, text))
        few = len(lookup.titles) <= FEW
        if few and isinstance(met, Unknown | Gone) and not met.close:
            return replace(met, close=tuple(lookup.titles.values()))
        return met

    def choices(self, kind: str, code: str) -> Lookup:
        """The values that a field may hold; empty for a field that is no list."""
        if (kind, code) not in self._choices:
            self._choices[kind, code] = self._read_choices(kind, code)
        return self._choices[kind, code]

    def _read_choices(self, kind: str, code: str) -> Lookup:
        field = self.field(kind, code)
        if not self._directory or not field or field.kind not in LISTS:
            return NOTHING
        if field.choices:
            return choices_of(self._directory, kind.replace("field", "choice"), field)
        is_branch = kind == "deal_field" and code == self.branch_field()
        return self._lookups.get("bound", NOTHING) if is_branch else NOTHING

    def field(self, kind: str, code: str) -> FieldOfPortal | None:
        """The field of this code, if the portal has shown it."""
        return self._directory.field(kind, code) if self._directory else None

    def written(self, entity: int, code: str, text: str) -> object:
        """What to send for this text: a list's value by its id, Y or N, a number. Raises Refused."""
        field = self.field(FIELDS[entity], code)
        return to_portal(field, text, self.choices(FIELDS[entity], code)) if field else text

    def shown(self, entity: int, code: str, raw: object) -> str:
        """What people see: the text of a list's value, Y or N."""
        kind = FIELDS[entity]
        return to_people(self.field(kind, code), raw, self.choices(kind, code))

    # --- config.yaml -----------------------------------------------------------------------------

    def findings(self) -> Sequence[Finding]:
        """Names in the portal's section of config.yaml that are wrong or soon will be, and what to write."""
        return [finding for asked in asked_of(self._settings) if (finding := self.judge(asked))]

    def judge(self, asked: Asked) -> Finding | None:
        """What is wrong with a word that somebody wrote; None when nothing is."""
        met = self.look(asked.kind, asked.word)
        number = met.id if asked.kind == "user" and isinstance(met, Found | Renamed) else ""
        user = self.user(int(number)) if number.isdigit() else None
        return fired(asked, user) if user and not user.active else told(asked, met)
