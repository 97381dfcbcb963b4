"""This process as one of the workers of an installation."""

import os
import socket
from hashlib import blake2b
from pathlib import Path

from qc_engine.clock import SystemClock
from qc_engine.flow.duties import HOUSE, Alone, Duties, Sharing
from qc_engine.ids import RandomIds
from qc_engine.ports import nothing
from qc_engine.store import schema
from qc_engine.store.database import Database
from qc_engine.store.workers import Worker
from qc_engine.wiring.installation import Installation, connector_name, portals_of
from qc_engine.wiring.keys import secret_of

BOOT, SPACE = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")


def sharing_of(settings: Installation, database: Database, role: str, *, at_home: bool = True) -> Sharing:
    """What is ours of the work on this database; without a role there is nobody beside us.

    Who is not `at_home` (see store/place) takes no work from others yet.
    """
    if not role:
        return Alone()
    worker, clock = this_worker(role, secret_of(settings)), SystemClock()
    if database.is_sqlite:
        return Alone((database, worker, clock))
    duties = Duties(database, worker, clock)
    # Portals first: whose folder of scenarios is written down must be known before it is read.
    duties.know(dict.fromkeys((HOUSE, *map(connector_name, portals_of(settings))), nothing))
    if at_home:
        duties.beat()
    return duties


def this_worker(role: str, secret: str) -> Worker:
    """A new one each time: a process that comes back does not take itself for the one that died."""
    started, key = SystemClock().now().isoformat(), sign_of(secret)
    host, release = socket.gethostname(), schema.newest()
    return Worker(RandomIds().case_id(), release, host, os.getpid(), role, started, place=_place(), key=key)


def sign_of(secret: str) -> str:
    """Tells one key from another, and nothing of either."""
    return blake2b(secret.encode(), digest_size=4, person=b"qc worker").hexdigest()


def _place() -> str:
    """Machines may share a name; containers of one may share its kernel, and number processes each anew."""
    try:
        return f"{BOOT.read_text('ascii').strip()} {SPACE.readlink()}"
    except OSError:  # not Linux: there a worker that was killed is missed by its silence
        return ""
