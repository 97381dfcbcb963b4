"""What setup will do on a portal, and what it leaves to a person. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.bitrix24.calls.client import Command
from connectors.bitrix24.names.directory import Directory
from connectors.bitrix24.setup.changes import Change, NewPipeline, NewStage, ShiftStage, commands
from connectors.bitrix24.setup.fields import Present, Problem, fields_planned
from connectors.bitrix24.setup.pipelines import Unfinished, stages_planned
from connectors.bitrix24.setup.telling import said, undo
from connectors.bitrix24.setup.wishes import StartStage, WantedField, WantedStage, Wish

USUAL = "В новой воронке портал сам заводит стадии (их названия могут отличаться), поэтому:"


@dataclass(frozen=True)
class Step:
    """One thing to be made: in plain words, as REST commands, and how to take it back."""

    what: str
    details: tuple[str, ...]
    commands: tuple[Command, ...]
    undo: str
    change: Change


@dataclass(frozen=True)
class Plan:
    """`present` is what is there already, `problems` is what only a person can settle."""

    steps: tuple[Step, ...]
    problems: tuple[Problem, ...]
    present: tuple[str, ...]


def plan(directory: Directory, wishes: Sequence[Wish], unfinished: Sequence[Unfinished] = ()) -> Plan:
    """Only what is missing by name; what people have made stays as it is.

    `unfinished`: pipelines that a stopped run left half made, see `Journal.unfinished`.
    """
    starts = [one for one in wishes if isinstance(one, StartStage)]
    stages = [one for one in wishes if isinstance(one, WantedStage)]
    fields = [one for one in wishes if isinstance(one, WantedField)]
    verdicts = [*stages_planned(directory, starts, stages, unfinished), *fields_planned(directory, fields)]
    return Plan(
        tuple(_step(one, directory) for one in verdicts if not isinstance(one, Present | Problem)),
        tuple(one for one in verdicts if isinstance(one, Problem)),
        tuple(one.what for one in verdicts if isinstance(one, Present)),
    )


def _step(change: Change, directory: Directory) -> Step:
    details = tuple(_details(change, directory))
    return Step(said(change), details, tuple(commands(change)), undo(change), change)


def _details(change: Change, directory: Directory) -> Sequence[str]:
    match change:
        case NewPipeline(stages=stages, expected=expected):
            names = " → ".join(one.name for one in stages)
            return [f"Стадии: {names}", USUAL, *(said(one) for one in expected)]
        case NewStage(pipeline=pipeline) | ShiftStage(pipeline=pipeline):
            name = next((one.name for one in directory.pipelines if one.id == pipeline), "")
            return [f"Воронка «{name}»"]
        case _:
            return []


__all__ = ["Plan", "Problem", "Step", "plan"]
