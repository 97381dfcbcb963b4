"""Trials in words: their conditions, why one has stopped, and how many cases a day."""

import re
from collections.abc import Mapping
from typing import Any

from qc_engine.web.console.room import Visitor
from qc_engine.web.pages.scenarios.trial_plan import STOPS
from qc_engine.web.pages.scenarios.workshop import Told

SMALLEST, WHOLE = 0.05, 20  # of figures: below, and above which no tenths are told


def stopped(visitor: Visitor, told: Told) -> Mapping[str, Any] | None:
    """Why the engine has ended a trial: the condition in words, and the figures that made it hold."""
    if not told["stopped"]:
        return None
    text, _, figures = told["stopped"]["text"].partition(": ")
    return {**told["stopped"], "condition": condition(visitor, text), "told": figures}


def condition(visitor: Visitor, text: str) -> str:
    """'не доставлено больше 5%'; one that only a command writes stays as it is."""
    for stop in STOPS:
        if found := re.fullmatch(re.escape(stop.text).replace(r"\{n\}", r"(\d+(?:\.\d+)?)"), text):
            what = visitor.say(f"scenarios.stops_{stop.measure}")
            return f"{what} {visitor.number(found[1])}{'%' if text.endswith('%') else ''}"
    return text


def figure(visitor: Visitor, value: float) -> str:
    """'8', '0,4', 'меньше 0,1'."""
    if 0 < value < SMALLEST:
        return visitor.say("scenarios.hardly_any")
    plain = f"{value:.0f}" if value >= WHOLE else f"{value:.1f}".removesuffix(".0")
    return visitor.number(plain)
