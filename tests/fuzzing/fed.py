"""What was tried, in figures."""

from dataclasses import dataclass, field

from qc_engine.store.arrivals import Incoming


@dataclass
class Fed:
    """What was tried."""

    inputs: int = 0
    stored: int = 0
    slowest: float = 0.0  # s
    waiting: list[Incoming] = field(default_factory=list)
