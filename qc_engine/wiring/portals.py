"""One portal of the installation: its connector, its scenarios, its branches, all by the names people see."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import partial
from hashlib import blake2b

import structlog

from connectors.bitrix24.calls.client import Client
from connectors.bitrix24.connector import Bitrix24
from connectors.bitrix24.names.directory import Directory
from connectors.bitrix24.names.resolving import UnknownName
from connectors.bitrix24.setup import Wish
from qc_engine.clock import Clock
from qc_engine.core.channel import Channel
from qc_engine.flow.forgetting import Forgotten
from qc_engine.flow.starts.begin import Beginning, Branches
from qc_engine.flow.versions.library import Library
from qc_engine.ids import Ids
from qc_engine.phones import normalise
from qc_engine.ports import Broken, Connector, Connects, Memory, OutcomeUnknown, Refused, TryLater
from qc_engine.scenario_files.checks.mentions import mentions
from qc_engine.scenario_files.load import BadScenarios
from qc_engine.scenario_files.names import Names
from qc_engine.settings import BY_HAND
from qc_engine.store.database import Database
from qc_engine.store.lanes import BucketPace
from qc_engine.store.memory import DatabaseMemory
from qc_engine.wiring.channels import known
from qc_engine.wiring.installation import (
    Installation,
    PortalSettings,
    connector_name,
    portals_of,
)
from qc_engine.wiring.keys import keys_of, lasting_secret, secret_of
from qc_engine.wiring.naming import (
    branches_of,
    empty_library,
    holidays_of,
    learn,
    library_of,
    names_of,
    said_by,
    said_in,
)
from qc_engine.wiring.playing import look_at_folder
from qc_engine.wiring.reloading import Reloading, Watched
from qc_engine.wiring.versions import own_words
from qc_engine.wiring.wishing import wanted_of, wishes_of

log = structlog.get_logger(__name__)
LOOK_BACK = timedelta(days=3)
FAILURES = (TryLater, Refused, Broken, OutcomeUnknown)


class UnknownPortal(Exception):
    """config.yaml has no portal of this name; `names` are those that it has."""

    def __init__(self, name: str, names: Sequence[str]) -> None:
        super().__init__(f"there is no portal {name!r} in config.yaml; there are: {', '.join(names)}")
        self.names = tuple(names)


class NamesUnread(Exception):
    """The portal could not be asked for its names, and nothing is known from an earlier time."""


@dataclass
class Portal:
    """The parts of one portal, kept in step with the names that people give there."""

    name: str
    settings: PortalSettings
    crm: Bitrix24
    library: Library
    beginning: Beginning
    connector: Connector
    reloading: Reloading | None = None

    def follow_names(self) -> int:
        """What another worker has read of the portal's names. 0: a look leaves no work behind."""
        self.crm.names.follow()
        return 0

    def watch_again(self) -> None:
        """The scenarios have changed: the portal is asked about other stages."""
        self.crm.watch(sorted(self.library.watched_stages), look_back(self.library))

    def renamed(self, directory: Directory) -> None:
        """Names have changed at the portal: heads, values, stages mean other ids from the next case on.

        Where they no longer fit, everything stays as it was: the doctor says which name is wrong.
        """
        resolver = self.crm.book.resolver
        try:
            branches = branches_of(self.settings, resolver)
            names = names_of(resolver, self.library.channels, self.settings.branches, complete=True)
            learn(self.library, names, resolver.titles())
            if self.reloading:
                self.reloading.renamed(lambda library: learn(library, names, resolver.titles()))
        except (BadScenarios, UnknownName) as fault:
            log.error("names no longer fit", portal=self.name, reason=str(fault))
        else:
            self.beginning.branches = branches


@dataclass(frozen=True)
class PortalTools:
    """One portal for the commands of `qc bitrix24`, which have no running engine."""

    crm: Bitrix24
    clock: Clock
    portal: PortalSettings
    channels: Mapping[str, Channel]

    @property
    def wishes(self) -> Sequence[Wish]:
        """What the scenarios need there, and does it lack. Raises BadScenarios."""
        said = said_in(self.portal.scenarios, self.channels)
        return wishes_of(self.portal.bitrix24, said, self.crm.book.directory)

    @property
    def client(self) -> Client:
        return self.crm.client

    @property
    def memory(self) -> Memory:
        return self.crm.memory

    @property
    def connects(self) -> Connects | None:
        return self.crm.connects

    def read_directory(self) -> Directory:
        """What the portal calls things now. Raises TryLater, Refused, Broken."""
        return self.crm.names.read(self.clock.now())


def open_portal(
    settings: Installation,
    name: str,
    portal: PortalSettings,
    database: Database,
    clock: Clock,
    ids: Ids,
    records: Callable[[], bool] = lambda: True,
) -> Portal:
    """`records`: is it us who writes down what the folder of scenarios holds?

    Raises BadScenarios, UnknownName, NamesUnread.
    """
    listening: list[Callable[[Directory], None]] = []

    def told(directory: Directory) -> None:
        for tell in listening:
            tell(directory)

    crm = _crm(settings, name, database, clock, told)
    crm.names.recall()
    folder = Watched(portal.scenarios)
    fresh, branches, broken = _read_or_broken(settings, name, crm, clock)
    library = replace(fresh) if fresh else _without_folder(settings, name, crm)
    by_hand = settings.scenario_changes == BY_HAND
    reloading = Reloading(
        database, clock, library, folder, partial(_folder_of, settings, name, crm),
        lambda: asdict(_names(settings, name, crm)),
        lambda read, only: look_at_folder(portal.scenarios, read, settings.language, only).failures(),
        by_hand=by_hand, ask_names=partial(_ask_names, crm, clock), records=records,
    )  # fmt: skip
    reloading.start(fresh, broken)
    crm.read_for_scenarios(
        lambda: library.fields_read, lambda: library.watched_fields, lambda: library.contact_fields_read
    )
    public_url, seal = settings.public_url.rstrip("/"), sealing(settings)
    forgotten = Forgotten(normalise, fingerprints(settings, database, clock))
    own = frozenset(map(normalise, settings.test_phones))
    beginning = Beginning(
        library, branches, public_url, ids, normalise, seal=seal, forgotten=forgotten, test_phones=own
    )
    opened = Portal(name, portal, crm, library, beginning, _connector(name, portal, crm, library), reloading)
    reloading.on_change = opened.watch_again
    listening.append(opened.renamed)
    return opened


def sealing(settings: Installation) -> Callable[[str], str]:
    """What turns the code of an answer page into the seal of its links: by the installation's key alone."""
    key = blake2b(secret_of(settings).encode(), digest_size=32, person=b"qc answer").digest()
    return lambda code: blake2b(code.encode(), key=key, digest_size=16).hexdigest()


def fingerprints(settings: Installation, database: Database, clock: Clock) -> Callable[[str], str]:
    """A phone's digits -> by what an erased person is known: without the installation's key, by nothing.

    A new key changes nothing about it. Raises WrongKey.
    """
    secret = lasting_secret(settings, database, clock)
    key = blake2b(secret.encode(), digest_size=32, person=b"qc erasure").digest()
    return lambda phone: blake2b(phone.encode(), key=key, digest_size=32).hexdigest()


def portal_tools(settings: Installation, database: Database, clock: Clock, name: str) -> PortalTools:
    """Raises UnknownPortal."""
    portal = portal_called(settings, name)
    crm = _crm(settings, name, database, clock)
    crm.names.recall()
    return PortalTools(crm, clock, portal, known(settings))


def connectors_of(settings: Installation, database: Database, clock: Clock) -> Sequence[Connector]:
    """The portals without their scenarios: for forecasts and the doctor. Raises BadScenarios."""
    return [
        _unbound(settings, name, portal, database, clock) for name, portal in portals_of(settings).items()
    ]


def _unbound(
    settings: Installation, name: str, portal: PortalSettings, database: Database, clock: Clock
) -> Connector:
    crm = _crm(settings, name, database, clock)
    crm.names.recall()
    said = [mentions(one) for one in own_words(name, portal.scenarios, known(settings), database)]
    wanted = wanted_of(portal, said)
    return crm.connector(connector_name(name), name, wanted=wanted)


def portal_called(settings: Installation, name: str) -> PortalSettings:
    """Raises UnknownPortal."""
    portals = portals_of(settings)
    if name not in portals:
        raise UnknownPortal(name, list(portals))
    return portals[name]


def _crm(
    settings: Installation,
    name: str,
    database: Database,
    clock: Clock,
    on_names: Callable[[Directory], None] = lambda _: None,
) -> Bitrix24:
    crm, door, keys = portals_of(settings)[name].bitrix24, connector_name(name), keys_of(settings)
    return Bitrix24(
        crm,
        clock,
        BucketPace(database, clock, door, crm.requests_per_second, crm.burst),
        memory=DatabaseMemory(database, clock, keys.now, f"{door}:", keys.former),
        hook_url=f"{settings.public_url.rstrip('/')}/hooks/{door}",
        on_names=on_names,
    )


def _named(settings: Installation, name: str, crm: Bitrix24, clock: Clock) -> tuple[Library, Branches]:
    """By what is known of the portal's names; it is asked when that is not enough."""
    try:
        return _by_names(settings, name, crm)
    except (BadScenarios, UnknownName) as unknown:
        # What was made there since the last reading, by setup or by hand, is not known here yet.
        _read_anew(name, crm, clock, unknown)
    return _by_names(settings, name, crm)


def _read_anew(name: str, crm: Bitrix24, clock: Clock, unknown: Exception) -> None:
    """Raises `unknown` when names are known from an earlier time and cannot be read now; else NamesUnread."""
    try:
        crm.names.read(clock.now())
    except FAILURES as failure:
        if crm.book.directory:
            raise unknown from None
        raise NamesUnread(f"the names of portal {name} could not be read: {failure}") from None


def _by_names(settings: Installation, name: str, crm: Bitrix24) -> tuple[Library, Branches]:
    portal = portals_of(settings)[name]
    return _folder_of(settings, name, crm), branches_of(portal, crm.book.resolver)


def _folder_of(settings: Installation, name: str, crm: Bitrix24) -> Library:
    portal, titles = portals_of(settings)[name], crm.book.resolver.titles()
    library = library_of(name, portal.scenarios, _names(settings, name, crm), titles)
    library.holidays, library.channels = holidays_of(portal), known(settings)
    return library


def _names(settings: Installation, name: str, crm: Bitrix24) -> Names:
    """All that the scenarios of this portal may call by name, there and in config.yaml."""
    branches = portals_of(settings)[name].branches
    names = names_of(crm.book.resolver, known(settings), branches, complete=True)
    return replace(names, webhooks=tuple(settings.webhooks))


def _read_or_broken(
    settings: Installation, name: str, crm: Bitrix24, clock: Clock
) -> tuple[Library | None, Branches, BadScenarios | None]:
    """A broken folder is no reason to stop what runs: there may be a last good version of it."""
    try:
        return *_named(settings, name, crm, clock), None
    except BadScenarios as broken:
        return None, branches_of(portals_of(settings)[name], crm.book.resolver), broken


def _ask_names(crm: Bitrix24, clock: Clock) -> None:
    """Whoever listens hears what is new; a portal that does not answer is asked again by its own poll."""
    with contextlib.suppress(*FAILURES):
        crm.names.read(clock.now())


def _without_folder(settings: Installation, name: str, crm: Bitrix24) -> Library:
    library = empty_library(name, crm.book.resolver.titles())
    library.holidays, library.channels = holidays_of(portals_of(settings)[name]), known(settings)
    return library


def _connector(name: str, portal: PortalSettings, crm: Bitrix24, library: Library) -> Connector:
    return crm.connector(
        connector_name(name),
        name,
        sorted(library.watched_stages),
        look_back(library),
        wanted_of(portal, said_by(library)),
    )


def look_back(library: Library) -> timedelta:
    """How long ago a deal may have come to a stage and still begin a case."""
    starts = [one.start for one in library.active.values()]
    return max((one.wait + one.not_later_than for one in starts), default=LOOK_BACK)
