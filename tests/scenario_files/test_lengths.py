"""The longest plausible text against the channels of its scenario."""

from dataclasses import replace

import pytest

from qc_engine.core.channel import Channel
from qc_engine.scenario_files.checks.lengths import longest, perhaps_too_long, too_long
from qc_engine.scenario_files.load import load_text
from qc_engine.scenario_files.names import Names

NAMES = Names(
    complete=False,
    channels={"chat2desk": "", "max": "max", "sms": "sms"},
    without_answers=("sms",),
    room={"": (4096, 4096), "max": (4000, 4000), "sms": (459, 201)},
)
TEXT = """\
scenario: visit
title: T
start: {{deal_in_stage: C1:NEW, wait: 0 s, not_later_than: 1 day}}
contact: {{quiet_hours: none, at_most_once_in: 0 s, pause_after_operator: 0 s, channels: [{channels}]}}
questions:
  quality: {{text: {question}, scale: 1-10}}
steps:
  ask:
    do: [survey: {{ask: quality, by_link: {by_link}}}]
    rules:
      - {{name: rated, when: {{average_at_least: 1}}, do: [say: {said}, end: rated]}}
      - {{name: silent, when: {{silent_for: 1 day}}, do: [end: silent]}}
"""
LINK = "'Оцените: {survey_link}'"


@pytest.mark.parametrize(
    ("channels", "question", "by_link", "said", "expected"),
    [
        ("chat2desk, max", "я" * 4001, LINK, "Ура", [("questions", "this text takes 4001 signs, and max takes at most 4000")]),
        ("chat2desk", "я" * 4001, LINK, "Ура", []),
        ("chat2desk, sms", "я" * 300, LINK, "Ура", []),  # in an SMS the link goes instead
        ("chat2desk, sms", "Как?", "'" + "я" * 150 + "{survey_link}'", "Ура", [("steps", "210 signs, and sms takes 201")]),
        ("chat2desk, sms", "Как?", LINK, "'" + "я" * 190 + "{branch}'", [("steps", "230 signs, and sms takes 201")]),
        ("chat2desk, sms", "Как?", LINK, "x" * 300, []),  # plain letters take less room
        ("chat2desk, sms", "Как?", LINK, "{ru: Ура, kk: " + "я" * 202 + "}", [("steps", "this text takes 202 signs, and sms takes at most 201")]),
    ],
)  # fmt: skip
def test_a_text_fits_everywhere(
    channels: str, question: str, by_link: str, said: str, expected: list[tuple[str, str]]
) -> None:
    text = TEXT.format(channels=channels, question=question, by_link=by_link, said=said)
    scenario = load_text(text, "s.yaml", replace(NAMES, room={}))
    faults, doubts = (list(look(scenario, NAMES)) for look in (too_long, perhaps_too_long))
    found = [(str(keys[0]), message) for keys, message in (*faults, *doubts)]
    assert bool(faults) is (bool(expected) and "this text takes" in expected[0][1])
    assert [one for one, _ in found] == [one for one, _ in expected]
    assert all(part in message for (_, message), (_, part) in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("body", "signs"),
    [
        ("Ура", 3),
        ("{average}", 5),
        ("{branch|филиал с очень длинным названием, на углу двух улиц}", 51),
        ("{deal_id} {score_quality}", 16),
        ("{event_date:date|скоро}", 20),
        ("{n:plural(день, двадцать один календарный день, дней)}", 30),
        ("{comment_advice|нет}", 300),
    ],
)
def test_the_longest_that_a_text_may_become(body: str, signs: int) -> None:
    assert longest(body) == signs


def test_what_channels_take() -> None:
    sms = Channel("sms", longest=459, longest_wide=201)
    assert (sms.room("plain"), sms.room("не очень")) == (459, 201)
    assert Channel("telegram").room("любой") == 4096
