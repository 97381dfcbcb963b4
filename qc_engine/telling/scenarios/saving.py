"""A scenario's file is written anew by somebody in the console: whole, or not at all."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from sqlmodel import Session

from qc_engine.flow.versions.library import Library
from qc_engine.scenario_files.yaml.strict import normalised
from qc_engine.store import notebook, scenarios
from qc_engine.telling.scenarios.drafts import Unwritable, Written, written
from qc_engine.telling.scenarios.opened import Opened
from qc_engine.telling.scenarios.switching import put

BEFORE = ".before"  # beside the file: what stood in it until now; no scenario, by its ending
LATELY_CHANGED, CANNOT_WRITE = "changed_on_disk", "cannot_write"


def tidy(typed: str) -> str:
    """What a browser sends, as a file has it."""
    return normalised(typed).rstrip() + "\n"


def save(
    one: Opened, library: Library, read: Written, text: str, by: str, because: str,
    noted: Callable[[Session], None],
) -> None:  # fmt: skip
    """Write `text` into the file and put it in force; `library` is the folder with it, checked and played.

    `noted` writes more into the same transaction. Raises Unwritable when the file is not as it was `read`
    any more, or cannot be written; then nothing has changed.
    """
    with one.database.transaction() as session:
        put(session, one, library, by, because, {"written": True})
        noted(session)
        session.flush()
        if written(one).stamp != read.stamp:
            raise Unwritable(LATELY_CHANGED)
        # Last: whatever fails before has touched no file. The row is locked, so nobody else is here.
        _replace(read.path.resolve(), text)


def keep(
    one: Opened, library: Library, by: str, because: str, noted: Callable[[Session], None]
) -> bool:  # fmt: skip
    """Among the versions, and in force nowhere. False when it was there before."""
    scenario = library.active[one.name]
    with one.database.transaction() as session:
        row = one.row(session)
        if notebook.version(session, one.portal, scenario.version) is not None:
            return False
        library.remember(session, scenario, one.now())
        scenarios.note(session, row, "kept", by, one.now(), after=scenario.version, reason=because)
        noted(session)
    return True


def _replace(path: Path, text: str) -> None:
    """At one moment the old text, at the next the new one; the old one stays beside it."""
    new = path.with_name(f".{path.name}.new")
    try:
        _write(new, text)
        shutil.copymode(path, new)
        shutil.copy2(path, path.with_name(path.name + BEFORE))
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise Unwritable(CANNOT_WRITE) from None


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
