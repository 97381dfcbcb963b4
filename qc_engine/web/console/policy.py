"""Who may do what, and where. Every page asks here, and nowhere else."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto


class Role(StrEnum):
    """What somebody is in the company."""

    OWNER = "owner"
    ADMIN = "admin"
    INTEGRATOR = "integrator"
    HEAD = "head"  # of one or several branches
    MANAGER = "manager"
    OBSERVER = "observer"


class Action(StrEnum):
    """What can be done in the console."""

    SEE_QUEUE = "see_queue"
    SETTLE = "settle"  # say what became of an effect; send it again
    HANDLE = "handle"  # mark what a person has looked after
    REPLAY = "replay"  # run a quarantined event again, or put it away
    SEE_CASES = "see_cases"
    SEE_PHONE = "see_phone"  # in full
    ANSWER_REVIEWS = "answer_reviews"  # and correct them, and take bonuses back
    STEER_CASES = "steer_cases"  # let a case stand still or go on, or end it
    SPEAK_FOR_CLIENTS = "speak_for_clients"  # write down the scores and words of a client
    WORK_ON_COMPLAINTS = "work_on_complaints"  # name their cause, call them settled, open them again
    KEEP_PRIVACY = "keep_privacy"  # show and erase what is held about a person
    SEE_SCENARIOS = "see_scenarios"
    CHANGE_SCENARIOS = "change_scenarios"  # their versions and their texts, and whether they stand still
    SEE_ANALYTICS = "see_analytics"
    SEE_SETTINGS = "see_settings"  # what is connected, how it stands; and ask the vendors about it
    SEND_WEBHOOKS = "send_webhooks"  # once more, and as a test
    MANAGE_USERS = "manage_users"
    SEE_AUDIT = "see_audit"
    SHARE_VIEWS = "share_views"  # lists of cases, with everybody
    MANAGE_TOKENS = "manage_tokens"  # by which other systems come in


class Scope(StrEnum):
    """What another system can be let do by /api."""

    STORIES = "stories"  # what happened to a client's case; the phone is masked
    ATTENTION = "attention"
    STATUS = "status"
    START = "start"  # tell events, ask for cases
    CASES = "cases"  # lists and what there is to one; phones are masked
    CASE_ACTS = "cases.act"  # pause, resume, stop; scores and words of a client; what was lost once more
    PHONES = "phones"  # in full
    QUEUE = "queue"  # what waits for a person
    QUEUE_ACTS = "queue.act"
    REVIEWS = "reviews"
    REVIEW_ACTS = "reviews.act"
    COMPLAINTS = "complaints"
    COMPLAINT_ACTS = "complaints.act"
    ANALYTICS = "analytics"
    SCENARIOS = "scenarios"  # their versions, their texts, their tests
    SCENARIO_ACTS = "scenarios.act"  # put in force, try, pause, freeze
    SCENARIO_CASES = "scenarios.cases"  # what it did to people's cases; move them, take back what it did
    SETTINGS = "settings"  # how the engine and what is connected stand
    WEBHOOK_ACTS = "webhooks.act"  # a test delivery, and one once more
    USERS = "users"  # who may come into the console
    USER_ACTS = "users.act"  # invite, change and shut out: but neither owners nor admins
    AUDIT = "audit"
    PRIVACY = "privacy"  # what is held about a person
    ERASURE = "privacy.erase"


class Where(Enum):
    """Things that are in no branch."""

    ANYWHERE = auto()  # is there any place at all where this is allowed?
    COMPANY = auto()  # it concerns the whole company: alarms, events that nobody could read


@dataclass(frozen=True)
class Place:
    """One branch of one portal."""

    portal: str
    branch: str


Thing = Place | Where


@dataclass(frozen=True)
class User:
    """Somebody who is signed in, or another system. `branches` is None for those who see every branch."""

    id: str
    name: str
    role: Role
    branches: Collection[Place] | None = None
    scopes: Collection[Scope] | None = None  # of another system: these decide, and the role says nothing


LOOK = frozenset({Action.SEE_QUEUE, Action.SEE_CASES})
EVERYTHING = frozenset(Action)
FOR_CLIENTS = frozenset({Action.SEE_PHONE, Action.ANSWER_REVIEWS, Action.SPEAK_FOR_CLIENTS})
OF_CLIENTS = FOR_CLIENTS | {Action.KEEP_PRIVACY, Action.WORK_ON_COMPLAINTS}
OF_COMPANY = frozenset(
    {Action.REPLAY, Action.CHANGE_SCENARIOS, Action.SEE_SETTINGS, Action.SEND_WEBHOOKS, Action.KEEP_PRIVACY}
)
OF_STAFF = frozenset({Action.MANAGE_USERS, Action.SEE_AUDIT, Action.MANAGE_TOKENS, Action.SHARE_VIEWS})
ALLOWED: Mapping[Role, frozenset[Action]] = {
    Role.OWNER: EVERYTHING,
    Role.ADMIN: EVERYTHING - {Action.MANAGE_TOKENS},
    # An outsider: whole numbers and what clients get are none of his.
    Role.INTEGRATOR: EVERYTHING - OF_STAFF - OF_CLIENTS,
    Role.HEAD: EVERYTHING - OF_STAFF - OF_COMPANY,
    Role.MANAGER: LOOK | FOR_CLIENTS | {Action.HANDLE, Action.STEER_CASES},
    Role.OBSERVER: LOOK | {Action.SEE_SCENARIOS, Action.SEE_ANALYTICS},
}
OF_BRANCHES = frozenset({Role.HEAD, Role.MANAGER})  # nobody of these without a branch
APPOINTED_BY_PEOPLE = frozenset({Role.OWNER, Role.ADMIN})  # by no other system
STEER = frozenset({Action.STEER_CASES, Action.SPEAK_FOR_CLIENTS, Action.SETTLE})
SEE_CASES, SEE_QUEUE = frozenset({Action.SEE_CASES}), frozenset({Action.SEE_QUEUE})
SEE_SCENARIOS = frozenset({Action.SEE_SCENARIOS})
# Whoever may act on something may see it; which doors a scope opens at all, `token_may` decides.
GRANTED: Mapping[Scope, frozenset[Action]] = {
    Scope.STORIES: SEE_CASES,
    Scope.ATTENTION: SEE_QUEUE,
    Scope.STATUS: frozenset(),
    Scope.START: frozenset(),
    Scope.CASES: SEE_CASES,
    Scope.CASE_ACTS: SEE_CASES | STEER,
    Scope.PHONES: SEE_CASES | {Action.SEE_PHONE},
    Scope.QUEUE: SEE_QUEUE,
    Scope.QUEUE_ACTS: SEE_QUEUE | {Action.SETTLE, Action.HANDLE, Action.REPLAY},
    Scope.REVIEWS: SEE_CASES,
    Scope.REVIEW_ACTS: SEE_CASES | {Action.ANSWER_REVIEWS},
    Scope.COMPLAINTS: SEE_CASES,
    Scope.COMPLAINT_ACTS: SEE_CASES | {Action.WORK_ON_COMPLAINTS},
    Scope.ANALYTICS: SEE_CASES | {Action.SEE_ANALYTICS},
    Scope.SCENARIOS: SEE_SCENARIOS,
    Scope.SCENARIO_ACTS: SEE_SCENARIOS | {Action.CHANGE_SCENARIOS},
    Scope.SCENARIO_CASES: SEE_SCENARIOS | SEE_CASES | {Action.CHANGE_SCENARIOS},
    Scope.SETTINGS: frozenset({Action.SEE_SETTINGS}),
    Scope.WEBHOOK_ACTS: frozenset({Action.SEE_SETTINGS, Action.SEND_WEBHOOKS}),
    Scope.USERS: frozenset({Action.MANAGE_USERS}),
    Scope.USER_ACTS: frozenset({Action.MANAGE_USERS}),
    Scope.AUDIT: frozenset({Action.SEE_AUDIT}),
    Scope.PRIVACY: frozenset({Action.KEEP_PRIVACY}),
    Scope.ERASURE: frozenset({Action.KEEP_PRIVACY}),
}
# These concern the whole company: no system has one that is bound to branches.
OF_THE_WHOLE = frozenset(
    {
        Scope.STORIES, Scope.ATTENTION, Scope.STATUS, Scope.START, Scope.SCENARIO_ACTS, Scope.SCENARIO_CASES,
        Scope.SETTINGS, Scope.WEBHOOK_ACTS, Scope.USERS, Scope.USER_ACTS, Scope.AUDIT, Scope.PRIVACY,
        Scope.ERASURE,
    }
)  # fmt: skip


def may(user: User, action: Action, thing: Thing = Where.ANYWHERE) -> bool:
    """`thing`: where the object is. What concerns the whole company is for those who see every branch."""
    if action not in actions_of(user):
        return False
    if thing is Where.ANYWHERE or user.branches is None:
        return True
    return isinstance(thing, Place) and thing in user.branches


def actions_of(user: User) -> frozenset[Action]:
    if user.scopes is None:
        return ALLOWED[user.role]
    return frozenset[Action]().union(*(GRANTED[one] for one in user.scopes))


def may_appoint(user: User, role: Role) -> bool:
    """Invite, change and shut out somebody of this role: an owner is made and changed by owners alone.

    Another system makes nobody who could let in more than itself: neither owners nor admins.
    """
    if user.scopes is not None:
        return Scope.USER_ACTS in user.scopes and role not in APPOINTED_BY_PEOPLE
    may_at_all = may(user, Action.MANAGE_USERS, Where.COMPANY)
    return may_at_all and (role is not Role.OWNER or user.role is Role.OWNER)


def token_may(scopes: Collection[str], wanted: Scope | None, *, is_bound: bool = False) -> bool:
    """`wanted` None: what every system with a token may. `is_bound`: to branches."""
    return wanted is None or (wanted in scopes and not (is_bound and wanted in OF_THE_WHOLE))


def comes_in(user: User, wanted: Scope | None) -> bool:
    """This system, by the calls of that scope; what it may do there, `may` says."""
    return token_may(user.scopes or (), wanted, is_bound=user.branches is not None)


def fitting_scopes(scopes: Collection[Scope], branches: Collection[Place]) -> Collection[Place] | None:
    """The branches that a new token with these scopes is bound to. Raises ValueError for no sense."""
    if branches and not OF_THE_WHOLE.isdisjoint(scopes):
        raise ValueError("what concerns the whole company goes with no branch")
    return branches or None


def scope(user: User) -> frozenset[tuple[str, str]] | None:
    """What narrows a query: (portal, branch) of all that this user may know of; None: everything."""
    if user.branches is None:
        return None
    return frozenset((one.portal, one.branch) for one in user.branches)


def fitting(role: Role, branches: Collection[Place]) -> Collection[Place] | None:
    """The branches that a new user of this role gets. Raises ValueError when that makes no sense."""
    if role in OF_BRANCHES and not branches:
        raise ValueError(f"a {role} belongs to a branch: name at least one")
    if branches and role in (Role.OWNER, Role.ADMIN):
        raise ValueError(f"the {role} sees every branch: name none")
    return branches or None
