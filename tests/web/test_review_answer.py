"""The manager's page over real cases: looks change nothing, one answer counts, corrections need a reason."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlmodel import select
from starlette.testclient import TestClient

from qc_engine.clock import FixedClock
from qc_engine.core.effects import CreateTask, NotifyStaff, UpdateTask
from qc_engine.core.events import TaskClosed
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
LINK = re.compile(r"(https://qc\.example/a/\w+\?answer=([a-z_]+)\.\d{8}\.[0-9a-f]{20})(?!\S)")
OUR_PAGE = {"Origin": "https://qc.example", "Sec-Fetch-Site": "same-origin"}


@dataclass
class Site:
    """One client's case, and the page about it."""

    flow: Flow
    played: Played
    client: TestClient
    answered_for: timedelta = timedelta(days=60)

    @property
    def code(self) -> str:
        with self.flow.database.reading() as session:
            return session.exec(select(CaseRow.answer_code)).one()

    @property
    def path(self) -> str:
        """As it stands in the manager's first notification: for any answer."""
        told = self.flow.world.done(NotifyStaff)[0]
        assert isinstance(told, NotifyStaff)
        return links_in(told.text)["any"]

    @property
    def links(self) -> dict[str, str]:
        """As they stand in the task now, by the answer that each is for."""
        tasks = [*self.flow.world.done(CreateTask), *self.flow.world.done(UpdateTask)]
        assert isinstance(tasks[-1], CreateTask | UpdateTask)
        return links_in(tasks[-1].text)

    def view_of(self, code: str) -> ReviewView | None:
        with self.flow.database.reading() as session:
            now = self.flow.clock.now()
            return review_view(session, code, now, answered_for=self.answered_for, key=b"key")

    def view(self) -> ReviewView:
        view = self.view_of(self.code)
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


def links_in(text: str) -> dict[str, str]:
    """By the answer that each names."""
    return {named: link for link, named in LINK.findall(text)}


@pytest.fixture
def site(database: Database, clock: FixedClock) -> Iterator[Site]:
    flow, commit, app = Flow(database, clock), GroupCommit(database), FastAPI()
    client = TestClient(app, base_url="https://qc.example", follow_redirects=False)
    site = Site(flow, Played(flow), client)
    app.include_router(make_router(lambda code: site.view_of(code), commit, clock, "https://qc.example"))
    commit.start()
    with client:
        yield site
    commit.stop()


# --- looking ----------------------------------------------------------------------------------


def test_a_look_changes_nothing_whoever_looks(site: Site) -> None:
    links = list(site.links.values())
    assert len(links) == 4
    before = site.played.row
    for headers in SCANNERS:
        for link in [*links, site.path]:
            assert site.client.get(link, headers=headers).status_code == 200
            assert site.client.head(link, headers=headers).status_code == 405
    site.flow.settle()
    assert site.inbox() == 0
    assert (site.played.row.rev, site.played.row.state) == (before.rev, "active")


@pytest.mark.parametrize("answer", ["found", "score_only", "in_moderation", "not_found"])
def test_a_link_chooses_its_answer_beforehand(site: Site, answer: str) -> None:
    page = site.client.get(site.links[answer]).text
    first = page.index("<button")
    assert page[first:].startswith(f'<button name="answer" value="{answer}">Записать: ')
    assert page.count('<button name="answer"') == 4


def test_a_link_for_any_answer_chooses_none(site: Site) -> None:
    page = site.client.get(site.path)
    assert page.status_code == 200
    assert "Записать:" not in page.text
    assert page.text.count('<button name="answer"') == 4


def test_nobody_is_named_in_full(site: Site) -> None:
    page = site.client.get(site.path).text
    assert "Айгуль, …1234" in page
    assert PHONE not in page
    assert "4312" not in page


# --- links that somebody changed --------------------------------------------------------------

ANOTHER_CASE = "?answer=found.20260307." + "0" * 20  # what another case's seal makes of the same words
CHANGES: dict[str, Callable[[str], str]] = {
    "another answer": lambda link: link.replace("=found.", "=not_found."),
    "any answer": lambda link: link.replace("=found.", "=any."),
    "an answer that nobody knows": lambda link: link.replace("=found.", "=bribed."),
    "a longer life": lambda link: link.replace(".20260307.", ".20360307."),
    "one day more": lambda link: link.replace(".20260307.", ".20260308."),
    "a day that is none": lambda link: link.replace(".20260307.", ".20269999."),
    "no day": lambda link: link.replace(".20260307.", "."),
    "without its seal": lambda link: link.rpartition(".")[0],
    "the bare answer": lambda link: link.partition(".2026")[0],
    "the bare page": lambda link: link.partition("?")[0],
    "half a seal": lambda link: link[:-10],
    "a seal of capitals": lambda link: link[:-20] + link[-20:].upper(),
    "a seal of other digits": lambda link: link[:-1] + "٣",
    "a zero byte": lambda link: link + "%00",
    "something behind it": lambda link: link + "&answer=found",
    "another case's": lambda link: link.partition("?")[0] + ANOTHER_CASE,
    "script": lambda link: link.replace("=found.", "=<script>."),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_link_opens_nothing(site: Site, what: str) -> None:
    link, token = site.links["found"], site.view().token
    assert ".20260307." in link, "the day by which the task is due"
    assert site.client.get(link).status_code == 200
    changed = CHANGES[what](link)
    assert changed != link
    form = {"answer": "found", "token": token}
    for answer in (site.client.get(changed), site.client.post(changed, data=form, headers=OUR_PAGE)):
        assert answer.status_code == 404
        assert "Страница не найдена" in answer.text
        assert "Айгуль" not in answer.text
        assert "<script>" not in answer.text
    site.flow.settle()
    assert (site.inbox(), site.played.row.state) == (0, "active")


def test_the_link_of_one_case_does_not_open_another(site: Site) -> None:
    mine = site.links["found"]
    Played(site.flow, 4400, "77015559999", first=6000)
    theirs = site.links["found"]
    assert theirs != mine
    page, words = theirs.partition("?")[0], mine.partition("?")[2]
    assert site.client.get(theirs).status_code == 200
    assert site.client.get(f"{page}?{words}").status_code == 404


def test_a_link_has_a_life_of_its_own_and_the_task_a_newer_one(site: Site) -> None:
    """Due on the 7th, one day of life: good to the end of the 8th, though the page goes on."""
    site.answered_for = timedelta(days=1)
    old = site.links["in_moderation"]
    for days in (1, 3):
        site.send(answer="in_moderation")
        site.flow.later(days=days)
    assert site.client.get(old).status_code == 200
    site.send(answer="in_moderation")
    site.flow.later(days=1)
    form = {"answer": "found", "token": site.view().token}
    for answer in (site.client.get(old), site.client.post(old, data=form, headers=OUR_PAGE)):
        assert answer.status_code == 410
        assert "Ссылка устарела" in answer.text
        assert "Айгуль" not in answer.text
    assert site.client.get(site.links["found"]).status_code == 200
    assert site.inbox() == 3


@pytest.mark.parametrize(
    "given", ["", "?answer=found", "?answer=not_found", "?answer=nonsense", "?answer=<b>"]
)
def test_a_case_from_before_there_were_seals_keeps_its_links(site: Site, given: str) -> None:
    with site.flow.database.transaction() as session:
        row = session.exec(select(CaseRow)).one()
        row.body = {**row.body, "answer_url": row.body["answer_url"].partition("#")[0]}
    assert site.client.get(f"/a/{site.code}{given}").status_code == 200
    form = {"answer": "found", "token": site.view().token}
    assert site.client.post(f"/a/{site.code}{given}", data=form, headers=OUR_PAGE).status_code == 200
    site.flow.settle()
    assert site.played.row.outcome == "review_confirmed"
    site.flow.clock.advance(timedelta(days=70))
    assert site.client.get(f"/a/{site.code}{given}").status_code == 410


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
        site.client.get(site.links["found"]),
        site.client.post(site.path, data={"answer": "found", "token": token}, headers=OUR_PAGE),
    ):
        assert answer.status_code == 410
        assert "Срок ответа прошёл" in answer.text
        assert "Айгуль" not in answer.text
    assert site.inbox() == 0


@pytest.mark.parametrize("code", ["x" * 22, "unknown", "%00", "' OR 1=1 --", "x" * 5000])
def test_unknown_codes_are_404(site: Site, code: str) -> None:
    path = f"/a/{code}?{site.links['found'].partition('?')[2]}"
    for answer in (site.client.get(path), site.client.post(path, data={"answer": "found"})):
        assert answer.status_code == 404
