"""A season in a file, one person a line: phones, names, links and addresses are replaced on the way out.

What clients wrote stays, and so do the fields of the deal that scenarios look at, because a trial must read
them again; phone numbers in them are hidden.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from qc_engine.core.case import Case
from qc_engine.core.events import Deal, DealSeen, Event, StaffWrote
from qc_engine.explain.hiding import hidden
from qc_engine.store import codec
from qc_engine.trying.past import Cause, Fact, Past, Person, Season

FORMAT = "qc-season-1"
NOWHERE = "https://export.invalid"
CLIENT, DEAL, SOMEBODY = "Клиент", "Сделка", "somebody"
# Of events: emptied, and freed of phone numbers.
EMPTIED: Mapping[str, Any] = {"token": "", "code": "", "target": "", "by": "", "message": None}
WORDS = ("text", "reason", "result", "say")


class NotASeason(Exception):
    """The file is no export of ours; the text says where that shows."""


def write(path: Path, season: Season, people: Iterable[Person]) -> int:
    """How many people were written."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(_line({"format": FORMAT, **codec.dump(season, Season)}))
        for count, person in enumerate(people, 1):
            file.write(_line(_as_data(disguised(person, count))))
    return count


def read_season(path: Path) -> Season:
    """What the export is about. Raises NotASeason, OSError."""
    with path.open(encoding="utf-8") as file:
        data = _data(path, 1, file.readline())
    if data.pop("format", "") != FORMAT:
        raise NotASeason(f"{path}:1: not an export of qc simulate --write-export")
    season: Season = _checked(path, 1, data, Season)
    return season


def read_people(path: Path) -> Iterator[Person]:
    """Everybody in it. Raises NotASeason, OSError."""
    with path.open(encoding="utf-8") as file:
        next(file, None)
        for number, line in enumerate(file, 2):
            data = _data(path, number, line)
            facts = data.pop("facts", [])
            person: Person = _checked(path, number, {**data, "facts": []}, Person)
            yield replace(person, facts=tuple(_fact(path, number, one) for one in facts))


# --- without names ----------------------------------------------------------------------------


def disguised(person: Person, number: int) -> Person:
    """The same past under a number: nobody's phone, name, address or link."""
    phone = f"7000{number:07}" if person.client.phone else ""
    chat = f"chat{number}"
    return replace(
        person,
        client=replace(person.client, phone=phone),
        cases=tuple(_past(one, phone, number) for one in person.cases),
        facts=tuple(replace(one, event=_event(one.event, phone, chat)) for one in person.facts),
        points=tuple(
            replace(one, address=phone if one.address == person.client.phone else chat)
            for one in person.points
        ),
    )


def _past(past: Past, phone: str, number: int) -> Past:
    case = past.case
    links = {platform: f"{NOWHERE}/r/{case.id}-{platform}" for platform in case.links}
    invitations = {channel: f"{NOWHERE}/i/{case.id}-{channel}" for channel in case.invitations}
    nobody: Case = replace(
        case,
        client=replace(case.client, phone=phone),
        client_name=CLIENT if case.client_name else "",
        contact_id=number if case.contact_id else None,
        deal_title=DEAL,
        links=links,
        invitations=invitations,
        answer_url=f"{NOWHERE}/a/{case.id}",
        survey_url=f"{NOWHERE}/s/{case.id}",
        started_by=SOMEBODY if case.started_by else "",
        values=_hidden(case.values),
    )
    fates = tuple(replace(one, reason=hidden(one.reason)) for one in past.fates)
    refused = {stage: (code, hidden(why)) for stage, (code, why) in past.moves_refused.items()}
    return replace(past, case=nobody, fates=fates, moves_refused=refused)


def _event(event: Any, phone: str, chat: str) -> Event:
    known = {one.name for one in fields(event)}
    changes = {name: value for name, value in EMPTIED.items() if name in known}
    changes |= {name: hidden(getattr(event, name)) for name in WORDS if name in known}
    if getattr(event, "phone", ""):
        changes["phone"] = phone
    if getattr(event, "address", ""):
        changes["address"] = chat
    if "answers" in known:
        changes["answers"] = _hidden(event.answers)
    if isinstance(event, StaffWrote):
        changes["text"] = ""
    if isinstance(event, DealSeen):
        changes |= {"deal": _deal(event.deal), "asked": None}
    changed: Event = replace(event, **changes)
    return changed


def _deal(deal: Deal) -> Deal:
    return replace(
        deal,
        title=DEAL,
        client_name=CLIENT if deal.client_name else None,
        phone=None,
        fields=_hidden(deal.fields),
        contact_fields=_hidden(deal.contact_fields),
    )


def _hidden(said: Mapping[str, str]) -> dict[str, str]:
    return {name: hidden(words) for name, words in said.items()}


# --- lines ------------------------------------------------------------------------------------


def _line(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"


def _as_data(person: Person) -> dict[str, Any]:
    data = codec.dump(replace(person, facts=()), Person)
    return data | {"facts": [_fact_data(one) for one in person.facts]}


def _fact_data(fact: Fact) -> dict[str, Any]:
    return {
        "at": fact.at.isoformat(),
        "kind": type(fact.event).__name__,
        "event": codec.dump_event(fact.event),
        "case_id": fact.case_id,
        "cause": [fact.cause.kind, fact.cause.name] if fact.cause else None,
        "since": fact.since.isoformat() if fact.since else None,
    }


def _fact(path: Path, number: int, data: Mapping[str, Any]) -> Fact:
    try:
        return Fact(
            datetime.fromisoformat(data["at"]),
            codec.load_event(data["kind"], data["event"]),
            data["case_id"],
            Cause(*data["cause"]) if data["cause"] else None,
            datetime.fromisoformat(data["since"]) if data["since"] else None,
        )
    except (KeyError, TypeError, ValueError) as fault:
        raise NotASeason(f"{path}:{number}: a fact cannot be read: {type(fault).__name__}") from None


def _data(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except ValueError:
        raise NotASeason(f"{path}:{number}: not a line of JSON") from None
    if not isinstance(data, dict):
        raise NotASeason(f"{path}:{number}: not an object")
    return data


@cache
def _adapter(of: Any) -> TypeAdapter[Any]:
    return TypeAdapter(of)


def _checked(path: Path, number: int, data: dict[str, Any], of: Any) -> Any:
    try:
        return _adapter(of).validate_python(data)
    except ValidationError as fault:
        place = ".".join(map(str, fault.errors()[0]["loc"]))
        raise NotASeason(f"{path}:{number}: {place}: {fault.errors()[0]['msg']}") from None
