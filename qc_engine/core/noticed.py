"""What a person outside would notice of an effect: with it two decisions can be compared."""

import re
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

Signature = tuple[object, ...]
# What seals a link to an answer page names the moment at which it was wanted.
SEAL = re.compile(r"(\?answer=[a-z_]+)\.\S+")


def signature(effect: Effect) -> Signature:  # noqa: C901 (one line per effect)
    """Equal for effects that look alike from outside; numbers of tasks and moments say nothing here."""
    kind = type(effect).__name__
    match effect:
        case SendMessage():
            return kind, effect.channel, effect.purpose, effect.text, effect.file
        case MoveDeal():
            return kind, effect.stage, *sorted(effect.fields.items())
        case SetFields() | UpdateContact():
            return kind, *sorted(effect.fields.items())
        case CreateDeal():
            fields = sorted(effect.fields.items())
            return kind, effect.title, effect.stage, effect.assigned_to, effect.comment, *fields
        case CreateTask():
            return kind, effect.title, _unsealed(effect.text), effect.responsible
        case UpdateTask():
            return kind, _unsealed(effect.text)
        case NotifyStaff():
            return kind, effect.user, _unsealed(effect.text)
        case AddComment():
            return kind, effect.text
        case CallWebhook():
            data = sorted((name, _unsealed(value)) for name, value in effect.data.items())
            return kind, effect.webhook, effect.event, *data
        case CloseTask() | ReopenTask():
            return (kind,)
        case _:
            assert_never(effect)


def _unsealed(text: str) -> str:
    return SEAL.sub(r"\1", text)
