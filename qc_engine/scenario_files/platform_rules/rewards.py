"""Is something given for a public review, or promised for one?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from qc_engine.core.review.reviews import NOT_FOUND, VANISHED
from qc_engine.core.scenario import (
    Action,
    Clicked,
    Comment,
    ConfirmBonus,
    GoTo,
    MoveDealTo,
    Notify,
    OpenDeal,
    OpenTask,
    ReviewIs,
    Rule,
    Say,
    Scenario,
    WriteContact,
    WriteFields,
)
from qc_engine.scenario_files.checks.for_clients import texts_for_clients
from qc_engine.scenario_files.checks.spots import Spot, spots
from qc_engine.scenario_files.platform_rules.mentioning import Pages, promises_reward, speaks_of_reviews
from qc_engine.scenario_files.yaml.source import Keys

TAKEN_AWAY = frozenset({"", "0", "n", "no", "нет", "false"})
WITHOUT_REVIEW = frozenset({NOT_FOUND, VANISHED})


@dataclass(frozen=True)
class Reward:
    """Something given where there is a review (`rule` says when), or (`promised`) offered beside its link."""

    keys: Keys
    rule: Rule | None
    what: str
    promised: bool = False


def rewards(scenario: Scenario, titles: Mapping[str, str]) -> list[Reward]:
    """What only those get who reviewed: the same on every platform. `titles`: id -> what people see."""
    free = _free_steps(scenario)
    given = (
        Reward(spot.keys, spot.rule, what)
        for spot in spots(scenario)
        if _after_review(spot, free) and (what := _given(spot, titles))
    )
    return list(given)


def promises(scenario: Scenario, pages: Pages) -> list[Reward]:
    """Texts that a client reads as an offer: the reward and the review in one message."""
    return [
        Reward(one.keys, None, body, promised=True)
        for one in texts_for_clients(scenario)
        for text in one.each
        if promises_reward(body := text.body) and (pages.shown_in(text) or speaks_of_reviews(body))
    ]


# --- given ------------------------------------------------------------------------------------


def _free_steps(scenario: Scenario) -> frozenset[str]:
    """The steps that a client comes to without a public review, and without opening its link."""
    found: set[str] = set()
    ahead = {scenario.first_step}
    while ahead:
        found |= ahead
        roads = (spot for spot in spots(scenario) if spot.step in found or not spot.step)
        ahead = {step for spot in roads if not _asks_for_review(spot.rule) for step in _targets(spot)} - found
    return frozenset(found)


def _targets(spot: Spot) -> Iterator[str]:
    return (action.step for action in spot.actions if isinstance(action, GoTo))


def _asks_for_review(rule: Rule | None) -> bool:
    return rule is not None and any(isinstance(one, ReviewIs | Clicked) for one in rule.when)


def _after_review(spot: Spot, free: frozenset[str]) -> bool:
    """Only for those who reviewed; what somebody gets for whom no review was found is not for a review."""
    answers = {one.answer for one in spot.rule.when if isinstance(one, ReviewIs)} if spot.rule else set()
    if answers & WITHOUT_REVIEW:
        return False
    return _asks_for_review(spot.rule) or (bool(spot.step) and spot.step not in free)


def _given(spot: Spot, titles: Mapping[str, str]) -> str:
    return next((what for action in spot.actions for what in _rewarding(action, titles)), "")


def _rewarding(action: Action, titles: Mapping[str, str]) -> Iterator[str]:
    """What of this action is a reward, in the words of the scenario."""
    if isinstance(action, ConfirmBonus):
        yield f"confirm_bonus: {action.rule}"
    yield from (words for words in _words(action, titles) if promises_reward(words))


def _words(action: Action, titles: Mapping[str, str]) -> Iterator[str]:
    match action:
        case WriteContact(fields) | WriteFields(fields):
            yield from _filled(fields, titles)
        case Say(text):
            yield text.body
        case MoveDealTo(stage):
            yield titles.get(stage, stage)
        case OpenDeal(title=title, stage=stage, comment=comment, fields=fields):
            yield from (title, titles.get(stage, stage), comment, *_filled(fields, titles))
        case OpenTask(title=title, text=text):
            yield from (title, text)
        case Notify(text=text) | Comment(text=text):
            yield text
        case _:
            pass


def _filled(fields: Mapping[str, str], titles: Mapping[str, str]) -> Iterator[str]:
    for name, value in fields.items():
        if value.strip().casefold() not in TAKEN_AWAY:
            yield f"{titles.get(name, name)}: {value}"
