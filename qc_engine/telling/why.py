"""Why the bot did not write, or not yet: one short answer, then the facts that it rests on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from qc_engine.core.case import Case, State
from qc_engine.core.effects import SendMessage
from qc_engine.core.rules.starting import ONLY_IF
from qc_engine.core.scenario import Scenario
from qc_engine.core.talk.gate import Open, Shut, Wait, gate, may_begin, outlived
from qc_engine.core.trace import Phrase, phrase
from qc_engine.explain.arrival import arrival, lost_lines
from qc_engine.explain.called import voice_of
from qc_engine.explain.moments import iso
from qc_engine.explain.outline import deal_name, head, summary
from qc_engine.explain.voice import Voice, sentence
from qc_engine.explain.words import delivery_words, effect_words
from qc_engine.flow.contact import informed
from qc_engine.flow.truth import message_of
from qc_engine.flow.versions.library import Library, VersionLost
from qc_engine.store import cases, messages, outbox, traces
from qc_engine.store.tables import CaseRow, EffectRow, TraceRow
from qc_engine.telling.hindrances import hindrances
from qc_engine.telling.unknown_deal import of_nobody

Told = dict[str, Any]
LATE = timedelta(minutes=5)  # what is due for longer than that is not only on its way
ORDER = {State.ACTIVE: 0, State.WAITING: 1, State.ENDED: 2}


@dataclass(frozen=True)
class Asked:
    """Who asks, when, in which language, and what is known of the portals."""

    session: Session
    language: str
    now: datetime
    libraries: Mapping[str, Library]
    names: Mapping[str, Mapping[str, str]]  # by portal: ids of stages and fields -> what people see
    zone: str = "UTC"
    on_page: bool = False  # of the console: what a person has to decide, they decide there

    def scenario(self, row: CaseRow) -> Scenario | None:
        """None where its version is lost."""
        library = self.libraries.get(row.portal)
        try:
            return library.of(self.session, row.scenario, row.version) if library else None
        except VersionLost:
            return None

    def voice(self, case: Case, scenario: Scenario | None = None) -> Voice:
        library, names = self.libraries.get(case.portal), self.names.get(case.portal, {})
        return voice_of(case, self.language, names, scenario, library.users if library else None)


def why_not(asked: Asked, what: str, case_ids: Sequence[str]) -> Told:
    """{"about", "answer", "facts", "cases"}, ready for JSON; the case that matters most comes first.

    `case_ids` are those that `what` (a phone, a deal, a case) means; without any, the answer says why.
    """
    rows = [asked.session.get_one(CaseRow, one) for one in case_ids]
    rows.sort(key=lambda row: row.created_at, reverse=True)
    rows.sort(key=lambda row: ORDER[State(row.state)])
    told = [_Case(asked, row).told() for row in rows]
    if told:
        return {"about": what, "answer": told[0]["answer"], "facts": told[0]["facts"], "cases": told}
    answer, facts = of_nobody(asked.session, what, asked.now, _voices(asked), asked.libraries)
    return {"about": what, "answer": answer, "facts": facts, "cases": []}


def as_text(told: Told) -> str:
    """The answer, then one fact in a line; further cases follow, each with its own."""
    blocks = [(told["answer"], told["facts"])]
    blocks += [(f"{one['name']}: {one['answer']}", one["facts"]) for one in told["cases"][1:]]
    return "\n\n".join("\n".join([answer, *(f"  · {fact}" for fact in facts)]) for answer, facts in blocks)


def _voices(asked: Asked) -> Mapping[str, Voice]:
    return {name: Voice(asked.language, asked.zone, asked.names.get(name, {})) for name in asked.libraries}


class _Case:
    """One case, looked at from all sides."""

    def __init__(self, asked: Asked, row: CaseRow) -> None:
        self.asked, self.row, self.now = asked, row, asked.now
        self.case: Case = cases.load(asked.session, row)
        self.scenario = asked.scenario(row)
        if self.scenario:
            self.case = informed(asked.session, self.case, self.scenario.contact)
        self.voice = asked.voice(self.case, self.scenario)
        self.decisions: Sequence[TraceRow] = traces.of_case(asked.session, row.id)
        effects = outbox.of_case(asked.session, row.id)
        self.came = messages.told_of(asked.session, effects)
        self.effects = {one.key: one for one in effects}
        self.messages = [one for one in effects if one.kind == SendMessage.__name__]
        self.verdict = self._verdict()

    def told(self) -> Told:
        deal = deal_name(self.row.deal_id, self.row.portal)
        return {
            "case_id": self.row.id,
            "deal_id": self.row.deal_id,
            "portal": self.row.portal,
            "name": self.voice.say("whynot.case", case_id=self.row.id, deal_id=deal),
            "state": self.row.state,
            "wake_at": iso(self.case.wake_at),
            "answer": sentence(self._answer()),
            "facts": [sentence(one) for one in self._facts()],
            "gate": self._gate(),
        }

    # --- the answer ---

    def _answer(self) -> str:
        wake = self.case.wake_at
        if still := self.case.still:
            return self.voice.say("whynot.still", at=still.since, by=still.by, reason=still.reason)
        if self.case.state is State.WAITING and wake and wake <= self.now - LATE:
            return self.voice.say("whynot.unheard", at=wake)
        if self.case.state is State.WAITING and isinstance(self.verdict, Shut):
            return self.voice.say("whynot.will_not", why=self._phrase(self.verdict.why))
        if self.case.state is State.WAITING and wake:
            until, why = self._beginning(wake)
            return self.voice.say("whynot.waits", until=until, why=why)
        lines = summary(self.voice, self.case, self.decisions, list(self.effects.values()))
        return lines[0] if lines else self._written()

    def _beginning(self, wake: datetime) -> tuple[datetime, str]:
        """When it begins, as far as time alone decides, and what moved it from where the scenario puts it."""
        if self.scenario is None:
            return wake, ""
        start = self.case.entered_at + self.scenario.start.wait
        if isinstance(ahead := may_begin(self.case, self.scenario.contact, wake), Wait):
            return ahead.until, self._phrase(ahead.why)
        notes = self.decisions[-1].body["notes"] if self.decisions else []
        held = [note for note in notes if note["key"].startswith("gate.")]
        if wake > start and held:
            return wake, self.voice.phrase(held[-1])
        key = "whynot.timer_asked" if self.case.started_by else "whynot.timer"
        return wake, self.voice.say(key, span=self.scenario.start.wait, at=self.case.entered_at)

    def _written(self) -> str:
        done = [one for one in self.messages if one.state == outbox.DONE]
        pending = [one for one in self.messages if one.state in outbox.OPEN]
        if pending:
            how = delivery_words(self.voice, pending[-1], self.effects)
            return self.voice.say("whynot.pending", text=pending[-1].payload["text"], why=how)
        if not done:
            return self.voice.say("story.not_written", why=self.voice.say("story.unknown_why"))
        if lost := lost_lines(self.voice, done[-1:], self.came):
            return lost[0]
        return self.voice.say("whynot.written", at=done[-1].done_at, text=done[-1].payload["text"])

    # --- the facts ---

    def _facts(self) -> Iterator[str]:
        yield from self._standing()
        yield from self._client()
        yield from (fact for row in self.messages for fact in self._message(row))
        if self.verdict and self.case.state is not State.ENDED:
            yield self.voice.say("whynot.gate", why=self._gate()["text"])
        others = [one for one in self.asked.libraries if one != self.row.portal]
        yield from hindrances(self.asked.session, self.voice, self.row.portal, others, self.now)

    def _standing(self) -> Iterator[str]:
        told = head(self.voice, self.case, self.decisions, self.scenario)
        yield self.voice.say("whynot.case", case_id=self.row.id, deal_id=told["deal_name"])
        yield self.voice.say("head.state", state=told["state_text"])
        if self.case.state is State.ENDED:
            yield self.voice.say("whynot.ended", why=told["ended_why"] or told["outcome_text"])
            yield from self._not_concerned()
        if not self.case.branch_known:
            yield self.voice.say("head.branch_unknown", branch=self.case.branch.name)
        if self.scenario is None:
            yield self.voice.say("whynot.version_lost", version=self.case.version[:8])
        if self.case.wake_at and self.case.state is State.ACTIVE:
            yield self.voice.say("story.wake", until=self.case.wake_at)

    def _not_concerned(self) -> Iterator[str]:
        """Which of the conditions before the survey did not hold."""
        checked = (one for trace in self.decisions for one in trace.body["checked"])
        failed = (one for one in checked if one["rule"] == ONLY_IF and not one["passed"])
        yield from (f"{self.voice.phrase(one['why'])} ({ONLY_IF})" for one in failed)

    def _client(self) -> Iterator[str]:
        client, rules = self.case.client, self.scenario.contact if self.scenario else None
        if not client.phone:
            yield self.voice.say("gate.no_phone")
        if client.opted_out_at:
            yield self.voice.say("whynot.opted_out", at=client.opted_out_at)
        if rules and client.surveyed_at and self.case.state is not State.ACTIVE:
            free = client.surveyed_at + rules.at_most_once_in
            key = "whynot.limit" if free > self.now else "whynot.limit_passed"
            yield self.voice.say(key, at=client.surveyed_at, until=free)

    def _message(self, row: EffectRow) -> Iterator[str]:
        """How each message stands, and what is to be done about it."""
        words = effect_words(self.voice, row)
        came = arrival(self.voice, row, self.came.get(row.key, {}))
        how = (delivery_words(self.voice, row, self.effects), came["text"] if came else "")
        yield f"{words} — {', '.join(filter(None, how))}"
        needed = self.effects.get(row.waits_for)
        stuck = needed if needed and needed.state != outbox.DONE and row.state == outbox.PLANNED else row
        if stuck.state in (outbox.REVIEW, outbox.FAILED):
            yield self._decides(stuck)
        elif stuck.state in (outbox.PLANNED, outbox.UNKNOWN) and stuck.run_at <= self.now - LATE:
            yield self.voice.say("whynot.overdue", at=stuck.run_at)

    def _decides(self, stuck: EffectRow) -> str:
        if self.asked.on_page:
            return self.voice.say("whynot.resolve_page")
        return self.voice.say("whynot.resolve", command=f"qc resolve {stuck.id} happened|again|drop")

    # --- the gate ---

    def _verdict(self) -> Open | Wait | Shut | None:
        """What the gate itself says at this moment, of the beginning or of the message that waits."""
        if self.scenario is None or self.case.state is State.ENDED:
            return None
        if self.case.state is State.WAITING:
            return may_begin(self.case, self.scenario.contact, self.now)
        waiting = next((one for one in self.messages if one.state in (outbox.PLANNED, outbox.REVIEW)), None)
        if waiting is None:
            return None
        message = message_of(waiting)
        if outlived(waiting.key, message, self.case):
            return Shut("case_ended", phrase("gate.case_ended"))
        return gate(message, self.case, self.scenario.contact, self.now)

    def _gate(self) -> Told:
        match self.verdict:
            case Wait(until, why):
                return {"verdict": "wait", "until": iso(until), "code": why.key, "text": self._phrase(why)}
            case Shut(code, why):
                return {"verdict": "shut", "until": None, "code": code, "text": self._phrase(why)}
            case Open():
                text = self.voice.say("whynot.gate_open")
                return {"verdict": "open", "until": None, "code": "", "text": text}
            case None:
                return {"verdict": "", "until": None, "code": "", "text": ""}

    def _phrase(self, why: Phrase) -> str:
        return self.voice.phrase({"key": why.key, "values": why.values})
