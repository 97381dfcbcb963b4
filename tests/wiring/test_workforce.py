"""Where a worker's number of a process means something."""

from pathlib import Path

import pytest

from qc_engine.wiring import workforce
from qc_engine.wiring.workforce import this_worker


def booted(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str) -> str:
    """The place of a worker on a machine that began to run under this name of its own."""
    (folder / name).write_text(f"{name}\n", "ascii")
    monkeypatch.setattr(workforce, "BOOT", folder / name)
    return this_worker("worker", "key").place


def test_machines_of_one_name_are_two_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Outside of containers every machine has the same space of processes, and clones have one name."""
    monkeypatch.setattr("socket.gethostname", lambda: "localhost")
    monkeypatch.setattr(workforce, "SPACE", tmp_path / "pid")
    (tmp_path / "pid").symlink_to("pid:[4026531836]")
    one, other = (booted(monkeypatch, tmp_path, name) for name in ("one", "other"))
    assert one != other
    assert one == booted(monkeypatch, tmp_path, "one")


def test_where_nobody_can_say_there_is_no_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(workforce, "BOOT", tmp_path / "nowhere")
    assert this_worker("worker", "key").place == ""
