"""Into the inbox by the driver's cursor, many at once, for the hot doors: the same rows as by `inbox.add`."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qc_engine.core.events import Hint
from qc_engine.ports import Arrival
from qc_engine.store import codec
from qc_engine.store.driver import Writing
from qc_engine.store.inbox import KEY_LENGTH, UNREADABLE

HEAD = (
    "INSERT INTO inbox (source, portal, key, kind, is_hint, event, raw, received_at, process_at, "
    "processed_at, result, reason, attempts, case_id)"
)
NOT_TRIED = "0, ''"  # attempts, case_id
KNOWN = "SELECT key FROM inbox WHERE source = ? AND key"

Row = tuple[Any, ...]
Name = tuple[str, str]  # source, key


@dataclass(slots=True)  # not frozen: made for every webhook, and that would take twice as long
class Incoming:
    """One row on its way: an arrival, or with `reason` a body that nobody understood."""

    source: str
    arrival: Arrival | None
    now: datetime
    raw: str = ""
    portal: str = ""
    reason: str = ""


def add_many(writing: Writing, incoming: Sequence[Incoming]) -> list[bool]:
    """For each: was it new? What its sender has sent before is left out, also when both come at once."""
    rows = [_row(writing, one) for one in incoming]
    names = [(row[0], row[2]) for row in rows]
    first: dict[Name, Row] = {}
    for name, row in zip(names, rows, strict=True):
        first.setdefault(name, row)
    new = _store(writing, first)
    answers = []
    for name in names:
        answers.append(name in new)
        new.discard(name)
    return answers


def _store(writing: Writing, rows: Mapping[Name, Row]) -> set[Name]:
    """The names of those that were new."""
    if not writing.is_sqlite:
        return set(writing.insert_new(HEAD, list(rows.values()), "source, key", NOT_TRIED))
    # Nobody else writes meanwhile; to look first takes half the time of an INSERT that tells what was new.
    known = _known(writing, rows)
    new = {name: row for name, row in rows.items() if name not in known} if known else rows
    writing.insert(HEAD, list(new.values()), NOT_TRIED)
    return set(new)


def _known(writing: Writing, names: Iterable[Name]) -> set[Name]:
    keys: dict[str, list[str]] = {}
    for source, key in names:
        keys.setdefault(source, []).append(key)
    return {
        (source, key) for source, mine in keys.items() for (key,) in writing.select_in(KNOWN, mine, [source])
    }


def _row(writing: Writing, one: Incoming) -> Row:
    moment = writing.moment(one.now)
    if one.arrival is None:
        digest = hashlib.sha256(one.raw.encode(errors="replace")).hexdigest()
        return (
            one.source, one.portal, f"unreadable:{digest}", UNREADABLE, False, "{}", one.raw, moment, moment,
            moment, "quarantined", one.reason,
        )  # fmt: skip
    event = one.arrival.event
    return (
        one.source, one.portal, one.arrival.key[:KEY_LENGTH], type(event).__name__, isinstance(event, Hint),
        codec.event_as_json(event), one.raw, moment, moment, None, "", "",
    )  # fmt: skip
