"""Whatever a client types, at whatever point: what the client sees, and what people in the company see."""

from datetime import timedelta

import pytest

from qc_engine.core.draft import Decision
from qc_engine.core.effects import AddComment, NotifyStaff, SendMessage
from qc_engine.core.events import AnswerReceived, LinkClicked, StaffWrote
from qc_engine.core.scenario import Scenario
from qc_engine.scenario_files.load import load_scenarios
from tests.core.test_tyre_centre import PHONE, ROOT, Story
from tests.flow.fakes import NAMES

NOTHING, HINT, BYE, NEXT, THANKS = "", "hint", "farewell", "question", "reply"
WORDS, PERSON = "words", "a person is told"

NONSENSE = [
    "абвгд",
    "ммм",
    "15",
    "👍",
    "не скажу",
    "спасибо",
    "привет",
    "...",
    "[sticker]",
    "[voice]",
    "[photo]",
    "[other]",
]
ASKS = ["А вы кто?", "во сколько вы работаете?", "позовите менеджера", "мне нужен человек", "Перезвоните мне"]
STOPS = ["стоп", "тоқта", "stop", "не пишите мне больше", "Вы ошиблись номером"]


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenarios(ROOT / "scenarios", NAMES)["tyre_centre"]


def at(scenario: Scenario, step: str) -> Story:
    story = Story(scenario)
    match step:
        case "first question":
            story.begin()
        case "after the hint":
            story.begin().says("ммм")
        case "second question":
            story.rated("9")
        case "review":
            story.rated("9", "10")
        case "review is checked":
            story.rated("9", "10").on(LinkClicked("abc", "yandex", story.now))
        case "an operator talks":
            story.begin().on(StaffWrote(PHONE, story.now + timedelta(minutes=1), 150))
        case "over":
            story.rated("3", "4")
        case _:
            assert step == "before"
    return story


def hears(story: Story, what: str) -> Decision:
    kind = what.strip("[]") if what.startswith("[") else "text"
    moment = story.now + timedelta(minutes=1)
    return story.on(AnswerReceived(PHONE, "" if kind != "text" else what, moment, 500, kind))


def seen(decision: Decision) -> tuple[str, set[str]]:
    """What the client sees, one message at most, and what people see."""
    effects = [one.effect for one in decision.effects]
    sent = [one.purpose for one in effects if isinstance(one, SendMessage)]
    assert len(sent) <= 1
    comments = [WORDS for one in effects if isinstance(one, AddComment)]
    told = [PERSON for one in effects if isinstance(one, NotifyStaff)]
    return (sent[0] if sent else NOTHING), {*comments, *told}


@pytest.mark.parametrize(
    ("step", "said", "client", "people"),
    [
        ("before", [*NONSENSE, *ASKS, "9"], NOTHING, {WORDS}),
        ("before", STOPS, BYE, {WORDS}),
        ("first question", NONSENSE, HINT, {WORDS}),
        ("first question", ASKS, HINT, {WORDS, PERSON}),
        ("first question", STOPS, BYE, {WORDS}),
        ("first question", ["9", "десять", "сегіз", "8/10"], NEXT, set()),
        ("after the hint", [*NONSENSE, *ASKS], NOTHING, {WORDS, PERSON}),
        ("after the hint", STOPS, BYE, {WORDS}),
        ("after the hint", ["9"], NEXT, set()),
        ("second question", NONSENSE, HINT, {WORDS}),
        ("second question", ASKS, HINT, {WORDS, PERSON}),
        ("second question", STOPS, BYE, {WORDS}),
        ("second question", ["9"], THANKS, set()),
        ("second question", ["2"], THANKS, {PERSON}),
        ("review", [*NONSENSE, "9"], NOTHING, {WORDS}),
        ("review", ASKS, NOTHING, {WORDS, PERSON}),
        ("review", STOPS, BYE, {WORDS}),
        ("review is checked", NONSENSE, NOTHING, {WORDS}),
        ("review is checked", ASKS, NOTHING, {WORDS, PERSON}),
        ("review is checked", STOPS, BYE, {WORDS}),
        ("an operator talks", [*NONSENSE, *ASKS, "9"], NOTHING, {WORDS}),
        ("an operator talks", STOPS, BYE, {WORDS}),
        ("over", [*NONSENSE, *ASKS, "9"], NOTHING, {WORDS}),
        ("over", STOPS, BYE, {WORDS}),
    ],
)
def test_every_word_has_its_reaction(
    scenario: Scenario, step: str, said: list[str], client: str, people: set[str]
) -> None:
    found = {what: seen(hears(at(scenario, step), what)) for what in said}
    assert found == dict.fromkeys(said, (client, people))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("voice", "голосовое сообщение"),
        ("sticker", "стикер"),
        ("photo", "фото"),
        ("video", "видео"),
        ("location", "место на карте"),
        ("file", "файл"),
        ("other", "сообщение без текста"),
        ("hologram", "сообщение без текста"),
    ],
)
def test_people_read_what_came_instead_of_words(scenario: Scenario, kind: str, words: str) -> None:
    decision = hears(at(scenario, "first question"), f"[{kind}]")
    (comment,) = [one.effect for one in decision.effects if isinstance(one.effect, AddComment)]
    assert comment.text == f"Айгуль: [{words}]"


def test_a_client_who_never_answers_is_hinted_once(scenario: Scenario) -> None:
    story = at(scenario, "first question")
    assert [seen(hears(story, "ммм"))[0] for _ in range(6)] == [HINT, *[NOTHING] * 5]


@pytest.mark.parametrize(
    ("said", "scores"),
    [
        (["8", "9"], ["9"]),  # both before the second question: the last word counts
        (["8", "ой, 6"], ["6"]),
        (["8", "спасибо"], ["8"]),
        (["8", "15"], ["8"]),
        (["8", "стоп"], ["8"]),
    ],
)
def test_what_was_written_before_the_next_question_answers_the_one_before(
    scenario: Scenario, said: list[str], scores: list[str]
) -> None:
    story = at(scenario, "first question")
    story.messages = 1000
    first, *later = said
    story.says(first)
    story.messages += 50
    story.asked()  # the second question has a higher number than what follows
    for text in later:
        story.on(AnswerReceived(PHONE, text, story.now, 1010))
    assert [str(score) for score in story.case.scores.values()] == scores


@pytest.mark.parametrize(
    ("by", "minutes", "taken"),
    [
        ("operator", 0, False),
        ("operator", 5, False),
        ("operator", 119, False),
        ("operator", 121, True),
        ("operator", -1, True),  # written before the operator came, heard after
        ("bot", 0, True),  # a menu reacts within the second
        ("bot", 5, False),
        ("bot", 121, True),
    ],
)
def test_whose_score_it_is_while_somebody_talks(
    scenario: Scenario, by: str, minutes: int, taken: bool
) -> None:
    story = at(scenario, "first question")
    wrote = story.now + timedelta(minutes=2)
    story.on(StaffWrote(PHONE, wrote, 150, "Добрый день", by=by))
    story.on(AnswerReceived(PHONE, "9", wrote + timedelta(minutes=minutes), 500))
    assert bool(story.case.scores) is taken
