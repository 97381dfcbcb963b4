"""Into the inbox by the driver's cursor, many at once, for the hot doors: the same rows as by `inbox.add`."""

import hashlib
from collections.abc import Sequence
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


@dataclass(frozen=True, slots=True)
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
    if not incoming:
        return []
    rows = [_row(writing, one) for one in incoming]
    new = {tuple(row) for row in writing.insert_new(HEAD, rows, "source, key")}
    answers = []
    for row in rows:
        name = (row[0], row[2])
        answers.append(name in new)
        new.discard(name)
    return answers


def _row(writing: Writing, one: Incoming) -> tuple[Any, ...]:
    moment = writing.moment(one.now)
    if one.arrival is None:
        digest = hashlib.sha256(one.raw.encode(errors="replace")).hexdigest()
        return (
            one.source, one.portal, f"unreadable:{digest}", UNREADABLE, False, "{}", one.raw, moment, moment,
            moment, "quarantined", one.reason, 0, "",
        )  # fmt: skip
    event = one.arrival.event
    return (
        one.source, one.portal, one.arrival.key[:KEY_LENGTH], type(event).__name__, isinstance(event, Hint),
        codec.event_as_json(event), one.raw, moment, moment, None, "", "", 0, "",
    )  # fmt: skip
