"""Every benchmark, one after the other: goals, figures, and a page with the result.

    ./qc bench all [--quick] [--only waiting,load] [--json FILE] [--page docs/measured_all.md] [--folder DIR]

Each runs in a process of its own and tells its method and its raw rounds; here its figures are put beside
their goals. The gate of a goal must hold on a busy machine of two cores, the aim is what the design should
show on a quiet one. P5, clicks against other products, is measured outside the project.

The full run takes about 50 minutes on two cores that do nothing else; --quick about 15, with less of
everything: its page says so, and its figures are no proof.

  --json FILE  figures, and every document of every benchmark with its raw rounds
  --page FILE  the page of the documentation, made anew

Exit codes: 0 all were measured and reach their gates, 1 some do not or did not run, 2 wrong use.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.all_page import Machine, page
from benchmarks.all_parts import GOALS, PARTS, Figure, Part, without_benchmark
from benchmarks.redirect_load import flush_ms

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Measured:
    """One benchmark that has run; `trouble` is why it told nothing."""

    part: Part
    seconds: float
    document: Any = None
    figures: Sequence[Figure] = field(default=())
    trouble: str = ""


def main() -> int:
    asked = _arguments()
    if missing := without_benchmark():
        raise SystemExit(f"goals without a benchmark: {', '.join(missing)}")
    parts = [one for one in PARTS if not asked.only or one.name in asked.only.split(",")]
    machine, done = _machine(asked.folder), list[Measured]()
    for part in parts:
        done.append(_run(part, asked))
        _keep(done, machine, asked)  # each time: an hour's work is not lost when somebody ends it
    print(page(done, machine, quick=asked.quick))
    return _code(done, whole=not asked.only)


def _keep(done: Sequence[Measured], machine: Machine, asked: argparse.Namespace) -> None:
    if asked.page:
        asked.page.write_text(page(done, machine, quick=asked.quick), encoding="utf-8")
    if asked.json:
        asked.json.write_text(json.dumps(_document(done, machine), ensure_ascii=False, indent=1), "utf-8")


def _run(part: Part, asked: argparse.Namespace) -> Measured:
    wanted = part.quick if asked.quick else part.full
    _note(
        f"{part.title}: ./qc bench {' '.join([part.name, *wanted])} (about {part.minutes[asked.quick]:g} min)"
    )
    began = time.monotonic()
    command = [sys.executable, "-m", f"benchmarks.{part.name}", *wanted, "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if asked.folder:
        environment["TMPDIR"] = asked.folder
    told = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    measured = _read(part, told.stdout, told.returncode, time.monotonic() - began)
    _note("".join(f"  {_line(one)}\n" for one in measured.figures) or f"  {measured.trouble}\n")
    return measured


def _read(part: Part, text: str, code: int, seconds: float) -> Measured:
    try:
        found = documents(text)
        if not found:
            raise ValueError("it told nothing")
        document = found[0] if len(found) == 1 and part.name != "console" else found
        return Measured(part, seconds, document, list(part.read(document)))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as trouble:
        return Measured(part, seconds, trouble=f"exit code {code}, nothing to read: {trouble!r}")


def documents(text: str) -> list[Any]:
    """All JSON documents of a text, one after another. Raises ValueError."""
    decoder, found, text = json.JSONDecoder(), [], text.strip()
    while text:
        one, end = decoder.raw_decode(text)
        found.append(one)
        text = text[end:].lstrip()
    return found


def _line(one: Figure) -> str:
    value = "?" if one.value is None else f"{one.value:g}"
    goal = "" if one.gate is None else f"   gate {one.gate:g}   aim {one.aim:g}   {one.reached}"
    return f"{one.goal:5}{one.what}: {value}{goal}"


def _code(done: Sequence[Measured], *, whole: bool) -> int:
    """A goal that nobody has told a figure of is a goal that is not reached."""
    figures = [figure for one in done for figure in one.figures]
    untold = [goal for goal in GOALS if whole and not any(figure.goal == goal for figure in figures)]
    bad = any(one.trouble for one in done) or any(one.reached == "MISSED" for one in figures)
    if untold:
        _note(f"no figure of {', '.join(untold)}")
    return 1 if bad or untold else 0


def _machine(folder: str) -> Machine:
    with tempfile.TemporaryDirectory(dir=folder or None) as place:
        return Machine.here(datetime.now(UTC), flush_ms(Path(place)))


def _document(done: Sequence[Measured], machine: Machine) -> dict[str, Any]:
    parts = [
        {
            "part": one.part.title, "seconds": round(one.seconds), "trouble": one.trouble,
            "figures": [{**vars(figure), "reached": figure.reached} for figure in one.figures],
            "document": one.document,
        }
        for one in done
    ]  # fmt: skip
    return {"machine": machine.told(), "parts": parts}


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="about 15 minutes, no proof")
    parser.add_argument(
        "--only", default="", help=f"some of {','.join(dict.fromkeys(p.name for p in PARTS))}"
    )
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--page", type=Path, metavar="FILE")
    parser.add_argument("--folder", default="", help="where databases are put; default: the system's")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
