"""Simulated engines die and fail by the thousand: their log lines would only hide the one that matters."""

from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import CapturingLogger


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(logger_factory=lambda *_: CapturingLogger(), cache_logger_on_first_use=False)
    yield
    structlog.configure(**before)
