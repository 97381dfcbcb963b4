"""The console of one installation: its pages get what they show from here."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache

from sqlmodel import Session

from qc_engine.clock import Clock, SystemClock
from qc_engine.core.scenario import End, Scenario
from qc_engine.explain.hiding import without_pages
from qc_engine.explain.resolving import resolve
from qc_engine.ids import Ids, RandomIds
from qc_engine.ports import Connector
from qc_engine.store import place, users
from qc_engine.store.console_tables import UserRow
from qc_engine.store.database import Database
from qc_engine.telling.foretelling import crm_address
from qc_engine.telling.keeping import Archive
from qc_engine.telling.office.office import InstallationOffice
from qc_engine.telling.scenarios.desk import Desk
from qc_engine.telling.teller import Teller
from qc_engine.web.console import staff
from qc_engine.web.console.policy import Place, Role
from qc_engine.web.console.room import ENTER, Behind, Choices, Console
from qc_engine.web.oidc.provider import Provider
from qc_engine.web.pages.entry.oidc import BACK
from qc_engine.wiring import Installation, portals_of
from qc_engine.wiring.keys import keys_of


def console_of(
    teller: Teller, clock: Clock, ids: Ids | None = None, connectors: Sequence[Connector] | None = None
) -> Console:
    """Costs nothing until somebody opens a page of it. `connectors`: those of a running engine."""
    settings = teller.settings
    return Console(
        database=teller.database,
        clock=clock,
        wall=SystemClock(),
        ids=ids or RandomIds(),
        behind=Behind(
            attention=lambda language, branches: without_pages(teller.attention(language, branches)),
            dossier=lambda case_id, language: teller.dossier(case_id, clock.now(), language),
            resolve=_resolve,
            word=teller.word,
            follows=lambda *asked: without_pages(teller.follows(*asked)),
            step=teller.step,
            questions=teller.questions,
            doable=teller.doable,
            privacy=Archive(teller),
            causes=teller.causes,
            outlook=teller.outlook,
            crm=lambda portal: crm_address(settings, portal),
        ),
        choices=lambda: choices(teller),
        public_url=settings.public_url,
        workshop=Desk(teller, clock),
        office=InstallationOffice(teller, clock, connectors),
        seal=cache(lambda: keys_of(settings).seal()),
        provider=_provider(settings),
        needs_two_steps=settings.console_two_steps,
        language=settings.language,
        zone=settings.timezone,
        is_demo=settings.clock_file is not None,
        is_copy=lambda: _is_copy(teller.database),
    )


def _is_copy(database: Database) -> bool:
    with database.reading() as session:
        return place.is_trial(session)


def _provider(settings: Installation) -> Provider | None:
    """It sends people back to where browsers see us."""
    if settings.console_oidc is None:
        return None
    return Provider(settings.console_oidc, f"{settings.public_url.rstrip('/')}{BACK}")


def _resolve(session: Session, effect_id: int, how: str, now: datetime) -> None:
    resolve(session, effect_id, how, now)


def choices(teller: Teller) -> Choices:
    """What cases can be told apart by, as config.yaml and the scenarios have it now."""
    scenarios = [one for library in teller.libraries.values() for one in library.active.values()]
    return Choices(
        places=places_of(teller.settings),
        scenarios=list({one.name: (one.name, one.title or one.name) for one in scenarios}.values()),
        steps=list(dict.fromkeys(step for one in scenarios for step in one.steps)),
        steps_of=_steps_of(scenarios),
        outcomes=list(dict.fromkeys(outcome for one in scenarios for outcome in _outcomes(one))),
    )


def _steps_of(scenarios: Sequence[Scenario]) -> Mapping[str, Sequence[str]]:
    """Several portals may have other versions of one scenario."""
    steps: dict[str, dict[str, None]] = {}
    for one in scenarios:
        steps.setdefault(one.name, {}).update(dict.fromkeys(one.steps))
    return {name: list(of_it) for name, of_it in steps.items()}


def places_of(settings: Installation) -> Sequence[Place]:
    """Every branch of every portal."""
    return [
        Place(portal, branch.name) for portal, one in portals_of(settings).items() for branch in one.branches
    ]


def _outcomes(scenario: Scenario) -> Iterator[str]:
    rules = [*scenario.anytime, *(rule for step in scenario.steps.values() for rule in step.rules)]
    done = [*(step.do for step in scenario.steps.values()), *(rule.do for rule in rules)]
    return (action.outcome for actions in done for action in actions if isinstance(action, End))


# --- inviting ---------------------------------------------------------------------------------


def invite(
    session: Session, settings: Installation, now: datetime, role: Role, name: str,
    branches: Sequence[str] = (), ids: Ids | None = None,
) -> tuple[UserRow, str]:  # fmt: skip
    """A new user and the address by which they come in, once. Raises ValueError for what makes no sense.

    `branches` as config.yaml calls them; of a further portal 'portal/branch'.
    """
    places = [place_called(settings, one) for one in branches]
    row, token = staff.invite(session, ids or RandomIds(), staff.By(), role, name, places, now)
    return row, _address(settings, token)


def link_for(
    session: Session, settings: Installation, now: datetime, row: UserRow, ids: Ids | None = None
) -> str:
    """A fresh address for an existing user; earlier ones stop working."""
    return _address(settings, staff.new_link(session, ids or RandomIds(), staff.By(), row, now))


def _address(settings: Installation, token: str) -> str:
    return f"{settings.public_url.rstrip('/')}{ENTER}{token}"


def first_owner(database: Database, settings: Installation, now: datetime) -> str:
    """While nobody can come in at all: where the first owner does so; '' when it was told before."""
    with database.transaction() as session:
        if users.any_can_enter(session):
            return ""
        owners = [row for row in users.all_users(session) if row.role == Role.OWNER and not row.closed_at]
        if any(users.has_link(session, row.id, now) for row in owners):
            return ""
        if owners:
            return link_for(session, settings, now, owners[0])
        return invite(session, settings, now, Role.OWNER, FIRST_OWNER[settings.language])[1]


FIRST_OWNER = {"ru": "Владелец", "kk": "Иесі", "en": "Owner"}


def place_called(settings: Installation, name: str) -> Place:
    """'branch', or 'portal/branch'. Raises ValueError when that is none, or several."""
    known = places_of(settings)
    found = [one for one in known if name in (one.branch, f"{one.portal}/{one.branch}")]
    if len(found) == 1:
        return found[0]
    why = "several portals have it: write portal/branch" if found else "config.yaml has no such branch"
    raise ValueError(f"'{name}': {why}; known: {', '.join(sorted({one.branch for one in known}))}")
