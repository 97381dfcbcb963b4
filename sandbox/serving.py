"""Serves one sandbox on one port, or on two: plain http, and TLS beside it."""

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

QUIET: dict[str, Any] = {"access_log": False, "log_level": "warning", "timeout_graceful_shutdown": 2}


@dataclass(frozen=True, slots=True)
class Tls:
    door: socket.socket
    certificate: Path
    key: Path

    @property
    def port(self) -> int:
        return int(self.door.getsockname()[1])


class Beside(uvicorn.Server):
    """A server that leaves signals to the first one and ends with it."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """OSError when somebody else has the port; port 0 takes any free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


def serve(app: ASGIApp, plain: socket.socket, tls: Tls | None = None) -> None:
    """Until a signal comes; the same app, so the same state, behind both doors."""
    first = uvicorn.Server(uvicorn.Config(app, **QUIET))
    if tls is None:
        first.run(sockets=[plain])
        return
    secure = uvicorn.Config(
        app, lifespan="off", ssl_certfile=str(tls.certificate), ssl_keyfile=str(tls.key), **QUIET
    )
    asyncio.run(_both(first, plain, Beside(secure), tls.door))


async def _both(
    first: uvicorn.Server, plain: socket.socket, beside: uvicorn.Server, tls_door: socket.socket
) -> None:
    running = asyncio.create_task(beside.serve(sockets=[tls_door]))
    try:
        await first.serve(sockets=[plain])
    finally:
        beside.should_exit = True
        await running
