"""Commands of qc in processes of their own, forked from one that has loaded the program.

To load it takes longer than most commands take, and a story gives dozens of them. That the program starts
from nothing is shown by the tests of the command line, of the demo and of kills.
"""

import json
import multiprocessing
import runpy
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from sandbox.demo.processes import ROOT

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["qc_engine.__main__", "qc_engine.serving.roles", "sandbox.__main__", "sandbox.app"]
)
CHILD = Path(__file__).with_name("child.py")


class Forked:
    """What stories use of subprocess.Popen."""

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], out: Path, err: Path, *,
        program: str = "qc_engine.__main__",
    ) -> None:  # fmt: skip
        told = {"WORDS": list(words), "ENVIRONMENT": dict(environment), "FOLDER": str(ROOT)}
        files = {"OUT": str(out), "ERR": str(err), "PROGRAM": program}
        self._words = list(words)
        # Found by its path: every process knows where that is.
        self._process: ForkServerProcess = CONTEXT.Process(
            target=runpy.run_path, args=(str(CHILD), told | files)
        )
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self.poll()

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            assert timeout is not None
            raise subprocess.TimeoutExpired(self._words, timeout)
        return code

    def send_signal(self, number: int) -> None:
        """Nothing for who has ended."""
        if number == signal.SIGKILL:
            self.kill()
        else:
            assert number == signal.SIGTERM
            self.terminate()

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


@dataclass(frozen=True)
class Told:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Of a command that was called with --json."""
        return json.loads(self.out)

    def __str__(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"


def told(words: Sequence[str], environment: Mapping[str, str], seconds: float = 60) -> Told:
    """One command, from its start to its end, without a terminal."""
    with tempfile.TemporaryDirectory() as place:
        out, err = Path(place) / "out", Path(place) / "err"
        command = Forked(words, environment, out, err)
        try:
            code = command.wait(seconds)
        finally:
            command.kill()
        return Told(code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))
