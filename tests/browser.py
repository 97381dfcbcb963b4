"""Pages in a real browser: Debian's Chromium, the apps behind them on ports of their own."""

import contextlib
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from starlette.types import ASGIApp

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
# The first one is Debian's Chromium without a window's tool bar, which takes half of the processor otherwise.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PLAIN_HOST = "plain.test"  # this machine under a name that is no loopback for a browser
QUIET = [
    f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# What a page is expected to become, it becomes at once; a machine with other work needs longer for it.
PATIENCE_MS = 15_000
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}


@contextlib.contextmanager
def launched() -> Iterator[Browser]:
    """QC_CHROMIUM names another one; without any the test is skipped, loudly."""
    path = os.environ.get("QC_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("!!! NO BROWSER FOUND: the pages were not tried. Install chromium, or set QC_CHROMIUM.")
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*root, *QUIET])
        yield browser
        browser.close()


@contextlib.contextmanager
def watched(browser: Browser, base: str, expected: str = "") -> Iterator[Callable[..., Page]]:
    """open(path, viewport=...): nothing may go wrong in a page until the end, but for what is `expected`."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def note(text: str) -> None:
        if not (expected and expected in text):
            problems.append(text)

    def open_page(path: str, **options: Any) -> Page:
        context = browser.new_context(**{"locale": "ru-RU", "viewport": PHONE, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: note(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: note(str(error)))
        page.goto(f"{base}{path}")
        return page

    yield open_page
    for context in contexts:
        with contextlib.suppress(Exception):
            context.close()
    assert problems == []


@contextlib.contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The app on a port of its own, as long as the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        config = uvicorn.Config(
            app, log_level="error", loop="asyncio", ws="none", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        until(lambda: server.started or not thread.is_alive())
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:  # also after a test that failed: nobody waits for a server that nobody stops
            server.should_exit = True
            thread.join()


def violations(page: Page) -> list[str]:
    """What axe finds wrong by the levels A and AA."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    # What is right is not described: that takes longer than to find what is wrong.
    wanted = {
        "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
        "resultTypes": ["violations"],
    }
    found = page.evaluate("async wanted => (await axe.run(wanted)).violations", wanted)
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]
    ]


def until(happened: Callable[[], Any], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
