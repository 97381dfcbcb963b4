"""What things were called before, so that an old name in config.yaml keeps meaning the same thing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.bitrix24.names.directory import Directory, Former, Thing, named
from qc_engine.core.wording.texts import folded


@dataclass(frozen=True)
class Change:
    """A thing has another name; `now` is empty when it is gone."""

    kind: str
    id: str
    was: str
    now: str = ""


def changes(before: Directory, after: Directory) -> Sequence[Change]:
    """Renamed and gone things, in the order of the earlier reading."""
    today = named(after)
    return [
        Change(kind, number, was, today.get((kind, number), ""))
        for (kind, number), was in named(before).items()
        if today.get((kind, number)) != was
    ]


def with_former(before: Directory | None, after: Directory, now: datetime) -> Directory:
    """The new reading with every name that its things have lost since the first one."""
    if before is None:
        return after
    today = named(after)
    lost = [
        Former(one.kind, one.id, one.was, now)
        for one in changes(before, after) if folded(one.now) != folded(one.was)
    ]  # fmt: skip
    latest: dict[tuple[Thing, str], Former] = {}
    for one in (*before.former, *lost):
        thing = (one.kind, one.id)
        # One that got its old name back needs none. One that is gone keeps them: a running engine must not
        # stop at the next start because somebody has deleted a stage.
        if folded(today.get(thing, "")) != folded(one.name):
            latest[thing, folded(one.name)] = one
    return replace(after, former=tuple(latest.values()))
