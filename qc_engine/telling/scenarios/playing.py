"""The tests of one scenario, played before a version of it takes cases."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from qc_engine.flow.versions.library import Library
from qc_engine.scenario_files.yaml.including import apart
from qc_engine.scenario_files.yaml.source import Problem
from qc_engine.telling.scenarios.opened import SHORT, Opened
from qc_engine.trying.candidates import copy_tests
from qc_engine.wiring.playing import OfTests, look_at_folder


def play(
    one: Opened, library: Library, folder: Path | None = None, language: str = "", *, beside: bool = False
) -> OfTests:
    """The tests that stand in `folder`, the scenario's own when it is not said.

    Of a kept version those in its own text, and if `beside` those of the folder that are about it.
    """
    language = language or one.settings.language
    if library.files:
        return look_at_folder(folder or one.folder, library, language, {one.name})
    with TemporaryDirectory() as temporary:
        there = Path(temporary)
        _lay_out(one, library, there, beside=beside)
        return _as_called_here(look_at_folder(there, library, language, {one.name}), one, library, there)


def _lay_out(one: Opened, library: Library, there: Path, *, beside: bool) -> None:
    """The text of a kept version as files, with the tests that it has."""
    own, included = apart(library.sources[one.name])
    for path, text in {f"{one.name}.yaml": own, **included}.items():
        (there / path).parent.mkdir(parents=True, exist_ok=True)
        (there / path).write_text(text, encoding="utf-8")
    if beside:
        copy_tests(one.name, one.folder, there)


def _as_called_here(tests: OfTests, one: Opened, library: Library, there: Path) -> OfTests:
    """Where a kept version was laid out for a moment is of no use to anybody."""

    def called(fault: Problem) -> Problem:
        path = Path(fault.file).relative_to(there)
        version = f"{one.name}@{library.active[one.name].version[:SHORT]}"
        return replace(fault, file=version if path.name == f"{one.name}.yaml" else str(one.folder / path))

    runs = [replace(run, fault=run.fault and called(run.fault)) for run in tests.played]
    return replace(tests, played=runs, faults=[called(fault) for fault in tests.faults])
