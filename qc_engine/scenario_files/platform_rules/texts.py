"""The words in which an owner reads what goes against the rules of the platforms."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"


def say(language: str, key: str, **values: object) -> str:
    """A sentence of the catalogue of this language (ru, kk, en) with its values."""
    return catalogue(language)[key].format(**values)


@cache
def catalogue(language: str) -> Mapping[str, str]:
    sentences: dict[str, str] = json.loads((LOCALE / f"{language}.json").read_text(encoding="utf-8"))
    return sentences
