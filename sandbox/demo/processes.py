"""Processes of the demo: started, waited for, and ended whatever happens."""

import contextlib
import itertools
import secrets
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
STOP_SECONDS = 25
# Below those that Linux gives to outgoing connections: one of them may be taken before our server binds it.
PORTS = range(12_000, 32_000)
_turns = itertools.count(secrets.randbelow(len(PORTS)))


class CannotStart(Exception):
    """A process of the demo did not come up; the text holds its last words."""


def free_port() -> int:
    """One that nobody listens on, never the same twice in a row: who starts beside us begins elsewhere."""
    for turn in itertools.islice(_turns, len(PORTS)):
        port = PORTS[turn % len(PORTS)]
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise CannotStart(f"every port from {PORTS.start} to {PORTS.stop - 1} is taken")


def start(command: list[str], environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 (our own two programs)
            command, cwd=ROOT, env=dict(environment), stdout=output, stderr=output, start_new_session=True
        )


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url, timeout=2).status_code < 500:
                return
        time.sleep(0.1)
    raise CannotStart(f"{url} did not answer. Last words in {log}:\n{_last_words(log)}")


def _last_words(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])


def stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    if process.poll() is None:
        process.kill()
