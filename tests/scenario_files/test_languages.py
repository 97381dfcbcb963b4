"""Texts in several languages: how they are read, said, and what is told of a language that lacks somewhere."""

from pathlib import Path

import pytest

from qc_engine.core.scenario import Say, Text
from qc_engine.scenario_files.load import BadScenarios, load_text, warnings_of
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.words.shape import WELCOMES

NAMES = Names(complete=False)
TEXT = """\
scenario: visit
title: T
language: ru
start: {{deal_in_stage: C1:NEW, wait: 0 s, not_later_than: 1 day}}
contact: {{quiet_hours: none, at_most_once_in: 0 s, pause_after_operator: 0 s}}
texts:
  thanks: {{ru: Спасибо, kk: Рақмет}}
questions:
  quality:
    text: {question}
    scale: 1-10
steps:
  ask:
    do: [survey: {{ask: quality}}]
    rules:
      - {{name: rated, when: {{average_at_least: 1}}, do: [say: {said}, say: thanks, end: rated]}}
      - {{name: silent, when: {{silent_for: 1 day}}, do: [end: silent]}}
"""


def scenario(question: str = "Как?", said: str = "Ура") -> str:
    return TEXT.format(question=question, said=said)


def problems(text: str) -> list[str]:
    with pytest.raises(BadScenarios) as bad:
        load_text(text, "s.yaml", NAMES)
    return [str(one).removeprefix("s.yaml:") for one in bad.value.problems]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Ура", Text("Ура")),
        ("{ru: Ура, kk: Алақай}", Text("Ура", languages={"kk": Text("Алақай")})),
        ("{text: {ru: Ура, en: Hooray}}", Text("Ура", languages={"en": Text("Hooray")})),
        ("{text: {ru: Ура, kk: {text: Алақай, template: hooray|kk}}, template: hooray|ru}",
         Text("Ура", "hooray|ru", (), {"kk": Text("Алақай", "hooray|kk")})),
        ("{ru: {text: Ура, template: hooray|ru, template_variables: [branch]}, en: Hooray}",
         Text("Ура", "hooray|ru", ("branch",), {"en": Text("Hooray")})),
        ("{ru: Ура, kk: thanks}", Text("Ура", languages={"kk": Text("Рақмет")})),
        ("{text: thanks, template: thanks|ru}", Text("Спасибо", "thanks|ru", (), {"kk": Text("Рақмет")})),
    ],
)  # fmt: skip
def test_a_text_in_several_languages(said: str, expected: Text) -> None:
    first = load_text(scenario(said=said), "s.yaml", NAMES).steps["ask"].rules[0].do[0]
    assert first == Say(expected)


def test_a_question_in_two_languages_with_a_template_each() -> None:
    text = scenario(
        "{ru: Как?, kk: {text: Қалай?, template: visit|kk}}\n    template: visit|ru\n    on_page: {ru: Оценка, kk: Баға}"
    )
    question = load_text(text, "s.yaml", NAMES).questions["quality"]
    assert question.text == Text("Как?", "visit|ru", (), {"kk": Text("Қалай?", "visit|kk")})
    assert question.on_page == Text("Оценка", languages={"kk": Text("Баға")})


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("{kk: Алақай}", ["16:62: say: the scenario's own language is missing here; write 'ru' too"]),
        ("{ru: Ура, kz: Алақай}", ["16:72: unknown word 'kz'; known: en, kk, ru"]),
        ("{ru: Ура, kk: }", ["16:72: kk: is empty; write a text"]),
        ("{ru: Ура, kk: {text: Алақай, templat: a|kk}}", ["16:91: unknown word 'templat'; did you mean 'template'?"]),
        ("{ru: Ура, kk: {text: {ru: Ура, kk: Алақай}}}", ["16:83: text: write a text, nothing nested"]),
        ("{ru: Ура, kk: '{brnch}'}", ["16:76: kk: unknown variable 'brnch'; did you mean 'branch'?"]),
        ("{ru: '{score_quality:plural(балл, балла, баллов)}', kk: '{score_quality:plural(ұпай, ұпай, ұпай)}'}", [
            "16:118: kk: plural needs 1 or 2 forms in this language (kk), 3 are given; write for example plural(day, days)"]),
    ],
)  # fmt: skip
def test_a_mistake_in_one_language_has_its_place(said: str, expected: list[str]) -> None:
    assert problems(scenario(said=said)) == expected


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_the_welcome_speaks_every_language(language: str) -> None:
    text = (
        scenario()
        .replace("language: ru", f"language: {language}")
        .replace("{ru: Спасибо, kk: Рақмет}", "Thanks")
    )
    read = load_text(text, "s.yaml", NAMES)
    assert read.language == language
    assert {one: read.contact.welcome.said_in(one).body for one in WELCOMES} == {
        one: text.body for one, text in WELCOMES.items()
    }


def test_a_language_that_lacks_somewhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        scenario("{ru: Как?, kk: Қалай?}\n    template: visit|ru", said="{ru: Ура, en: Hooray}"),
        encoding="utf-8",
    )
    found = [str(one).removeprefix(f"{tmp_path}/s.yaml:") for one in warnings_of(tmp_path, NAMES)]
    assert found == [
        "7:16: no words in en here, though elsewhere: such clients read this in ru",
        "10:16: no words in en here, though elsewhere: such clients read this in ru",
        "10:26: no template for kk: outside the messenger's 24 hours such clients read this in ru",
        "17:67: no words in kk here, though elsewhere: such clients read this in ru",
    ]


def test_one_language_alone_is_no_reason_to_warn(tmp_path: Path) -> None:
    text = scenario().replace("{ru: Спасибо, kk: Рақмет}", "Спасибо")
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    assert warnings_of(tmp_path, NAMES) == []
