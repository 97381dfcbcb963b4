"""Rows of the portal by the page, fifty at a time."""

from collections.abc import Iterable, Mapping, Sequence

from connectors.bitrix24.calls.client import Answer
from connectors.bitrix24.calls.errors import Failure
from connectors.bitrix24.wire import as_list, as_map

Row = Mapping[str, object]

PAGE = 50


def certain(outcome: Answer | Failure) -> Answer:
    """The answer of a command, or its failure raised."""
    if isinstance(outcome, Answer):
        return outcome
    raise outcome


def pages(ids: Iterable[int]) -> Sequence[Sequence[int]]:
    """The ids without repeats, as many together as one page of the portal shows."""
    unique = sorted(set(ids))
    return [unique[first : first + PAGE] for first in range(0, len(unique), PAGE)]


def items(answer: Answer) -> Sequence[Row]:
    """The rows of one crm.item.list page."""
    return [as_map(row) for row in as_list(as_map(answer.result).get("items"))]
