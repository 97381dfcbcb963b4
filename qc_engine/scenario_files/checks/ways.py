"""Several channels make sense only with what each of them needs."""

from collections.abc import Iterator

from qc_engine.core.scenario import Scenario, Survey, Text
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.yaml.source import Keys

Finding = tuple[Keys, str]
LINK = "{survey_link"


def about_channels(scenario: Scenario, names: Names) -> Iterator[Finding]:
    contact = scenario.contact
    if contact.next_channel_after and len(contact.channels) < 2:
        yield ("contact", "next_channel_after"), "there is no next channel: name two or more in 'channels'"
    deaf = sorted(word for word, key in names.channels.items() if key in _deaf(scenario, names))
    for step in scenario.steps.values():
        if survey := step.survey:
            at = ("steps", step.name, "do", step.do.index(survey), "survey")
            yield from _survey(at, survey, deaf)


def _deaf(scenario: Scenario, names: Names) -> set[str]:
    return set(scenario.contact.channels) & set(names.without_answers)


def _each(text: Text) -> Iterator[Text]:
    """In every language."""
    yield from (text, *text.languages.values())


def _survey(here: Keys, survey: Survey, deaf: list[str]) -> Iterator[Finding]:
    if deaf and not survey.by_link.body:
        yield here, f"clients cannot answer in {', '.join(deaf)}: write by_link with {{survey_link}} in it"
    elif survey.by_link.body and any(LINK not in text.body for text in _each(survey.by_link)):
        yield (*here, "by_link"), "without {survey_link} in it nobody can answer"
