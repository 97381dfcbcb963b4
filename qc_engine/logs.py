"""Structured logs without secrets and without full phones."""

import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog

# Ten digits and more are a phone; the secret of an incoming webhook stands in its path.
PHONE = re.compile(r"(?<!\d)(\d{4})\d{2,}(\d{4})(?!\d)")
WEBHOOK = re.compile(r"(/rest/\d+/)[^/\s\"']+")
HOOK = re.compile(r"(/hooks/\w+/)[^/\s\"'?]+")
SECRET_WORDS = re.compile(r"(?i)((?:token|secret|password|authorization)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,]+")
SECRET_KEYS = ("token", "secret", "password", "authorization")


def set_up(level: str = "INFO") -> None:
    """JSON lines on stderr, for our own words and for those of the libraries."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, Unfailing(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("apscheduler", "httpx", "httpcore", "alembic", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.ERROR)


class Unfailing:
    """What cannot be written is lost: a full disk of the log must not stop what the log speaks of."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def redact(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last thing before a line is written."""
    for key, value in line.items():
        if any(word in key.lower() for word in SECRET_KEYS):
            line[key] = "•••"
        elif isinstance(value, str) and key != "timestamp":
            line[key] = clean(value)
    return line


def clean(text: str) -> str:
    """The same text with secrets and the middle of phones taken out."""
    for pattern, kept in ((WEBHOOK, r"\1•••"), (HOOK, r"\1•••"), (SECRET_WORDS, r"\1•••")):
        text = pattern.sub(kept, text)
    return PHONE.sub(r"\1•••\2", text)
