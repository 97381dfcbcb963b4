"""Reads what a portal calls its things, in as few requests as possible; what it hides is told, not fatal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar

from connectors.bitrix24.calls.client import Answer, Client, Command
from connectors.bitrix24.calls.errors import Failure
from connectors.bitrix24.names import bound, rows
from connectors.bitrix24.names.directory import Directory, Unread
from connectors.bitrix24.names.former import with_former
from connectors.bitrix24.names.resolving import Resolver
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.ports import Broken, OutcomeUnknown, Refused, TryLater

T = TypeVar("T")
Outcomes = Mapping[str, Sequence[Answer | Failure]]

DEAL, CONTACT = 2, 3
PAGE = 50
PAGES_AT_ONCE = 10
MOST_PAGES = 200  # 10,000 people; a portal whose list never ends must end here


class Spells(Protocol):
    """How this portal wants to be asked for its fields."""

    @property
    def flags(self) -> Mapping[str, object]: ...


def read_directory(
    client: Client, settings: Bitrix24Settings, names: Spells, now: datetime, before: Directory | None = None
) -> Directory:
    """Two or three requests for a small portal. `before` gives former names, and what cannot be read now.

    Raises TryLater; Broken or Refused when nothing at all may be read.
    """
    known = before or Directory(now)
    outcomes = _gather(client, names, known)
    directory = with_former(before, _parts(outcomes, known, now), now)
    code = Resolver(settings, directory).branch_field()
    field = directory.field("deal_field", code)
    if field is None or field.choices:
        return directory
    asked = bound.questions(field.kind, rows.settings_of(outcomes["deal_userfields"], code))
    values, reason = bound.understood(asked, _asked(client, [one.command for one in asked]))
    unread = (Unread("bound", reason),) if reason else ()
    whole = replace(directory, bound=values or known.bound, unread=(*directory.unread, *unread))
    return with_former(before, whole, now)


# --- asking ------------------------------------------------------------------------------------------


def _gather(client: Client, names: Spells, known: Directory) -> Outcomes:
    asked = _questions(names)
    answers = _asked(client, list(asked.values()))
    denied = [one for one in answers if isinstance(one, Refused | Broken)]
    if len(denied) == len(answers):
        raise denied[0]
    outcomes = {key: [answer] for key, answer in zip(asked, answers, strict=True)}
    pipelines = rows.pipeline_numbers(outcomes["pipelines"]) or [one.id for one in known.pipelines]
    more = {f"stages {n}": [_statuses(n)] for n in pipelines if n}
    while more := more | _further_pages(asked, outcomes):
        commands = [command for some in more.values() for command in some]
        answered = iter(_asked(client, commands))
        for key, some in more.items():
            outcomes.setdefault(key, []).extend(next(answered) for _ in some)
        more = {}
    return outcomes


def _questions(names: Spells) -> Mapping[str, Command]:
    return {
        "pipelines": Command("crm.category.list", {"entityTypeId": DEAL}),
        "stages 0": _statuses(0),
        "deal_fields": Command("crm.item.fields", {"entityTypeId": DEAL, **names.flags}),
        "contact_fields": Command("crm.item.fields", {"entityTypeId": CONTACT, **names.flags}),
        # Labels, settings and the values of lists are documented for these two alone.
        "deal_userfields": Command("crm.deal.userfield.list", {"filter": {"LANG": "ru"}}),
        "contact_userfields": Command("crm.contact.userfield.list", {"filter": {"LANG": "ru"}}),
        "users": Command("user.get", {"sort": "ID", "order": "ASC"}),
        "departments": Command("department.get"),
    }


def _statuses(pipeline: int) -> Command:
    dictionary = f"DEAL_STAGE_{pipeline}" if pipeline else "DEAL_STAGE"
    return Command("crm.status.list", {"filter": {"ENTITY_ID": dictionary}, "order": {"SORT": "ASC"}})


def _further_pages(asked: Mapping[str, Command], outcomes: Outcomes) -> dict[str, list[Command]]:
    """Several to a request: how many pages there are is known at the end only."""
    more: dict[str, list[Command]] = {}
    for key, command in asked.items():
        last, read = outcomes[key][-1], len(outcomes[key])
        if isinstance(last, Answer) and last.next and read < MOST_PAGES:
            starts = range(last.next, last.next + PAGE * PAGES_AT_ONCE, PAGE)
            more[key] = [Command(command.method, {**command.params, "start": start}) for start in starts]
    return more


# --- understanding -----------------------------------------------------------------------------------


def _parts(outcomes: Outcomes, known: Directory, now: datetime) -> Directory:
    reasons = {key: str(one) for key, some in outcomes.items() for one in some if not isinstance(one, Answer)}
    answers = {key: [one for one in some if isinstance(one, Answer)] for key, some in outcomes.items()}
    stages = next((reason for key, reason in reasons.items() if key.startswith("stages ")), "")
    reasons = {key: reason for key, reason in reasons.items() if not key.startswith("stages ")}
    reasons |= {"stages": stages} if stages else {}

    def part(name: str, read: Callable[[Mapping[str, Sequence[Answer]]], T], was: T) -> T:
        return was if name in reasons else read(answers)

    return Directory(
        read_at=now,
        pipelines=part("pipelines", rows.pipelines, known.pipelines),
        stages=part("stages", rows.stages, known.stages),
        deal_fields=part("deal_fields", partial(rows.fields, "deal", known.deal_fields), known.deal_fields),
        contact_fields=part(
            "contact_fields", partial(rows.fields, "contact", known.contact_fields), known.contact_fields
        ),
        users=part("users", rows.users, known.users),
        departments=part("departments", rows.departments, known.departments),
        unread=tuple(Unread(name, reason) for name, reason in reasons.items()),
    )


def _asked(client: Client, commands: Sequence[Command]) -> Sequence[Answer | Failure]:
    """What the portal denies is an outcome; a moment's trouble is nobody's missing right, and raised."""
    outcomes = client.read_batch(commands)
    if passing := next((one for one in outcomes if isinstance(one, TryLater | OutcomeUnknown)), None):
        raise TryLater(str(passing))
    return outcomes
