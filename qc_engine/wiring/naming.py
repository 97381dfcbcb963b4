"""From what people see in the CRM to its ids: for scenarios and branches, for setup and doctor."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

from connectors.bitrix24.names.resolving import Resolver
from qc_engine.core.calendar import Holidays
from qc_engine.core.case import Branch
from qc_engine.core.channel import MAIN, Channel
from qc_engine.core.scenario import Scenario, everywhere
from qc_engine.core.wording.texts import folded
from qc_engine.flow.starts.begin import Branches
from qc_engine.flow.versions.library import Library
from qc_engine.scenario_files.checks.mentions import Mentions, mentions
from qc_engine.scenario_files.load import load_scenarios, load_text, scenario_paths, version
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.yaml.including import whole_file
from qc_engine.settings import BranchSettings
from qc_engine.wiring.installation import PortalSettings

T = TypeVar("T")
ONLY_MAIN = {MAIN: Channel("chat2desk", window=True)}
KINDS = ("stage", "deal_field", "contact_field", "user")


def names_of(
    resolver: Resolver,
    channels: Mapping[str, Channel] = ONLY_MAIN,
    branches: Iterable[BranchSettings] | None = None,
    *,
    complete: bool,
) -> Names:
    """All that scenarios may call by name; `complete=False` when the portal was never read."""
    return replace(
        names_unread(channels),
        stages=resolver.stages(),
        fields=resolver.deal_fields(),
        contact_fields=resolver.contact_fields(),
        users=resolver.users(),
        ambiguous={word: meant for kind in KINDS for word, meant in resolver.ambiguous(kind).items()},
        branches=None if branches is None else tuple(one.name for one in branches),
        complete=complete,
    )


def names_unread(channels: Mapping[str, Channel]) -> Names:
    """What config.yaml itself says; every word for something in the CRM stands for itself."""
    return Names(
        complete=False,
        channels={one.name: key for key, one in channels.items()},
        without_answers=tuple(key for key, one in channels.items() if not one.answers),
        by_invitation=tuple(one.name for one in channels.values() if not one.by_phone),
        room={key: (one.longest, one.longest_wide or one.longest) for key, one in channels.items()},
    )


def library_of(portal: str, folder: Path, names: Names, titles: Mapping[str, str] | None = None) -> Library:
    """The scenarios of one portal with their texts. Raises BadScenarios."""
    scenarios = load_scenarios(folder, names)
    texts = {version(text): (path.name, text) for path, text in _texts(folder)}
    sources = {one.name: texts[one.version][1] for one in scenarios.values()}
    return Library(
        scenarios,
        sources,
        asdict(_used(names, sources.values())),
        _parse,
        {one.name: texts[one.version][0] for one in scenarios.values()},
        portal,
        titles or {},
    )


def empty_library(portal: str, titles: Mapping[str, str] | None = None) -> Library:
    """For a portal whose folder cannot be read: its scenarios come from the database."""
    return Library({}, {}, {}, _parse, portal=portal, titles=titles or {})


def _parse(text: str, file: str, names: Mapping[str, Any]) -> Scenario:
    """As stored with a case. Raises BadScenarios."""
    return load_text(text, file, Names(**names))


def holidays_of(portal: PortalSettings) -> Holidays:
    """The days of config.yaml on which nobody is asked."""
    of_branch = {one.name: frozenset(one.holidays) for one in portal.branches if one.holidays}
    return Holidays(frozenset(portal.holidays or ()), of_branch)


def learn(library: Library, names: Names, titles: Mapping[str, str]) -> None:
    """The same texts by new names; the folder is not looked at.

    Raises BadScenarios, and then nothing has changed.
    """
    texts = library.sources.items()
    active = {name: load_text(text, library.files[name], names) for name, text in texts}
    library.active, library.names = active, asdict(_used(names, library.sources.values()))
    library.titles = titles


def branches_of(portal: PortalSettings, resolver: Resolver) -> Branches:
    """By every value of the deal field that means one of them. Raises UnknownName."""
    branches = {one.name: branch_of(one, resolver) for one in portal.branches}
    by_value = {
        value: branches[one.name]
        for one in portal.branches
        for value in resolver.branch_values(one.crm_value)
    }
    return Branches(by_value, branches.get(portal.fallback_branch) or next(iter(branches.values())))


def branch_of(one: BranchSettings, resolver: Resolver) -> Branch:
    """With the ids of its people as they are now. Raises UnknownName."""
    head = resolver.person(one.head) if one.head else resolver.head_of(one.department)
    manager = resolver.person(one.manager) if one.manager else head
    return Branch(one.name, one.timezone, head, manager, dict(one.review_pages))


def said_by(library: Library) -> list[Mentions]:
    """What each scenario in force names, in its own words."""
    known = asdict(names_unread(library.channels))
    return [
        mentions(variant)
        for name, one in library.active.items() if one.active
        for variant in everywhere(_parse(library.sources[name], library.files.get(name, name), known))
    ]  # fmt: skip


def said_in(folder: Path, channels: Mapping[str, Channel]) -> list[Mentions]:
    """What each active scenario of a folder names, in its own words. Raises BadScenarios."""
    return [mentions(variant) for one in in_own_words(folder, channels) for variant in everywhere(one)]


def in_own_words(folder: Path, channels: Mapping[str, Channel]) -> list[Scenario]:
    """The active scenarios of a folder, with words instead of ids. Raises BadScenarios."""
    return [one for one in load_scenarios(folder, names_unread(channels)).values() if one.active]


def _used(names: Names, texts: Iterable[str]) -> Names:
    """Only what a running case may need later: a portal has hundreds of fields and people."""
    whole = folded("\n".join(texts))

    def said(known: Mapping[str, T]) -> dict[str, T]:
        return {word: id_ for word, id_ in known.items() if folded(word) in whole}

    return replace(
        names,
        stages=said(names.stages),
        fields=said(names.fields),
        contact_fields=said(names.contact_fields),
        users=said(names.users),
        ambiguous={},
    )


def _texts(folder: Path) -> list[tuple[Path, str]]:
    """With what each file includes."""
    return [(path, whole_file(path).text) for path in scenario_paths(folder)]
