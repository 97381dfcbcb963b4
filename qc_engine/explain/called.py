"""What people call the parts of a case: its questions, its steps, and who works for its branch."""

from collections.abc import Mapping
from datetime import timedelta

from qc_engine.core.case import Branch, Case
from qc_engine.core.scenario import Scenario
from qc_engine.explain.voice import Voice


def voice_of(
    case: Case,
    language: str,
    names: Mapping[str, str],
    scenario: Scenario | None = None,
    users: Mapping[str, int] | None = None,
) -> Voice:
    """Who speaks of this case, by its branch's clock; `names` are the portal's stages and fields by id.

    `users` are the portal's people: name -> id. Without the `scenario` its own words are told as they are.
    """
    return Voice(
        language, case.branch.timezone, names, questions(scenario, names), _limit(scenario),
        steps(scenario, language) if scenario else {}, people(case.branch, language, users or {}),
        outcomes(scenario, language) if scenario else {},
    )  # fmt: skip


def questions(scenario: Scenario | None, names: Mapping[str, str]) -> Mapping[str, str]:
    """A question is called as the field that keeps its score, when that field has a name here."""
    asked = scenario.questions.values() if scenario else ()
    return {one.name: names.get(one.field, one.name) for one in asked}


def steps(scenario: Scenario, language: str) -> Mapping[str, str]:
    """In the file's order: by their titles, else by well-known names, else as the scenario calls them."""
    voice = Voice(language)
    return {
        name: step.title.said_in(language).body or voice.word("step", name)
        for name, step in scenario.steps.items()
    }


def outcomes(scenario: Scenario, language: str) -> Mapping[str, str]:
    """Those of its ends to which its author has given a title."""
    return {name: title.said_in(language).body for name, title in scenario.outcomes.items()}


def people(branch: Branch, language: str, users: Mapping[str, int]) -> Mapping[str, str]:
    """By their number in the CRM: those whom the CRM tells by name, and the branch's own by what they are."""
    voice = Voice(language)
    named = {str(number): name for name, number in users.items()}
    roles = {
        str(branch.manager): voice.word("person", "manager"),
        str(branch.head): voice.word("person", "head"),
    }
    return {**roles, **named}


def _limit(scenario: Scenario | None) -> str:
    span = scenario.contact.at_most_once_in if scenario else timedelta()
    return str(span) if span else ""
