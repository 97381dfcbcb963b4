"""A simulated CRM: deals with a history, tasks and cards; people there move and delete as they like."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from qc_engine.core.effects import CloseTask, CreateDeal, CreateTask, MoveDeal, ReopenTask, SetFields
from qc_engine.core.events import Deal, DealChanged, DealDeleted, DealMoved, DealSeen, Hint, TaskClosed
from qc_engine.ports import Arrival, Done, Job, Outcome, Poll, Polled, Refused, TryLater
from tests.simulation.world import Vendor, World

ZONES = {"abay": ZoneInfo("Asia/Almaty"), "berlin": ZoneInfo("Europe/Berlin")}
START = "FINAL_INVOICE"
OVERLAP = 3  # lines of history that a poll reads again


@dataclass
class DealOutside:
    """A deal as it stands in the CRM."""

    deal_id: int
    phone: str
    stage: str
    entered_at: datetime
    fields: dict[str, str] = field(default_factory=dict)


@dataclass
class TaskOutside:
    """A task as it stands in the CRM."""

    task_id: int
    deal_id: int
    closed_at: datetime | None = None
    result: str = ""


class Crm(Vendor):
    """Carries out our effects, tells by polls what changed."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.deals: dict[int, DealOutside] = {}
        self.tasks: dict[int, TaskOutside] = {}
        self.history: list[DealMoved] = []
        self.read_up_to = 0  # so many of its lines we have been told are safe
        self.looked: dict[int, datetime] = {}  # when the engine last saw each deal

    # --- people there ---

    def close_order(self, deal_id: int, phone: str) -> None:
        self.deals[deal_id] = DealOutside(deal_id, phone, "", self.world.clock.now())
        self.world.zones[deal_id] = ZONES[self.branch_of(deal_id)]
        self.move(deal_id, START)

    def branch_of(self, deal_id: int) -> str:
        """Every third order was carried out in another zone."""
        return "abay" if deal_id % 3 else "berlin"

    def move(self, deal_id: int, stage: str) -> None:
        deal = self.deals[deal_id]
        deal.stage, deal.entered_at = stage, self.world.clock.now()
        self.history.append(DealMoved(deal_id, stage, deal.entered_at))
        if stage == START:
            self.world.closed.setdefault(deal_id, []).append(deal.entered_at)

    def close_task(self, task_id: int, result: str) -> None:
        task = self.tasks[task_id]
        task.closed_at, task.result = self.world.clock.now(), result

    # --- our effects ---

    def _carry_out(self, job: Job) -> Outcome:
        refused = self._refusal(job)
        if refused:
            return refused
        number = self.world.write_down(job).number
        match job.effect:
            case MoveDeal(deal_id, stage, _, fields):
                self.deals[deal_id].fields.update(fields)
                if self.deals[deal_id].stage != stage:
                    self.move(deal_id, stage)
            case SetFields(deal_id, fields):
                self.deals[deal_id].fields.update(fields)
            case CreateTask(deal_id=deal_id):
                self.tasks[number] = TaskOutside(number, deal_id)
            case CloseTask(task_id):
                self.tasks[task_id].closed_at = self.world.clock.now()
            case ReopenTask(task_id):
                self.tasks[task_id].closed_at, self.tasks[task_id].result = None, ""
            case CreateDeal(stage=stage):
                self.deals[number] = DealOutside(number, "", stage, self.world.clock.now())
            case _:
                pass
        return Done(str(number))

    def _refusal(self, job: Job) -> Refused | None:
        deal = self.deals.get(getattr(job.effect, "deal_id", 0))
        if hasattr(job.effect, "deal_id") and deal is None:
            return Refused("the deal is gone", "deal_gone")
        if isinstance(job.effect, MoveDeal) and deal:
            here = (job.effect.stage, *job.effect.expected)
            return None if deal.stage in here else Refused(f"it is in {deal.stage}", "deal_elsewhere")
        return None

    # --- what the engine asks ---

    def look(self, hints: Sequence[Hint], now: datetime) -> Sequence[Arrival]:
        self.world.fuse.passing("in look")
        if self._draw() in ("later", "broken"):
            raise TryLater("503")
        return [self._seen(one.deal_id) for one in hints if isinstance(one, DealChanged)]

    def _seen(self, deal_id: int) -> Arrival:
        deal, self.looked[deal_id] = self.deals.get(deal_id), self.world.clock.now()
        if deal is None:
            return Arrival(f"deal:{deal_id}:deleted", DealDeleted(deal_id))
        seen = Deal(
            deal_id, "Заказ", deal.stage, deal.entered_at, self.branch_of(deal_id), 77, "Айгуль", deal.phone
        )
        return Arrival(f"deal:{deal_id}:{deal.stage}:{deal.entered_at.isoformat()}", DealSeen(seen))

    @property
    def polls(self) -> Sequence[Poll]:
        every = timedelta(minutes=1)
        return (
            Poll("history", every, self._history),
            Poll("scan", every, self._scan),
            Poll("tasks", every, self._closed_tasks),
        )

    def _history(self, cursor: str, now: datetime) -> Polled:
        self.read_up_to = max(self.read_up_to, int(cursor or 0))
        first = max(0, int(cursor or 0) - OVERLAP)
        lines = [Arrival(f"history:{n}", one) for n, one in enumerate(self.history) if n >= first]
        return Polled(lines, str(len(self.history)))

    def _scan(self, cursor: str, now: datetime) -> Polled:
        standing = [one.deal_id for one in self.deals.values() if one.stage == START]
        return Polled([self._seen(one) for one in standing], "")

    def _closed_tasks(self, cursor: str, now: datetime) -> Polled:
        closed = [
            one for one in self.tasks.values() if one.closed_at and one.closed_at > now - timedelta(days=2)
        ]
        # A task that was reopened may be closed again: the moment belongs to the key.
        keys = [f"task:{one.task_id}:{one.closed_at and one.closed_at.isoformat()}" for one in closed]
        return Polled([Arrival(key, _closed(one)) for key, one in zip(keys, closed, strict=True)], "")


def _closed(task: TaskOutside) -> TaskClosed:
    assert task.closed_at
    return TaskClosed(task.task_id, task.result, task.closed_at)
