"""Buttons in a chat: what a client pressed, and how a menu of somebody else is told.

Messages (POST) knows button = {type, text, payload?}; how a press comes back is documented nowhere, so the
usual places are looked at.
"""

from collections.abc import Iterator, Sequence

from connectors.chat2desk.wire import Row, clean_text, part

MENUS = ("keyboard", "inline_buttons", "interactive", "buttons")
PRESSES = ("button", "button_reply", "quick_reply", "interactive", "list_reply", "callback", "reply")
SAYINGS = ("text", "title", "label", "payload", "data", "id")  # words first, then what stands behind them


def pressed(row: Row) -> str:
    """What the button says that the client pressed; '' when this is no press."""
    return next(filter(None, _sayings(row)), "")


def is_menu(row: Row) -> bool:
    """Does this message of the company carry buttons?"""
    return any(bool(place.get(name)) for place in (row, part(row, "extra_data")) for name in MENUS)


def keyboard(texts: Sequence[str]) -> Row:
    """Buttons that answer with their own words."""
    return {"buttons": [{"type": "reply", "text": text} for text in texts]}


def _sayings(row: Row) -> Iterator[str]:
    for place in (row, part(row, "extra_data")):
        for name in PRESSES:
            yield from _said(place.get(name))
        yield clean_text(place.get("payload"))


def _said(press: object) -> Iterator[str]:
    if not isinstance(press, dict):
        yield clean_text(press)
        return
    yield from (clean_text(press.get(name)) for name in SAYINGS)
    # One step deeper: {"type": "button_reply", "button_reply": {"title": ...}}.
    inner = next((press[name] for name in PRESSES if isinstance(press.get(name), dict)), None)
    if inner is not None:
        yield from (clean_text(inner.get(name)) for name in SAYINGS)
