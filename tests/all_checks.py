"""Everything that `./qc test` runs: what fails cheapest comes first, the types are looked at beside all the rest."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CODE = ["qc_engine", "connectors", "redirect", "sandbox", "tests", "benchmarks", "qc"]
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
MEMORY = Path("/dev/shm")
NEEDED_BYTES = 3 * 2**30  # a run takes less than one of them
PROOFS = ("simulation", "kill", "fuzz", "season")  # they take longer, and have words of their own
Environment = dict[str, str]


def main() -> int:
    if sys.argv[1:] and sys.argv[1] in PROOFS:
        return proof(sys.argv[1:])
    options = parse()
    # So that a folder in memory goes with us, also when we are told to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with surroundings() as environment, ThreadPoolExecutor(1) as beside:
        types = beside.submit(run, *TYPES, environment, aside=True)
        ended = [tell(run(*check, environment)) for check in checks(options)]
        ended.append(told_at_last(types))
    say_browser()
    failed = [one.name for one in ended if one.code != 0]
    print("\nfailed: " + ", ".join(failed) if failed else "\nall checks passed", flush=True)
    return 1 if failed else 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./qc test",
        description="Run all checks: format, lint, types, import contracts, spelling, config, tests, pages.",
        epilog="examples:\n  ./qc test\n  ./qc test --fast          no tests, only the static checks\n"
        "  ./qc test -- -k explain   only some tests\n"
        "proofs that take longer, each with its own --help:\n"
        "  ./qc test simulation, kill, fuzz, season\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--fast", action="store_true", help="only the static checks")
    parser.add_argument(
        "--slow", action="store_true", help="the long simulations too, and every story over both databases"
    )
    parser.add_argument("pytest", nargs="*", help="passed on to pytest, after --")
    return parser.parse_args()


def proof(words: list[str]) -> int:
    """`simulation --seeds 10000`, `kill --moments 200`: see docs/proofs.md."""
    with surroundings() as environment:
        return subprocess.call(
            [sys.executable, str(ROOT / "tests" / "proofs" / "start.py"), *words], env=environment
        )


# --- what is checked --------------------------------------------------------------------------

PYTHON = [sys.executable, "-m"]
TYPES = ("types", [*PYTHON, "mypy", "qc_engine", "connectors", "redirect", "sandbox"])


def checks(options: argparse.Namespace) -> list[tuple[str, list[str]]]:
    static = [
        ("format", [*PYTHON, "ruff", "format", "--check", *CODE]),
        ("lint", [*PYTHON, "ruff", "check", *CODE]),
        ("imports", [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]),
        ("spelling", [*PYTHON, "codespell_lib", "README.md", "docs", "qc_engine", "connectors", "redirect"]),
        ("scenarios", [*PYTHON, "qc_engine", "check", "--quiet"]),
    ]
    return static if options.fast else [*static, ("tests", pytest(options))]


def pytest(options: argparse.Namespace) -> list[str]:
    workers = min(6, (os.cpu_count() or 2) + 2)  # tests wait for processes and browsers, not only for us
    # A worker keeps the tests of a file together, with what the file prepared; who is done takes from another.
    spread = ["-n", str(workers), "--dist", "worksteal"]
    much = ["-m", "not live"] if options.slow else [] if options.pytest else ["--in-turn"]
    return [*PYTHON, "pytest", *spread, "-q", "--durations=15", *options.pytest, *much]


@dataclass(frozen=True)
class Ended:
    name: str
    code: int
    seconds: float
    output: str = ""


def run(name: str, command: list[str], environment: Environment, aside: bool = False) -> Ended:
    """Prints what the command prints, or keeps it for later."""
    if not aside:
        print(f"=== {name}", flush=True)
    begun = time.monotonic()
    kept, both = (subprocess.PIPE, subprocess.STDOUT) if aside else (None, None)
    done = subprocess.run(
        command, cwd=ROOT, check=False, env=environment, text=True, stdout=kept, stderr=both
    )
    return Ended(name, done.returncode, time.monotonic() - begun, done.stdout or "")


def tell(ended: Ended) -> Ended:
    print(f"    {'ok' if ended.code == 0 else 'FAILED'} in {ended.seconds:.1f} s", flush=True)
    return ended


def told_at_last(beside: Future[Ended]) -> Ended:
    ended = beside.result()
    print(f"=== {ended.name}\n{ended.output}", end="", flush=True)
    return tell(ended)


def say_browser() -> None:
    if not (os.environ.get("QC_CHROMIUM") or any(map(shutil.which, BROWSERS))):
        print("\n!!! NO BROWSER FOUND: the pages were not tried. Install chromium, or set QC_CHROMIUM.")


# --- where it runs ----------------------------------------------------------------------------


@contextmanager
def surroundings() -> Iterator[Environment]:
    """Thousands of small databases would wait for the disk: where there is memory for them, they live there."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    # Hundreds of short processes are started here; without it each of them compiles the whole program anew.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if not memory_is_free():
        print("=== tests write to the disk: no 3 GB of memory are free in /dev/shm", flush=True)
        yield environment
        return
    with tempfile.TemporaryDirectory(prefix="qc", dir=MEMORY, ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # run by root, PostgreSQL belongs to another user
        print(f"=== tests write to memory: {folder}", flush=True)
        yield {**environment, "TMPDIR": folder}


def memory_is_free() -> bool:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        available = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
        in_folder = shutil.disk_usage(MEMORY).free
    except (OSError, StopIteration):
        return False
    return os.access(MEMORY, os.W_OK) and min(available * 1024, in_folder) >= NEEDED_BYTES


if __name__ == "__main__":
    raise SystemExit(main())
