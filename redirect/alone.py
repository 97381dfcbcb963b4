"""The redirect on a host of its own: the same database, one door, and whether it is well."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from redirect.answers import Answer, send_answer
from redirect.app import Receive, Redirect, Scope, Send

TEXT = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
NOT_HERE = {"path": "/r/", "method": "GET", "query_string": b""}  # of the redirect's own friendly 404


class Alone:
    """/r/{code} and /healthz; everything else is the page that an unknown link shows.

    `ready` names what is not well, on a thread; empty: all is well.
    """

    def __init__(self, redirect: Redirect, ready: Callable[[], Sequence[str]]) -> None:
        self.redirect = redirect
        self.ready = ready

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] == "/healthz":
            await self._health(scope, send)
        elif scope["path"].startswith("/r/"):
            await self.redirect(scope, receive, send)
        else:
            await self.redirect({**scope, **NOT_HERE}, receive, send)

    async def _health(self, scope: Scope, send: Send) -> None:
        failed = await asyncio.to_thread(self.ready)
        body = f"failed: {', '.join(failed)}\n" if failed else "ok\n"
        await send_answer(
            send, Answer(503 if failed else 200, TEXT, body.encode()), scope["method"] == "HEAD"
        )


def pages_by_branch(pages: Mapping[tuple[str, str], Mapping[str, str]]) -> Callable[[str, str, str], str]:
    """(portal, branch) -> platform -> address, as config.yaml has it now, for Redirect's `pages`."""
    return lambda portal, branch, platform: pages.get((portal, branch), {}).get(platform, "")
