"""How many parts a text costs as an SMS (3GPP TS 23.038, TS 23.040)."""

from collections.abc import Callable, Iterator

# The basic alphabet takes one septet a sign, its extension table two.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
SEPTETS, SEPTETS_EACH = 160, 153
UNITS, UNITS_EACH = 70, 67  # of UTF-16, as soon as one sign is in neither table: Cyrillic, typographic quotes


def parts_of(text: str) -> int:
    """0 for an empty text. A sign of two septets or units never stands astride two parts."""
    if all(sign in BASIC or sign in EXTENDED for sign in text):
        return _counted(text, _septets, SEPTETS, SEPTETS_EACH)
    return _counted(text, _units, UNITS, UNITS_EACH)


def room(parts: int) -> tuple[int, int]:
    """How many signs go into so many parts: of the basic alphabet, and of any other."""
    return (SEPTETS, UNITS) if parts == 1 else (parts * SEPTETS_EACH, parts * UNITS_EACH)


def _counted(text: str, size: Callable[[str], int], single: int, each: int) -> int:
    if sum(map(size, text)) <= single:
        return 1 if text else 0
    return 1 + sum(1 for _ in _breaks(text, size, each))


def _breaks(text: str, size: Callable[[str], int], each: int) -> Iterator[int]:
    """Where a new part begins."""
    filled = 0
    for place, sign in enumerate(text):
        filled += size(sign)
        if filled > each:
            yield place
            filled = size(sign)


def _septets(sign: str) -> int:
    return 2 if sign in EXTENDED else 1


def _units(sign: str) -> int:
    return 2 if ord(sign) > 0xFFFF else 1
