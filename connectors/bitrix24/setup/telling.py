"""What a change of the portal says to a person: what will be done, and how to take it back."""

from typing import assert_never

from connectors.bitrix24.setup.changes import (
    Change,
    DropStage,
    NewField,
    NewPipeline,
    NewStage,
    RenameStage,
    ShiftStage,
    methods_of,
)
from connectors.bitrix24.setup.wishes import KINDS, WHOSE

OUTCOMES = {"": "в работе", "S": "успех", "F": "провал"}
SETTINGS = "В настройках воронок CRM"
FIELDS = "В настройках пользовательских полей CRM"


def said(change: Change) -> str:
    """What will be done, in one line."""
    match change:
        case NewField(entity, code, title, kind):
            return f"Создать поле {WHOSE[entity]} «{title}» ({KINDS[kind]}), код {code}"
        case NewPipeline(name, id=None):
            return f"Создать воронку «{name}» со стадиями"
        case NewPipeline(name):
            return f"Закончить воронку «{name}», которую прошлый запуск не довёл до конца"
        case NewStage(name=name, semantics=semantics, after=after):
            place = f" после «{after}»" if after else ""
            return f"Создать стадию «{name}» ({OUTCOMES[semantics]}){place}"
        case RenameStage(old=old, name=name):
            return f"Переименовать стадию «{old}» в «{name}»"
        case ShiftStage(name=name, old=old, sort=sort):
            return f"Сдвинуть стадию «{name}», чтобы освободить место (порядок {old} → {sort})"
        case DropStage(name=name):
            return f"Убрать стадию «{name}», которую портал создал сам (если в ней нет сделок)"
        case _:
            assert_never(change)


def undo(change: Change, number: str = "") -> str:
    """How to take it back by hand or by REST; `number` is the portal's id once there is one."""
    row = number or "<номер>"
    match change:
        case NewField(entity, code, title):
            page = f"{FIELDS}: удалить «{title}»"
            return f'{page}; REST {methods_of(entity)}.delete {{"id": {row}}} ({code}; значения пропадут)'
        case NewPipeline(name):
            by_rest = f'crm.category.delete {{"entityTypeId": 2, "id": {row}}}'
            return f"{SETTINGS}: удалить воронку «{name}»; REST {by_rest} (сначала уберите её сделки)"
        case NewStage(name=name):
            by_rest = f'crm.status.delete {{"id": {row}}}'
            return f"{SETTINGS}: удалить стадию «{name}»; REST {by_rest} (сначала уберите её сделки)"
        case RenameStage(old=old, name=name):
            by_rest = f'crm.status.update {{"id": {row}, "fields": {{"NAME": "{old}"}}}}'
            return f"{SETTINGS}: переименовать «{name}» в «{old}»; REST {by_rest}"
        case ShiftStage(old=old):
            return f'Возвращать незачем; REST crm.status.update {{"id": {row}, "fields": {{"SORT": {old}}}}}'
        case DropStage(name=name):
            return f"{SETTINGS}: добавить стадию «{name}»"
        case _:
            assert_never(change)
