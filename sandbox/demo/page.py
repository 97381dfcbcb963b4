"""The interactive demo: one address, until Ctrl-C."""

import signal
import sys
import time
from pathlib import Path

from sandbox.demo.processes import free_port
from sandbox.demo.stage import Plan, Stage, stage

WATCH_SECONDS = 0.5


def show(folder: Path, port: int) -> bool:
    """True when the visitor ended it, False when one of the processes died."""
    with stage(Plan(folder, port=_free_or_any(port))) as up:
        sys.stdout.write(
            f"\n  qc-engine demo: {up.sandbox_url}/\n\n  Open this address in a browser. Ctrl-C ends it.\n"
        )
        sys.stdout.flush()
        return _until_interrupted(up)


def _until_interrupted(up: Stage) -> bool:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while all(process.poll() is None for process in up.processes.values()):
            time.sleep(WATCH_SECONDS)
    except KeyboardInterrupt:
        return True
    dead = [name for name, process in up.processes.items() if process.poll() is not None]
    sys.stderr.write(f"qc demo: stopped, see {up.plan.folder}: {', '.join(dead)} died\n")
    return False


def _free_or_any(port: int) -> int:
    import socket

    try:
        with socket.create_server(("127.0.0.1", port)):
            return port
    except OSError:
        return free_port()
