"""How `qc bitrix24 setup` tells what it will do, does and did."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qc_engine.wiring import connector_name

if TYPE_CHECKING:
    from connectors.bitrix24.setup import Made, Plan, Progress, Step

EVENTS = "ONCRMDEALADD, ONCRMDEALUPDATE, ONCRMDEALDELETE, ONTASKUPDATE"
STATES = {
    "done": "✓ готово",
    "there": "✓ уже есть",
    "kept": "• оставлено: там есть сделки, или портал не отдаёт",
}


def as_text(planned: "Plan", portal: str) -> str:
    """The plan as a list that a person can read before saying yes."""
    lines = [f"Портал {portal}"]
    lines += _section("Уже есть", [f"✓ {one}" for one in planned.present])
    lines += _section("Нужен человек", [f"✗ {one.what}\n    → {one.remedy}" for one in planned.problems])
    steps = [_step(number, one) for number, one in enumerate(planned.steps, 1)]
    lines += _section("Будет создано", steps)
    if not planned.steps:
        lines += ["", "Создавать нечего." if planned.problems else "Всё на месте, создавать нечего."]
    return "\n".join(lines)


def _section(title: str, rows: Sequence[str]) -> Sequence[str]:
    return ["", f"{title}:", *(f"  {row}" for row in rows)] if rows else []


def _step(number: int, one: "Step") -> str:
    calls = Counter(each.method for each in one.commands)
    rest = ", ".join(method + (f" ×{times}" if times > 1 else "") for method, times in calls.items())
    return "\n".join([f"{number}. {one.what}", *(f"     {each}" for each in (*one.details, f"REST: {rest}"))])


def progress(one: "Progress", step: str) -> str:
    """One line while it is being done; `step` is what the step as a whole says."""
    place = f"[{one.number}/{one.of}]"
    if one.state == "begun":
        return f"{place} {one.what}..."
    return f"{' ' * len(place)} {STATES[one.state]}" + ("" if one.what == step else f": {one.what}")


def ending(made: Sequence[str], by_hand: Sequence[str]) -> str:
    """What was made, and what a person must still do in the portal."""
    lines = ["", f"Сделано: {len(made)}. Как всё вернуть: qc bitrix24 setup --undo-list"] if made else []
    return "\n".join([*lines, *_section("Осталось сделать руками", [f"• {one}" for one in by_hand])])


def by_hand(planned: "Plan", public_url: str, portal: str, *, is_application: bool) -> Sequence[str]:
    """What no command can do in this portal."""
    from connectors.bitrix24.setup.changes import NewField

    where = "Разработчикам → Другое → Исходящий вебхук"
    webhook = (
        f"{where}: события {EVENTS}; адрес {public_url.rstrip('/')}/hooks/{connector_name(portal)}; "
        "его токен впишите как application_token этого портала"
    )
    fields = ", ".join(one.change.title for one in planned.steps if isinstance(one.change, NewField))
    shown = f"Карточка: «Выбрать поле» → {fields}; список сделок: шестерёнка → столбцы"
    return [
        *([] if is_application else [webhook]),
        *([shown] if fields else []),
        "Проверить всё вместе: qc doctor",
    ]


def document(planned: "Plan", portal: str, made: Sequence[str], by_hand: Sequence[str]) -> dict[str, Any]:
    """All of it for machines."""
    return {
        "ok": not planned.problems,
        "portal": portal,
        "present": planned.present,
        "problems": [vars(one) for one in planned.problems],
        "steps": [
            {
                "what": one.what,
                "details": one.details,
                "commands": [{"method": each.method, "params": each.params} for each in one.commands],
                "undo": one.undo,
            }
            for one in planned.steps
        ],
        "made": list(made),
        "by_hand": list(by_hand),
    }


# --- what was made before ----------------------------------------------------------------------------


def undo(entries: Sequence["Made"]) -> str:
    """The newest first: what was made last is removed first."""
    if not entries:
        return "На этом портале setup ещё ничего не создавал."
    head = "Создано командой setup, последнее сверху. Сами мы ничего не удаляем: в полях могут быть оценки."
    return "\n".join([head, *(_made(one) for one in reversed(entries))])


def _made(one: "Made") -> str:
    state = "" if one.finished else " (не закончено: запустите setup ещё раз)"
    return f"\n{one.at:%Y-%m-%d %H:%M} UTC  {one.what}{state}\n    → {one.undo}"


def undo_document(entries: Sequence["Made"]) -> dict[str, Any]:
    return {"made": [vars(one) for one in reversed(entries)]}
