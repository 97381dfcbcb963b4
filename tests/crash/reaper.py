"""Kills the engine again and again while everybody goes on, and starts it anew each time."""

import random
import runpy
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from sandbox.demo.processes import ROOT, wait_for
from tests.crash.points import __file__ as points
from tests.whole.installation import Installation
from tests.whole.ready import CHILD, CONTEXT, Forked

DOOMED = Path(__file__).with_name("doomed.py")
LONGEST_LIFE = 1.2  # seconds between a start and the next kill at a random moment
LONGEST_WAIT, LONGEST_FUSE = 0.5, 0.03  # for something that is on its way; and then
NOT_REACHED = 180.0  # seconds after which nobody believes any more that a point will be reached
DOWN_SECONDS = 240  # virtual: longer than a lease, as when somebody has to find the switch


@dataclass
class Death:
    """One accident. `point`: '' for a random moment; `sending`: messages in hand at that moment."""

    point: str
    passes: int = 1
    sending: int = 0
    happened: bool = False


class Doomed(Forked):
    """An engine in a process of its own, which dies at a point of its code if one is named."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], log: Path, death: Death) -> None:
        told = {"WORDS": list(words), "ENVIRONMENT": dict(environment), "FOLDER": str(ROOT)}
        told |= {"OUT": str(log), "ERR": str(log), "PROGRAM": "qc_engine.__main__"}
        given = {"POINT": death.point, "PASSES": death.passes, "POINTS": points, "CHILD": str(CHILD)}
        self._words = list(words)
        self._process = CONTEXT.Process(target=runpy.run_path, args=(str(DOOMED), {**given, "TOLD": told}))
        self._process.start()


@dataclass
class Reaper(threading.Thread):
    """Takes one death after the other. `sending`: how many messages are on their way now."""

    here: Installation
    deaths: Sequence[Death]
    chance: random.Random
    sending: Callable[[], int]
    told: Callable[[Death], None]
    trouble: BaseException | None = field(default=None)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        try:
            for number, death in enumerate(self.deaths):
                self._await(death)
                following = self.deaths[number + 1] if number + 1 < len(self.deaths) else Death("")
                self._again(following)
                self.told(death)
        except BaseException as trouble:  # noqa: BLE001 (whoever waits for us must hear of it)
            self.trouble = trouble

    def _await(self, death: Death) -> None:
        engine = self.here.processes["engine"]
        if death.point:
            self._until(lambda: engine.poll() is not None, NOT_REACHED)
            death.happened = engine.poll() is not None
        else:
            time.sleep(self.chance.uniform(0, LONGEST_LIFE))
            if self.chance.random() < 0.5:  # where it hurts most
                self._until(lambda: self.sending() > 0, LONGEST_WAIT)
                time.sleep(self.chance.uniform(0, LONGEST_FUSE))
            death.happened = True
        engine.kill()
        engine.wait()
        death.sending = self.sending()

    def _until(self, true: Callable[[], bool], seconds: float) -> None:
        over = time.monotonic() + seconds
        while time.monotonic() < over and not true():
            time.sleep(0.01)

    def _again(self, death: Death) -> None:
        if self.chance.random() < 0.7:
            clock = f"{self.here.sandbox_url}/sandbox/clock"
            httpx.post(clock, json={"jump_seconds": DOWN_SECONDS}, timeout=60).raise_for_status()
        start(self.here, death)


def start(here: Installation, death: Death) -> None:
    """The engine, which may be doomed."""
    log = here.plan.folder / "engine.log"
    words = ["run", "--config", str(here.plan.folder / "config.yaml")]
    here.processes["engine"] = process = Doomed(words, here.environment, log, death)  # type: ignore[assignment]
    if death.point:
        return  # it may die before it answers for the first time
    wait_for(f"{here.engine_url}/readyz", process, log)  # type: ignore[arg-type]
