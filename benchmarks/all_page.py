"""The page that `./qc bench all --page` makes: the last run, with its date, its machine and its method."""

import json
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.all_parts import Figure, Part

GATES = "The gate must hold on a busy machine of two cores; the aim is what a quiet one should show."
LONGEST_ROUNDS = 1500  # characters


@dataclass(frozen=True)
class Machine:
    """Where and when; `flush_ms`: what one flush of the disk took."""

    at: datetime
    flush_ms: float
    cores: int
    processor: str
    system: str
    python: str
    load: float  # of the quarter of an hour before

    @classmethod
    def here(cls, at: datetime, flush_ms: float) -> "Machine":
        return cls(at, flush_ms, os.cpu_count() or 1, _processor(), platform.platform(terse=True),
                   platform.python_version(), round(os.getloadavg()[2], 1))  # fmt: skip

    def told(self) -> dict[str, Any]:
        return {**vars(self), "at": self.at.isoformat(timespec="minutes")}


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    found = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(found, platform.machine())


def page(done: Sequence[Any], machine: Machine, *, quick: bool) -> str:
    """Markdown; `done`: what `benchmarks.all` has measured."""
    return "\n".join([*_head(machine, done, quick=quick), *_table(done), "", *_methods(done)]) + "\n"


def _head(machine: Machine, done: Sequence[Any], *, quick: bool) -> Iterator[str]:
    minutes = sum(one.seconds for one in done) / 60
    yield "# All benchmarks, measured"
    yield ""
    how = "with --quick" if quick else "in full"
    yield f"Made by `./qc bench all` {how}, not by hand. What the figures mean stands in measured.md."
    yield ""
    if quick:
        yield "**A short run: less of everything, to see that all of it runs. Its figures are no proof.**"
        yield ""
    yield f"- {machine.at:%d %B %Y, %H:%M} UTC, {minutes:.0f} minutes"
    yield f"- {machine.cores} cores ({machine.processor}), load {machine.load} before it"
    yield f"- {machine.system}, Python {machine.python}, one flush of the disk {machine.flush_ms:g} ms"
    yield ""
    yield GATES
    yield ""


def _table(done: Sequence[Any]) -> Iterator[str]:
    yield "| goal | what | figure | gate | aim | reached |"
    yield "|---|---|---|---|---|---|"
    for one in done:
        if one.trouble:
            yield f"| {', '.join(one.part.goals)} | {one.part.title} | | | | **did not run** |"
        for figure in one.figures:
            yield _row(figure)


def _row(one: Figure) -> str:
    reached = "**missed**" if one.reached == "MISSED" else one.reached
    sign = "≤" if one.less_is_better else "≥"
    goals = ["", ""] if one.gate is None else [f"{sign} {one.gate:g}", f"{sign} {one.aim:g}"]
    value = "not told" if one.value is None else f"{one.value:.4g}"
    return f"| {' | '.join([one.goal, one.what, value, *goals, reached])} |"


def _methods(done: Sequence[Any]) -> Iterator[str]:
    yield "## Method and rounds"
    for one in done:
        yield ""
        yield f"### {one.part.title}: `./qc bench {one.part.name}`"
        yield ""
        yield f"{one.seconds:.0f} s. {_method(one.part, one.document)}"
        rounds = json.dumps(_rounds(one.document), ensure_ascii=False)
        if rounds != "null":
            more = " ... (whole in the file of --json)" if len(rounds) > LONGEST_ROUNDS else ""
            yield from ("", "```json", rounds[:LONGEST_ROUNDS] + more, "```")


def _method(part: Part, document: Any) -> str:
    """In one line; where it is long, the benchmark's own --help has it."""
    told = document.get("method", "") if isinstance(document, dict) else ""
    return told if told and "\n" not in told else f"See `./qc bench {part.name} --help`."


def _rounds(document: Any) -> Any:
    """What was measured before anything was made of it."""
    if isinstance(document, list):
        return [_rounds(one) for one in document]
    if not isinstance(document, dict):
        return None
    return next((document[name] for name in ("raw", "rounds", "rows") if name in document), document)
