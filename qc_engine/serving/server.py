"""One way to answer over HTTP, for the engine and for review links on a host of their own."""

import asyncio
import socket

import uvicorn

from qc_engine.web.bodies import AsgiApp

BACKLOG = 2048


def opened(host: str, port: int) -> socket.socket:
    """Raises OSError when the port is taken. Visitors wait from now on, and are not refused."""
    return socket.create_server((host, port), backlog=BACKLOG)


def answer(app: AsgiApp, door: socket.socket, grace_seconds: int) -> None:
    """Until SIGINT or SIGTERM; what is under way then has `grace_seconds` to end."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=grace_seconds,
    )
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as loop:
        loop.run(uvicorn.Server(config).serve(sockets=[door]))
