"""Where the wished stages stand in their pipeline: renamed, added, given room. Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from connectors.bitrix24.names.directory import Stage
from connectors.bitrix24.setup.changes import DropStage, NewStage, RenameStage, ShiftStage, StageChange
from connectors.bitrix24.setup.codes import code_of
from connectors.bitrix24.setup.wishes import WantedStage
from qc_engine.core.wording.texts import folded

# The portal keeps SORT of work below success below failure (vendor's page `api-reference/crm/status`).
GROUPS = {"": 0, "S": 1, "F": 2}
COLORS = {"": "#55D0E0", "S": "#7BD500", "F": "#FF5752"}
STEP = 10
LONGEST_CODE = 20
UNDYING = frozenset({"NEW", "WON", "LOSE"})  # stages that the portal does not let go
# What a new pipeline comes with, in Russian portals; read again once it is there.
DEFAULTS = (
    ("NEW", "Новая", ""), ("PREPARATION", "Подготовка документов", ""),
    ("PREPAYMENT_INVOICE", "Счёт на предоплату", ""), ("EXECUTING", "В работе", ""),
    ("FINAL_INVOICE", "Финальный счёт", ""), ("WON", "Сделка успешна", "S"),
    ("LOSE", "Сделка провалена", "F"), ("APOLOGY", "Анализ причины провала", "F"),
)  # fmt: skip


def usual_stages() -> Sequence[Stage]:
    """The stages that a new pipeline will have, as far as one can know before it is there."""
    return [
        Stage(code, name, -1, semantics, place * STEP)
        for place, (code, name, semantics) in enumerate(DEFAULTS, 1)
    ]


def renewed(
    pipeline: int | None,
    name: str,
    stages: Sequence[Stage],
    wishes: Sequence[WantedStage],
    taken: Collection[str],
) -> Sequence[StageChange]:
    """A new pipeline's own stages become the wished ones; what is left of them does not stay beside ours.

    `name` is the pipeline's; `taken` are folded names that stages elsewhere have.
    """
    missing = [one for one in in_order(wishes) if not having(stages, one.name)]
    spare = [one for one in sorted_by_place(stages) if not any(is_called(one, wish) for wish in wishes)]
    reused = dict(_paired(spare, missing))
    left = [one for one in spare if one.id not in reused]
    renames = [_rename(pipeline, one, reused[one.id]) for one in spare if one.id in reused]
    clashes = [one for one in left if bare(one.id) in UNDYING and folded(one.name) in taken]
    renames += [RenameStage(pipeline, one.id, one.name, f"{one.name} ({name})") for one in clashes]
    drops = [
        DropStage(pipeline, one.id, one.name, one.sort) for one in left if bare(one.id) not in UNDYING
    ]  # fmt: skip
    dropped = {one.stage for one in drops}
    names = {one.stage: one.name for one in renames}
    kept = [replace(one, name=names.get(one.id, one.name)) for one in stages if one.id not in dropped]
    added = inserted(pipeline, kept, [one for one in missing if one not in reused.values()])
    return [*renames, *drops, *added]


def _paired(spare: Sequence[Stage], missing: Sequence[WantedStage]) -> Iterator[tuple[str, WantedStage]]:
    for semantics in GROUPS:
        stages = [one.id for one in spare if one.semantics == semantics]
        yield from zip(stages, [one for one in missing if one.semantics == semantics], strict=False)


def _rename(pipeline: int | None, stage: Stage, wish: WantedStage) -> RenameStage:
    return RenameStage(pipeline, stage.id, stage.name, wish.name, wish.color)


def in_order(wishes: Sequence[WantedStage]) -> Sequence[WantedStage]:
    """Each behind the one that it follows, otherwise as they were wished."""
    row: list[WantedStage] = []
    for wish in wishes:
        places = [n for n, one in enumerate(row, 1) if folded(one.name) == folded(wish.after or "")]
        row.insert(places[0] if places else len(row), wish)
    return row


# --- between the stages of the company ---------------------------------------------------------------


@dataclass(frozen=True)
class _Spot:
    """One place in the row: a stage of the portal (`id`), or a wish that has none yet."""

    name: str
    semantics: str
    id: str = ""
    sort: int = 0
    wish: WantedStage | None = None


def inserted(
    pipeline: int | None, stages: Sequence[Stage], missing: Sequence[WantedStage]
) -> Sequence[StageChange]:
    """New stages at their places; where there is no room the ones behind move up, the last one first."""
    row = [_Spot(one.name, one.semantics, one.id, one.sort) for one in sorted_by_place(stages)]
    for wish in missing:
        row.insert(_place(row, wish), _Spot(wish.name, wish.semantics, wish=wish))
    sorts = _sorts(row)
    shifts = [
        ShiftStage(pipeline, spot.id, spot.name, spot.sort, sort)
        for spot, sort in zip(row, sorts, strict=True)
        if spot.id and sort != spot.sort
    ]
    return [*reversed(shifts), *(_new(pipeline, row, sorts, wish) for wish in missing)]


def _place(row: Sequence[_Spot], wish: WantedStage) -> int:
    """Behind the one it follows, if that is of the same kind; otherwise the last of its kind."""
    group = GROUPS[wish.semantics]
    for place, spot in enumerate(row, 1):
        if folded(spot.name) == folded(wish.after or "") and GROUPS.get(spot.semantics) == group:
            return place
    return sum(GROUPS.get(spot.semantics, 0) <= group for spot in row)


def _sorts(row: Sequence[_Spot]) -> Sequence[int]:
    sorts: list[int] = []
    for place, spot in enumerate(row):
        before, moved = (sorts[-1], _is_ours(row[place - 1], sorts[-1])) if sorts else (0, False)
        if spot.wish:
            sorts.append(before + _gap(row[place:], before))
        else:
            sorts.append(before + STEP if moved and spot.sort <= before else spot.sort)
    return sorts


def _is_ours(spot: _Spot, sort: int) -> bool:
    return spot.wish is not None or spot.sort != sort


def _gap(row: Sequence[_Spot], before: int) -> int:
    """The new ones up to the next stage of the portal share the room before it, if there is any."""
    after = next((place for place, spot in enumerate(row) if not spot.wish), None)
    if after is None:
        return STEP
    return (row[after].sort - before) // (after + 1) if row[after].sort - before > after else STEP


def _new(pipeline: int | None, row: Sequence[_Spot], sorts: Sequence[int], wish: WantedStage) -> NewStage:
    place = next(n for n, spot in enumerate(row) if spot.wish is wish)
    wished = [spot.wish for spot in row if spot.wish]
    taken = {bare(spot.id) for spot in row}
    for one in wished[: wished.index(wish)]:
        taken.add(code_of(one.name, LONGEST_CODE, taken))
    code = code_of(wish.name, LONGEST_CODE, taken)
    color = wish.color or COLORS[wish.semantics]
    after = row[place - 1].name if place else ""
    return NewStage(pipeline, code, wish.name, sorts[place], color, wish.semantics, after)


# --- small words -------------------------------------------------------------------------------------


def sorted_by_place(stages: Sequence[Stage]) -> Sequence[Stage]:
    return sorted(stages, key=lambda one: (GROUPS.get(one.semantics, 0), one.sort))


def having(stages: Sequence[Stage], name: str) -> Sequence[Stage]:
    """The stages of this name."""
    return [one for one in stages if folded(one.name) == folded(name)]


def is_called(stage: Stage, wish: WantedStage) -> bool:
    return folded(stage.name) == folded(wish.name)


def bare(stage: str) -> str:
    """NEW of C7:NEW."""
    return stage.rpartition(":")[2]
