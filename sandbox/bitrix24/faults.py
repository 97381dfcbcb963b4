"""Faults that a test asks for: the next calls of this method go wrong in this way."""

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sandbox.bitrix24.codes import CODES
from sandbox.bitrix24.errors import Say

# What the whole HTTP request suffers: before it is carried out, and after.
BEFORE = frozenset(
    {"limit", "html503", "html200", "error500", "auth", "not_done_no_answer", "latency", "outage"}
)
AFTER = frozenset({"done_no_answer", "empty", "truncated", "slow"})
# What one command suffers, also inside a batch. `code` strikes the whole request when `whole` is said.
OF_COMMANDS = frozenset({"operating", "refuse", "twice", "done_error", "code"})
OF_REQUESTS = BEFORE | AFTER
ALL = OF_REQUESTS | OF_COMMANDS
SECONDS = {"slow": 60.0, "latency": 30.0}
OUTAGES = ("drop", "html503", "both")


@dataclass(slots=True)
class Fault:
    match: str
    how: str
    times: int = 1
    skip: int = 0
    seconds: float = 0.0  # slow: how long the answer drips; latency: how long it takes; virtual
    until: float | None = None  # outage: epoch seconds, virtual
    kind: str = "drop"  # outage: how a request fails
    code: str = ""
    status: int = 0
    text: str = ""
    whole: bool = False

    def strikes_requests(self) -> bool:
        return self.how in OF_REQUESTS or (self.how == "code" and self.whole)

    def says(self) -> Say:
        return Say(self.status, self.code, self.text)


class Faults:
    """Faults in the order they were asked for; each ends after its `times`, an outage after its time."""

    def __init__(self, now: Callable[[], datetime], check: Callable[[str], None]) -> None:
        self._now, self._check = now, check
        self._waiting: list[Fault] = []

    def add(self, wish: dict[str, Any]) -> None:
        """ValueError when `how` or `code` is unknown. `match` is a method, "batch", "oauth.token" or "*"."""
        how = str(wish.get("how", ""))
        if how not in ALL:
            raise ValueError(f"how is one of {', '.join(sorted(ALL))}")
        fault = Fault(str(wish.get("match", "*")).lower(), how)
        fault.times, fault.skip = int(wish.get("times", 1)), int(wish.get("skip", 0))
        fault.seconds = float(wish.get("seconds", SECONDS.get(how, 0.0)))
        fault.whole = bool(wish.get("whole", fault.match in ("*", "batch", "oauth.token")))
        if how == "outage":
            self._plan_outage(fault, wish)
        if how == "code":
            _name_code(fault, wish)
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    @property
    def planned(self) -> bool:
        """False when nothing will go wrong, so that nobody has to ask."""
        return bool(self._waiting)

    def strike(self, methods: Collection[str], anything: bool = True) -> Fault | None:
        """The fault that hits a request for these methods now; "*" hits it only when `anything` may."""
        return self._next(methods, Fault.strikes_requests, anything)

    def take(self, methods: Collection[str], kinds: Collection[str]) -> str | None:
        """What hits one command now, or None. Asked with "operating" before the command, with "twice" after.

        Say when the caller may not do this at all, or when the fault is an error by its code.
        """
        before = "operating" in kinds
        if before:
            for method in methods:
                self._check(method)
        if not self._waiting:
            return None
        hows = {*kinds, "code"} - {"done_error"} if before else {*kinds, "done_error"}
        fault = self._next(methods, lambda one: one.how in hows and not one.strikes_requests())
        if fault is None:
            return None
        if fault.how == "code":
            raise fault.says()
        if fault.how == "done_error":
            raise Say(500, "INTERNAL_SERVER_ERROR", "Internal server error")
        return fault.how

    def dump(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._waiting]

    def restore(self, kept: list[dict[str, Any]]) -> None:
        self._waiting = [Fault(**row) for row in kept]

    def _next(
        self, methods: Collection[str], fits: Callable[[Fault], bool], anything: bool = True
    ) -> Fault | None:
        for fault in list(self._waiting):
            here = (anything and fault.match == "*") or fault.match in methods
            if here and fits(fault) and self._is_its_turn(fault):
                return fault
        return None

    def _is_its_turn(self, fault: Fault) -> bool:
        """Counts it; False when it is still skipped, or an outage that is over."""
        if fault.until is not None:
            over = self._now().timestamp() >= fault.until
            if over:
                self._waiting.remove(fault)
            return not over
        if fault.skip > 0:
            fault.skip -= 1
            return False
        fault.times -= 1
        if fault.times <= 0:
            self._waiting.remove(fault)
        return True

    def _plan_outage(self, fault: Fault, wish: dict[str, Any]) -> None:
        fault.kind = str(wish.get("as", "drop"))
        if fault.kind not in OUTAGES:
            raise ValueError(f"as is one of {', '.join(OUTAGES)}")
        fault.until = self._now().timestamp() + float(wish.get("for_seconds", 3600))


def _name_code(fault: Fault, wish: dict[str, Any]) -> None:
    fault.code = str(wish.get("code", ""))
    if fault.code not in CODES and "status" not in wish:
        raise ValueError(f"code is one of {', '.join(filter(None, CODES))}, or any other with its status")
    status, text = CODES.get(fault.code, (400, fault.code))
    fault.status, fault.text = int(wish.get("status", status)), str(wish.get("text", text))
