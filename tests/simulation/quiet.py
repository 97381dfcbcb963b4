"""Logs switched off: what fails on purpose, by the thousand, is costlier to tell than to do."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

ABOVE_ALL = logging.CRITICAL


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing is logged inside."""
    before = structlog.get_config()
    silent = structlog.make_filtering_bound_logger(ABOVE_ALL)
    structlog.configure(wrapper_class=silent, cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**before)
