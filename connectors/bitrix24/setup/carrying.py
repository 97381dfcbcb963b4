"""Makes on the portal what the plan says: one thing after the other, nothing twice, whatever gets lost."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from connectors.bitrix24.calls.client import Answer, Client, Command
from connectors.bitrix24.setup.changes import (
    Change,
    DropStage,
    NewField,
    NewPipeline,
    NewStage,
    StageChange,
    add_field,
    add_pipeline,
    command,
)
from connectors.bitrix24.setup.journal import Journal
from connectors.bitrix24.setup.looking import Looking, Row
from connectors.bitrix24.setup.plan import Step
from connectors.bitrix24.setup.stages import renewed
from connectors.bitrix24.setup.telling import said
from connectors.bitrix24.wire import as_id, as_map
from qc_engine.clock import Clock
from qc_engine.ports import Broken, OutcomeUnknown, Refused, TryLater

MOST_TRIES = 4
SHORTEST_WAIT, LONGEST_WAIT = 5.0, 60.0
# A big portal goes on making a field after it has dropped our call (60 s): we look for it that long.
LOOKS_AFTER = (0.0, 5.0, 15.0, 30.0, 60.0)


@dataclass(frozen=True)
class Progress:
    """`state`: begun, done, there (it was there already), kept (it could not be taken away)."""

    number: int  # of the step, from 1
    of: int
    what: str
    state: str


def carry_out(client: Client, steps: Sequence[Step], journal: Journal, clock: Clock) -> Iterator[Progress]:
    """Makes each step as it is asked for the next line; stop at any time and run again for the rest.

    Raises what Client.call raises. OutcomeUnknown: the portal did not answer and shows nothing yet; a later
    run looks first.
    """
    carrier = _Carrier(client, journal, clock)
    for number, step in enumerate(steps, 1):
        yield Progress(number, len(steps), step.what, "begun")
        for what, state in carrier.carry(step.change):
            yield Progress(number, len(steps), what, state)


Line = tuple[str, str]


class _Carrier:
    def __init__(self, client: Client, journal: Journal, clock: Clock) -> None:
        self._client = client
        self._portal = Looking(client)
        self._journal = journal
        self._clock = clock

    def carry(self, change: Change) -> Iterator[Line]:
        match change:
            case NewPipeline():
                yield from self._pipeline(change)
            case NewField():
                yield self._remembered(change, add_field(change), lambda: self._portal.field(change))
                self._journal.finish(change)
            case NewStage():
                yield self._remembered(change, command(change), lambda: self._portal.stage(change))
                self._journal.finish(change)
            case _:
                yield self._stage(change, self._portal.rows(change.pipeline))

    def _pipeline(self, new: NewPipeline) -> Iterator[Line]:
        if new.id is None:
            line = self._remembered(new, add_pipeline(new), lambda: self._portal.pipeline(new.name))
            yield line
            if line[1] == "there" and not self._journal.knows(new):
                return  # somebody was quicker by hand: their stages are theirs
        number = int(new.id or self._portal.pipeline(new.name) or 0)
        if not number:
            raise OutcomeUnknown(f"воронка «{new.name}» создана, но на портале её не видно")
        rows = self._portal.rows(number)
        for change in renewed(number, new.name, [one.stage for one in rows], new.stages, new.taken):
            yield self._stage(change, rows)
        self._journal.finish(new)

    def _stage(self, change: StageChange, rows: Sequence[Row]) -> Line:
        """A stage of a pipeline that we make, or one that makes room: nothing that must be remembered."""
        if isinstance(change, NewStage):
            _, state = self._made(command(change), lambda: self._portal.stage(change))
            return said(change), state
        row = next((one for one in rows if one.stage.id == change.stage), None)
        if row is None:
            return said(change), "there"
        if isinstance(change, DropStage):
            return said(change), self._dropped(change, row)
        self._repeated(command(change, row.number))
        return said(change), "done"

    def _dropped(self, change: DropStage, row: Row) -> str:
        """Kept when somebody has put deals into it, or when the portal does not let it go."""
        if self._portal.has_deals(change.stage):
            return "kept"
        try:
            self._repeated(command(change, row.number))
        except Refused:
            return "kept" if self._portal.has_stage(change) else "done"
        return "done"

    # --- making, and never twice ---------------------------------------------------------------------

    def _remembered(self, change: Change, sent: Command, look: Callable[[], str]) -> Line:
        number, state = self._made(sent, look, change)
        self._journal.know(change, number)
        return said(change), state

    def _made(
        self, sent: Command, look: Callable[[], str], remembered: Change | None = None
    ) -> tuple[str, str]:
        """The number of what was made, and "done"; or of what was there already, and "there"."""
        if number := look():
            return number, "there"
        if remembered:
            self._journal.begin(remembered, self._clock.now())
        try:
            answer = self._sent(sent)
        except OutcomeUnknown:
            if number := self._looked(look):
                return number, "done"
            raise
        except (TryLater, Refused, Broken):
            if remembered:
                self._journal.forget(remembered)
            raise
        return _number(answer) or look(), "done"

    def _looked(self, look: Callable[[], str]) -> str:
        for seconds in LOOKS_AFTER:
            self._clock.sleep(seconds)
            if number := look():
                return number
        return ""

    def _sent(self, sent: Command) -> Answer:
        """Only what was certainly not done is sent again."""
        for left in reversed(range(MOST_TRIES)):
            try:
                return self._client.call(sent.method, sent.params)
            except TryLater as failure:
                if not left:
                    raise
                wait = failure.after.total_seconds() if failure.after else SHORTEST_WAIT
                self._clock.sleep(min(wait, LONGEST_WAIT))
        raise AssertionError("the last try returns or raises")

    def _repeated(self, sent: Command) -> Answer:
        """For what may be done twice without harm."""
        try:
            return self._sent(sent)
        except OutcomeUnknown:
            self._clock.sleep(SHORTEST_WAIT)
            return self._sent(sent)


def _number(answer: Answer) -> str:
    """The id in the answer of an add: a bare one, or inside `category`."""
    made = as_map(as_map(answer.result).get("category")).get("id", answer.result)
    return str(as_id(made) or "")
