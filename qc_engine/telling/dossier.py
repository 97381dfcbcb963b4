"""A case on one page: its story, the conversation as the client saw it, links with their visits, effects."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from qc_engine.core.case import Case
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import AnswerReceived, FormAnswered, StaffWrote
from qc_engine.explain.hiding import without_pages
from qc_engine.explain.moments import iso
from qc_engine.explain.story import told_effect
from qc_engine.explain.visits import visit_words
from qc_engine.explain.voice import Voice
from qc_engine.explain.words import event_words
from qc_engine.store import cases, links, messages, outbox, traces
from qc_engine.store.tables import EffectRow, TraceRow
from qc_engine.telling.why import Asked, why_not

Told = dict[str, Any]
SPOKEN = {AnswerReceived.__name__: "client", FormAnswered.__name__: "client", StaffWrote.__name__: "staff"}


def dossier(asked: Asked, case_id: str, story: Mapping[str, Any]) -> Told:
    """{"story", "why", "talk", "links", "effects"}, ready for JSON, without keys. `story`: of this case."""
    case = cases.get(asked.session, case_id)
    assert case is not None
    voice = asked.voice(case)
    rows = outbox.of_case(asked.session, case_id)
    effects, told = {row.key: row for row in rows}, messages.told_of(asked.session, rows)
    retold = {row.key: told_effect(voice, row, effects, told.get(row.key, {})) for row in rows}
    decisions = traces.of_case(asked.session, case_id)
    said = [*_heard(voice, case, decisions, effects), *_sent(voice, rows, retold)]
    whole: Told = {
        "story": story,
        "why": next(iter(why_not(asked, case_id, [case_id])["cases"])),
        "talk": sorted(said, key=lambda one: one["at"] or ""),
        "links": _links(asked, voice, case_id),
        "effects": list(retold.values()),
    }
    closed: Told = without_pages(whole)
    return closed


# --- the conversation -------------------------------------------------------------------------


def _heard(
    voice: Voice, case: Case, decisions: Sequence[TraceRow], effects: Mapping[str, EffectRow]
) -> Iterator[Told]:
    for trace in decisions:
        event = trace.body["event"]
        if event["kind"] in SPOKEN:
            yield _line(voice, case, trace, effects)


def _line(voice: Voice, case: Case, trace: TraceRow, effects: Mapping[str, EffectRow]) -> Told:
    event = trace.body["event"]
    at = event["data"].get("at") or trace.at
    words = event["data"].get("text") or event_words(voice, event, effects)
    if event["kind"] == FormAnswered.__name__:
        words = "\n".join(filter(None, event["data"]["answers"].values()))
    name = case.client_name if SPOKEN[event["kind"]] == "client" else ""
    return _said(voice, SPOKEN[event["kind"]], name, words, iso(at), "", "")


def _sent(voice: Voice, rows: Sequence[EffectRow], retold: Mapping[str, Told]) -> Iterator[Told]:
    """Also what never left: the truth about it stands beside it."""
    for row in rows:
        if row.kind != SendMessage.__name__:
            continue
        arrival = retold[row.key]["arrival"]
        came = arrival["state"] if arrival else row.state
        at = iso(row.done_at or row.first_tried_at or row.created_at)
        channel = voice.channel(messages.channel_of(row))
        yield _said(voice, "us", channel, row.payload["text"], at, came, retold[row.key]["delivery"])


def _said(voice: Voice, who: str, name: str, words: str, at: str | None, came: str, delivery: str) -> Told:
    time = voice.time(datetime.fromisoformat(at)) if at else ""
    told = {"who": who, "name": name, "text": words, "at": at, "time": time}
    return told | {"came": came, "delivery": delivery}


# --- links ------------------------------------------------------------------------------------


def _links(asked: Asked, voice: Voice, case_id: str) -> list[Told]:
    visits: dict[str, list[Told]] = {}
    for click in links.clicks_of_case(asked.session, case_id):
        told = {
            "at": iso(click.at),
            "time": voice.time(click.at),
            "grade": click.grade,
            "reason": visit_words(voice, click.reason),
        }
        visits.setdefault(click.code, []).append(told)
    return [
        {
            "platform": voice.word("platform", row.platform),
            "target": row.target,
            "erased": row.erased_at is not None,
            "created": voice.time(row.created_at),
            "visits": visits.get(row.code, []),
        }
        for row in links.of_case(asked.session, case_id)
    ]
