"""Which rules have their turn, and what holds when none has."""

from qc_engine.core.case import Case, State
from qc_engine.core.changing import changed
from qc_engine.core.draft import OURS_TO_DROP, Draft
from qc_engine.core.rules.actions import run
from qc_engine.core.rules.conditions import ANSWERED, CHECKS, MOVED, STOP
from qc_engine.core.rules.pausing import is_under_way
from qc_engine.core.rules.starting import home_stage
from qc_engine.core.scenario import Rule, TaskOverdueFor, Turns
from qc_engine.core.trace import Checked, phrase


def follow_rules(before: Case, draft: Draft) -> None:
    """Rules for words of anger and the like beside the others, then the first one whose turn it is."""
    step = draft.case.step
    turns = draft.scenario.turns(step)
    if not _asides(turns.beside, draft):
        _what_holds_already(step, draft)
        return
    matching = _first_in_turn(turns, draft)
    if ANSWERED in draft.facts and not draft.ended:
        _first_in_turn(draft.scenario.turns(draft.case.step), draft)
    _if_nobody_answered_for_it(draft, matching)
    _what_holds_already(step, draft)
    _end_again(before, draft)


def _first_in_turn(turns: Turns, draft: Draft) -> Rule | None:
    """The first rule that matches is followed; the others of this event are not looked at."""
    for rule in _to_look_at(turns, draft):
        if not is_under_way(rule, draft) and matches(rule, draft):
            _follow(rule, draft)
            return rule
    return None


def _to_look_at(turns: Turns, draft: Draft) -> tuple[Rule, ...]:
    """Most events bring no fact at all: why the first rules fail is known before they are asked."""
    if draft.facts or draft.case.paused or draft.resumed:
        return turns.in_turn
    draft.trace += turns.not_so
    return turns.without_facts


def _follow(rule: Rule, draft: Draft) -> None:
    draft.note("note.rule", rule=rule.name)
    run(rule.do, draft, rule.name)


def _asides(rules: tuple[Rule, ...], draft: Draft) -> bool:
    """What is done beside the road of the case; False when such a rule led it elsewhere after all."""
    step = draft.case.step
    for rule in rules:
        if not is_under_way(rule, draft) and matches(rule, draft):
            _follow(rule, draft)
            _told_of_overdue(rule, draft)
        if draft.ended or draft.case.step != step:
            return False
    return True


def _told_of_overdue(rule: Rule, draft: Draft) -> None:
    spans = [one.span for one in rule.when if isinstance(one, TaskOverdueFor)]
    if spans and draft.case.check:
        draft.change(check=changed(draft.case.check, {"overdue_told": max(spans)}))


def matches(rule: Rule, draft: Draft) -> bool:
    """All conditions, in their order, up to the first that fails; each one leaves its reason."""
    if rule.fact and rule.fact not in draft.facts:
        draft.trace.append(rule.not_so)
        return False
    for condition in rule.when:
        verdict = CHECKS[type(condition)](condition, draft)
        draft.trace.append(Checked(rule.name, verdict, rule.line))
        if not verdict.passed:
            return False
    return True


def _what_holds_already(before: str, draft: Draft) -> None:
    """Coming to a step where nothing needs to happen: what is known of the case may decide at once."""
    if draft.case.step == before:
        return
    seen = {before}
    while not draft.ended and draft.case.step not in seen:
        seen.add(draft.case.step)
        step = draft.scenario.steps[draft.case.step]
        known = (rule for rule in step.rules if rule.standing and not step.survey)
        matching = next((rule for rule in known if matches(rule, draft)), None)
        if matching:
            _follow(matching, draft)


def _if_nobody_answered_for_it(draft: Draft, matching: Rule | None) -> None:
    """Two things end a case even if no rule speaks of them: 'stop', and a manager's hand."""
    if draft.ended:
        return
    if STOP in draft.facts:
        draft.end("opted_out", phrase("end.opted_out"))
    elif MOVED in draft.facts and matching is None and home_stage(draft.case, draft.scenario):
        draft.cancel = OURS_TO_DROP
        draft.end("stopped_by_hand", phrase("end.moved_by_hand", stage=draft.case.deal_stage))


def _end_again(before: Case, draft: Draft) -> None:
    """A correction after the end from which nothing follows changes the answer, not the end."""
    if before.state is not State.ENDED:
        return
    case = draft.case
    goes_on = case.awaits_review or case.question is not None or case.step != before.step
    if not (draft.ended or goes_on or _ruled(draft)):
        draft.change(
            state=State.ENDED, outcome=before.outcome, ended_why=before.ended_why, ended_in=before.ended_in
        )


def _ruled(draft: Draft) -> bool:
    return any(note.key == "note.rule" for note in draft.notes)
