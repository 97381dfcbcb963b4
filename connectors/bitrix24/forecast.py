"""How long the portal's two limits make a queue take."""

import math
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from connectors.bitrix24.calls.operating import Operating
from connectors.bitrix24.settings import Bitrix24Settings

# The method that each effect writes with, by the name of the effect's type.
WRITES = {
    "MoveDeal": "crm.item.update",
    "SetFields": "crm.item.update",
    "UpdateContact": "crm.item.update",
    "CreateDeal": "crm.item.add",
    "CreateTask": "tasks.task.add",
    "CloseTask": "tasks.task.complete",
    "ReopenTask": "tasks.task.renew",
    "UpdateTask": "tasks.task.update",
    "AddComment": "crm.timeline.comment.add",
}
MOVE, LOOKED_AT = "MoveDeal", ("CloseTask", "ReopenTask")
LIST, TASK = "crm.item.list", "tasks.task.get"
PAGE = 50  # deals whose stages one command reads


def takes(
    settings: Bitrix24Settings, operating: Operating, waiting: Mapping[str, int], level: float = 0.0
) -> timedelta:
    """From now until the last of the effects is written; the longer of the two limits counts.

    `waiting` is a number by effect type; `level` is how many requests of the burst are used up now.
    """
    wanted = commands(waiting)
    by_method = [operating.takes(method, count) for method, count in wanted.items()]
    by_bucket = _bucket(settings, requests(settings, waiting), level)
    return max([by_bucket, *by_method])


def commands(waiting: Mapping[str, int]) -> Mapping[str, int]:
    """How many commands of each method so many effects need, with what is read before writing."""
    wanted: Counter[str] = Counter()
    for kind, count in waiting.items():
        if kind in WRITES and count > 0:
            wanted[WRITES[kind]] += count
    wanted[LIST] += math.ceil(max(0, waiting.get(MOVE, 0)) / PAGE)
    wanted[TASK] += _tasks_read(waiting)
    return {method: count for method, count in wanted.items() if count}


def requests(settings: Bitrix24Settings, waiting: Mapping[str, int]) -> int:
    """How many requests they travel in: one list of reads, one list of writes."""
    reads = math.ceil(max(0, waiting.get(MOVE, 0)) / PAGE) + _tasks_read(waiting)
    writes = sum(count for count in waiting.values() if count > 0)
    return sum(math.ceil(commands / settings.batch_size) for commands in (reads, writes))


def _tasks_read(waiting: Mapping[str, int]) -> int:
    return sum(max(0, waiting.get(kind, 0)) for kind in LOOKED_AT)


def _bucket(settings: Bitrix24Settings, wanted: int, level: float) -> timedelta:
    over = level + wanted - settings.burst
    return timedelta(seconds=max(0.0, over) / settings.requests_per_second)
