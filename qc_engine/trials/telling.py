"""The story of a trial in words: stages, fields and people by their names, long texts short."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from qc_engine.core.effects import (
    AddComment,
    CallWebhook,
    CloseTask,
    CreateDeal,
    CreateTask,
    Effect,
    MoveDeal,
    NotifyStaff,
    ReopenTask,
    SendMessage,
    SetFields,
    UpdateContact,
    UpdateTask,
)
from qc_engine.core.trace import Phrase, phrase
from qc_engine.trials.outset import HEAD, MANAGER
from qc_engine.trials.trial import Told, Trials
from qc_engine.trials.world import Happening, World

LONGEST_SHOWN = 120


@dataclass(frozen=True)
class Names:
    """What people call the ids of a scenario."""

    titles: Mapping[str, str]
    people: Mapping[int, str]

    @classmethod
    def of(cls, trials: Trials) -> "Names":
        return cls(trials.titles, {**trials.people, HEAD: "branch_head", MANAGER: "branch_manager"})

    def title(self, id_: str) -> str:
        return self.titles.get(id_, id_)

    def person(self, user: int) -> str:
        return self.people.get(user, str(user))

    def told(self, effect: Effect) -> Phrase:  # noqa: C901 (one line per effect)
        """What was done, in a sentence."""
        match effect:
            case SendMessage(text=text, question=question) if question:
                return phrase("trial.did.question", question=question, text=shown(text))
            case SendMessage(text=text):
                return phrase("trial.did.SendMessage", text=shown(text))
            case MoveDeal(stage=stage):
                return phrase("trial.did.MoveDeal", stage=self.title(stage))
            case SetFields(fields=fields):
                return phrase("trial.did.SetFields", fields=self._written(fields))
            case UpdateContact(fields=fields):
                return phrase("trial.did.UpdateContact", fields=self._written(fields))
            case CreateDeal(title=title, stage=stage, assigned_to=user):
                told = {"title": shown(title), "stage": self.title(stage), "person": self.person(user)}
                return phrase("trial.did.CreateDeal", **told)
            case CreateTask(title=title, responsible=user):
                return phrase("trial.did.CreateTask", title=shown(title), person=self.person(user))
            case NotifyStaff(user=user, text=text):
                return phrase("trial.did.NotifyStaff", text=shown(text), person=self.person(user))
            case AddComment(text=text):
                return phrase("trial.did.AddComment", text=shown(text))
            case UpdateTask(deadline=deadline):
                return phrase("trial.did.UpdateTask", deadline=deadline)
            case CallWebhook(webhook=webhook, event=event):
                return phrase("trial.did.CallWebhook", webhook=webhook, event=event)
            case CloseTask() | ReopenTask():
                return phrase(f"trial.did.{type(effect).__name__}")
            case _:
                assert_never(effect)

    def _written(self, fields: Mapping[str, str]) -> str:
        return ", ".join(f"{self.title(name)}: {shown(value)}" for name, value in fields.items())


def shown(text: str) -> str:
    """In one line, and not longer than a line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST_SHOWN else flat[:LONGEST_SHOWN] + "…"


def story(world: World, names: Names) -> Iterator[Told]:
    """All that has happened so far, in its order."""
    for one in world.happened:
        yield Told(one.at, _words(one, names))


def _words(one: Happening, names: Names) -> Phrase:
    if one.effect is not None:
        return names.told(one.effect)
    assert one.note is not None
    return one.note
