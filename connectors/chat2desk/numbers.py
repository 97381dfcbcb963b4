"""Phone numbers as Chat2Desk writes them, and as everybody else does."""

from collections.abc import Mapping

from connectors.chat2desk.settings import Chat2DeskSettings
from connectors.chat2desk.wire import Row, part, words
from qc_engine.phones import normalise


def phone_in(row: Row, settings: Chat2DeskSettings) -> str:
    """Digits of the client's number, or '' for a client known to a messenger only."""
    client = part(row, "client")
    spellings = [words(place.get(name)) for place in (client, row) for name in ("phone", "client_phone")]
    readings = (_read(text, settings) for text in spellings if text)
    return next(filter(None, readings), "")


def dialled(phone: str, forms: Mapping[str, str]) -> str:
    """The digits under which Chat2Desk knows this number: Mexico's 52 stands there as 521."""
    for begin, local in forms.items():
        if phone.startswith(begin) and not phone.startswith(local):
            return local + phone.removeprefix(begin)
    return phone


def _read(text: str, settings: Chat2DeskSettings) -> str:
    # Chat2Desk writes E.164 digits without the plus; with it a foreign number is not taken for ours.
    if text.isdigit():
        text = f"+{_at_home(text, settings.local_forms)}"
    return normalise(text, settings.region)


def _at_home(digits: str, forms: Mapping[str, str]) -> str:
    for begin, local in forms.items():
        if digits.startswith(local):
            return begin + digits.removeprefix(local)
    return digits
