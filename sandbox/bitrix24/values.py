"""What callers send, turned into stored values: loose typing comes in, exact types are kept."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any


def is_empty(value: Any) -> bool:
    """Nothing was sent; zero is something."""
    return value is None or value is False or value in ("", [])


def to_int(value: Any) -> int:
    """ValueError for what is no whole number."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, (str, int)):
        return int(value)
    raise ValueError(value)


def to_double(value: Any) -> float | int:
    """Two decimals; a whole number comes back without a point, as PHP prints it."""
    number = round(float(value), 2)
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError(value)
    return int(number) if number.is_integer() else number


def to_moment(value: Any, zone: tzinfo) -> datetime:
    """Aware, whole seconds, in `zone`; a moment without an offset is taken as written in `zone`."""
    text = str(value).strip()
    for shape in ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y"):
        if len(text) > 2 and text[2] == ".":
            try:
                return datetime.strptime(text, shape).replace(tzinfo=zone)
            except ValueError:
                continue
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(zone).replace(microsecond=0)


def to_day(value: Any, zone: tzinfo) -> datetime:
    """A date is kept as midnight UTC, so it shows as a shifted midnight in the portal's zone."""
    day = to_moment(value, zone).date() if not isinstance(value, date) else value
    return datetime.combine(day, time(), UTC).astimezone(zone)


def to_flag(value: Any) -> str:
    """Y or N."""
    if value in ("Y", "N"):
        return str(value)
    if value in (1, "1", True, "true"):
        return "Y"
    if value in (0, "0", "false") or is_empty(value):
        return "N"
    raise ValueError(value)


def to_text(value: Any) -> str:
    if isinstance(value, (dict, list)):
        raise ValueError(value)
    return str(value)


def truth(value: Any) -> bool:
    """PHP's and Bitrix24's many ways to say yes."""
    return value in (True, 1, "1", "Y", "y", "true")


def reader(kind: str, zone: tzinfo) -> Callable[[Any], Any]:
    """The function that reads one value of this kind; it raises ValueError or TypeError."""
    match kind:
        case "integer" | "user" | "enumeration" | "employee" | "iblock_element" | "iblock_section":
            return to_int
        case "double":
            return to_double
        case "datetime":
            return lambda value: to_moment(value, zone)
        case "date":
            return lambda value: to_day(value, zone)
        case "char" | "boolean":
            return to_flag
        case _:
            return to_text


def shown(value: Any) -> Any:
    """A stored value as JSON shows it."""
    return value.isoformat() if isinstance(value, datetime) else value
