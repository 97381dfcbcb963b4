"""The messenger's approved templates that a scenario needs."""

from collections.abc import Iterable, Iterator

from qc_engine.core.scenario import Action, Say, Scenario, Survey, Text


def templates(scenarios: Iterable[Scenario]) -> tuple[str, ...]:
    """Their names without the language, each once."""
    texts = (text for one in scenarios for text in _texts(one))
    return tuple(sorted({text.template.partition("|")[0] for text in texts if text.template}))


def _texts(scenario: Scenario) -> Iterator[Text]:
    yield scenario.contact.welcome
    yield from (question.text for question in scenario.questions.values())
    rules = [*scenario.anytime, *(rule for step in scenario.steps.values() for rule in step.rules)]
    done = [*(step.do for step in scenario.steps.values()), *(rule.do for rule in rules)]
    yield from (text for actions in done for action in actions for text in _said(action))


def _said(action: Action) -> tuple[Text, ...]:
    match action:
        case Say(text):
            return (text,)
        case Survey():
            return action.hint, action.reminder, action.by_link
        case _:
            return ()
