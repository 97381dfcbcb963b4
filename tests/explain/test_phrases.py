"""Every word that the core can say is in every catalogue, and values stay values."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from qc_engine.core.answers.reading import Kind
from qc_engine.core.case import State
from qc_engine.core.review.reviews import ANSWERS
from qc_engine.core.scenario import OF_FACT
from qc_engine.core.wording.texts import PLACE, PLATFORMS
from qc_engine.explain.phrases import catalogue, known, languages, say
from qc_engine.store import codec, outbox

CORE = Path(__file__).resolve().parents[2] / "qc_engine" / "core"
KEY = re.compile(r"(?:why|note|end|gate)\.\w*[^\W_]")  # not the beginning of an f-string
REVIEWS = tuple(ANSWERS)  # the values that f"..._{answer}" can take
NOT_STARTED = {"_since": ("", "_not", "_not_started"), "_says": ("", "_not")}


def keys_of_core() -> set[str]:
    calls = [
        call
        for path in CORE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
    ]
    literal = {text for call in calls for text in _phrase_keys(call)}
    verdicts = {text for call in calls for text in _verdict_keys(call)}
    facts = {f"why.{kind.fact}{ending}" for kind in OF_FACT for ending in NOT_STARTED["_says"]}
    return literal | verdicts | facts | set(_bare_keys())


def _bare_keys() -> Iterator[str]:
    """Keys that stand in a variable before they are said."""
    for path in CORE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and KEY.fullmatch(node.value):
                yield node.value


def _phrase_keys(call: ast.Call) -> list[str]:
    """phrase("key"), Phrase("key") and draft.note("key")."""
    name = _called(call)
    return _texts(call.args[0]) if name in ("phrase", "Phrase", "note") and call.args else []


def _verdict_keys(call: ast.Call) -> list[str]:
    """_says(passed, "name") and _since(clock, "name") make up to three keys of one name."""
    name = _called(call)
    if name not in NOT_STARTED:
        return []
    return [f"why.{text}{ending}" for text in _texts(call.args[1]) for ending in NOT_STARTED[name]]


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", "") or getattr(call.func, "id", "")


def _texts(node: ast.expr) -> list[str]:
    """The texts that an expression can be, as far as they stand in the source."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body), *_texts(node.orelse)]
    if isinstance(node, ast.JoinedStr):
        return [text for text in _joined(node) if text]
    return []


def _joined(node: ast.JoinedStr) -> list[str]:
    """f"review_{answer}" for both answers; inside _says and _since the name is given by their callers, and
    facts are collected by their conditions."""
    names = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    spelled = {ast.unparse(name) for name in names}
    if spelled in ({"name"}, {"self.fact"}):
        return []
    assert spelled <= {"answer", "said.outcome"}, f"teach this test what {spelled} can be"
    parts = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
    return ["".join(review if part is None else str(part) for part in parts) for review in REVIEWS]


def test_the_collection_sees_all_ways_of_saying() -> None:
    found = keys_of_core()
    assert {"why.average_reached", "why.review_not_found_not", "why.silent_for_not_started"} <= found
    assert {"why.clicked", "why.asked_to_stop_not", "why.score_below_not", "why.branch_is_not"} <= found
    assert {"note.review_found", "note.rule", "end.too_late", "gate.asked_recently"} <= found
    assert len(found) > 60


@pytest.mark.parametrize("language", languages())
def test_every_key_of_the_core_is_written(language: str) -> None:
    assert sorted(key for key in keys_of_core() if not known(key, language)) == []


@pytest.mark.parametrize("language", languages())
def test_every_member_of_the_closed_sets_is_written(language: str) -> None:
    needed = [f"event.{kind}" for kind in codec.EVENTS]
    needed += [f"{tense}.{kind}" for kind in codec.EFFECTS for tense in ("effect", "done")]
    states = (*outbox.OPEN, outbox.DONE, outbox.FAILED, outbox.CANCELLED)
    needed += [f"{group}.{state}" for state in states for group in ("effect_state", "delivery")]
    needed += [f"state.{state}" for state in State] + [f"note.read.{kind}" for kind in Kind]
    needed += [f"platform.{name}" for name in PLATFORMS]
    assert [key for key in needed if not known(key, language)] == []


def test_the_languages_say_the_same() -> None:
    assert languages() == ["en", "kk", "ru"]
    places = {
        language: {
            key: sorted({place[1] for place in PLACE.finditer(text)}) for key, text in sentences.items()
        }
        for language in languages()
        for sentences in [catalogue(language)]
    }
    # The unit's number is {n} in a span; everything else is filled by the core's or our own values.
    assert places["kk"] == places["ru"]
    assert places["en"] == places["ru"]


@pytest.mark.parametrize("language", languages())
def test_no_sentence_is_empty_or_double(language: str) -> None:
    text = (CORE.parent / "explain" / "locale" / f"{language}.json").read_text(encoding="utf-8")
    keys = re.findall(r'^  "([^"]+)":', text, re.MULTILINE)
    assert len(keys) == len(set(keys)) == len(catalogue(language))
    assert all(sentence.strip() for sentence in catalogue(language).values())


@pytest.mark.parametrize(
    ("key", "values", "said"),
    [
        ("event.AnswerReceived", {"text": "6", "kind": "text"}, "Клиент ответил: «6»"),
        ("event.AnswerReceived", {"text": "", "kind": "voice"}, "Клиент прислал голосовое сообщение"),
        ("note.read", {"kind": "score", "scores": "6", "rule": "digits"}, "Прочитано как оценка 6"),
        ("note.read", {"kind": "both", "scores": "8 8.5"}, "Прочитано как две оценки: 8 8,5"),
        ("why.average_not_reached", {"average": "5,5", "limit": "8"}, "средняя 5,5 меньше 8"),
        (
            "gate.asked_recently",
            {"at": "2026-03-03 05:00:00+00:00", "span": "30 days, 0:00:00"},
            "клиента спрашивали 03.03.2026 10:00, чаще раза в 30 дней нельзя",
        ),
        (
            "gate.asked_recently",
            {"at": "2026-03-03T05:00:00Z"},
            "клиента спрашивали 03.03.2026 10:00, чаще раза в установленный срок нельзя",
        ),
        ("note.step", {"step": "2026-03-03 nonsense"}, "Перешли к шагу «2026-03-03 nonsense»"),
        # What people wrote is neither a template nor a time.
        ("event.AnswerReceived", {"text": "{phone} {text}"}, "Клиент ответил: «{phone} {text}»"),
        ("event.AnswerReceived", {"text": "2026-03-03T05:00:00Z"}, "Клиент ответил: «2026-03-03T05:00:00Z»"),
        ("note.unheard_of", {"a": "1", "b": "{a}"}, "note.unheard_of: a=1, b={a}"),
        ("note.unheard_of", {}, "note.unheard_of"),
        ("note.rule", {}, "Сработало правило «»"),
    ],
)
def test_what_is_said_in_russian(key: str, values: dict[str, str], said: str) -> None:
    assert say(key, values, "ru", "Asia/Almaty") == said


@pytest.mark.parametrize(
    ("language", "span", "said"),
    [
        ("ru", "1 day, 0:00:00", "1 день"),
        ("ru", "22 days, 2:30:00", "22 дня 2 часа 30 минут"),
        ("ru", "111 days, 0:00:00", "111 дней"),
        ("ru", "0:21:00", "21 минуту"),
        ("ru", "0:00:10", "0:00:10"),
        ("en", "21 days, 1:00:00", "21 days 1 hour"),
        ("kk", "30 days, 0:00:00", "30 күн"),
    ],
)
def test_spans_have_the_forms_of_the_language(language: str, span: str, said: str) -> None:
    assert said in say("gate.asked_recently", {"span": span}, language)


def test_numbers_and_strange_places() -> None:
    assert say("head.average", {"average": "7.67"}, "en") == "Average: 7.67"
    assert say("why.average_reached", {"average": "8,5", "limit": "8"}, "en").endswith("8.5 is not below 8")
    assert say("note.entered_again", {"at": "2026-03-03T05:00:00+05:00"}, "ru", "Nowhere/Never").endswith(
        "03.03.2026 00:00: ждём заново"
    )
    assert say("note.reminded", {}, "xx") == "Отправлено напоминание"
