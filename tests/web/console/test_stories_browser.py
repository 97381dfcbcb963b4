"""What each role comes to the console for, played in a real browser over one company, from the first page to the end.

The head's story is in test_complaints_browser, the integrator's in test_scenarios_browser and its neighbours.
With QC_SHOTS=docs/images the pictures of docs/console.md are taken anew.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import func, select

from qc_engine.core.effects import UpdateContact
from qc_engine.ports import OutcomeUnknown
from qc_engine.store import outbox
from qc_engine.store.cases import MAIN
from qc_engine.store.console_tables import AuditRow
from qc_engine.store.database import Database
from qc_engine.store.tables import InboxRow
from qc_engine.web.console.policy import Role
from qc_engine.wiring.versions import take_note
from tests.browser import DESKTOP, PHONE, served, violations, watched
from tests.conftest import NOON
from tests.disk import quick
from tests.flow.fakes import BRANCH
from tests.web.console import house as lives
from tests.web.console import test_analytics as statistics
from tests.web.console.conftest import Built
from tests.web.console.house import OVERDUE, UNCERTAIN, UNCLEAR, House, lived_in, phone_of
from tests.web.console.house import _asked as asked
from tests.web.console.house import _clicks as clicks
from tests.web.console.house import _message_ends as message_ends
from tests.web.console.house import _says as says
from tests.web.console.looks import SHOTS

Visit = Callable[..., Page]
EMPLOYEES = ("Ким А.", "Оспанов Д.", "")
DAYS = 40  # of clients that have been asked before
COMPLAINTS = {6: ("4", "3, долго ждал"), 7: ("5", "5, забыли предупредить о цене"), 8: ("2", "6")}


# --- one company ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def company_file(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, built: Built
) -> tuple[Path, datetime]:
    """Two branches, weeks of numbers, three complaints, and everything that can wait for a person."""
    path = tmp_path_factory.mktemp("company") / "qc.db"
    shutil.copy(sqlite_template, path)
    house = built(quick(Database(f"sqlite:///{path}")), NOON)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(lives, "HOSTILE", "в целом неплохо, но долго")
        monkeypatch.setattr(statistics, "EMPLOYEES", EMPLOYEES)
        statistics.asked_often(house, DAYS)
        for deal, answers in COMPLAINTS.items():
            asked(house.flow, deal)
            for words in answers:
                says(house.flow, deal, words)
        lived_in(house)
    with house.database.transaction() as session:
        take_note(session, house.flow.libraries[MAIN], house.flow.clock.now(), by_hand=False)
    house.database.close()
    return path, house.flow.clock.now()


@pytest.fixture
def company(company_file: tuple[Path, datetime], tmp_path: Path, built: Built) -> Iterator[House]:
    path, now = company_file
    shutil.copy(path, tmp_path / "company.db")
    database = quick(Database(f"sqlite:///{tmp_path}/company.db"))
    yield built(database, now)
    database.close()


# --- who comes in -----------------------------------------------------------------------------


@pytest.fixture
def let_in(browser: Browser) -> Iterator[Visit]:
    """let_in(house, role, *branches): somebody's browser at Today. Nothing may go wrong in it until the end."""
    with ExitStack() as doors:

        def come(house: House, role: Role, *branches: str, **options: Any) -> Page:
            house.console = replace(house.console, public_url="http://127.0.0.1")
            url = doors.enter_context(served(house.app()))
            name, value = next(iter(house.signed_in(role, "Анна", *branches).cookies.items()))
            open_page = doors.enter_context(watched(browser, url, "status of 4"))
            page = open_page("/console/login", **{"viewport": DESKTOP, **options})
            page.context.add_cookies([{"name": name, "value": value, "url": url}])
            page.goto(f"{url}/console")
            return page

        yield come


def door(page: Page, name: str) -> None:
    """By the navigation."""
    page.locator(".console-wide").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def is_sound(page: Page) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def picture(page: Page, name: str) -> None:
    """For docs/images: what somebody sees without scrolling."""
    is_sound(page)
    if SHOTS:
        page.evaluate("document.activeElement?.blur()")
        end = page.evaluate("document.querySelector('main').getBoundingClientRect().bottom")
        size = page.viewport_size or DESKTOP
        clip: Any = {"x": 0, "y": 0, "width": size["width"], "height": min(end, size["height"])}
        page.screenshot(path=Path(SHOTS) / f"console_{name}.png", clip=clip)


# --- the manager of a branch ------------------------------------------------------------------


def test_the_manager_verifies_three_reviews_and_sees_the_bonus(let_in: Visit, house: House) -> None:
    for deal in (1, 2, 3):
        asked(house.flow, deal)
        for words in ("9", "10"):
            says(house.flow, deal, words)
        clicks(house.flow, deal)
    house.flow.later(days=2)
    found, missing, moderated = (house.case(deal).id for deal in (1, 2, 3))
    page = let_in(house, Role.MANAGER, BRANCH.name)
    door(page, "Отзывы")
    expect(page.locator(".item")).to_have_count(3)
    for case, answer in ((found, "отзыв есть"), (missing, "отзыва нет"), (moderated, "отзыв на модерации")):
        verify(page, case, answer)
    house.flow.settle()
    page.reload()
    expect(page.locator(".item")).to_have_count(2)
    house.flow.later(days=2)
    verify(page, moderated, "отзыв есть")
    house.flow.settle()
    page.get_by_role("link", name="Решённые").click()
    for case in (found, moderated):
        decided = page.get_by_role("row").filter(has=page.locator(f"a[href$='{case}']"))
        expect(decided).to_contain_text("бонус подтверждён")
    expect(page.locator(f"main a[href$='{missing}']")).to_have_count(0)
    is_sound(page)
    page.locator(f"main a[href$='{found}']").first.click()
    expect(page.get_by_text("бонус подтверждён")).to_be_visible()
    is_sound(page)
    assert house.flow.world.texts[-2:] == ["Спасибо за отзыв! Ваш бонус подтверждён."] * 2
    given = [one.fields for one in house.flow.world.done(UpdateContact) if isinstance(one, UpdateContact)]
    assert given == [{"UF_BONUS": "1"}] * 2


def item(page: Page, case: str) -> Any:
    return page.locator(".item", has_text=f"Дело {case}")


def verify(page: Page, case: str, answer: str) -> None:
    """What follows is read before the button is pressed."""
    one = item(page, case)
    one.locator("summary", has_text=answer.capitalize()).click()
    expect(one.locator("details[open]")).to_contain_text("Что произойдёт")
    one.get_by_role("button", name=f"Записать: {answer}").click()
    expect(page.get_by_role("status")).to_contain_text(f"Записано: {answer}")
    expect(item(page, case)).to_contain_text(f"Уже записано: {answer}, Анна")


# --- the operator -----------------------------------------------------------------------------


def test_the_operator_sends_an_uncertain_message_once_more(let_in: Visit, house: House) -> None:
    message_ends(house.flow, UNCERTAIN, OutcomeUnknown("ReadTimeout"))
    page = let_in(house, Role.ADMIN)
    (row,) = house.rows(outbox.REVIEW)
    doubt = page.locator(".item-uncertain")
    doubt.locator("summary", has_text="Отправить ещё раз").click()
    expect(doubt.get_by_text("он получит его дважды")).to_be_visible()
    shown = doubt.locator("details[open] blockquote").inner_text()
    is_sound(page)
    sent = len(house.flow.world.texts)
    doubt.get_by_role("button", name="Отправить ещё раз").click()
    expect(page.get_by_role("status")).to_have_text("Поставлено в очередь ещё раз")
    assert len(house.flow.world.texts) == sent, "the button only puts it into the queue"
    house.flow.settle()
    (text,) = house.flow.world.texts[sent:]
    assert text.split() == shown.split(), "the very words that were read"
    page.reload()
    expect(page.get_by_role("heading", name="Всё спокойно")).to_be_visible()
    is_sound(page)
    assert house.audit()[-1] == ("Анна", "effect.again", f"effect:{row.id}")


# --- the owner --------------------------------------------------------------------------------


def test_the_owner_follows_a_number_to_the_case_and_its_reasons(let_in: Visit, company: House) -> None:
    page = let_in(company, Role.OWNER)
    door(page, "Аналитика")
    is_sound(page)
    number = page.get_by_role("link", name="Ответили: ").first
    count = number.inner_text()
    number.click()
    expect(page.get_by_text(f"Всего в списке: {count}")).to_be_visible()
    is_sound(page)
    page.get_by_role("link", name=company.case(min(COMPLAINTS)).id).click()
    story = page.locator("main")
    for words in ("долго ждал", "жалоба", "✓"):
        expect(story).to_contain_text(words)
    is_sound(page)


# --- the observer -----------------------------------------------------------------------------


def test_the_observer_sees_and_changes_nothing(let_in: Visit, company: House) -> None:
    page = let_in(company, Role.OBSERVER, BRANCH.name)
    before = written(company)
    base = page.url.removesuffix("/console")
    names = page.locator(".console-wide a").all_inner_texts()
    assert names == ["Сегодня", "Дела", "Отзывы", "Недовольные", "Аналитика", "Сценарии"]
    addresses = [
        *(one.get_attribute("href") for one in page.locator(".console-wide a").all()),
        f"/console/cases/{company.case(OVERDUE).id}", f"/console/reviews/{company.case(OVERDUE).id}",
        f"/console/dissatisfied/{company.case(6).id}",
    ]  # fmt: skip
    for address in addresses:
        page.goto(f"{base}{address}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("main form[method=post]")).to_have_count(0)
        is_sound(page)
        assert phone_of(OVERDUE) not in page.content()
    (row,) = company.rows(outbox.REVIEW)
    case = company.case(OVERDUE).id
    page.goto(f"{base}/console")
    forged = {
        "/console": f"key=effect:{row.id}&do=again",
        f"/console/cases/{case}/phone": "",
        f"/console/cases/{case}/act/stop": "seen=1&reason=x",
        f"/console/reviews/{case}": "do=answer&answer=found&seen=0::active:0",
    }
    assert [forge(page, *one) for one in forged.items()] == [403] * len(forged)
    assert written(company) == before


def forge(page: Page, path: str, form: str) -> int:
    """What a button would send that the page does not have; with the token of a form that it has."""
    script = """async ([path, form]) => {
        const csrf = document.querySelector('header [name=csrf]').value
        const body = new URLSearchParams(form + '&csrf=' + encodeURIComponent(csrf))
        return (await fetch(path, {method: 'POST', body})).status
    }"""
    status: int = page.evaluate(script, [path, form])
    return status


def written(house: House) -> tuple[int, int]:
    """Rows of the inbox and of the audit."""
    with house.database.reading() as session:
        counts = [session.exec(select(func.count()).select_from(one)).one() for one in (InboxRow, AuditRow)]
    return counts[0], counts[1]


# --- personal data ----------------------------------------------------------------------------


def test_the_admin_finds_a_person_hands_out_the_file_and_erases(
    let_in: Visit, company: House, tmp_path: Path
) -> None:
    page = let_in(company, Role.ADMIN)
    find(page, phone_of(UNCLEAR))
    expect(page.get_by_role("heading", name=f"+{phone_of(UNCLEAR)}")).to_be_visible()
    is_sound(page)
    page.get_by_label("Зачем файл?").fill("письмо клиента")
    with page.expect_download() as file:
        page.get_by_role("button", name="Скачать JSON").click()
    file.value.save_as(tmp_path / "person.json")
    told = json.loads((tmp_path / "person.json").read_text("utf-8"))
    assert told["phone"] == phone_of(UNCLEAR)
    assert "в целом неплохо" in json.dumps(told, ensure_ascii=False)
    page.get_by_role("button", name="Стереть данные").click()
    is_sound(page)
    assert company.case(UNCLEAR).phone, "asked, and nothing done yet"
    page.get_by_label("Почему?").fill("письмо клиента")
    page.get_by_role("button", name="Стереть данные").click()
    expect(page.get_by_role("status").first).to_contain_text("Сделано. Запись в журнале стираний")
    is_sound(page)
    find(page, phone_of(UNCLEAR))
    expect(page.locator("main")).to_contain_text("Ничего")
    is_sound(page)
    case = company.case(UNCLEAR)
    assert phone_of(UNCLEAR) not in f"{case.phone} {case.body}"
    did = [action for _, action, _ in company.audit() if action.startswith("person.")]
    assert did == ["person.seen", "person.exported", "person.erased", "person.seen"]
    assert phone_of(UNCLEAR) not in page.url


def find(page: Page, phone: str) -> None:
    door(page, "Личные данные")
    page.get_by_label("Телефон").fill(phone)
    page.get_by_role("button", name="Найти").click()


# --- the pictures of the handbook -------------------------------------------------------------

PICTURES = {
    "today": "/console",
    "cases": "/console/cases",
    "case": "/console/cases/{case}",
    "dissatisfied": "/console/dissatisfied",
    "analytics": "/console/analytics",
    "scenarios": "/console/scenarios",
    "settings": "/console/settings",
}


def test_the_pages_of_the_handbook(let_in: Visit, company: House) -> None:
    page = let_in(company, Role.OWNER, color_scheme="light")
    base = page.url.removesuffix("/console")
    for name, address in PICTURES.items():
        page.goto(base + address.format(case=company.case(min(COMPLAINTS)).id))
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        picture(page, name)


def test_a_phone_of_the_handbook(let_in: Visit, company: House) -> None:
    page = let_in(company, Role.HEAD, BRANCH.name, viewport=PHONE, device_scale_factor=2)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    picture(page, "phone")
