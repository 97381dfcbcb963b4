"""What the loops run on: ticks alone, or also hints from one process to another."""

import importlib.util

from qc_engine.flow.loops import EmbeddedRunner
from qc_engine.settings import PROCRASTINATE
from qc_engine.wiring.installation import Installation


class NotInstalled(Exception):
    """config.yaml asks for a package that is not here; the text says how to get it."""


def runner_of(settings: Installation, worker_id: str = "") -> EmbeddedRunner:
    """Not yet running; `worker_id` is that of a worker, doors have none. Raises NotInstalled."""
    if settings.runner != PROCRASTINATE:
        return EmbeddedRunner()
    if importlib.util.find_spec("procrastinate") is None:
        raise NotInstalled("runner: procrastinate needs its package: pip install 'qc-engine[workers]'")
    from qc_engine.flow.hints import HintingRunner

    return HintingRunner(settings.database_url, worker_id)
