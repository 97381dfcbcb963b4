"""How often each part runs on one machine: APScheduler is the alarm clock, nothing is stored in it."""

import threading
from collections.abc import Callable, Collection
from datetime import UTC, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from qc_engine.flow.duties import Sharing, Turn
from qc_engine.store.database import is_passing

log = structlog.get_logger()
# The alarm clock goes by the machine's: put back by a day, it would let all rest for so long.
PATIENCE = 2  # times its span a loop waits for the bell, by time that only runs forward
GATHER_SECONDS = 0.02  # real; what comes within it is done in one go, and in fewer requests


class Loop:
    """One piece of work on a thread of its own; woken by the clock, or because there is work now."""

    def __init__(self, name: str, every: timedelta, work: Callable[[], int]) -> None:
        self.name, self.every, self.work = name, every.total_seconds(), work
        self.called = threading.Event()
        self.stopping = threading.Event()
        self.beats = 0
        self.thread = threading.Thread(target=self._live, name=f"loop {name}", daemon=True)

    def call(self) -> None:
        """Run soon. Calls while it runs make it look once more, never twice."""
        self.called.set()

    def stop(self) -> None:
        """Finish what is under way, and come back."""
        self.stopping.set()
        self.called.set()
        self.thread.join()

    def _live(self) -> None:
        while not self.stopping.is_set():
            # Cleared before the work: a call that comes meanwhile is not lost.
            self.called.clear()
            self._until_nothing_is_left()
            self.beats += 1
            self.called.wait(PATIENCE * self.every)
            self.stopping.wait(GATHER_SECONDS)

    def _until_nothing_is_left(self) -> None:
        try:
            while not self.stopping.is_set() and self.work():
                pass
        except Exception as trouble:  # a bug here must not end the loop for ever
            if is_passing(trouble):
                log.warning("a loop waits for the database", loop=self.name, error=type(trouble).__name__)
            else:
                log.exception("loop failed", loop=self.name)


class EmbeddedRunner:
    """The engine's port of three calls on one machine: periodic, wake, run (start and stop)."""

    def __init__(self) -> None:
        self.loops: dict[str, Loop] = {}
        self.scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},  # it only rings bells
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )

    def periodic(self, name: str, every: timedelta, work: Callable[[], int]) -> None:
        """Run `work` on start and every so often (real time); it returns how much it did, 0: nothing left."""
        loop = self.loops[name] = Loop(name, every, work)
        self.scheduler.add_job(loop.call, "interval", seconds=every.total_seconds(), id=name)

    def beside(self, sharing: Sharing) -> None:
        """Other workers do what is theirs; what becomes ours is looked at at once."""
        sharing.listen(self._ours_now)

    def duty(self, name: str) -> str:
        """What one must look after to do the work of this loop; '' nothing."""
        work = self.loops[name].work if name in self.loops else None
        return work.duty if isinstance(work, Turn) else ""

    def _ours_now(self, duties: Collection[str]) -> None:
        for name, loop in self.loops.items():
            if self.duty(name) in duties:
                loop.call()

    def wake(self, name: str) -> None:
        """There is work: do not wait for the next tick. Losing this call costs one tick."""
        if name in self.loops:
            self.loops[name].call()

    def start(self) -> None:
        for loop in self.loops.values():
            loop.thread.start()
        self.scheduler.start()

    def stop(self) -> None:
        """Let every loop finish what it is doing."""
        if self.scheduler.running:
            self.scheduler.shutdown(wait=False)
        for loop in self.loops.values():
            loop.stopping.set()
        for loop in self.loops.values():
            if loop.thread.is_alive():
                loop.stop()

    @property
    def ticking(self) -> bool:
        """Every loop has run at least once, and every one is alive."""
        return all(loop.beats and loop.thread.is_alive() for loop in self.loops.values())
