"""A deal or a phone without a case: what the inbox and the nightly comparison know of it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from qc_engine.core.events import Deal, DealDeleted, DealMoved, DealSeen
from qc_engine.explain.alarming import words
from qc_engine.explain.voice import Voice, sentence
from qc_engine.flow.versions.library import Library
from qc_engine.phones import normalise
from qc_engine.store import cases, codec, reports
from qc_engine.store.tables import InboxRow
from qc_engine.telling.hindrances import hindrances

LONGEST_DEAL = 9  # digits; a longer number is taken for a phone


def of_nobody(
    session: Session, what: str, now: datetime, voices: Mapping[str, Voice], libraries: Mapping[str, Library]
) -> tuple[str, list[str]]:
    """The short answer, and the facts."""
    number = what.strip().lstrip("#№").strip()
    voice = next(iter(voices.values()))
    if not (number.isascii() and number.isdigit() and len(number) <= LONGEST_DEAL):
        return _of_phone(session, voice, normalise(what))
    found = [
        one
        for portal in libraries
        for one in _of_deal(session, voices[portal], libraries[portal], int(number), now)
    ]
    told = [sentence(one) for one in dict.fromkeys(found)]
    answer = told[0] if told else voice.say("whynot.deal_unknown", deal_id=number)
    doors = [
        sentence(one)
        for portal in libraries
        for one in _doors(session, voices[portal], portal, libraries, now)
    ]
    hint = voice.say("whynot.look_at_crm", command="qc doctor, qc reconcile")
    return answer, list(dict.fromkeys([*told[1:], *doors, hint]))


def _doors(
    session: Session, voice: Voice, portal: str, libraries: Mapping[str, Library], now: datetime
) -> Iterator[str]:
    return hindrances(session, voice, portal, [one for one in libraries if one != portal], now)


def _of_phone(session: Session, voice: Voice, phone: str) -> tuple[str, list[str]]:
    client = cases.client(session, phone)
    facts = []
    if client.opted_out_at:
        facts.append(voice.say("whynot.opted_out", at=client.opted_out_at))
    if client.wrote_at:
        facts.append(voice.say("whynot.wrote", at=client.wrote_at))
    key = "whynot.phone_unknown" if phone else "whynot.not_a_phone"
    return voice.say(key), [*map(sentence, facts), voice.say("whynot.look_at_crm", command="qc reconcile")]


# --- a deal -----------------------------------------------------------------------------------


def _of_deal(session: Session, voice: Voice, library: Library, deal_id: int, now: datetime) -> Iterator[str]:
    """The plainest reason first."""
    told = list(_heard(session, library.portal, deal_id))
    if told:
        yield from _judged(voice, library, told[-1], now)
    moved = [one for one in _moves(session, library.portal, deal_id) if one.stage in library.start_stages]
    if moved:
        yield voice.say("whynot.was_in_start", stage=voice.stage(moved[-1].stage), at=moved[-1].at)
    report = reports.last(session, library.portal)
    for line in (*report.repaired, *report.reported) if report else ():
        if line.params.get("deal_id") == str(deal_id):
            yield words(voice, line.key, line.params)


def _heard(session: Session, portal: str, deal_id: int) -> Iterator[tuple[InboxRow, DealSeen | DealDeleted]]:
    """Every look at this deal, the newest last."""
    seen = select(InboxRow).where(
        InboxRow.kind == DealSeen.__name__, col(InboxRow.event)["deal"]["deal_id"].as_integer() == deal_id
    )
    gone = select(InboxRow).where(
        InboxRow.kind == DealDeleted.__name__, col(InboxRow.event)["deal_id"].as_integer() == deal_id
    )
    rows = [row for query in (seen, gone) for row in session.exec(query).all() if row.portal == portal]
    for row in sorted(rows, key=lambda one: one.id or 0):
        event = codec.load_event(row.kind, row.event)
        if isinstance(event, DealSeen | DealDeleted):
            yield row, event


def _moves(session: Session, portal: str, deal_id: int) -> Sequence[DealMoved]:
    query = select(InboxRow).where(
        InboxRow.kind == DealMoved.__name__, col(InboxRow.event)["deal_id"].as_integer() == deal_id
    )
    rows = session.exec(query.order_by(col(InboxRow.id))).all()
    events = [codec.load_event(row.kind, row.event) for row in rows if row.portal == portal]
    return [one for one in events if isinstance(one, DealMoved)]


def _judged(
    voice: Voice, library: Library, heard: tuple[InboxRow, DealSeen | DealDeleted], now: datetime
) -> Iterator[str]:
    row, event = heard
    if isinstance(event, DealDeleted):
        yield voice.say("whynot.deleted", deal_id=event.deal_id)
    elif row.result == "quarantined":
        yield voice.say("whynot.set_aside", command=f"qc replay {row.id}")
    else:
        yield _standing(voice, library, event.deal, row, now)
        if not event.deal.phone:
            yield voice.say("gate.no_phone")


def _standing(voice: Voice, library: Library, deal: Deal, row: InboxRow, now: datetime) -> str:
    where = {"deal_id": deal.deal_id, "stage": voice.stage(deal.stage), "at": deal.entered_at}
    scenarios = library.starting_at(deal.stage)
    if not library.start_stages:
        return voice.say("whynot.no_stage_starts", **where)
    if not scenarios:
        starts = ", ".join(f"«{voice.stage(one)}»" for one in sorted(library.start_stages))
        key = "whynot.other_pipeline" if _other_pipeline(library, deal.stage) else "whynot.elsewhere"
        return voice.say(key, start=starts, **where)
    latest = max(deal.entered_at + one.start.wait + one.start.not_later_than for one in scenarios)
    if row.result and row.received_at > latest + timedelta(days=1):
        return voice.say("whynot.too_old", until=latest, **where)
    return voice.say("whynot.not_begun", command="qc status, qc attention", **where)


def _other_pipeline(library: Library, stage: str) -> bool:
    """Stages of a further pipeline carry its number before a colon; of the first one none."""
    return stage.rpartition(":")[0] not in {one.rpartition(":")[0] for one in library.start_stages}
