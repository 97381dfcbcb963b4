"""Codes for what has only a Russian name: Средняя оценка -> QC_SREDNYAYA_OTSENKA."""

import re
from collections.abc import Container
from itertools import count

LATIN = str.maketrans(
    dict(zip("абвгдеёзийклмнопрстуфыэәғқңөұүһі", "abvgdeeziyklmnoprstufyeagknouuhi", strict=True))
    | {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya"}
    | {"ъ": "", "ь": ""}
)


def code_of(name: str, longest: int, taken: Container[str], prefix: str = "") -> str:
    """Capital Latin letters, digits and underscores; a number is added to one that is taken."""
    bare = re.sub(r"[^A-Z0-9]+", "_", name.lower().translate(LATIN).upper()).strip("_")
    code = f"{prefix}QC_{bare or 'FIELD'}"[:longest].rstrip("_")
    return code if code not in taken else _numbered(code, longest, taken)


def _numbered(code: str, longest: int, taken: Container[str]) -> str:
    tried = (f"{code[: longest - len(str(n)) - 1]}_{n}" for n in count(2))
    return next(one for one in tried if one not in taken)
