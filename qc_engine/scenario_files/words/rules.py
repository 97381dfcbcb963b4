"""Conditions, actions, rules and steps: the part of a scenario that decides."""

from collections.abc import Mapping
from typing import Any

from qc_engine.core.scenario import NO_TEXT, Rule, Step, Text
from qc_engine.scenario_files.reading import (
    Field,
    Kind,
    Reading,
    Unread,
    Wrong,
    attempt,
    read_fields,
    read_list,
    read_named,
)
from qc_engine.scenario_files.similar import quoted, unknown
from qc_engine.scenario_files.words.kinds import TITLE
from qc_engine.scenario_files.words.table import ACTIONS, CONDITIONS, Word
from qc_engine.scenario_files.words.texts import TITLE_IN_LANGUAGES
from qc_engine.scenario_files.yaml.source import Items, Node, Pairs, Value, children

LONGEST_TITLE = 60

# --- conditions and actions -------------------------------------------------------------------


def _read_when(node: Node, reading: Reading) -> tuple[Any, ...]:
    """A word, words with values, or a list of both: all must hold."""
    found = read_list(node, _read_conditions, reading)
    if not found:
        raise Wrong(node.place, "write at least one condition")
    return tuple(condition for group in found for condition in group)


def _read_conditions(node: Node, reading: Reading) -> tuple[Any, ...]:
    if isinstance(node, Value):
        return (_alone(node, reading),)
    if not isinstance(node, Pairs) or not node.pairs:
        raise Wrong(node.place, "write a condition, for example 'silent_for: 1 day'")
    return made_of(node, CONDITIONS, "condition", reading)


def _alone(node: Value, reading: Reading) -> Any:
    word = _known(node, CONDITIONS, "condition")
    if word.takes is not None:
        raise Wrong(node.place, f"{node.text}: a value is missing; write '{node.text}: ...'")
    return word.makes()


def _read_actions(node: Node, reading: Reading) -> tuple[Any, ...]:
    found = read_list(node, _read_action, reading)
    if not found:
        raise Wrong(node.place, "write at least one action")
    return found


def _read_action(node: Node, reading: Reading) -> Any:
    if isinstance(node, Value) and not node.empty:
        _known(node, ACTIONS, "action")
        raise Wrong(node.place, f"{node.text}: a value is missing; write '{node.text}: ...'")
    if not isinstance(node, Pairs) or not node.pairs:
        raise Wrong(node.place, "write an action, for example 'end: happy'")
    if len(node.pairs) > 1:
        second = node.pairs[1][0]
        raise Wrong(second.place, f"one item is one word; put '- ' before {quoted(second.text)}")
    return made_of(node, ACTIONS, "action", reading)[0]


def made_of(node: Pairs, words: Mapping[str, Word], what: str, reading: Reading) -> tuple[Any, ...]:
    before = len(reading.problems)
    made: dict[str, Any] = {}
    for key, value in node.pairs:
        try:
            word = _known(key, words, what)
        except Wrong as wrong:
            reading.report(wrong.place, wrong.message)
            continue
        attempt(key.text, key.place, Kind(_maker(word), {}), value, made, reading)
    if len(reading.problems) > before:
        raise Unread
    return tuple(made.values())


def _maker(word: Word) -> Any:
    def make(node: Node, reading: Reading) -> Any:
        if word.takes is None:
            if not (isinstance(node, Value) and node.empty):
                raise Wrong(node.place, "takes no value; write the word alone")
            return word.makes()
        if isinstance(word.takes, Kind):
            return word.makes(word.takes.read(node, reading))
        return word.makes(**read_fields(node, word.takes, reading))

    return make


def _known(key: Value, words: Mapping[str, Word], what: str) -> Word:
    if key.text not in words:
        raise Wrong(key.place, unknown(what, key.text, words))
    return words[key.text]


# --- rules and steps --------------------------------------------------------------------------


def _read_rule(node: Node, reading: Reading) -> Rule:
    return Rule(**read_fields(node, RULE, reading), line=node.place.line)


def _read_rules(node: Node, reading: Reading) -> tuple[Rule, ...]:
    return read_list(node, _read_rule, reading)


def _read_step_rule(node: Node, reading: Reading) -> Rule:
    """A rule beside a survey: before the average is known, a text needs fallbacks for scores."""
    scored = any("average" in word for word in _words_of(children(node).get("when")))
    with reading.before_the_scores(not scored):
        return _read_rule(node, reading)


def _words_of(node: Node | None) -> list[str]:
    if isinstance(node, Items):
        return [word for item in node.items for word in _words_of(item)]
    return list(children(node))


def read_anytime(node: Node, reading: Reading) -> tuple[Rule, ...]:
    """Rules for all steps; a score may not be there yet when they match."""
    reading.whole.anytime = None
    with reading.before_the_scores():
        reading.whole.anytime = _read_rules(node, reading)
    return reading.whole.anytime


def _read_step(node: Node, reading: Reading) -> dict[str, Any]:
    asks = "survey" in _words_of(children(node).get("do"))
    with reading.before_the_scores(asks):
        return read_fields(node, STEP_AT_SURVEY if asks else STEP_FIELDS, reading)


def _read_survey_rules(node: Node, reading: Reading) -> tuple[Rule, ...]:
    return read_list(node, _read_step_rule, reading)


def read_outcomes(node: Node, reading: Reading) -> dict[str, Text]:
    return read_named(node, STEP_TITLE, "outcome", reading)


def _read_step_title(node: Node, reading: Reading) -> Text:
    """A heading of the console: it speaks of no single case."""
    title: Text = TITLE_IN_LANGUAGES.read(node, reading)
    for said in (title, *title.languages.values()):
        if "{" in said.body:
            raise Wrong(node.place, f"{quoted(said.body)} stands above many cases: write it without {{...}}")
        if len(said.body) > LONGEST_TITLE:
            raise Wrong(node.place, f"{len(said.body)} signs are too many; at most {LONGEST_TITLE}")
    return title


def read_steps(node: Node, reading: Reading) -> dict[str, Step]:
    """Steps in the order of the file; the ones without a mistake are kept for the checks of sense."""
    read = read_named(node, Kind(_read_step, {}), "step", reading)
    lines = {key.text: key.place.line for key, _ in node.pairs} if isinstance(node, Pairs) else {}
    for name, parts in read.items():
        title = parts.get("title", NO_TEXT)
        reading.whole.steps[name] = Step(
            name, parts.get("do", ()), parts.get("rules", ()), lines[name], title
        )
    return dict(reading.whole.steps)


RULE = {
    "name": Field(TITLE, "Название правила: оно будет в объяснении решения"),
    "when": Field(Kind(_read_when, {"$ref": "#/$defs/when"}), "Когда: все условия должны выполниться"),
    "do": Field(Kind(_read_actions, {"$ref": "#/$defs/do"}), "Что сделать, по порядку"),
}
RULES_SCHEMA = {"type": "array", "items": {"$ref": "#/$defs/rule"}}
RULES = Kind(_read_rules, RULES_SCHEMA)
STEP_TITLE = Kind(_read_step_title, TITLE_IN_LANGUAGES.schema)
OUTCOMES = Kind(
    read_outcomes,
    {"type": "object", "minProperties": 1, "additionalProperties": TITLE_IN_LANGUAGES.schema},
)
STEP_FIELDS = {
    "title": Field(
        STEP_TITLE, "Как шаг называется в консоли, можно на языках; иначе по имени шага", needed=False
    ),
    "do": Field(RULE["do"].kind, "Что сделать при входе в шаг", needed=False),
    "rules": Field(RULES, "Правила: срабатывает первое подходящее", needed=False),
}
STEP_AT_SURVEY = STEP_FIELDS | {"rules": Field(Kind(_read_survey_rules, RULES_SCHEMA), "", needed=False)}
