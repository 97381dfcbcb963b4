"""How often each part runs on one machine: APScheduler is the alarm clock, nothing is stored in it."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

log = structlog.get_logger()


class Loop:
    """One piece of work, run by one thread at a time; a wake-up while it runs makes it run again."""

    def __init__(self, name: str, work: Callable[[], int], stopping: threading.Event) -> None:
        self.name, self.work, self.stopping = name, work, stopping
        self.again = threading.Event()
        self.beats = 0

    def run(self) -> None:
        """Until nothing is left to do."""
        self.again.set()
        while self.again.is_set() and not self.stopping.is_set():
            self.again.clear()
            try:
                while not self.stopping.is_set() and self.work():
                    pass
            except Exception:  # a bug here must not end the loop for ever
                log.exception("loop failed", loop=self.name)
            self.beats += 1


class EmbeddedRunner:
    """The engine's port of three calls on one machine: periodic, wake, run (start and stop)."""

    def __init__(self, threads: int = 16) -> None:
        self.stopping = threading.Event()
        self.loops: dict[str, Loop] = {}
        self.scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(threads)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )

    def periodic(self, name: str, every: timedelta, work: Callable[[], int]) -> None:
        """Run `work` every so often (real time), and at once on start; it returns how much it did."""
        loop = self.loops[name] = Loop(name, work, self.stopping)
        self.scheduler.add_job(
            loop.run, "interval", seconds=every.total_seconds(), id=name, next_run_time=datetime.now(UTC)
        )

    def wake(self, name: str) -> None:
        """There is work: do not wait for the next tick. Losing this call costs one tick."""
        loop = self.loops.get(name)
        if loop is None or self.stopping.is_set() or loop.again.is_set():
            return
        loop.again.set()
        try:
            self.scheduler.modify_job(name, next_run_time=datetime.now(UTC))
        except JobLookupError:  # stopping at this very moment
            return

    def start(self) -> None:
        self.scheduler.start()

    def stop(self) -> None:
        """Let every loop finish what it is doing."""
        self.stopping.set()
        if self.scheduler.running:
            self.scheduler.shutdown(wait=True)

    @property
    def ticking(self) -> bool:
        """Every loop has run at least once and the scheduler lives."""
        return self.scheduler.running and all(loop.beats for loop in self.loops.values())
