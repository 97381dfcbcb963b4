"""Sense, not shape: can every rule match, is anything done in vain, can a case wait for ever."""

from collections.abc import Iterator

from qc_engine.core.scenario import (
    ApprovalIs,
    AverageAtLeast,
    AverageBelow,
    BranchIs,
    Condition,
    DealMovedTo,
    End,
    InStepFor,
    ReviewIs,
    Rule,
    Scenario,
    ScoreBelow,
    SilentFor,
    Step,
    Survey,
    TaskOverdueFor,
)
from qc_engine.scenario_files.checks.approval import about_approvals
from qc_engine.scenario_files.checks.averages import gaps, impossible
from qc_engine.scenario_files.checks.complaints import about_complaints
from qc_engine.scenario_files.checks.hours import perhaps_never
from qc_engine.scenario_files.checks.lengths import perhaps_too_long, too_long
from qc_engine.scenario_files.checks.lists import again_and_again, in_vain, waits
from qc_engine.scenario_files.checks.review import about_bonuses, looks_again, taken_for_nothing
from qc_engine.scenario_files.checks.roads import leaves, leaves_at_once, only_time, road_findings
from qc_engine.scenario_files.checks.spots import actions_of
from qc_engine.scenario_files.checks.starts import about_start
from qc_engine.scenario_files.checks.ways import about_channels
from qc_engine.scenario_files.reading import Outline, Reading
from qc_engine.scenario_files.similar import unknown
from qc_engine.scenario_files.yaml.including import own_texts
from qc_engine.scenario_files.yaml.source import Keys, Problem, Source

Finding = tuple[Keys, str]  # where in the file, and what makes no sense there


def find_nonsense(reading: Reading, scenario: Scenario | None, source: Source) -> list[Problem]:
    """Steps are checked one by one as far as they could be read; the whole, when all of it could."""
    findings = list(_rules(("anytime",), reading.whole.anytime or ()))
    for step in reading.whole.steps.values():
        findings += _in_step(step)
        findings += _among_others(step, reading.whole)
    if scenario:
        findings += _same_fields(scenario)
        findings += road_findings(scenario)
        findings += about_channels(scenario, reading.names)
        findings += about_bonuses(scenario)
        findings += about_approvals(scenario)
        findings += about_complaints(scenario)
        findings += about_start(scenario)
        findings += _titled_for_nothing(scenario)
        findings += too_long(scenario, reading.names)
        unused = sorted(own_texts(source) & set(reading.texts) - reading.used_texts)
        findings += [
            (("texts", name), f"text '{name}' is used nowhere; name it in an action, or delete it")
            for name in unused
        ]
    return [source.problem(keys, message, at_key=len(keys) == 2) for keys, message in findings]


def _titled_for_nothing(scenario: Scenario) -> Iterator[Finding]:
    ends = {one.outcome for one in actions_of(scenario) if isinstance(one, End)}
    for name in scenario.outcomes.keys() - ends:
        yield ("outcomes", name), unknown("outcome: no 'end' here says", name, ends)


def find_doubtful(reading: Reading, scenario: Scenario | None, source: Source) -> list[Problem]:
    """What works, and perhaps not as it is meant."""
    findings = [*perhaps_too_long(scenario, reading.names), *perhaps_never(scenario)] if scenario else []
    return [source.problem(keys, message, at_key=len(keys) == 2) for keys, message in findings]


# --- what one step shows by itself ------------------------------------------------------------


def _in_step(step: Step) -> Iterator[Finding]:
    here: Keys = ("steps", step.name)
    yield from in_vain((*here, "do"), step.do)
    yield from looks_again((*here, "do"), step.do)
    if [action for action in step.do if isinstance(action, Survey)][1:]:
        yield (*here, "do"), "one step asks one survey; put the second into a step of its own"
    if leaves_at_once(step.do):
        if step.rules:
            yield (
                (*here, "rules"),
                f"step '{step.name}' leaves at once; its rules are never looked at: delete them",
            )
        return
    yield from _rules((*here, "rules"), step.rules)
    yield from _silence(step)


def _rules(here: Keys, rules: tuple[Rule, ...]) -> Iterator[Finding]:
    for number, rule in enumerate(rules):
        at = (*here, number)
        yield from in_vain((*at, "do"), rule.do)
        yield from _never_its_turn((*at, "when"), rule, rules[:number])
        yield from looks_again((*at, "do"), rule.do)
        if any(isinstance(action, Survey) for action in rule.do):
            yield (*at, "do"), "a survey belongs into the 'do' of a step; go_to that step"
        if _contradicts(rule):
            yield (
                (*at, "when"),
                f"rule '{rule.name}' can never match: its conditions exclude each other; leave one out",
            )
        yield from again_and_again((*at, "when"), rule)
        if rule.name in (one.name for one in rules[:number]):
            yield (
                (*at, "name"),
                f"two rules are named '{rule.name}'; rename one: explanations could not tell them apart",
            )


def _silence(step: Step) -> Iterator[Finding]:
    survey = step.survey
    for number, rule in enumerate(step.rules):
        spans = [one.span for one in rule.when if isinstance(one, SilentFor)]
        at: Keys = ("steps", step.name, "rules", number, "when")
        if not spans:
            continue
        if survey is None:
            yield at, f"silent_for waits for an answer, but step '{step.name}' asks nothing; use in_step_for"
        elif survey.remind_after and spans[0] <= survey.remind_after and leaves(rule.do):
            yield (
                at,
                "silent_for leaves the step before remind_after: the reminder is never sent; wait longer",
            )
    if survey and bool(survey.remind_after) != bool(survey.reminder.body):
        present, absent = (
            ("remind_after", "reminder") if survey.remind_after else ("reminder", "remind_after")
        )
        at = ("steps", step.name, "do", step.do.index(survey), "survey", present)
        yield at, f"'{present}' needs '{absent}' beside it"


# --- which rule comes first -------------------------------------------------------------------


def _never_its_turn(at: Keys, rule: Rule, before: tuple[Rule, ...]) -> Iterator[Finding]:
    # While a rule waits in the middle of its list, the next one has its turn.
    always = (one for one in before if not one.aside and not waits(one))
    first = next((one for one in always if _covers(one, rule)), None)
    if first:
        where = f"'{first.name}' (line {first.line})"
        yield (
            at,
            f"rule '{rule.name}' never gets its turn: {where} always matches before it; put it further up",
        )


def _covers(earlier: Rule, later: Rule) -> bool:
    """Whenever the later rule matches, the earlier one matches too."""
    return all(any(_implied(one, other) for other in later.when) for one in earlier.when)


def _implied(one: Condition, by: Condition) -> bool:
    match one, by:
        case AverageAtLeast(limit), AverageAtLeast(other):
            return limit <= other
        case (AverageBelow(limit), AverageBelow(other)) | (ScoreBelow(limit), ScoreBelow(other)):
            return limit >= other
        case (SilentFor(span), SilentFor(wait)) | (InStepFor(span), InStepFor(wait)):
            return span <= wait
        case TaskOverdueFor(), TaskOverdueFor():
            return False  # each is told of once
        case BranchIs(names), BranchIs(others):
            return set(others) <= set(names)
        case _:
            return one == by


def _contradicts(rule: Rule) -> bool:
    answers = {one.answer for one in rule.when if isinstance(one, ReviewIs)}
    stages = {one.stage for one in rule.when if isinstance(one, DealMovedTo)}
    branches = [set(one.names) for one in rule.when if isinstance(one, BranchIs)]
    approvals = [one for one in rule.when if isinstance(one, ApprovalIs)]
    nowhere = bool(branches) and not set.intersection(*branches)
    both = len({one.name for one in approvals}) < len(set(approvals))
    return len(answers) > 1 or len(stages) > 1 or nowhere or both or impossible(rule)


# --- what needs more than the step ------------------------------------------------------------


def _among_others(step: Step, whole: Outline) -> Iterator[Finding]:
    if leaves_at_once(step.do):
        return
    here: Keys = ("steps", step.name)
    if whole.anytime is not None:
        yield from _way_out(step, whole.anytime)
        yield from taken_for_nothing(step, whole.anytime)
        for number, rule in enumerate(step.rules):
            yield from _never_its_turn((*here, "rules", number, "when"), rule, whole.anytime)
    if whole.questions is not None:
        yield from gaps(step, step.survey, whole.questions)


def _way_out(step: Step, anytime: tuple[Rule, ...]) -> Iterator[Finding]:
    here: Keys = ("steps", step.name)
    # What stands behind a pause is done by time alone.
    if leaves(step.do) or any(leaves(rule.do) and only_time(rule) for rule in (*anytime, *step.rules)):
        return
    if not any(leaves(rule.do) for rule in step.rules):
        yield (
            here,
            f"step '{step.name}' has no way out: no rule ends the case or goes to a step; "
            "add a rule with 'end' or 'go_to'",
        )
        return
    remedy = "add a rule with silent_for or in_step_for that leaves it"
    yield here, f"a case may wait in step '{step.name}' for ever; {remedy}"


def _same_fields(scenario: Scenario) -> Iterator[Finding]:
    taken: dict[str, str] = {}
    for name, question in scenario.questions.items():
        if question.field in taken:
            yield (
                ("questions", name, "save_to"),
                f"question '{taken[question.field]}' is saved there already; name another field",
            )
        elif question.field:
            taken[question.field] = name
    for step in scenario.steps.values():
        survey = step.survey
        if survey and survey.average_field in taken:
            at = ("steps", step.name, "do", step.do.index(survey), "survey", "save_average_to")
            yield at, f"question '{taken[survey.average_field]}' is saved there already; name another field"
