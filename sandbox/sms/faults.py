"""Faults of the gateways' doors: which call answers wrongly, how, and how often."""

from collections.abc import Callable

from starlette.responses import Response

from sandbox.faults import Dropped


def _page(status: int, words: str) -> Callable[[], Response]:
    return lambda: Response(f"<html><body>{words}</body></html>", status, media_type="text/html")


# Faults that answer instead of carrying the call out, and faults that answer after it was carried out.
BEFORE: dict[str, Callable[[], Response]] = {
    "not_done_no_answer": Dropped,
    "error500": _page(500, "Internal Server Error"),
    "html503": _page(503, "Service Unavailable"),
    "limit": lambda: Response(b"", 429, {"retry-after": "20"}),
    "forbidden": _page(403, "Forbidden"),
    "moved": lambda: Response(b"", 302, {"location": "https://elsewhere.example/"}),
}
AFTER: dict[str, Callable[[], Response]] = {
    "done_no_answer": Dropped,
    "done_error500": _page(500, "Internal Server Error"),
    "empty": lambda: Response(b"", 200),
    "html200": _page(200, "OK"),
}
# Faults that each gateway says in its own way, with a status of 200 and nothing done.
IN_WORDS = ("auth", "no_money", "too_fast", "blocked")
