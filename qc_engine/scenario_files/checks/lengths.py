"""Does the longest plausible text fit into every channel of its scenario?"""

import re
from collections.abc import Callable, Iterator, Mapping

from qc_engine.core.channel import MAIN
from qc_engine.core.scenario import Scenario, Text
from qc_engine.core.wording.filters import calls_in
from qc_engine.core.wording.texts import PLACE
from qc_engine.scenario_files.checks.for_clients import ClientText, texts_for_clients
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.yaml.source import Keys

Finding = tuple[Keys, str]
# How many signs a value takes at its longest, as far as anybody has seen.
PLAUSIBLE: Mapping[str, int] = {
    "deal_id": 10,
    "case_id": 10,
    "phone_masked": 12,
    "entered_date": 10,
    "average": 5,
    "clicked_time": 16,
    "look_date": 10,
    "survey_link": 60,
    "answer_url": 120,
    "complaint_url": 90,
    "deal_title": 100,
    "words": 300,
    "name_variants": 200,
    "review_links": 150,
    "review_pages": 300,
    "review_page": 300,
    "answer_links": 700,
}
ANY, NAMED, WORDS, SCORE, LINK = 40, 20, 300, 5, 90
Measure = Callable[[str], int]


def too_long(scenario: Scenario, names: Names) -> Iterator[Finding]:
    """Texts that do not fit even with nothing filled in."""
    for keys, signs, channel, most in _tight(scenario, names, shortest):
        yield keys, f"this text takes {signs} signs, and {channel} takes at most {most}; write it shorter"


def perhaps_too_long(scenario: Scenario, names: Names) -> Iterator[Finding]:
    """Texts that may be cut, if their values are as long as values sometimes are."""
    surely = {keys for keys, _ in too_long(scenario, names)}
    for keys, signs, channel, most in _tight(scenario, names, longest):
        if keys not in surely:
            told = f"with its values this text may take {signs} signs, and {channel} takes {most}"
            yield keys, f"{told}: the end would be cut"


def _tight(scenario: Scenario, names: Names, measure: Measure) -> Iterator[tuple[Keys, int, str, int]]:
    """Each text once, with the channel that has the least room for it."""
    for one in texts_for_clients(scenario):
        over = [found for text in one.each for found in _over(text, one, scenario, names, measure)]
        if over:
            _, signs, channel, most = max(over)
            yield one.keys, signs, channel, most


def _over(
    text: Text, one: ClientText, scenario: Scenario, names: Names, measure: Measure
) -> Iterator[tuple[int, int, str, int]]:
    called = {key: word for word, key in names.channels.items()}
    for key in scenario.contact.channels or (MAIN,):
        room = names.room.get(key)
        if room is None or (one.instead.body and key in names.without_answers):
            continue
        signs, most = measure(text.body), room[0] if text.body.isascii() else room[1]
        if signs > most:
            yield signs - most, signs, called.get(key, key), most


def shortest(body: str) -> int:
    return len(PLACE.sub("", body))


def longest(body: str) -> int:
    """How many signs a text may take with everything filled in."""
    filled = sum(_of_place(place) for place in PLACE.finditer(body))
    return shortest(body) + filled


def _of_place(place: "re.Match[str]") -> int:
    return max(_of_value(place["name"], place["how"] or ""), len(place["fallback"] or ""))


def _of_value(name: str, how: str) -> int:
    if how:
        forms = [len(form) for call in calls_in(how) for form in call.arguments]
        return max([NAMED, *forms])
    if name.startswith("score_"):
        return SCORE
    if name.startswith("comment_"):
        return WORDS
    return PLAUSIBLE.get(name, LINK if name.endswith("_link") else ANY)
