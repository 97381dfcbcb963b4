"""Starts a proof: `./qc test simulation ...`, `./qc test kill ...`."""

import importlib
import sys
import types
from pathlib import Path


def main() -> int:
    # Some dependency installs a package 'tests' of its own; ours is meant.
    package = types.ModuleType("tests")
    package.__path__ = [str(Path(__file__).resolve().parents[1])]
    sys.modules["tests"] = package
    code: int = importlib.import_module("tests.proofs.command").main()
    return code


if __name__ == "__main__":
    raise SystemExit(main())
