"""Outgoing webhooks: where they go, and a test that the receiver can tell from a real one."""

from collections.abc import Sequence
from datetime import datetime

from qc_engine.core.effects import CallWebhook
from qc_engine.explain.voice import Voice
from qc_engine.ports import Done, Job, Performs
from qc_engine.telling.office.connected import Origins, origin_of
from qc_engine.web.pages.settings.office import Endpoint, Heard
from qc_engine.wiring import Installation

TEST = "qc.test"  # the type of a test's message


def endpoints(settings: Installation) -> Sequence[Endpoint]:
    origins = Origins(settings)
    return [
        Endpoint(
            name, origin_of(hook.url), hook.ports, hook.allow_private, origins.of(("webhooks", name))
        )
        for name, hook in settings.webhooks.items()
    ]  # fmt: skip


def tested(performs: Performs, name: str, key: str, now: datetime, voice: Voice) -> Heard:
    """Through the very connector that carries all out: its signature, its addresses, its pace."""
    effect = CallWebhook(name, TEST, now, {"test": "true"})
    (outcome,) = performs.perform([Job(f"test:{key}", "", effect, urgent=True)])
    return Heard(True) if isinstance(outcome, Done) else Heard(False, voice.error(str(outcome)))
