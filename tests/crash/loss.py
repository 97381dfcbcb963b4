"""What was lost and what came twice: the engine's own database against the vendors' ledger."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.demo.account import COMPLAINTS
from tests.crash.inside import Inside
from tests.crash.load import Load
from tests.crash.storm import Storm


@dataclass
class Loss:
    """All of it must be 0, but for `decided`."""

    figures: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    clients: int = 0
    acknowledged: int = 0
    messages: int = 0
    decided: int = 0  # messages of which a person said whether they had left

    @property
    def is_none(self) -> bool:
        return not any(self.figures.values()) and not self.wrong


def counted(load: Load, storm: Storm, inside: Inside) -> Loss:
    rows, state = load.rows(), load.here.get("/sandbox/state", limit=0)
    effects, said = inside.effects(), load.messages()
    figures = {
        "acknowledged webhooks lost": len(set(storm.acknowledged) - inside.hinted()),
        "clients' words or clicks lost": _lost(load),
        "messages that came twice": _twice((one["phone"], one["text"]) for one in said),
        "tasks made twice": _twice((one["deal_id"], one["title"]) for one in state["tasks"]),
        "complaints opened twice": _twice(_complaints(state)),
        "comments written twice": _twice((one["deal_id"], one["text"]) for one in state["comments"]),
        "effects that never ended": sum(effects.get(one, 0) for one in ("sending", "unknown", "review")),
        "effects that failed": effects.get("failed", 0),
    }
    wrong = [f"{row['client']} ({row['kind']}): {', '.join(row['wrong'])}" for row in rows if row["wrong"]]
    return Loss(figures, wrong, len(rows), len(storm.acknowledged), len(said), len(load.decided))


def _lost(load: Load) -> int:
    told = load.here.status(full=True)
    heard: int = told["inbox"].get("AnswerReceived", 0)
    clicks: int = told["clicks"].get("person", 0)
    answered = sum(play.answered for play in load.plays)
    clicked = sum(play.clicked for play in load.plays)
    return max(0, answered - heard) + max(0, clicked - clicks)


def _complaints(state: dict[str, Any]) -> Iterable[object]:
    return (one["contact_id"] for one in state["deals"] if str(one["stage"]).startswith(COMPLAINTS))


def _twice(things: Iterable[object]) -> int:
    return sum(count - 1 for count in Counter(things).values())
