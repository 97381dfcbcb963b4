"""A story as plain text for a terminal or a letter."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from qc_engine.explain.phrases import say

WIDTH = 72  # where the right-hand words begin, when the left ones leave room
LONGEST = 200  # characters of a client's or our own text in one line
Told = Mapping[str, Any]


def as_text(story: Told, *, brief: bool = False) -> str:
    """Head, what matters first, then every entry; lines end without spaces, the text with a newline.

    `brief` leaves out the conditions that did not hold: the story for whoever wants only what happened.
    """
    entries = (line for entry in story["entries"] for line in ("", *_entry(story["language"], entry, brief)))
    lines = [*_head(story), *entries]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(story: Told) -> Iterator[str]:
    language, case = story["language"], story["case"]
    title = f" «{case['deal_title']}»" if case["deal_title"] else ""
    yield say(
        "head.case",
        {"case_id": case["case_id"], "deal_id": case["deal_name"], "deal_title": title},
        language,
    )
    yield from (_line(words) for words in story["summary"])
    yield say("head.client", {"client": ", ".join(filter(None, (case["client"], case["phone"])))}, language)
    branch = "head.branch" if case["branch_known"] else "head.branch_unknown"
    yield say(branch, {"branch": case["branch"]}, language)
    scenario = case["scenario_title"] or case["scenario"]
    yield say("head.scenario", {"scenario": scenario, "version": case["version"][:8]}, language)
    yield from _standing(language, case)


def _standing(language: str, case: Told) -> Iterator[str]:
    """How far the case is: only what there is to say."""
    if case["started_by"]:
        yield say("head.started_by", {"by": case["started_by"]}, language)
    yield say("head.state", {"state": case["state_text"]}, language)
    scores = ", ".join(f"{name} {score}" for name, score in case["scores"].items())
    told = {
        "step": case["step"] if case["state"] == "active" else "",
        "outcome": case["outcome_text"],
        "why": case["ended_why"],
        "scores": scores,
        "average": case["average"],
    }
    yield from (_line(say(f"head.{name}", {name: value}, language)) for name, value in told.items() if value)
    if case["wake_at"]:
        yield say("story.wake", {"until": case["wake_time"]}, language)


def _entry(language: str, entry: Told, brief: bool) -> Iterator[str]:
    step = f"[{entry['step']}]" if entry.get("step") else ""
    yield _columns(f"{entry['time']}  {_line(entry['text'])}", step)
    if entry["kind"] != "decision":
        if entry.get("reason"):
            yield f"  · {entry['reason']}"
        return
    heard, decided = _split(entry["notes"])
    yield from (f"  · {_line(note['text'])}" for note in heard)
    yield from (_verdict(one) for one in entry["checked"] if one["passed"] or not brief)
    yield from (f"  · {_line(note['text'])}" for note in decided)
    yield from (_columns(f"  → {_line(one['text'])}", _line(one["delivery"])) for one in entry["effects"])
    if entry["wake_time"]:
        yield f"  → {entry['wake_time']}"


def _split(notes: Sequence[Told]) -> tuple[Iterable[Told], Iterable[Told]]:
    """What was understood before the rules were looked at, and what followed from them."""
    at = next((at for at, note in enumerate(notes) if note["key"] == "note.rule"), len(notes))
    return notes[:at], notes[at:]


def _verdict(one: Told) -> str:
    return _columns(f"  {'✓' if one['passed'] else '✗'} {one['rule']}: {one['why']}", one["place"])


def _columns(left: str, right: str) -> str:
    return f"{left:<{WIDTH}}  {right}" if right else left


def _line(words: str) -> str:
    """On one line, and not without end."""
    flat = " ".join(words.split())
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"
