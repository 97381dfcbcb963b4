"""What the loops run on, as config.yaml says."""

from types import SimpleNamespace
from typing import Any

import pytest

from qc_engine.flow.hints import HintingRunner
from qc_engine.flow.loops import EmbeddedRunner
from qc_engine.wiring.runners import NotInstalled, runner_of


def settings(runner: str) -> Any:
    return SimpleNamespace(runner=runner, database_url="postgresql+psycopg://qc:secret@db/qc")


def test_ticks_alone_unless_hints_are_wanted() -> None:
    assert type(runner_of(settings("embedded"))) is EmbeddedRunner
    assert type(runner_of(settings("procrastinate"), "w1")) is HintingRunner


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(NotInstalled, match=r"pip install 'qc-engine\[workers\]'"):
        runner_of(settings("procrastinate"))
