"""The manager's page over real cases: looks change nothing, one answer counts, corrections need a reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlmodel import select
from starlette.testclient import TestClient

from qc_engine.clock import FixedClock
from qc_engine.store.database import Database
from qc_engine.store.group_commit import GroupCommit
from qc_engine.store.tables import CaseRow, InboxRow
from qc_engine.web.pages.review_answer.page import ReviewView, make_router
from qc_engine.web.pages.review_answer.view import review_view
from tests.flow.fakes import PHONE, Flow
from tests.flow.test_reviews import Played

# How link scanners, previews and mail guards look at an address.
SCANNERS = (
    {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"},
    {"User-Agent": "Bitrix link preview"},
    {"User-Agent": "TelegramBot (like TwitterBot)", "Sec-Purpose": "prefetch"},
    {"User-Agent": "Barracuda Sentinel (EE)"},
)
OUR_PAGE = {"Origin": "https://qc.example", "Sec-Fetch-Site": "same-origin"}


@dataclass
class Site:
    """One client's case, and the page about it."""

    flow: Flow
    played: Played
    client: TestClient

    @property
    def code(self) -> str:
        with self.flow.database.reading() as session:
            return session.exec(select(CaseRow.answer_code)).one()

    @property
    def path(self) -> str:
        return f"/a/{self.code}"

    def view(self) -> ReviewView:
        with self.flow.database.reading() as session:
            view = review_view(session, self.code, self.flow.clock.now(), key=b"key")
        assert view is not None
        return view

    def send(self, token: str | None = None, **form: str) -> tuple[int, str]:
        """From the page as it is now; then everything happens that can."""
        given = self.view().token if token is None else token
        answer = self.client.post(self.path, data={"token": given, **form}, headers=OUR_PAGE)
        self.flow.settle()
        return answer.status_code, answer.text

    def inbox(self) -> int:
        with self.flow.database.reading() as session:
            return len(session.exec(select(InboxRow).where(InboxRow.source == "web")).all())


@pytest.fixture
def site(database: Database, clock: FixedClock) -> Iterator[Site]:
    flow, commit, app = Flow(database, clock), GroupCommit(database), FastAPI()

    def review_of(code: str) -> ReviewView | None:
        with database.reading() as session:
            return review_view(session, code, clock.now(), key=b"key")

    app.include_router(make_router(review_of, commit, clock, "https://qc.example"))
    commit.start()
    with TestClient(app, base_url="https://qc.example", follow_redirects=False) as client:
        yield Site(flow, Played(flow), client)
    commit.stop()


# --- looking ----------------------------------------------------------------------------------


def test_a_look_changes_nothing_whoever_looks(site: Site) -> None:
    links = [line.partition(": ")[2] for line in task_text(site).splitlines() if "?answer=" in line]
    assert len(links) == 4
    before = site.played.row
    for headers in SCANNERS:
        for link in [*links, f"https://qc.example{site.path}"]:
            assert site.client.get(link, headers=headers).status_code == 200
            assert site.client.head(link, headers=headers).status_code == 405
    site.flow.settle()
    assert site.inbox() == 0
    assert (site.played.row.rev, site.played.row.state) == (before.rev, "active")


def task_text(site: Site) -> str:
    from qc_engine.core.effects import CreateTask

    (task,) = site.flow.world.done(CreateTask)
    assert isinstance(task, CreateTask)
    return task.text


@pytest.mark.parametrize("answer", ["found", "score_only", "in_moderation", "not_found"])
def test_a_link_chooses_its_answer_beforehand(site: Site, answer: str) -> None:
    page = site.client.get(f"{site.path}?answer={answer}").text
    first = page.index("<button")
    assert page[first:].startswith(f'<button name="answer" value="{answer}">Записать: ')
    assert page.count('<button name="answer"') == 4


@pytest.mark.parametrize("answer", ["vanished", "nonsense", "", "<script>", "found&answer=x", "%00"])
def test_what_cannot_be_chosen_is_not(site: Site, answer: str) -> None:
    page = site.client.get(f"{site.path}?answer={answer}")
    assert page.status_code == 200
    assert "Записать:" not in page.text
    assert "<script>" not in page.text


def test_nobody_is_named_in_full(site: Site) -> None:
    page = site.client.get(site.path).text
    assert "Айгуль, …1234" in page
    assert PHONE not in page
    assert "4312" not in page


# --- answering --------------------------------------------------------------------------------


def test_one_answer_counts(site: Site) -> None:
    token = site.view().token
    assert site.send(answer="found") == (200, site.send(token, answer="found")[1]) or site.inbox() == 1
    assert site.played.row.outcome == "review_confirmed"
    status, page = site.send(token, answer="score_only")
    assert status == 409
    assert "ответ изменился" in page
    assert "отзыв найден" in page
    assert (site.inbox(), site.played.row.body["review"]) == (1, "found")


@pytest.mark.parametrize("token", ["", "x", "ф", "0" * 32])
def test_without_the_pages_own_token_nothing_is_taken(site: Site, token: str) -> None:
    status, _ = site.send(token, answer="found")
    assert (status, site.inbox()) == (409, 0)


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_another_site_cannot_answer(site: Site, headers: dict[str, str]) -> None:
    form = {"answer": "found", "token": site.view().token}
    assert site.client.post(site.path, data=form, headers=headers).status_code == 403
    assert site.inbox() == 0


def test_not_yet_may_be_answered_again_and_says_when(site: Site) -> None:
    site.send(answer="in_moderation")
    page = site.client.get(site.path).text
    assert "Посмотрите ещё раз 05.03.2026" in page
    assert "Исправить ответ" not in page
    site.flow.later(days=1)
    site.send(answer="in_moderation")
    assert site.inbox() == 2, "the same words on another day are another answer"
    site.send(answer="found")
    assert site.played.row.outcome == "review_confirmed"


def test_all_ways_show_on_the_page(site: Site) -> None:
    task_id = site.played.task_id
    site.send(answer="score_only")
    from qc_engine.core.events import TaskClosed

    site.played.on(TaskClosed(task_id, "отзыв найден", site.flow.clock.now()))
    page = site.client.get(site.path).text
    assert "Позже ответили иначе: <strong>отзыв найден</strong>" in page
    assert "Ответ записан: <strong>есть только оценка, без текста</strong>" in page


# --- correcting -------------------------------------------------------------------------------


def test_a_correction_needs_a_reason_and_a_name(site: Site) -> None:
    site.send(answer="found")
    for form in (
        {"answer": "not_found"},
        {"answer": "not_found", "reason": "не тот"},
        {"answer": "not_found", "name": "Мария"},
        {"answer": "not_found", "reason": " \r\n\x00", "name": "\t"},
        {"reason": "не тот", "name": "Мария"},
        {"answer": "found", "reason": "так и есть", "name": "Мария"},
    ):
        status, page = site.send(do="correct", **form)
        assert status == 422
        assert "напишите почему" in page
    assert site.inbox() == 1
    status, page = site.send(do="correct", answer="not_found", reason="не тот <клиент>", name="Мария")
    assert (status, "Спасибо" in page) == (200, True)
    assert site.played.row.body["review"] == "not_found"
    page = site.client.get(site.path).text
    assert "Бонус отменён 04.03.2026: не тот &lt;клиент&gt;" in page


def test_what_was_typed_is_not_lost(site: Site) -> None:
    site.send(answer="found")
    _, page = site.send(do="correct", answer="score_only", reason="потому что")
    assert "потому что</textarea>" in page
    assert 'value="score_only" required checked' in page


def test_vanished_is_offered_once_it_was_there(site: Site) -> None:
    site.send(answer="score_only")
    assert 'value="vanished"' not in site.client.get(site.path).text
    assert site.send(do="correct", answer="vanished", reason="нет", name="М")[0] == 422
    site.send(do="correct", answer="found", reason="есть", name="М")
    assert 'value="vanished"' in site.client.get(site.path).text
    site.send(do="correct", answer="vanished", reason="удалён", name="М")
    assert site.played.row.outcome == "review_vanished"


def test_a_bonus_is_taken_back_on_the_page(site: Site) -> None:
    site.send(answer="found")
    assert "Бонус подтверждён 04.03.2026" in site.client.get(site.path).text
    assert site.send(do="take_back", reason="", name="Мария")[0] == 422
    status, page = site.send(do="take_back", reason="дважды", name="Мария")
    assert (status, "бонус отменён" in page) == (200, True)
    page = site.client.get(site.path).text
    assert "Бонус отменён 04.03.2026: дважды" in page
    assert "Кто отменяет?" not in page
    assert site.played.row.outcome == "review_confirmed"


# --- its end ----------------------------------------------------------------------------------


def test_the_page_closes_after_sixty_days_and_says_so_kindly(site: Site) -> None:
    site.flow.clock.advance(timedelta(days=62, hours=23))
    assert site.client.get(site.path).status_code == 200
    site.flow.clock.advance(timedelta(hours=2))
    token = site.view().token
    for answer in (
        site.client.get(site.path),
        site.client.get(f"{site.path}?answer=found"),
        site.client.post(site.path, data={"answer": "found", "token": token}, headers=OUR_PAGE),
    ):
        assert answer.status_code == 410
        assert "Срок ответа прошёл" in answer.text
        assert "Айгуль" not in answer.text
    assert site.inbox() == 0


@pytest.mark.parametrize("code", ["x" * 22, "unknown", "%00", "' OR 1=1 --", "x" * 5000])
def test_unknown_codes_are_404(site: Site, code: str) -> None:
    for answer in (site.client.get(f"/a/{code}"), site.client.post(f"/a/{code}", data={"answer": "found"})):
        assert answer.status_code == 404
