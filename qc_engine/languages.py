"""In which of our languages a browser is answered."""

import re
from functools import lru_cache

LANGUAGES = ("ru", "kk", "en")
LONGEST_HEADER = 300  # a header is kept as a key of the memory below
WANTED = re.compile(r"\s*([a-zA-Z]{2,3})(?:-[\w-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{1,3})?))?\s*")


def best_language(accepted: str, default: str) -> str:
    """The best of ours for an Accept-Language header, however odd."""
    return _best(accepted[:LONGEST_HEADER], default)


@lru_cache(maxsize=1024)
def _best(accepted: str, default: str) -> str:
    wanted = [found for part in accepted.split(",") if (found := WANTED.fullmatch(part))]
    ranked = sorted(wanted, key=lambda found: -float(found[2] or 1))
    ours = (found[1].lower() for found in ranked if float(found[2] or 1) > 0)
    return next((word for word in ours if word in LANGUAGES), default)
