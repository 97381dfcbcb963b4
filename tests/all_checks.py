"""Everything that `./qc test` runs, in the order in which a failure is cheapest."""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CODE = ["qc_engine", "connectors", "redirect", "sandbox", "tests", "benchmarks", "qc"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    options = parse()
    failed = [name for name, command in checks(options) if not passes(name, command)]
    say_browser()
    print("\nfailed: " + ", ".join(failed) if failed else "\nall checks passed", flush=True)
    return 1 if failed else 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./qc test",
        description="Run all checks: format, lint, types, import contracts, spelling, config, tests, pages.",
        epilog="examples:\n  ./qc test\n  ./qc test --fast          no tests, only the static checks\n"
        "  ./qc test -- -k explain   only some tests\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--fast", action="store_true", help="only the static checks")
    parser.add_argument("--slow", action="store_true", help="the long simulations too")
    parser.add_argument("pytest", nargs="*", help="passed on to pytest, after --")
    return parser.parse_args()


def checks(options: argparse.Namespace) -> list[tuple[str, list[str]]]:
    python = [sys.executable, "-m"]
    pytest = [*python, "pytest", "-n", str(min(6, (os.cpu_count() or 2) + 2)), "-q", *options.pytest]
    if options.slow:
        pytest += ["-m", "not live"]
    static = [
        ("format", [*python, "ruff", "format", "--check", *CODE]),
        ("lint", [*python, "ruff", "check", *CODE]),
        ("types", [*python, "mypy", "qc_engine", "connectors", "redirect", "sandbox"]),
        ("imports", [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]),
        ("spelling", [*python, "codespell_lib", "README.md", "docs", "qc_engine", "connectors", "redirect"]),
        ("scenarios", [*python, "qc_engine", "check", "--quiet"]),
    ]
    return static if options.fast else [*static, ("tests", pytest)]


def passes(name: str, command: list[str]) -> bool:
    print(f"=== {name}", flush=True)
    begun = time.monotonic()
    result = subprocess.run(command, cwd=ROOT, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)})
    print(
        f"    {'ok' if result.returncode == 0 else 'FAILED'} in {time.monotonic() - begun:.1f} s", flush=True
    )
    return result.returncode == 0


def say_browser() -> None:
    if not (os.environ.get("QC_CHROMIUM") or any(map(shutil.which, BROWSERS))):
        print("\n!!! NO BROWSER FOUND: the pages were not tried. Install chromium, or set QC_CHROMIUM.")


if __name__ == "__main__":
    raise SystemExit(main())
