"""What a manager sent from the answer page: an answer, a correction, a bonus taken back."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from qc_engine.core.events import BonusTakenBack, ReviewChecked, ReviewCorrected
from qc_engine.ports import Arrival
from qc_engine.web.pages.review_answer.shown import WORDS, ReviewView

ANSWERED_BY = "страница ответа"
LONGEST_REASON, LONGEST_NAME = 500, 80
UNSTORABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]+")


@dataclass(frozen=True)
class Nothing:
    """Nothing that can be taken: show how it stands."""


@dataclass(frozen=True)
class Unfinished:
    """Something is missing: `what` says it to the manager."""

    what: str


@dataclass(frozen=True)
class Said:
    """An event to store, and what to thank for."""

    arrival: Arrival
    words: str


def read(view: ReviewView, form: Mapping[str, str], now: datetime) -> Nothing | Unfinished | Said:
    """The same button pressed twice is one event: the inbox knows its key."""
    match form.get("do", ""):
        case "correct":
            return _correction(view, form, now)
        case "take_back":
            return _taken_back(view, form, now)
        case _:
            return _answer(view, form.get("answer", ""), now)


def typed(form: Mapping[str, str]) -> dict[str, str]:
    """What need not be typed again."""
    return {name: _line(form.get(name, ""), LONGEST_REASON) for name in ("reason", "name", "answer")}


def _answer(view: ReviewView, word: str, now: datetime) -> Nothing | Said:
    if not view.is_open or word not in view.offered:
        return Nothing()
    event = ReviewChecked(view.case_id, word, now, by=ANSWERED_BY)
    return Said(Arrival(f"review:{view.case_id}:{view.turn}:{word}", event), WORDS[word])


def _correction(view: ReviewView, form: Mapping[str, str], now: datetime) -> Nothing | Unfinished | Said:
    word, reason, name = form.get("answer", ""), _reason(form), _name(form)
    if not view.correctable:
        return Nothing()
    if word not in view.correctable or not reason or not name:
        return Unfinished("Чтобы исправить ответ, выберите новый, напишите почему и назовите себя.")
    event = ReviewCorrected(view.case_id, word, reason, name, now)
    return Said(Arrival(_key("correct", view, word, reason, name), event), WORDS[word])


def _taken_back(view: ReviewView, form: Mapping[str, str], now: datetime) -> Nothing | Unfinished | Said:
    reason, name = _reason(form), _name(form)
    if not view.holds_bonus:
        return Nothing()
    if not reason or not name:
        return Unfinished("Чтобы отменить бонус, напишите почему и назовите себя.")
    event = BonusTakenBack(view.case_id, reason, name, now)
    return Said(Arrival(_key("bonus", view, reason, name), event), "бонус отменён")


def _key(what: str, view: ReviewView, *parts: str) -> str:
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return f"{what}:{view.case_id}:{view.turn}:{digest}"


def _reason(form: Mapping[str, str]) -> str:
    return _line(form.get("reason", ""), LONGEST_REASON)


def _name(form: Mapping[str, str]) -> str:
    return _line(form.get("name", ""), LONGEST_NAME)


def _line(text: str, longest: int) -> str:
    """One line; some signs no database takes."""
    return " ".join(UNSTORABLE.sub(" ", text).split())[:longest]
