"""The survey's own page as a channel: what we say to a client there lies ready, and the page shows it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from qc_engine.core.effects import Effect, SendMessage
from qc_engine.ports import Done, Job, Outcome, Search


class Shelf:
    """Nothing leaves the house: a message is done as soon as it may be shown."""

    performs: frozenset[type[Effect]] = frozenset({SendMessage})
    batch_size = 100

    def perform(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        return [Done() for _ in jobs]

    def find(self, job: Job) -> Search:
        return Done()

    def takes(self, waiting: Mapping[str, int]) -> timedelta:
        return timedelta()
