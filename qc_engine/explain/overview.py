"""What `qc status` shows: alarms, queues with their forecasts, the last reconciliation; one screen."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from qc_engine.explain.alarming import lane_words, words
from qc_engine.explain.moments import local
from qc_engine.explain.phrases import counted
from qc_engine.explain.voice import Voice

Told = Mapping[str, Any]
CLOCK = "%H:%M"
KINDS_SHOWN = 4


def as_text(document: Told, voice: Voice) -> str:
    """`document` is what status() gives; the text ends with a newline."""
    parts = (_alarms(voice, document), _lanes(voice, document), rest_lines(voice, document))
    totals = _totals(voice, document) if "effects" in document else ()
    return "\n".join(line.rstrip() for part in (*parts, totals) for line in part) + "\n"


def _alarms(voice: Voice, document: Told) -> Iterator[str]:
    if document["alarms"]:
        yield voice.say("status.alarms")
    elif not any(lane["count"] for lane in document["lanes"]) and not document["broken"]:
        yield voice.say("status.calm")
    for one in document["alarms"]:
        yield "  " + voice.say(
            "status.since", at=one["since"], text=words(voice, one["phrase"], one["params"])
        )


# --- lanes ------------------------------------------------------------------------------------


def _lanes(voice: Voice, document: Told) -> Iterator[str]:
    for lane in document["lanes"]:
        yield from lane_lines(voice, lane, datetime.fromisoformat(document["now"]))


def lane_lines(voice: Voice, lane: Told, now: datetime) -> Iterator[str]:
    """One lane of status(): what waits, what stands in its way, and when it will be empty."""
    yield ", ".join(_queue(voice, lane))
    if lane["waiting"]:
        kinds = list(lane["waiting"].items())[:KINDS_SHOWN]
        yield "    " + " · ".join(f"{voice.word('kind', kind)} {count}" for kind, count in kinds)
    if lane["paused_until"]:
        yield "    " + voice.say("status.paused", until=lane["paused_until"])
    if lane["broken"]:
        told = {"at": lane["broken_since"] or "", "reason": voice.error(lane["broken"])}
        yield "    " + voice.say("status.forecast_broken", **told)
    elif lane["forecast"]:
        yield "    " + _forecast(voice, lane, now)


def _queue(voice: Voice, lane: Told) -> Iterator[str]:
    """'CRM: 7 431 задание, срочных 12, самое старое от 03.03.2026 09:00, отложено 3'."""
    name = lane_words(voice, lane["lane"])
    if not lane["count"]:
        yield voice.say("status.empty", lane=name)
    else:
        yield voice.say("status.lane", lane=name, count=counted("effect", lane["count"], voice.language))
    if lane["urgent"]:
        yield voice.say("status.urgent", count=lane["urgent"])
    if lane["oldest_at"]:
        yield voice.say("status.oldest", at=lane["oldest_at"])
    if lane["later"]:
        yield voice.say("status.later", count=lane["later"])


def _forecast(voice: Voice, lane: Told, now: datetime) -> str:
    forecast = lane["forecast"]
    empty_at = datetime.fromisoformat(forecast["empty_at"])
    today = local(empty_at, voice.zone)[:10] == local(now, voice.zone)[:10]
    return voice.say(
        "status.forecast",
        clock=local(empty_at, voice.zone, CLOCK) if today else voice.time(empty_at),
        effects=counted("effect", lane["count"], voice.language),
        requests=counted("request", forecast["requests"], voice.language),
    )


# --- the rest ---------------------------------------------------------------------------------


def rest_lines(voice: Voice, document: Told) -> Iterator[str]:
    """What comes next by time alone, what is tried, and how CRM and cases compared."""
    if document["inbox_open"]:
        yield voice.say("status.inbox", count=document["inbox_open"])
    at = document["next_at"]
    yield voice.say("status.next", at=at) if at else voice.say("status.next_never")
    for one in document.get("scenarios", ()):
        short = {"name": one["name"], "version": one["version"][:8], "at": one["at"], "by": one["by"]}
        yield voice.say(f"status.scenario.{one['what']}", **short)
    for one in document.get("schedules", ()):
        yield voice.say("status.schedule", scenario=one["scenario"], at=one["next_at"])
    for one in document["reconciled"]:
        yield voice.say("status.reconciled", **_pass(voice, one))
    if not document["reconciled"]:
        yield voice.say("status.never_reconciled")
    for one in document.get("workers", ()):
        yield _worker(voice, one)


def _worker(voice: Voice, one: Told) -> str:
    told = {"host": one["host"], "pid": one["pid"], "duties": ", ".join(one["duties"])}
    if not one["lives"]:
        return voice.say("status.worker.silent", at=one["seen_at"], **told)
    return voice.say("status.worker.sharing" if told["duties"] else "status.worker", at=one["since"], **told)


def _pass(voice: Voice, one: Told) -> dict[str, object]:
    return {
        "portal": voice.word("portal", one["portal"]),
        "at": one["at"],
        "count": one["looked_at"],
        "repaired": one["repaired"],
        "reported": one["reported"] - one["for_a_person"],
        "people": one["for_a_person"],
    }


def _totals(voice: Voice, document: Told) -> Iterator[str]:
    """With --full: how cases ended, what became of effects, who opened links."""
    for group, word in (("cases", "outcome"), ("effects", "effect_state"), ("clicks", "grade")):
        known = {name: _word(voice, word, name) for name in document[group]}
        told = ", ".join(f"{known[name]} {count}" for name, count in document[group].items())
        if told:
            title = voice.say(f"status.group.{group}")
            yield voice.say("status.total", group=title, text=told)


def _word(voice: Voice, group: str, name: str) -> str:
    """A case is counted by its outcome or, while it is open, by its state."""
    state = voice.word("state", name)
    return state if group == "outcome" and name in ("waiting", "active", "ended") else voice.word(group, name)
