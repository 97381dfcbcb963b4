"""Workers tell each other that there is work: Procrastinate carries the hint, and nothing but the hint.

What is to be done stands in our own tables, and every worker looks there by itself: a hint that is lost
costs a tick. So a job has no lock, no time to come, no repeats and no part in a transaction of ours, and it
is gone when it was heard.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import DeleteJobCondition, Status
from sqlalchemy.engine import make_url

from qc_engine.flow.duties import Sharing
from qc_engine.flow.loops import EmbeddedRunner

TASK = "qc.hint"
EVERYBODY = "qc"  # the queue of what any worker may do; each has one of its own beside it
GATHER_SECONDS = 0.01  # real; what is said within it is said once
AGAIN_SECONDS = 2.0  # real; how soon to try again when the server does not answer
ANSWER_SECONDS = 5.0  # real; for how long to wait for a connection
CLEAN_SECONDS = 60.0

log = structlog.get_logger(__name__)


class HintingRunner(EmbeddedRunner):
    """The same loops at the same ticks, woken by other processes too."""

    def __init__(self, url: str, queue: str = "") -> None:
        """`queue` is this worker's own; without one it only tells: doors have no loops to be woken."""
        super().__init__()
        logging.getLogger("procrastinate").setLevel(logging.WARNING)  # two lines for every hint
        self._url = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._queue = queue
        self._sharing: Sharing | None = None
        self._hints: set[tuple[str, str]] = set()  # queue, name of a loop
        self._ring: Callable[[], object] = lambda: None
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._live, name="hints", daemon=True)

    def beside(self, sharing: Sharing) -> None:
        super().beside(sharing)
        self._sharing = sharing

    def wake(self, name: str) -> None:
        """Waits for nobody: a visitor may be waiting for us."""
        holder = self._holder(name)
        if name in self.loops and not holder:
            super().wake(name)
            return
        with self._lock:
            self._hints.add((holder or EVERYBODY, name))
            self._ring()

    def start(self) -> None:
        super().start()
        self._thread.start()

    def stop(self) -> None:
        with self._lock:
            self._ending.set()
            self._ring()
        if self._thread.is_alive():
            self._thread.join(ANSWER_SECONDS)  # a server that is gone is not waited for
        super().stop()

    def _holder(self, name: str) -> str:
        """Another worker, who alone does this; '' any, or we ourselves."""
        duty = self.duty(name)
        return self._sharing.holder(duty) if self._sharing and duty else ""

    # --- the thread that speaks with Procrastinate ---

    def _live(self) -> None:
        while not self._ending.is_set():
            try:
                asyncio.run(self._speak())
            except Exception as trouble:  # noqa: BLE001 (whatever it is, it costs no more than ticks)
                log.warning("hints wait for the database", error=type(trouble).__name__)
            self._ending.wait(AGAIN_SECONDS)

    async def _speak(self) -> None:
        """Until the end, or until something goes wrong: then all of it begins anew."""
        app = self._app()
        async with app.open_async():
            tasks = [asyncio.create_task(work) for work in self._works(app)]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for one in done:
                    one.result()
            finally:
                for one in tasks:
                    one.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    def _app(self) -> App:
        connector = PsycopgConnector(
            conninfo=self._url, min_size=1, max_size=4,
            timeout=ANSWER_SECONDS, reconnect_timeout=ANSWER_SECONDS,
        )  # fmt: skip
        app = App(connector=connector)
        app.task(name=TASK)(self._hear)
        return app

    def _works(self, app: App) -> Iterator[Coroutine[Any, Any, None]]:
        yield self._tell(app)
        if self._queue:
            yield self._clean(app)
            yield app.run_worker_async(
                queues=[EVERYBODY, self._queue], name=self._queue, install_signal_handlers=False,
                delete_jobs=DeleteJobCondition.ALWAYS, shutdown_graceful_timeout=1.0,
            )  # fmt: skip

    async def _hear(self, name: str) -> None:
        if name in self.loops:
            self.loops[name].call()

    async def _tell(self, app: App) -> None:
        with self._bell() as news:
            while not self._ending.is_set():
                await news.wait()
                await asyncio.sleep(GATHER_SECONDS)
                news.clear()
                with self._lock:
                    hints, self._hints = self._hints, set()
                for queue, name in sorted(hints):
                    await _say(app, queue, name)

    @contextlib.contextmanager
    def _bell(self) -> Iterator[asyncio.Event]:
        """Rung by other threads, as long as somebody here can hear it."""
        loop, news = asyncio.get_running_loop(), asyncio.Event()
        with self._lock:
            self._ring = lambda: loop.call_soon_threadsafe(news.set)
        news.set()  # what was said before
        try:
            yield news
        finally:
            with self._lock:
                self._ring = lambda: None

    async def _clean(self, app: App) -> None:
        """What a worker had in its hands or before its door when it died, is nobody's: it was only a hint."""
        while True:
            await asyncio.sleep(CLEAN_SECONDS)
            await forget_the_dead(
                app, {EVERYBODY, self._queue, *(self._sharing.peers() if self._sharing else ())}
            )


async def _say(app: App, queue: str, name: str) -> None:
    with contextlib.suppress(AlreadyEnqueued):  # it has been said, and not been heard yet
        await app.configure_task(TASK, queue=queue, queueing_lock=f"{queue}:{name}").defer_async(name=name)


async def forget_the_dead(app: App, living: set[str]) -> None:
    """`living`: the queues that somebody listens to."""
    jobs = app.job_manager
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=CLEAN_SECONDS):
        await jobs.finish_job(job, Status.FAILED, delete_job=True)
    for job in await jobs.list_jobs_async(task=TASK, status=Status.TODO.value):
        if job.queue not in living and job.id is not None:
            await jobs.cancel_job_by_id_async(job.id, delete_job=True)
