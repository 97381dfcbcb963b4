"""Before the first start nobody receives the browser that a portal sends back: then the command does it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI

from qc_engine.web.connect import connect_router

if TYPE_CHECKING:
    from qc_engine.ports import Connects
    from qc_engine.settings import Settings


@contextmanager
def receiving(settings: "Settings", connector: str, connects: "Connects") -> Iterator[bool]:
    """True while we answer /connect/{connector} ourselves; False when the engine has the address."""
    try:
        door = socket.create_server((settings.host, settings.port))
    except OSError:
        yield False
        return
    app = FastAPI(openapi_url=None)
    app.include_router(connect_router({connector: connects}))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    thread = threading.Thread(target=server.run, args=([door],), daemon=True)
    thread.start()
    try:
        yield True
    finally:
        server.should_exit = True  # the browser's page is sent to its end first
        thread.join()
        door.close()
