"""Time between two actions of one list: what is left of the list, and when it is done."""

from collections.abc import Sequence
from datetime import datetime

from qc_engine.core.case import Case, Paused
from qc_engine.core.draft import Draft
from qc_engine.core.scenario import Action, Pause, Rule
from qc_engine.core.trace import Checked, Verdict, phrase


def pause(action: Pause, next_one: int, rule: str, draft: Draft) -> None:
    """What follows is done later; each list is under way once."""
    until = draft.now + action.span
    others = tuple(one for one in draft.case.paused if one.rule != rule)
    draft.change(paused=(*others, Paused(until, next_one, rule)))
    draft.note("note.paused", until=until)


def is_under_way(rule: Rule, draft: Draft) -> bool:
    """A rule whose list waits is not followed from its beginning again; the trace says so."""
    if not (draft.case.paused or draft.resumed):
        return False
    until = next((one.until for one in draft.case.paused if one.rule == rule.name), None)
    if until is None:
        return rule.name in draft.resumed
    draft.trace.append(Checked(rule.name, Verdict(False, phrase("why.rule_paused", until=until)), rule.line))
    return True


def due(draft: Draft) -> Sequence[Paused]:
    """The lists whose time has come, the oldest first."""
    return sorted((one for one in draft.case.paused if one.until <= draft.now), key=lambda one: one.until)


def take_up(paused: Paused, draft: Draft) -> Sequence[Action]:
    """The whole list, which goes on at `paused.next`; empty when the scenario has it no longer."""
    draft.change(paused=tuple(one for one in draft.case.paused if one != paused))
    draft.resumed.add(paused.rule)
    found = next((one for one in _lists(paused, draft) if _has_pause_before(paused.next, one)), ())
    draft.note("note.resumed" if found else "note.pause_lost", rule=paused.rule)
    return found


def next_resume(case: Case) -> datetime | None:
    return min((one.until for one in case.paused), default=None)


def _lists(paused: Paused, draft: Draft) -> Sequence[tuple[Action, ...]]:
    step = draft.scenario.steps[draft.case.step]
    if not paused.rule:
        return (step.do,)
    return [rule.do for rule in (*step.rules, *draft.scenario.anytime) if rule.name == paused.rule]


def _has_pause_before(place: int, actions: Sequence[Action]) -> bool:
    """A case may have been moved to another version meanwhile: what is there now may be another list."""
    return 0 < place < len(actions) and isinstance(actions[place - 1], Pause)
