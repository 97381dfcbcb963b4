"""The page of yes and no over real cases: a look changes nothing, one answer counts, the links are sealed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from sqlmodel import select
from starlette.testclient import TestClient

from qc_engine.clock import FixedClock
from qc_engine.core.case import State
from qc_engine.core.events import AnswerReceived, ApprovalGiven
from qc_engine.store.database import Database
from qc_engine.store.group_commit import GroupCommit
from qc_engine.store.tables import InboxRow
from qc_engine.web.pages.approval.page import make_router
from qc_engine.web.pages.approval.view import ApprovalView, approval_view
from qc_engine.web.pages.approval.words import TEXTS
from tests.core.test_approving import AFTER
from tests.flow.fakes import PHONE, Flow
from tests.flow.test_approvals import Asked, flow_of

OUR_PAGE = {"Origin": "https://qc.example", "Sec-Fetch-Site": "same-origin"}
SCANNERS = (
    {"User-Agent": "Mozilla/5.0 Chrome/126.0"},
    {"User-Agent": "Bitrix link preview"},
    {"User-Agent": "TelegramBot (like TwitterBot)", "Sec-Purpose": "prefetch"},
)
MARIA = "Мария Ким"


@dataclass
class Page:
    """One question to a person, and the page about it."""

    flow: Flow
    asked: Asked
    client: TestClient

    def path(self, word: str = "yes") -> str:
        parts = urlsplit(next(one for one in self.asked.links if f"answer={word}." in one))
        return f"{parts.path}?{parts.query}"

    def look(self, word: str = "yes", **headers: str) -> tuple[int, str]:
        found = self.client.get(self.path(word), headers=headers)
        return found.status_code, found.text

    def send(self, given: str, who: str = MARIA, word: str = "yes") -> tuple[int, str]:
        found = self.client.post(self.path(word), data={"given": given, "who": who}, headers=OUR_PAGE)
        self.flow.settle()
        return found.status_code, found.text

    def stored(self) -> int:
        with self.flow.database.reading() as session:
            return len(session.exec(select(InboxRow).where(InboxRow.source == "web")).all())


@pytest.fixture
def page(sqlite_database: Database, clock: FixedClock, tmp_path: Path) -> Iterator[Page]:
    with page_over(sqlite_database, clock, tmp_path) as page:
        yield page


@pytest.fixture
def page_on_each(database: Database, clock: FixedClock, tmp_path: Path) -> Iterator[Page]:
    with page_over(database, clock, tmp_path) as page:
        yield page


@contextmanager
def page_over(database: Database, clock: FixedClock, tmp_path: Path) -> Iterator[Page]:
    flow = flow_of(tmp_path / "scenarios", database, clock, AFTER)
    commit, app = GroupCommit(database), FastAPI()

    def view_of(code: str, name: str, brought: str) -> ApprovalView | None:
        with database.reading() as session:
            return approval_view(session, code, name, brought, clock.now())

    app.include_router(make_router(view_of, commit, clock, "https://qc.example"))
    client = TestClient(app, base_url="https://qc.example", follow_redirects=False)
    commit.start()
    with client:
        yield Page(flow, Asked(flow), client)
    commit.stop()


def test_a_look_changes_nothing_whoever_looks(page: Page) -> None:
    before = page.asked.case
    for headers in SCANNERS:
        for word in ("yes", "no"):
            status, text = page.look(word, **headers)
            assert status == 200
            assert "Вернуть деньги, сделка 4312?" in text
            assert page.client.head(page.path(word), headers=headers).status_code in (200, 405)
    page.flow.settle()
    assert (page.asked.case, page.stored()) == (before, 0)


def test_shows_what_is_asked_and_nobodys_number(page: Page) -> None:
    _, text = page.look()
    assert "Оценка 4. Слова: нет" in text
    assert "Айгуль, …1234" in text
    assert "На Абая" in text
    assert PHONE not in text
    assert page.asked.case.id not in text


@pytest.mark.parametrize(("word", "first"), [("yes", "yes"), ("no", "no")])
def test_the_link_names_its_answer_first(page: Page, word: str, first: str) -> None:
    _, text = page.look(word)
    buttons = [text.index(f'value="{one}"') for one in ("yes", "no")]
    assert (buttons[0] < buttons[1]) is (first == "yes")


def test_yes_is_stored_once_however_often_it_is_pressed(page_on_each: Page) -> None:
    page = page_on_each
    status, text = page.send("yes")
    assert (status, "Спасибо, ответ записан" in text) == (200, True)
    assert page.asked.case.step == "later"
    (approval,) = page.asked.case.approvals
    assert (approval.given, approval.by) == (True, MARIA)
    assert page.stored() == 1
    status, text = page.send("yes", "Пётр")
    assert (status, page.stored()) == (200, 1)
    assert "Уже решено: <strong>Да</strong>" in text
    assert f"Ответил(а): {MARIA}." in text


def test_who_comes_second_sees_who_was_first(page: Page) -> None:
    page.send("yes")
    status, text = page.send("no", "Пётр", word="no")
    assert (status, page.stored()) == (200, 1)
    assert MARIA in text
    assert page.asked.case.approvals[0].given is True


def test_both_at_the_same_moment(page: Page) -> None:
    """Two people press before anything is decided: both are kept, the first one counts."""
    answers = []
    for given, who in (("no", "Пётр"), ("yes", MARIA), ("no", MARIA), ("no", "Пётр")):
        sent = {"given": given, "who": who}
        answers.append(page.client.post(page.path(), data=sent, headers=OUR_PAGE))
    assert {one.status_code for one in answers} == {200}
    thanked = ["Спасибо, ответ записан" in one.text for one in answers]
    assert thanked == [True, False, False, True], "thanks only for the answer that counts"
    for second in answers[1:3]:
        assert "Уже решено: <strong>Нет</strong>" in second.text
        assert "Ответил(а): Пётр." in second.text
    page.flow.settle()
    assert (page.asked.case.outcome, page.stored()) == ("declined", 2)
    assert page.asked.case.approvals[0].by == "Пётр"


@pytest.mark.parametrize("who", ["", "   ", "\x00\x1f"])
def test_nobody_decides_namelessly(page: Page, who: str) -> None:
    status, text = page.send("yes", who)
    assert (status, page.stored()) == (422, 0)
    assert "Напишите, кто решает." in text


def test_a_name_is_one_short_line(page: Page) -> None:
    page.send("no", "<b>Мария</b>\r\nКим\x00" + "я" * 200)
    by = page.asked.case.approvals[0].by
    assert by.startswith("<b>Мария</b> Ким я")
    assert len(by) == 80
    assert "<b>" not in page.look()[1]


@pytest.mark.parametrize("given", ["", "maybe", "Yes"])
def test_no_such_answer(page: Page, given: str) -> None:
    status, _ = page.send(given)
    assert (status, page.stored()) == (200, 0)


def test_a_link_that_is_not_ours_leads_nowhere(page_on_each: Page) -> None:
    page = page_on_each
    good, path = page.path(), page.path().partition("?")[0]
    bad = [
        path, f"{path}?answer=yes", good[:-1], good + "0", good.replace("yes.", "no."), good.replace("refund", "other"),
        good.replace("/p/0", "/p/1"), f"{path}?answer=%00", "/p/x/y", "/p/%00/refund", f"{path}%0a?answer=yes",
    ]  # fmt: skip
    answers = [page.client.get(one).status_code for one in bad]
    answers += [
        page.client.post(one, data={"given": "yes", "who": MARIA}, headers=OUR_PAGE).status_code
        for one in bad
    ]
    assert set(answers) == {404}
    assert page.stored() == 0


def test_a_form_of_another_site_is_refused(page: Page) -> None:
    theirs = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    found = page.client.post(page.path(), data={"given": "yes", "who": MARIA}, headers=theirs)
    assert (found.status_code, page.stored()) == (403, 0)


def test_the_case_went_on_without_an_answer(page: Page) -> None:
    page.flow.later(days=3)
    assert page.asked.case.state is State.ENDED
    status, text = page.send("yes")
    assert (status, page.stored()) == (200, 0)
    assert "Ответ больше не нужен" in text


def test_after_a_long_time_the_page_closes(page: Page, clock: FixedClock) -> None:
    clock.advance(timedelta(days=62))
    status, text = page.send("yes")
    assert (status, page.stored()) == (410, 0)
    assert "Срок ответа прошёл" in text


@pytest.mark.parametrize(
    ("accepted", "said"), [("kk-KZ", "Сіздің шешіміңіз керек"), ("en", "Your decision is needed")]
)
def test_speaks_the_readers_language(page: Page, accepted: str, said: str) -> None:
    assert said in page.look(**{"Accept-Language": accepted})[1]


def test_every_language_says_the_same() -> None:
    assert {frozenset(texts) for texts in TEXTS.values()} == {frozenset(TEXTS["ru"])}


def test_what_cannot_be_stored_is_told(sqlite_database: Database, clock: FixedClock, tmp_path: Path) -> None:
    database = sqlite_database
    flow = flow_of(tmp_path / "scenarios", database, clock, AFTER)
    asked, commit, app = Asked(flow), GroupCommit(database), FastAPI()

    def view_of(code: str, name: str, brought: str) -> ApprovalView | None:
        with database.reading() as session:
            return approval_view(session, code, name, brought, clock.now())

    app.include_router(make_router(view_of, commit, clock, "https://qc.example"))
    commit.start()
    commit.stop()  # whoever stores is gone
    parts = urlsplit(asked.links[0])
    with TestClient(app, base_url="https://qc.example") as client:
        found = client.post(
            f"{parts.path}?{parts.query}", data={"given": "yes", "who": MARIA}, headers=OUR_PAGE
        )
    assert found.status_code == 503
    assert f'value="{MARIA}"' in found.text


def test_the_words_of_a_client_are_not_read_as_a_page(page: Page) -> None:
    page.asked.on(AnswerReceived(PHONE, "<script>alert(1)</script>", page.flow.clock.now(), 5001))
    assert "<script>" not in page.look()[1]


def test_an_event_for_no_question_changes_nothing(page: Page) -> None:
    before = page.asked.case
    page.asked.on(ApprovalGiven(before.id, "other", True, page.flow.clock.now()))
    page.asked.on(ApprovalGiven("NOBODY", "refund", True, page.flow.clock.now()))
    assert page.asked.case == before
