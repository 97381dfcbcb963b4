"""When two values of a CRM field are the same, however they are written."""

import re
from datetime import UTC, datetime
from decimal import Decimal

from qc_engine.core.wording.known_values import day_first

NUMBER = re.compile(r"-?(0|[1-9]\d{0,17})([.,]\d{1,9})?")


def same(one: str, other: str) -> bool:
    """Numbers by their value, dates and moments by the moment; all else by its words."""
    return one == other or _plain(one) == _plain(other)


def _plain(text: str) -> object:
    text = " ".join(text.split())
    return _number(text) or _moment(text) or text


def _number(text: str) -> tuple[str, Decimal] | None:
    # 007 is a text: its zeros mean something.
    return ("number", Decimal(text.replace(",", "."))) if NUMBER.fullmatch(text) else None


def _moment(text: str) -> datetime | None:
    """A day without a time is its midnight by UTC: so the CRM keeps a date, whatever zone it shows it in."""
    try:
        moment = day_first(text)
        if moment is None and len(text) >= len("2026-03-05") and "-" in text:
            moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC) if moment else None
