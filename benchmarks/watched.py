"""The memory of a process over time, from /proc."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MB = 1024.0  # in kB


@dataclass
class Memory:
    """Resident megabytes of a process, looked at now and then."""

    pid: int
    began: float = field(default_factory=time.monotonic)
    looks: list[tuple[float, float]] = field(default_factory=list)  # seconds since the beginning, MB

    def look(self) -> None:
        self.looks.append((time.monotonic() - self.began, resident_mb(self.pid)))

    def told(self) -> dict[str, Any]:
        """First, last and highest MB, and by how many MB a minute it grew in the second half."""
        values = [one for _, one in self.looks] or [0.0]
        late = self.looks[len(self.looks) // 2 :]
        return {
            "first": values[0], "last": values[-1], "highest": max(values),
            "grows by MB a minute": round(slope(late) * 60, 2),
        }  # fmt: skip


def slope(points: list[tuple[float, float]]) -> float:
    """Of the straight line that lies nearest to these points (least squares); 0 for fewer than two."""
    if len(points) < 2:
        return 0.0
    middle = sum(at for at, _ in points) / len(points)
    mean = sum(value for _, value in points) / len(points)
    spread = sum((at - middle) ** 2 for at, _ in points)
    return sum((at - middle) * (value - mean) for at, value in points) / spread if spread else 0.0


def resident_mb(pid: int) -> float:
    """0 where /proc does not exist."""
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((round(int(line.split()[1]) / MB, 1) for line in lines if line.startswith("VmRSS")), 0.0)
