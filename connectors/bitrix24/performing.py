"""Carries a list of jobs out in two requests: one that looks before, one that writes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.bitrix24.calls.client import Answer, Client, Command
from connectors.bitrix24.calls.errors import Failure, TooFast
from connectors.bitrix24.calls.paging import certain, items, pages
from connectors.bitrix24.finding import Finding
from connectors.bitrix24.forecast import WRITES
from connectors.bitrix24.names.book import DEAL, Book
from connectors.bitrix24.reading import task_row
from connectors.bitrix24.standing import about_task, fields_state, task_state
from connectors.bitrix24.wire import as_id, as_text
from connectors.bitrix24.writing import Writing, outcome_of, softened
from qc_engine.core.effects import CallWebhook, CloseTask, MoveDeal, ReopenTask, SendMessage, SetFields
from qc_engine.ports import Broken, CannotTell, Done, Job, Outcome, OutcomeUnknown, Refused, TryLater

FAILURES = (TryLater, Refused, Broken, OutcomeUnknown)
TRIES = 3


@dataclass
class Before:
    """What was read before writing. A deal or task that is missing here does not exist."""

    stages: dict[int, str] = field(default_factory=dict)
    stages_unread: dict[int, Failure] = field(default_factory=dict)
    settled: dict[str, Outcome] = field(default_factory=dict)  # job key -> no need to write any more


@dataclass(frozen=True)
class Write:
    """One command still to be sent, and the stage that its deal is in, if it matters."""

    command: Command
    was: str = ""


class Performing:
    """One outcome per job, in their order; no job spoils another."""

    def __init__(
        self, client: Client, finding: Finding, writing: Writing, book: Book, batch_size: int
    ) -> None:
        self._client = client
        self._finding = finding
        self._writing = writing
        self._book = book
        self._batch_size = batch_size

    def perform(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        """Looks, then writes; nothing is asked without jobs, nor for those that must wait anyway."""
        held = self._held(jobs)
        going = [job for job in jobs if job.key not in held]
        before = self._look(going)
        plans = self._plans(going, before)
        answers = iter(self._write([plan.command for plan in plans if isinstance(plan, Write)]))
        ended = {
            job.key: outcome_of(job, next(answers), plan.was) if isinstance(plan, Write) else plan
            for job, plan in zip(going, plans, strict=True)
        }
        return [held[job.key] if job.key in held else ended[job.key] for job in jobs]

    def _held(self, jobs: Sequence[Job]) -> Mapping[str, Outcome]:
        """Jobs whose method has no running time left, before anything is read for them."""
        held: dict[str, Outcome] = {}
        asked: Counter[str] = Counter()
        for job in jobs:
            method = WRITES.get(type(job.effect).__name__, "")
            asked[method] += 1
            room = self._client.operating.room(method) if method else asked[method]
            if asked[method] > room and (left := self._client.operating.left(method)):
                held[job.key] = TryLater(f"{method}: its running time is used up for now", left)
        return held

    # --- before ----------------------------------------------------------------------------------

    def _look(self, jobs: Sequence[Job]) -> Before:
        """Stages of deals, states of tasks and traces of earlier attempts, all in one batch."""
        before = Before()
        deals = pages(job.effect.deal_id for job in jobs if isinstance(job.effect, MoveDeal))
        asks = [self._stages_page(page) for page in deals]
        questions = {job.key: questions for job in jobs if (questions := self._questions(job))}
        hurry = any(job.urgent for job in jobs)
        asks += [command for some in questions.values() for command in some]
        outcomes = self._read([replace(command, urgent=hurry) for command in asks])
        for page, outcome in zip(deals, outcomes, strict=False):
            _note_stages(before, page, outcome)
        rest = iter(outcomes[len(deals) :])
        for job in jobs:
            if answers := [next(rest) for _ in questions.get(job.key, ())]:
                self._settle(before, job, answers)
        return before

    def _stages_page(self, ids: Sequence[int]) -> Command:
        params = self._book.list_params(DEAL, ("id", "stageId"), {"@id": list(ids)})
        return Command("crm.item.list", params)

    def _questions(self, job: Job) -> Sequence[Command]:
        if isinstance(job.effect, CloseTask | ReopenTask):
            asked = {"taskId": job.effect.task_id, "select": about_task(job.effect)}
            return [Command("tasks.task.get", asked)]
        if isinstance(job.effect, SetFields) and job.effect.only_over:
            return [self._fields_asked(job.effect)]
        return self._finding.commands(job) if job.attempt > 1 else []

    def _fields_asked(self, effect: SetFields) -> Command:
        names = [self._book.spelled(DEAL, name) for name in effect.only_over]
        return Command(
            "crm.item.list", self._book.list_params(DEAL, ["id", *names], {"@id": [effect.deal_id]})
        )

    def _read(self, commands: Sequence[Command]) -> Sequence[Answer | Failure]:
        try:
            return self._client.read_batch(commands)
        except FAILURES as failure:
            return [failure] * len(commands)

    def _settle(self, before: Before, job: Job, answers: Sequence[Answer | Failure]) -> None:
        """Nothing is left to do for a job that was done before, or that could not be looked at."""
        try:
            settled = self._state(job, answers)
        except FAILURES as failure:
            settled = softened(job, failure)
        if settled:
            before.settled[job.key] = settled

    def _state(self, job: Job, answers: Sequence[Answer | Failure]) -> Outcome | None:
        if isinstance(job.effect, CloseTask | ReopenTask):
            return task_state(job.effect, task_row(certain(answers[0])))
        if isinstance(job.effect, SetFields) and job.effect.only_over:
            effect, written = job.effect, self._book.written
            stands, wanted = written(DEAL, effect.only_over), written(DEAL, effect.fields)
            return fields_state(effect, items(certain(answers[0])), stands, wanted)
        match self._finding.read(job, answers):
            case Done() as done:
                return done
            case CannotTell(reason):
                return OutcomeUnknown(reason)
            case _:
                return None

    # --- plans -----------------------------------------------------------------------------------

    def _plans(self, jobs: Sequence[Job], before: Before) -> Sequence[Write | Outcome]:
        plans: list[Write | Outcome] = []
        moving: set[int] = set()
        for job in jobs:
            plan = self._plan(job, before, moving)
            if isinstance(job.effect, MoveDeal) and isinstance(plan, Write):
                moving.add(job.effect.deal_id)
            if job.urgent and isinstance(plan, Write):
                plan = replace(plan, command=replace(plan.command, urgent=True))
            plans.append(plan)
        return plans

    def _plan(self, job: Job, before: Before, moving: set[int]) -> Write | Outcome:
        try:
            match job.effect:
                case SendMessage() | CallWebhook():
                    return Refused("Bitrix24 sends no messages to clients, and calls nobody")
                case MoveDeal() as move:
                    return self._plan_move(move, before, moving)
                case effect:
                    return before.settled.get(job.key) or Write(self._writing.command(job, effect))
        except FAILURES as failure:
            return softened(job, failure)

    def _plan_move(self, move: MoveDeal, before: Before, moving: set[int]) -> Write | Outcome:
        if move.deal_id in moving:
            return TryLater(f"deal {move.deal_id} is just being moved by an earlier job")
        if unread := before.stages_unread.get(move.deal_id):
            return unread
        current = before.stages.get(move.deal_id)
        if current is None:
            return Refused(f"deal {move.deal_id} is not in the portal any more", "deal_gone")
        if current not in (move.stage, *move.expected) and not move.from_anywhere:
            return Refused(f"deal {move.deal_id} is in {current}", "deal_elsewhere")
        command = self._writing.move(move, current)
        return Write(command, current) if command else Done()

    # --- writing ---------------------------------------------------------------------------------

    def _write(self, commands: Sequence[Command]) -> Sequence[Answer | Failure]:
        return self._client.side_by_side(commands, self._send)

    def _send(self, commands: Sequence[Command], tries: int = TRIES) -> Sequence[Answer | Failure]:
        try:
            return self._client.batch(commands)
        except TooFast as failure:
            # Refused before anything was done, and the pace lets it go when there is room.
            return self._send(commands, tries - 1) if tries > 1 else [failure] * len(commands)
        except Refused as failure:
            if len(commands) == 1:
                return [failure]
        except FAILURES as failure:
            return [failure] * len(commands)
        # Somebody on the way dislikes one of the commands: the halves show which, nothing was done yet.
        middle = len(commands) // 2
        return [*self._send(commands[:middle]), *self._send(commands[middle:])]


def _note_stages(before: Before, asked: Sequence[int], outcome: Answer | Failure) -> None:
    if not isinstance(outcome, Answer):
        before.stages_unread |= dict.fromkeys(asked, outcome)
        return
    rows = {number: as_text(row.get("stageId")) for row in items(outcome) if (number := as_id(row.get("id")))}
    before.stages |= rows
