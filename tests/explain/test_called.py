"""What people read in the place of the scenario's own names: steps, bonuses, colleagues, visits, numbers."""

from dataclasses import replace

import pytest

from qc_engine.core.scenario import Scenario, Text
from qc_engine.explain.called import steps, voice_of
from qc_engine.explain.phrases import number
from qc_engine.explain.visits import visit_words
from qc_engine.explain.voice import Voice
from qc_engine.trying.report import Voices
from redirect import visitors
from tests.explain.conftest import scenario_of_two_questions, waiting

TITLED = Text("Звонок мастера", languages={"kk": Text("Шебер қоңырауы")})


def titled() -> Scenario:
    """One step with a title, one with a well-known name, one that only its author knows."""
    known = scenario_of_two_questions()
    review = known.steps["review"]
    return replace(
        known,
        steps={
            "ask": replace(known.steps["ask"], title=TITLED),
            "review": review,
            "own_way": replace(review, name="own_way"),
        },
    )


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ru", ["Звонок мастера", "Отзыв", "own way"]),
        ("kk", ["Шебер қоңырауы", "Пікір", "own way"]),
        ("en", ["Звонок мастера", "Review", "own way"]),
    ],
)
def test_a_step_has_its_title_else_a_known_word_else_its_name(language: str, expected: list[str]) -> None:
    assert list(steps(titled(), language).values()) == expected


def test_a_sentence_calls_step_and_bonus_as_people_do() -> None:
    voice = voice_of(waiting(), "ru", {}, titled())
    assert voice.phrase({"key": "note.step", "values": {"step": "ask"}}) == "Перешли к шагу «Звонок мастера»"
    bonus = {"rule": "review", "amount": "500"}
    assert voice.phrase({"key": "note.bonus_confirmed", "values": bonus}) == "Бонус подтверждён: за отзыв 500"
    rule = {"key": "note.rule", "values": {"rule": "review"}}
    assert voice.phrase(rule) == "Сработало правило «review»", "a rule is called as its author calls it"
    assert Voice("ru").phrase({"key": "note.step", "values": {"step": "ask"}}) == "Перешли к шагу «ask»"


def test_an_outcome_has_its_title_else_a_known_word_else_its_own() -> None:
    own = replace(titled(), outcomes={"picked_up": TITLED, "happy": Text("Рад")})
    voices = [voice_of(waiting(), language, {}, own) for language in ("ru", "kk")]
    ends = ("picked_up", "happy", "unanswered", "far_away")
    assert [[voice.word("outcome", one) for one in ends] for voice in voices] == [
        ["Звонок мастера", "Рад", Voice("ru").word("outcome", "unanswered"), "far away"],
        ["Шебер қоңырауы", "Рад", Voice("kk").word("outcome", "unanswered"), "far away"],
    ]
    assert voices[0].word("state", "happy") == "happy", "of outcomes alone"


def test_a_trial_on_the_past_calls_steps_and_ends_by_their_titles() -> None:
    newer = replace(titled(), outcomes={"picked_up": TITLED})
    voices = Voices("ru", {}, (titled(), newer))
    assert [voices("UTC").step("ask"), voices("UTC").word("outcome", "picked_up")] == ["Звонок мастера"] * 2
    assert voices.speaking("kk")("UTC").step("ask") == "Шебер қоңырауы"
    assert Voices("ru", {})("UTC").step("ask") == "ask"


def test_colleagues_by_name_and_the_branchs_own_by_what_they_are() -> None:
    voice = voice_of(waiting(), "ru", {}, users={"Мастер Ержан": 55})
    assert [voice.person(one) for one in ("101", "201", "55", "7")] == [
        "101 (руководитель филиала)", "201 (менеджер филиала)", "55 (Мастер Ержан)", "7",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("ordinary browser", ""),
        ("passed the page that sends on", "страница перехода пройдена"),
        ("no Accept-Language; wants no page", "запрос не как у обычного браузера"),
        ("HEAD asks for no page", "страницу не открывали, только проверили"),
        ("fetched ahead of time: sec-purpose", "загружено заранее"),
        ("agent TelegramBot", "программа TelegramBot"),
        ("no agent", "программа без имени"),
        ("opened 6 links at once", "открыто ссылок подряд: 6"),
        ("0 s after sending; an address of a data centre", "через 0 с после отправки, адрес дата-центра"),
        ("something new", "something new"),
    ],
)
def test_why_a_visit_counts(reason: str, expected: str) -> None:
    assert visit_words(Voice("ru"), reason) == expected


CROWD = visitors.Circumstances(seconds_since_sent=0.5, codes_of_visitor=3, in_listed_range=True)


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_whatever_the_redirect_says_has_words(language: str) -> None:
    agents = (b"", b"TelegramBot", b"Mozilla/5.0 (X) AppleWebKit/537.36 Chrome/120 Safari/537.36")
    grades = [
        visitors.of_request(method, {b"user-agent": agent, **more})
        for method in ("GET", "HEAD")
        for agent in agents
        for more in ({}, {b"sec-purpose": b"prefetch"})
    ]
    grades += [visitors.of_circumstances(visitors.BROWSER, CROWD), visitors.BROWSER]
    grades += [visitors.of_circumstances(visitors.BROWSER, replace(CROWD, codes_of_visitor=99))]
    for grade in grades:
        told, plain = visit_words(Voice(language), grade.reason), grade.reason.split("; ")
        assert not any(part in told.split(", ") for part in plain), grade
        assert bool(told) is (grade.kind != "person"), grade
    assert visit_words(Voice(language), visitors.PROVEN) not in ("", visitors.PROVEN)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("3.5", "3,5"), ("3,5", "3,5"), ("10", "10"), ("1.2.3", "1.2.3"), ("на 3.5", "на 3.5"), ("", "")],
)
def test_a_number_in_a_field(value: str, expected: str) -> None:
    assert number(value, "ru") == number(value, "kk") == expected
    assert number(value, "en") == expected.replace(",", ".")
