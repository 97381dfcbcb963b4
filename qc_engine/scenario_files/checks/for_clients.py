"""Every text of a scenario that a client may read, and where in the file it stands."""

from collections.abc import Iterator
from dataclasses import dataclass

from qc_engine.core.scenario import NO_TEXT, Action, ConfirmBonus, Say, Scenario, Survey, Text
from qc_engine.scenario_files.checks.spots import spots
from qc_engine.scenario_files.yaml.source import Keys


@dataclass(frozen=True)
class ClientText:
    """`instead`: what is sent in its place where a client cannot answer."""

    keys: Keys
    text: Text
    instead: Text = NO_TEXT

    @property
    def each(self) -> Iterator[Text]:
        """The same in every language, the scenario's own first."""
        yield self.text
        yield from self.text.languages.values()


def texts_for_clients(scenario: Scenario) -> Iterator[ClientText]:
    """In the order of the file; those that are not written are left out."""
    return (one for one in _all(scenario) if one.text.body)


def _all(scenario: Scenario) -> Iterator[ClientText]:
    yield ClientText(("contact", "welcome"), scenario.contact.welcome)
    links = [one.by_link for step in scenario.steps.values() for one in step.do if isinstance(one, Survey)]
    by_link = next((one for one in links if one.body), NO_TEXT)
    for name, question in scenario.questions.items():
        yield ClientText(("questions", name, "text"), question.text, by_link)
    for spot in spots(scenario):
        for action in spot.actions:
            yield from _said(spot.keys, action)


def _said(keys: Keys, action: Action) -> Iterator[ClientText]:
    match action:
        case Say(text):
            yield ClientText(keys, text)
        case Survey(hint=hint, reminder=reminder, by_link=by_link):
            yield from (ClientText(keys, text, by_link) for text in (hint, reminder))
            yield ClientText(keys, by_link)
        case ConfirmBonus(say=say, otherwise=otherwise):
            yield from (ClientText(keys, text) for text in (say, otherwise))
        case _:
            pass
