"""The survey's page: what is asked, what is stored, and what is never lost."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from fastapi import FastAPI
from sqlmodel import select
from starlette.testclient import TestClient

from qc_engine.clock import FixedClock
from qc_engine.core.answers.read import read
from qc_engine.core.answers.reading import Kind
from qc_engine.store import codec
from qc_engine.store.database import Database
from qc_engine.store.group_commit import GroupCommit
from qc_engine.store.tables import InboxRow
from qc_engine.web.guard import with_security_headers
from qc_engine.web.pages import looks
from qc_engine.web.pages.survey.form import STOP_WORD
from qc_engine.web.pages.survey.page import MOST_RELOADS, make_router
from qc_engine.web.pages.survey.view import Question, Stands, SurveyView
from qc_engine.web.pages.survey.words import TEXTS, texts_for

QUALITY = Question("quality", "Оцените качество\nот 1 до 10 <b>")
SERVICE = Question("service", "А обслуживание?", lowest=1, highest=5)
WHY = Question("why", "Что исправить?", scored=False)
OPEN = SurveyView("K7Q2K7Q2", Stands.OPEN, "На Абая <b>", rev=7, questions=[QUALITY, SERVICE])
WORDY = replace(OPEN, questions=[QUALITY, WHY])
CLOSED = SurveyView("K7Q2K7Q2", Stands.CLOSED, "На Абая", rev=9, others=[QUALITY, WHY])
SAID = replace(
    CLOSED,
    stands=Stands.ANSWERED,
    said=["Спасибо!\nЯндекс Карты: https://qc.example/r/abc\nЕщё: javascript:alert(1)", "До встречи <b>"],
)
VIEWS = {
    "open": OPEN,
    "wordy": WORDY,
    "waiting": replace(OPEN, stands=Stands.WAITING),
    "closed": CLOSED,
    "said": SAID,
    "stopped": replace(CLOSED, opted_out=True),
    "full": replace(OPEN, full=True),
    "moved": replace(OPEN, questions=[SERVICE], others=[QUALITY, WHY]),
    "percent": replace(OPEN, questions=[replace(QUALITY, lowest=0, highest=100)]),
}
GOOD = {"q.quality": "9", "q.service": "5", "rev": "7", "do": "send"}


@pytest.fixture
def commit(sqlite_database: Database) -> Iterator[GroupCommit]:
    commit = GroupCommit(sqlite_database)
    commit.start()
    yield commit
    commit.stop()


@pytest.fixture
def client(commit: GroupCommit, clock: FixedClock) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(make_router(VIEWS.get, commit, clock, "https://qc.example"))
    guarded = with_security_headers(app)
    with TestClient(guarded, base_url="https://qc.example", follow_redirects=False) as client:
        client.headers["Accept-Language"] = ""
        yield client


@pytest.fixture
def stored(sqlite_database: Database):
    """The answers that have come into the inbox, oldest first."""

    def look() -> list[Mapping[str, str]]:
        with sqlite_database.reading() as session:
            rows = session.exec(select(InboxRow).order_by(InboxRow.id)).all()
        assert all((row.source, row.kind) == ("web", "FormAnswered") for row in rows)
        return [codec.load_event(row.kind, row.event).answers for row in rows]

    return look


# --- what there is to see ---


def test_the_questions(client: TestClient, stored) -> None:
    answer = client.get("/s/open")
    assert answer.status_code == 200
    for text in (
        "Как всё прошло?",
        "На Абая &lt;b&gt;",
        "Оцените качество\nот 1 до 10 &lt;b&gt;",
        "Вопрос 2 из 2",
    ):
        assert text in answer.text
    assert answer.text.count('name="q.quality"') == 10
    assert answer.text.count('name="q.service"') == 5
    assert 'name="words"' in answer.text
    assert "required" not in answer.text, "the browser's own bubbles would hide what is missing"
    assert "<script" not in answer.text
    assert " style=" not in answer.text
    assert "K7Q2K7Q2" not in answer.text
    assert stored() == [], "a look must change nothing"


@pytest.mark.parametrize("code", sorted(VIEWS))
def test_every_page_is_guarded_and_found_by_nobody(client: TestClient, stored, code: str) -> None:
    answer = client.get(f"/s/{code}")
    assert answer.headers["x-robots-tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in answer.text
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert stored() == []


@pytest.mark.parametrize(
    ("code", "there", "absent"),
    [
        ("waiting", ["Спасибо, записываем…", 'href="?"'], ["<form", "<button"]),
        ("closed", ["Опрос завершён", 'value="stop"'], ['name="words"']),
        ("stopped", ["Мы больше не будем спрашивать"], ["<button", "Опрос завершён"]),
        ("said", ["Ответ записан", "До встречи &lt;b&gt;"], ["<form", 'href="javascript']),
        ("wordy", ['name="q.why"', "Необязательно"], ['name="words"']),
        ("percent", ['type="number"', "Число от 0 до 100"], ['type="radio"']),
    ],
)
def test_what_there_is_to_see(client: TestClient, code: str, there: list[str], absent: list[str]) -> None:
    page = client.get(f"/s/{code}").text
    assert [text for text in there if text not in page] == []
    assert [text for text in absent if text in page] == []


def test_review_links_are_buttons(client: TestClient) -> None:
    page = client.get("/s/said").text
    assert (
        '<a class="go" href="https://qc.example/r/abc" rel="noopener noreferrer nofollow">Яндекс Карты</a>'
        in page
    )


@pytest.mark.parametrize("code", ["unknown", "OPEN", "x" * 5000, "%00", "%D1%8F"])
def test_unknown_codes_are_one_404(client: TestClient, code: str) -> None:
    for answer in (client.get(f"/s/{code}"), client.post(f"/s/{code}", data=GOOD)):
        assert (answer.status_code, answer.text) == (404, looks.not_found().body.decode())


@pytest.mark.parametrize(
    ("query", "refresh"),
    [
        ("", "1; url=?n=1"),
        ("?n=1", "1; url=?n=2"),
        (f"?n={MOST_RELOADS - 1}", f"1; url=?n={MOST_RELOADS}"),
        (f"?n={MOST_RELOADS}", None),
        ("?n=9999", None),
        ("?n=-1", "1; url=?n=1"),
        ("?n=x%0d%0aX-Y: 1", "1; url=?n=1"),
        ("?n=" + "9" * 6000, "1; url=?n=1"),
        ("?n=%D9%A3", "1; url=?n=1"),
    ],
)
def test_waiting_ends_by_itself(client: TestClient, query: str, refresh: str | None) -> None:
    answer = client.get(f"/s/waiting{query}")
    assert answer.headers.get("refresh") == refresh
    assert ("записываем" in answer.text) == (refresh is not None)
    assert "refresh" not in client.get("/s/open").headers


# --- languages ---


@pytest.mark.parametrize(
    ("accepted", "default", "language"),
    [
        ("", "ru", "ru"),
        ("", "kk", "kk"),
        ("kk-KZ,kk;q=0.9,ru;q=0.8", "ru", "kk"),
        ("de-DE, en-GB;q=0.5, ru;q=0.4", "ru", "en"),
        ("en;q=0, de", "kk", "kk"),
        ("ru;q=0.1,en;q=0.2", "kk", "en"),
        (";;;,=,kk;q=x", "ru", "ru"),
        ("x" * 9000, "ru", "ru"),
    ],
)
def test_language(accepted: str, default: str, language: str) -> None:
    assert texts_for(accepted, default) is TEXTS[language]


@pytest.mark.parametrize(("speaks", "shown"), [("kk", "kk"), ("ru", "ru"), ("", "en"), ("xx", "en")])
def test_the_clients_own_language_comes_before_the_browsers(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, speaks: str, shown: str
) -> None:
    monkeypatch.setitem(VIEWS, "open", replace(OPEN, speaks=speaks))
    page = client.get("/s/open", headers={"accept-language": "en"}).text
    assert TEXTS[shown]["send"] in page


def test_no_text_is_missing_in_any_language() -> None:
    def shape(texts: Mapping[str, str]) -> dict[str, list[str]]:
        return {key: sorted(re.findall(r"\{\w+\}", text)) for key, text in texts.items()}

    assert shape(TEXTS["ru"]) == shape(TEXTS["kk"]) == shape(TEXTS["en"])
    assert all(text.strip() for texts in TEXTS.values() for text in texts.values())


def test_the_page_speaks_as_the_browser_and_the_question_as_the_scenario(client: TestClient) -> None:
    page = client.get("/s/open", headers={"Accept-Language": "kk"}).text
    assert '<html lang="kk">' in page
    assert "Бәрі қалай өтті?" in page
    assert '<span class="text" lang="ru">А обслуживание?</span>' in page


# --- an answer ---


@pytest.mark.parametrize(
    ("code", "form", "answers"),
    [
        ("open", GOOD, {"quality": "9", "service": "5"}),
        (
            "open",
            GOOD | {"words": " Долго\r\nждал\x00 "},
            {"quality": "9", "service": "5", "": "Долго\nждал"},
        ),
        ("open", GOOD | {"q.other": "1", "q.": "x"}, {"quality": "9", "service": "5"}),
        ("wordy", {"q.quality": "2", "q.why": "Грубо"}, {"quality": "2", "why": "Грубо"}),
        ("wordy", {"q.quality": "2"}, {"quality": "2", "why": ""}),
        ("wordy", {"q.quality": "2", "words": "ещё"}, {"quality": "2", "why": "", "": "ещё"}),
        ("percent", {"q.quality": "100"}, {"quality": "100"}),
        # A page that was opened long ago: what was typed is passed on all the same.
        ("closed", {"q.quality": "3", "q.why": "Грубо", "words": ""}, {"quality": "3", "why": "Грубо"}),
        ("said", {"words": "Ещё одно"}, {"": "Ещё одно"}),
        ("waiting", {"words": "Ещё одно"}, {"": "Ещё одно"}),
        ("closed", {"q.quality": "33", "words": ""}, None),
        ("closed", {}, None),
        ("full", GOOD, None),
    ],
)
def test_what_is_stored(client: TestClient, stored, code: str, form: dict[str, str], answers: object) -> None:
    for _ in range(2):  # a double click is one answer
        answer = client.post(f"/s/{code}", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/s/{code}")
    assert stored() == ([answers] if answers else [])


def test_the_row_in_the_inbox(client: TestClient, sqlite_database: Database, clock: FixedClock) -> None:
    client.post("/s/open", data=GOOD)
    with sqlite_database.reading() as session:
        (row,) = session.exec(select(InboxRow)).all()
    assert re.fullmatch(r"form:K7Q2K7Q2:7:[0-9a-f]{16}", row.key)
    event = codec.load_event(row.kind, row.event)
    assert (event.case_id, event.at, row.received_at) == ("K7Q2K7Q2", clock.now(), clock.now())


def test_the_same_scores_of_a_later_survey_are_another_answer(client: TestClient, stored) -> None:
    client.post("/s/open", data=GOOD)
    client.post("/s/open", data=GOOD | {"rev": "12"})
    client.post("/s/open", data=GOOD | {"rev": "12" + "x" * 500})
    assert len(stored()) == 2


@pytest.mark.parametrize("score", ["", "0", "11", "-1", "9.5", "нет", "٣", "²", "9" * 5000])
def test_a_missing_score_is_told_and_nothing_is_lost(client: TestClient, stored, score: str) -> None:
    form = {"q.quality": score, "q.service": "4", "words": "Долго <ждал>", "rev": "5"}
    answer = client.post("/s/open", data=form)
    assert answer.status_code == 200
    assert "<title>Ошибка: Как всё прошло?" in answer.text
    assert '<a href="#q1">Вопрос 1: выберите оценку</a>' in answer.text
    assert answer.text.count("Выберите оценку") == 1
    assert 'name="q.service" value="4" checked' in answer.text
    assert "Долго &lt;ждал&gt;</textarea>" in answer.text
    assert 'name="rev" value="5"' in answer.text
    assert stored() == []


def test_a_comment_to_a_question_closed_meanwhile_comes_along(client: TestClient) -> None:
    page = client.post("/s/moved", data={"q.why": "Грубо", "q.quality": "3"}).text
    assert '<input type="hidden" name="q.why" value="Грубо">' in page
    assert '<input type="hidden" name="q.quality" value="3">' in page


@pytest.mark.parametrize("text", ["Ы" * 2000, "—" * 2000, "😀" * 1000, "\r\n" * 2000 + "x"])
def test_two_long_texts_fit(client: TestClient, stored, text: str) -> None:
    form = {"q.quality": "2", "q.why": text, "words": text}
    assert client.post("/s/wordy", data=form).status_code == 303
    (answers,) = stored()
    assert answers["why"] == answers[""] == text.replace("\r\n", "\n").strip()


@pytest.mark.parametrize(
    ("body", "status"), [("a=b&" * 300, 400), ("words=" + "y" * 70_000, 413), ("%ff=%fe&q.quality=%ff", 200)]
)
def test_odd_forms(client: TestClient, stored, body: str, status: int) -> None:
    assert client.post("/s/open", content=body).status_code == status
    assert stored() == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_another_site_cannot_answer(client: TestClient, stored, headers: dict[str, str], status: int) -> None:
    assert client.post("/s/open", data=GOOD, headers=headers).status_code == status
    assert len(stored()) == (1 if status == 303 else 0)


@pytest.mark.parametrize(
    ("code", "form"),
    [
        ("open", GOOD | {"words": "Долго ждал"}),
        ("open", GOOD | {"words": "Долго ждал", "do": "really_stop"}),
        ("closed", {"words": "Долго ждал", "q.why": "Грубо"}),
    ],
)
def test_an_answer_that_is_not_stored_is_not_thanked_for(
    client: TestClient, commit: GroupCommit, stored, code: str, form: dict[str, str]
) -> None:
    commit.stop()
    answer = client.post(f"/s/{code}", data=form)
    commit.start()
    assert answer.status_code == 503
    assert "Не получилось записать ответ" in answer.text
    typed = {name: text for name, text in form.items() if name not in ("do", "rev", "q.quality", "q.service")}
    assert [text for text in typed.values() if text not in answer.text] == []
    assert stored() == []


# --- 'stop' ---


def test_the_word_means_what_we_say() -> None:
    assert read(STOP_WORD).kind is Kind.OPT_OUT


@pytest.mark.parametrize("code", ["open", "closed", "waiting", "said"])
def test_nobody_opts_out_by_a_slip(client: TestClient, stored, code: str) -> None:
    answer = client.post(f"/s/{code}", data={"do": "stop", "words": "Долго"})
    assert (answer.status_code, stored()) == (200, [])
    assert "Больше не спрашивать?" in answer.text
    assert 'name="words" value="Долго"' in answer.text
    assert client.post(f"/s/{code}", data={"do": "really_stop"}).status_code == 303
    assert stored() == [{"": "стоп"}]


def test_the_way_back_keeps_what_was_typed(client: TestClient, stored) -> None:
    page = client.post("/s/open", data={"do": "back", "words": "Долго", "q.quality": "3", "rev": "5"}).text
    for text in ("Долго</textarea>", 'value="3" checked', 'name="rev" value="5"'):
        assert text in page
    assert "выберите оценку" not in page.casefold()
    assert client.post("/s/closed", data={"do": "back"}).status_code == 303
    assert stored() == []


def test_stop_does_not_swallow_the_reason(client: TestClient, stored) -> None:
    for _ in range(2):
        client.post("/s/wordy", data={"do": "really_stop", "q.why": "Грубо", "q.quality": "", "rev": "7"})
    assert stored() == [{"why": "Грубо"}, {"": "стоп"}]


@pytest.mark.parametrize(("code", "answers"), [("stopped", []), ("full", [{"": "стоп"}])])
def test_stop_is_taken_once_and_always(client: TestClient, stored, code: str, answers: object) -> None:
    assert client.post(f"/s/{code}", data={"do": "really_stop", "words": "x"}).status_code == 303
    assert stored() == answers
