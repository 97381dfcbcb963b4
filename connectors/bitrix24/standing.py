"""How a task, or a field of a deal, stands before something is written: what there is to be done at all."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from connectors.bitrix24.calls.paging import Row
from connectors.bitrix24.reading import COMPLETED
from connectors.bitrix24.wire import as_text
from qc_engine.core.effects import CloseTask, ReopenTask, SetFields
from qc_engine.ports import Done, Outcome, Refused

IS_THERE = Done()  # where the effect wants it
PENDING = "2"  # nobody has begun with it
CAN_BE_RENEWED = (COMPLETED, "4", "6")  # also one that awaits control, and a deferred one


def about_task(effect: CloseTask | ReopenTask) -> list[str]:
    touched = ["CREATED_BY", "CHANGED_BY"] if isinstance(effect, CloseTask) and effect.untouched else []
    return ["ID", "STATUS", *touched]


def _is_touched(row: Row) -> bool:
    """Has anybody but us begun with it or changed it?"""
    changed_by, created_by = as_text(row.get("changedBy")), as_text(row.get("createdBy"))
    return as_text(row.get("status")) != PENDING or bool(changed_by and changed_by != created_by)


def task_state(effect: CloseTask | ReopenTask, row: Row) -> Outcome | None:
    """None when there is something to do; a task that is gone (no status) is closed for good."""
    status = as_text(row.get("status"))
    if isinstance(effect, CloseTask):
        if status in ("", COMPLETED):
            return IS_THERE
        touched = effect.untouched and _is_touched(row)
        return Refused(f"somebody works on task {effect.task_id}", "task_touched") if touched else None
    if not status:
        return Refused(f"task {effect.task_id} is not in the portal any more")
    return None if status in CAN_BE_RENEWED else IS_THERE


# --- fields -----------------------------------------------------------------------------------


def fields_state(
    effect: SetFields, rows: Sequence[Row], stands: Mapping[str, object], wanted: Mapping[str, object]
) -> Outcome | None:
    """None when what is to be overwritten still stands there; by the values as the portal spells them."""
    if not rows:
        return Refused(f"deal {effect.deal_id} is not in the portal any more", "deal_gone")
    if _holds(rows[0], wanted):
        return IS_THERE
    if _holds(rows[0], stands):
        return None
    return Refused(f"somebody has changed the field of deal {effect.deal_id}", "field_changed")


def _holds(row: Row, values: Mapping[str, object]) -> bool:
    return all(_same(as_text(row.get(name)), as_text(value)) for name, value in values.items())


def _same(one: str, other: str) -> bool:
    """A portal may write 9 as 9.00."""
    try:
        return one == other or Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False
