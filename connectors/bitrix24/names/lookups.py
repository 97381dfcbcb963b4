"""The lookups of one portal: how its stages, fields, values, people and departments may be called."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from connectors.bitrix24.names.directory import (
    Choice,
    Directory,
    FieldOfPortal,
    Stage,
    User,
    category_of,
)
from connectors.bitrix24.names.lookup import Entry, Lookup
from qc_engine.core.wording.texts import folded


def lookups_of(directory: Directory) -> Mapping[str, Lookup]:
    """By kind; a kind of which nothing was read is missing."""
    found = {
        "stage": Lookup(_stages(directory), _former_stages(directory)),
        "deal_field": Lookup(_fields(directory.deal_fields), _former(directory, "deal_field")),
        "contact_field": Lookup(_fields(directory.contact_fields), _former(directory, "contact_field")),
        "user": Lookup(_users(directory), _former(directory, "user")),
        "department": Lookup(
            [Entry(str(one.id), one.name, str(one.id)) for one in directory.departments],
            _former(directory, "department"),
        ),
        "bound": Lookup(_choices(directory.bound), _former(directory, "bound")),
    }
    return {kind: lookup for kind, lookup in found.items() if lookup.entries}


def choices_of(directory: Directory, kind: str, field: FieldOfPortal) -> Lookup:
    """The values of a list field by text, external code and id; `kind` is deal_choice or contact_choice."""
    former = _former(directory, kind, f"{field.code}:")
    return Lookup(_choices(field.choices), former)


def full_names(directory: Directory) -> Mapping[str, str]:
    """Stage id -> 'Воронка / Стадия', or the id itself where even that means two stages."""
    pipelines = {one.id: one.name for one in directory.pipelines}
    full = {one.id: _full(pipelines.get(one.pipeline, ""), one.name) for one in directory.stages}
    same = Counter(map(folded, full.values()))
    return {number: name if same[folded(name)] == 1 else number for number, name in full.items()}


def without_prefix(number: str, lookup: Lookup) -> frozenset[str]:
    """CO_5 is written as 5 in a field that is bound to one kind of CRM item."""
    prefixes = {one.id.rpartition("_")[0] for one in lookup.entries}
    prefix, _, bare = number.rpartition("_")
    return frozenset({bare}) if prefix and len(prefixes) == 1 and bare.isdigit() else frozenset()


def heads_above(directory: Directory, department: int) -> Sequence[User]:
    """The heads of a department and of those above it, the nearest first."""
    users = {one.id: one for one in directory.users}
    left = {one.id: one for one in directory.departments}  # each is climbed once: a circle ends
    heads, here = [], left.pop(department, None)
    while here:
        # Nobody's name may be readable; a head's number is enough then.
        heads += [users.get(here.head, User(here.head, ""))] if here.head else []
        here = left.pop(here.parent or 0, None)
    return heads


def _full(pipeline: str, stage: str) -> str:
    return f"{pipeline} / {stage}" if pipeline else stage


def _stages(directory: Directory) -> Sequence[Entry]:
    full = full_names(directory)
    bare = [Entry(one.id, one.name, full[one.id]) for one in directory.stages]
    return [*bare, *(Entry(one.id, full[one.id], one.id) for one in directory.stages)]


def _former_stages(directory: Directory) -> Sequence[Entry]:
    """Former names alone, and with every name that the pipeline has or had."""
    before = _former(directory, "stage")
    pipelines = {
        one.id: [one.name, *(e.name for e in _former(directory, "pipeline") if e.id == str(one.id))]
        for one in directory.pipelines
    }
    known = {one.id for one in directory.stages}
    gone = [Stage(one.id, one.name, category_of(one.id)) for one in before if one.id not in known]
    ever = (*gone, *directory.stages)
    full = [each for one in ever for each in _ever(one, before, pipelines.get(one.pipeline, []))]
    return [*full, *before]


def _ever(stage: Stage, before: Sequence[Entry], pipelines: Sequence[str]) -> Iterator[Entry]:
    names = [stage.name, *(one.name for one in before if one.id == stage.id)]
    for pipeline, name in product(pipelines, names):
        yield Entry(stage.id, _full(pipeline, name), stage.id)


def _fields(fields: Sequence[FieldOfPortal]) -> Sequence[Entry]:
    return [Entry(one.code, one.title, one.code) for one in fields]


def _users(directory: Directory) -> Sequence[Entry]:
    """In both orders of their names; who works here wins over a namesake who left."""
    working = {folded(one.name) for one in directory.users if one.active}
    entries: list[Entry] = []
    for one in directory.users:
        number = str(one.id)
        has_namesake = not one.active and folded(one.name) in working
        for name in (one.name, one.last_name_first):
            entries.append(Entry(number, number if has_namesake else name or number, number))
    return entries


def _choices(choices: Sequence[Choice]) -> Sequence[Entry]:
    texts = [Entry(one.id, one.text, one.id) for one in choices]
    return [*texts, *(Entry(one.id, one.xml_id, one.id) for one in choices if one.xml_id)]


def _former(directory: Directory, kind: str, prefix: str = "") -> Sequence[Entry]:
    """The latest former name last, so that it wins."""
    before = sorted((one for one in directory.former if one.kind == kind), key=lambda one: one.until)
    return [
        Entry(one.id.removeprefix(prefix), one.name, one.id.removeprefix(prefix))
        for one in before if one.id.startswith(prefix)
    ]  # fmt: skip
