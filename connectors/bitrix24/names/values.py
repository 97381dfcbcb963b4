"""What is written into a field, and what people see in it.

Forms: the vendor's page `api-reference/data-types`; a list field holds the ids of its values.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from connectors.bitrix24.calls.errors import NUMBER
from connectors.bitrix24.names.directory import FieldOfPortal
from connectors.bitrix24.names.lookup import Ambiguous, Found, Gone, Lookup, Renamed, Unknown
from connectors.bitrix24.wire import as_text, as_time
from qc_engine.core.wording.texts import folded
from qc_engine.ports import Refused

YES = frozenset({"1", "y", "yes", "true", "да", "иә", "+"})
NO = frozenset({"", "0", "n", "no", "false", "нет", "жоқ", "-"})
NUMBERS = frozenset({"integer", "double"})
LISTS = frozenset({"enumeration", "iblock_element", "iblock_section", "crm"})
LONGEST_SHOWN = 60


def to_portal(field: FieldOfPortal, text: str, choices: Lookup) -> object:
    """What to send for this text. Raises Refused when the field cannot hold it."""
    if field.read_only:
        raise Refused(f"the field {_called(field)} is read-only: nothing can be written into it")
    if not field.many:
        return _one(field, text, choices)
    # An empty list leaves no trace in a batch; a list with an empty text clears the field.
    return [_one(field, part, choices) for part in _parts(field, text, choices)]


def _parts(field: FieldOfPortal, text: str, choices: Lookup) -> Sequence[str]:
    """Several values are written with commas; a value that has a comma in its own name stays whole."""
    if field.kind not in LISTS or not isinstance(choices.look(text), Unknown):
        return [text]
    return [part.strip() for part in text.split(",")]


def _one(field: FieldOfPortal, text: str, choices: Lookup) -> object:
    if field.kind == "boolean":
        return _flag(field, text)
    if not text.strip():
        return ""
    if field.kind in NUMBERS:
        return _number(field, text)
    if field.kind in LISTS and choices.entries:
        return _choice(field, text, choices)
    return text


def _flag(field: FieldOfPortal, text: str) -> str:
    if folded(text) in YES:
        return "Y"
    if folded(text) in NO:
        return "N"
    raise Refused(f"the field {_called(field)} holds yes or no, and '{_short(text)}' is neither")


def _number(field: FieldOfPortal, text: str) -> int | float:
    try:
        number = float(text.strip().replace(",", "."))
        whole = int(number + 0.5) if number >= 0 else -int(0.5 - number)
    except (ValueError, OverflowError):
        raise Refused(f"the field {_called(field)} holds a number, and '{_short(text)}' is none") from None
    return whole if field.kind == "integer" or number == whole else number


def _choice(field: FieldOfPortal, text: str, choices: Lookup) -> str:
    match choices.look(text.strip()):
        case Found(number) | Renamed(number, _):
            return number
        case Ambiguous(could_be):
            raise Refused(f"'{_short(text)}' is several values of {_called(field)}: {', '.join(could_be)}")
        case Unknown(close) | Gone(_, close):
            hint = f"; close: {', '.join(close)}" if close else ""
            raise Refused(f"the list {_called(field)} has no value '{_short(text)}'{hint}")


def to_people(field: FieldOfPortal | None, raw: object, choices: Lookup) -> str:
    """The text of a list's value, Y or N of a flag, anything else as it is."""
    if field and isinstance(raw, list):
        return ", ".join(text for one in raw if (text := to_people(field, one, choices)))
    text = as_text(raw)
    if field and field.kind in LISTS:
        return choices.titles.get(text, text)
    if field and field.kind == "boolean":
        # The older methods say 1 and 0.
        return {"1": "Y", "0": "N"}.get(text, text)
    return text


def is_set(kind: str, raw: object, shown: str, now: datetime, zone: tzinfo) -> bool:
    """Does a mark hold now? Yes in any spelling, a date still to come, any value of a list but 'нет'."""
    if kind in LISTS:
        return folded(shown) not in NO
    if until := as_time(raw, zone):
        return until > now
    return folded(shown) in YES


def _called(field: FieldOfPortal) -> str:
    return f"'{field.title}' ({field.code})" if field.title != field.code else field.code


def _short(text: str) -> str:
    text = NUMBER.sub("…", text)
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
