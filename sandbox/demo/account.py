"""The account after a performance: what is read back from the CRM, against what should be there."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.demo.people import Player
from sandbox.demo.play import Play

SCORES = ("UF_CRM_QC_SCORE_1", "UF_CRM_QC_SCORE_2", "UF_CRM_QC_AVERAGE")
BONUS, OPT_OUT = "UF_CRM_QC_BONUS", "UF_CRM_QC_OPT_OUT"
COMPLAINTS = "C7:"


class Readback:
    """The portal's state, indexed by what the account asks for."""

    def __init__(self, state: Mapping[str, Any], stories: Mapping[int, Any]) -> None:
        self.deals = {one["id"]: one for one in state["deals"]}
        self.contacts = {one["id"]: one for one in state["contacts"]}
        self.tasks = Counter(one["deal_id"] for one in state["tasks"])
        self.open_tasks = Counter(one["deal_id"] for one in state["tasks"] if str(one["status"]) != "5")
        self.complaints = Counter(
            one["contact_id"] for one in state["deals"] if str(one["stage"]).startswith(COMPLAINTS)
        )
        # By deal, as the engine tells them.
        self.outcomes = {deal: story["case"]["outcome"] for deal, story in stories.items()}
        self.uncounted = {deal: _grades(story) for deal, story in stories.items()}


def _grades(story: Mapping[str, Any]) -> set[str]:
    """Of the visits of links that were not the one of which the case was told."""
    return {one["grade"] for one in story["entries"] if one["kind"] == "click"}


def account(play: Play, readback: Readback, *, with_outcome: bool = True) -> list[dict[str, Any]]:
    """One row per client; `wrong` lists what is not as it should be."""
    return [_row(player, readback, with_outcome) for player in play.players.values()]


def _row(player: Player, readback: Readback, with_outcome: bool) -> dict[str, Any]:
    deal = readback.deals[player.deal_id]
    found = {
        "outcome": readback.outcomes.get(player.deal_id, "none"),
        "stage": deal["stage"],
        "messages": len(player.received),
        "tasks": readback.tasks[player.deal_id],
        "open_tasks": readback.open_tasks[player.deal_id],
        "scores": tuple(_number(deal["fields"].get(name)) for name in SCORES),
        "complaint": bool(readback.complaints[player.contact_id]),
        "bonus": _flag(readback.contacts[player.contact_id]["fields"].get(BONUS)),
        "opt_out": _flag(readback.contacts[player.contact_id]["fields"].get(OPT_OUT)),
        "uncounted": readback.uncounted.get(player.deal_id, set()),
    }
    wrong = [
        f"{name}: {found[name]!r}, expected {want!r}"
        for name, want in _wanted(player, with_outcome).items()
        if found[name] != want
    ]
    return {
        "client": player.name,
        "kind": player.person.kind,
        "branch": player.branch,
        "deal": player.deal_id,
        "outcome": found["outcome"],
        "final_stage": found["stage"],
        "messages": found["messages"],
        "tasks": found["tasks"],
        "scores": found["scores"],
        "as_expected": not wrong,
        "wrong": wrong,
    }


def _wanted(player: Player, with_outcome: bool) -> dict[str, Any]:
    person = player.person
    outcome = {"outcome": person.outcome} if with_outcome else {}
    guarded = {"uncounted": {"machine", "likely"}} if person.guarded else {}
    return {
        **outcome,
        **guarded,
        "stage": person.stage,
        "messages": person.messages,
        "tasks": person.tasks,
        "open_tasks": int(
            person.complaint
        ),  # the head's: whether there is a review nobody has to look any more
        "scores": person.scores,
        "complaint": person.complaint,
        "bonus": person.outcome == "review_confirmed",
        "opt_out": person.outcome == "opted_out",
    }


def _number(value: Any) -> str:
    """'9', 9 and 9.0 are the same score."""
    return "" if value in (None, "") else f"{float(value):g}"


def _flag(value: Any) -> bool:
    return str(value) in ("1", "Y", "True", "true")


def totals(play: Play, rows: Iterable[Mapping[str, Any]], status: Mapping[str, Any]) -> dict[str, int]:
    """What must be: as many as expected, and zero of the rest."""
    rows = list(rows)
    done = {"AnswerReceived": play.answered, "ChannelJoined": play.joined, "FormAnswered": play.filled}
    lost = sum(max(0, count - status["inbox"].get(kind, 0)) for kind, count in done.items())
    return {
        "clients": len(rows),
        "as_expected": sum(row["as_expected"] for row in rows),
        "double_messages": sum(doubles(player) for player in play.players.values()),
        "lost_events": lost
        + max(0, play.clicked - status["clicks"].get("person", 0))
        + max(0, len(rows) - sum(status["cases"].values())),
        "uncertain": status["effects"].get("review", 0) + status["effects"].get("unknown", 0),
    }


def doubles(player: Player) -> int:
    """Nothing that we say is said twice to one client."""
    return len(player.received) - len(set(player.received))
