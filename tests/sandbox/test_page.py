"""The demo page in a real browser, against the real sandbox; only the engine is a small pretend one."""

import re
import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from sandbox.app import make_app
from sandbox.bitrix24.company import tyre_chain
from tests.browser import DESKTOP, PHONE, served, violations
from tests.sandbox.page_stage import ENGINE_TOKEN, HOSTILE, UNKNOWN_DEAL, Visit, sandbox_of

# --- the way to the engine ---


@pytest.mark.parametrize(
    ("deal", "token", "why"),
    [("12", ENGINE_TOKEN, ""), (str(UNKNOWN_DEAL), ENGINE_TOKEN, "unknown"), ("12", "another", "refused")],
)
def test_story_is_fetched_with_the_token(engine_url: str, deal: str, token: str, why: str) -> None:
    with sandbox_of(engine_url, token) as sandbox:
        answer = sandbox.get("/sandbox/story", params={"deal": deal})
    assert answer.status_code == 200
    assert answer.json()["why"] == why
    assert (answer.json()["story"] is None) == bool(why)


def test_story_without_an_engine_is_no_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    for url, why in ((address, "down"), ("", "off")):
        with sandbox_of(url) as sandbox:
            assert sandbox.get("/sandbox/story?deal=12").json() == {"story": None, "why": why}


@pytest.mark.parametrize("deal", ["", "0", "-1", "x", "1/../2", str(2**63), "²"])
def test_story_of_no_deal_is_refused(sandbox: httpx.Client, deal: str) -> None:
    assert sandbox.get("/sandbox/story", params={"deal": deal}).status_code == 400


def test_page_loads_nothing_from_elsewhere(sandbox: httpx.Client) -> None:
    page = sandbox.get("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    files = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert files
    for file in files:
        assert sandbox.get(file).headers["content-security-policy"] == policy, file
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page.text)


# --- the page ---


def test_empty_sandbox_says_what_will_be_where(visit: Callable[..., Visit]) -> None:
    page = visit()
    expect(page.find(".handset")).to_contain_text("Здесь появятся переписки")
    expect(page.find(".story")).to_contain_text("Выберите сделку")
    expect(page.find(".task-list")).to_contain_text("Задач пока нет")
    expect(page.find(".notice-list")).to_contain_text("о чём движок сообщил")


def test_first_step_closes_the_order_of_a_fresh_client(visit: Callable[..., Visit]) -> None:
    page = visit()
    page.find(".step.current .do").click()
    expect(page.find(".step").nth(0)).to_have_class(re.compile(r"\bdone\b"))
    expect(page.find(".step").nth(1)).to_have_attribute("aria-current", "step")
    (deal,) = page.state()["deals"]
    assert deal["stage"] == "FINAL_INVOICE"
    expect(page.find(".chat-head")).to_contain_text(deal["client"])
    expect(page.find(".case")).to_contain_text(f"сделка № {deal['id']}")
    expect(page.find(".card.chosen")).to_have_attribute("data-deal", str(deal["id"]))


def test_step_is_ticked_by_the_state_and_not_by_the_button(visit: Callable[..., Visit]) -> None:
    page = visit()
    page.find(".step.current .do").click()
    expect(page.find(".step").nth(1)).to_have_attribute("aria-current", "step")
    page.sandbox.post("/sandbox/clock", json={"to": "2030-03-04T20:30:00+05:00"})
    expect(page.find("#clock")).to_contain_text("20:30")
    page.find(".step.current .do").click()
    expect(page.find("#clock")).to_contain_text("20:31")
    expect(page.find(".step.current .step-wait")).to_contain_text("Движок работает")
    (deal,) = page.state()["deals"]
    page.sandbox.post(f"/sandbox/deals/{deal['id']}/stage", json={"stage": "UC_QUALITY"})
    expect(page.find(f'.card[data-deal="{deal["id"]}"]')).to_be_visible()
    expect(page.find(".step").nth(1)).not_to_have_class(re.compile(r"\bdone\b"))
    page.we_write(deal["phone"].lstrip("+"), "Не дошло: клиент не писал нам, окно закрыто")
    expect(page.find(".from-us.failed")).to_be_visible()
    expect(page.find(".step").nth(1)).not_to_have_class(re.compile(r"\bdone\b"))
    page.sandbox.post("/sandbox/switches", json={"window_hours": 0})
    page.we_write(deal["phone"].lstrip("+"), "Оцените от 1 до 10")
    expect(page.find(".step").nth(1)).to_have_class(re.compile(r"\bdone\b"))


def test_a_day_later_is_never_at_night(visit: Callable[..., Visit]) -> None:
    page = visit()
    page.find(".step.current .do").click()
    expect(page.find(".step").nth(1)).to_have_attribute("aria-current", "step")
    page.sandbox.post("/sandbox/clock", json={"to": "2030-03-04T23:10:00+05:00"})
    expect(page.find("#clock")).to_contain_text("23:10")
    page.find(".step.current .do").click()
    expect(page.find("#clock")).to_contain_text("ср, 6 марта")
    expect(page.find("#clock")).to_contain_text("10:00")


def test_hostile_words_stay_words(visit: Callable[..., Visit]) -> None:
    page = visit()
    deal = page.order(client=HOSTILE)
    page.sandbox.post("/sandbox/phones/77015550001/messages", json={"text": f"{HOSTILE} javascript:alert(1)"})
    task = {"TITLE": HOSTILE, "DESCRIPTION": HOSTILE, "RESPONSIBLE_ID": 201, "UF_CRM_TASK": [f"D_{deal}"]}
    page.portal("tasks.task.add", {"fields": task})
    page.find(f'.card[data-deal="{deal}"] .card-name').click()
    for place in (".card-name", ".chat-head", ".bubble", ".happened", ".case", ".task h4"):
        expect(page.find(place).filter(has_text="<script>").first).to_be_visible()
    assert page.page.evaluate("window.hacked") is None
    assert page.find("main img, main script").count() == 0
    assert page.find('a[href^="javascript"]').count() == 0


def test_deal_is_moved_with_the_keyboard(visit: Callable[..., Visit]) -> None:
    page = visit()
    deal = page.order()
    card = page.find(f'.card[data-deal="{deal}"]')
    card.locator("summary").focus()
    page.page.keyboard.press("Enter")
    card.locator("select").select_option("C7:NEW")
    card.locator("select").press("Tab")
    page.page.keyboard.press("Enter")
    expect(page.find(".board").nth(1).locator(f'.card[data-deal="{deal}"]')).to_be_visible()
    assert [one["stage"] for one in page.state()["deals"]] == ["C7:NEW"]


def test_new_order_is_made_from_the_form(visit: Callable[..., Visit]) -> None:
    page = visit()
    page.find(".order > summary").click()
    expect(page.find('.order-form [name="phone"]')).not_to_have_value("")
    page.find('.order-form [name="client"]').fill("Асель")
    page.find(".order-form button").click()
    expect(page.find(".column").nth(0)).to_contain_text("Асель")
    assert [one["client"] for one in page.state()["deals"]] == ["Асель"]


def test_client_and_operator_write(visit: Callable[..., Visit]) -> None:
    page = visit()
    deal = page.order()
    page.find(f'.card[data-deal="{deal}"] .card-name').click()
    page.sandbox.post("/sandbox/phones/77015550001/messages", json={"text": "алло"})
    page.we_write("77015550001", "Оцените: https://example.kz/r/abc.")
    expect(page.find(".from-us a")).to_have_attribute("href", "https://example.kz/r/abc")
    expect(page.find(".from-us .stamp")).to_contain_text("прочитано")
    page.find(".composer input[name=text]").fill("девять")
    page.page.keyboard.press("Enter")
    expect(page.find(".from-client").last).to_contain_text("девять")
    page.page.get_by_label("оператор", exact=True).check()
    page.find(".composer input[name=text]").fill("Здравствуйте, это Анна")
    page.page.keyboard.press("Enter")
    expect(page.find(".from-operator")).to_contain_text("Оператор: Здравствуйте, это Анна")


def test_task_is_read_and_completed(visit: Callable[..., Visit]) -> None:
    page = visit()
    deal = page.order()
    text = "Ответить: https://qc.example.kz/a/XYZ\n[qc:K7Q2:1]"
    task = {
        "TITLE": "Есть ли отзыв?",
        "DESCRIPTION": text,
        "RESPONSIBLE_ID": 201,
        "UF_CRM_TASK": [f"D_{deal}"],
    }
    page.portal("tasks.task.add", {"fields": task})
    expect(page.find(".task a")).to_have_attribute("href", "https://qc.example.kz/a/XYZ")
    expect(page.find(".task")).not_to_contain_text("qc:K7Q2")
    page.find(".task input").fill("нашла")
    page.find(".task form button").click()
    expect(page.find(".closed-tasks summary")).to_have_text("Выполненные: 1")
    assert [(one["result"], one["status"]) for one in page.state()["tasks"]] == [("нашла", 5)]


def test_task_is_taken_up_again(visit: Callable[..., Visit]) -> None:
    page = visit()
    page.portal("tasks.task.add", {"fields": {"TITLE": "Проверить", "RESPONSIBLE_ID": 201}})
    page.find(".task form button").click()
    page.find(".closed-tasks summary").click()
    page.page.get_by_role("button", name="Вернуть в работу задачу: Проверить").click()
    expect(page.find(".open-tasks .task input")).to_be_focused()
    assert [one["status"] for one in page.state()["tasks"]] == [2]


# --- the card of a deal ---


def own_fields(page: Visit, deal: int) -> dict[str, Any]:
    card = page.sandbox.get(f"/sandbox/deals/{deal}").json()
    return {field["name"]: field["value"] for field in card["fields"]}


def test_card_is_edited_with_the_keyboard(visit: Callable[..., Visit]) -> None:
    page = visit()
    deal = page.order()
    opener = page.page.get_by_role("button", name=f"Карточка сделки {deal}")
    opener.focus()
    page.page.keyboard.press("Enter")
    expect(page.page.get_by_role("dialog", name=f"Сделка № {deal}")).to_be_visible()
    page.find("#desk").get_by_label("Название").fill("Замена шин R17")
    page.find("#desk").get_by_label("Филиал").select_option("Шинный центр на Сатпаева")
    page.find("#desk").get_by_label("Оценка работы").fill("7,5")
    page.find("#desk").get_by_label("Оценка работы").press("Enter")
    expect(page.find("#desk")).not_to_be_visible()
    expect(opener).to_be_focused()
    (seen,) = page.state()["deals"]
    assert (seen["title"], seen["branch"]) == ("Замена шин R17", "Шинный центр на Сатпаева")
    assert seen["fields"]["UF_CRM_QC_SCORE_1"] == 7.5


def test_card_writes_only_what_was_changed_by_hand(visit: Callable[..., Visit]) -> None:
    page = visit()
    deal = page.order()
    page.find(".open-card").click()
    # The engine writes while the person has the card open.
    scores = {"UF_CRM_QC_SCORE_1": 9}
    page.portal(
        "crm.item.update", {"entityTypeId": 2, "id": deal, "fields": scores, "useOriginalUfNames": "Y"}
    )
    page.find("#desk").get_by_label("Слова клиента").fill("звонил сам")
    page.page.get_by_role("button", name="Сохранить").click()
    expect(page.find("#desk")).not_to_be_visible()
    fields = own_fields(page, deal)
    assert (fields["UF_CRM_QC_SCORE_1"], fields["UF_CRM_QC_COMMENT"]) == (9, "звонил сам")


@pytest.mark.parametrize("kind", ["enumeration", "iblock_element", "crm"])
def test_branch_is_chosen_by_its_name_whatever_its_field_is(browser: Browser, kind: str) -> None:
    app = make_app(company=tyre_chain(branch_kind=kind))
    with served(app) as url, httpx.Client(base_url=url, trust_env=False) as client:
        page = Visit(browser.new_context(locale="ru-RU").new_page(), client)
        deal = page.order()
        page.find(".open-card").click()
        chosen = page.find("#desk").get_by_label("Филиал").locator("option:checked")
        expect(chosen).to_have_text("Шинный центр на Абая")
        page.find("#desk").get_by_label("Филиал").select_option(label="Шинный центр на Сатпаева")
        page.page.get_by_role("button", name="Сохранить").click()
        expect(page.find("#desk")).not_to_be_visible()
        assert page.state()["deals"][0]["branch"] == "Шинный центр на Сатпаева"
        assert own_fields(page, deal)["UF_CRM_BRANCH"] != "Шинный центр на Сатпаева"
        page.page.context.close()
    assert page.problems == []


def test_fields_of_every_kind(visit: Callable[..., Visit]) -> None:
    page = visit()
    kinds = {"QC_DATE": "date", "QC_MOMENT": "datetime", "QC_DONE": "boolean", "QC_WHO": "employee"}
    for name, kind in kinds.items():
        field = {"FIELD_NAME": name, "USER_TYPE_ID": kind, "EDIT_FORM_LABEL": {"ru": kind}}
        page.portal("crm.deal.userfield.add", {"fields": field})
    deal = page.order()
    page.find(".open-card").click()
    page.find('#desk [name="UF_CRM_QC_DATE"]').fill("2026-03-04")
    page.find('#desk [name="UF_CRM_QC_MOMENT"]').fill("2026-03-04T10:15")
    page.find('#desk [name="UF_CRM_QC_DONE"]').check()
    page.find('#desk [name="UF_CRM_QC_WHO"]').select_option("201")
    page.page.get_by_role("button", name="Сохранить").click()
    expect(page.find("#desk")).not_to_be_visible()
    page.find(".open-card").click()
    expect(page.find('#desk [name="UF_CRM_QC_DATE"]')).to_have_value("2026-03-04")
    expect(page.find('#desk [name="UF_CRM_QC_MOMENT"]')).to_have_value("2026-03-04T10:15")
    expect(page.find('#desk [name="UF_CRM_QC_DONE"]')).to_be_checked()
    assert str(own_fields(page, deal)["UF_CRM_QC_WHO"]) == "201"


def test_card_tells_history_and_takes_comments(visit: Callable[..., Visit]) -> None:
    page = visit()
    deal = page.order()
    page.sandbox.post(f"/sandbox/deals/{deal}/stage", json={"stage": "C7:NEW"})
    expect(page.find(".board").nth(1).locator(".card")).to_be_visible()
    page.find(".open-card").click()
    expect(page.find(".desk-history li").first).to_contain_text("Недовольные клиенты / Новая жалоба")
    expect(page.find(".desk-history li").last).to_contain_text("Новый заказ")
    page.find(".desk-comments input").fill(HOSTILE)
    page.page.keyboard.press("Enter")
    expect(page.find(".desk-comments li")).to_contain_text("<script>")
    expect(page.find(".desk-comments input")).to_be_focused()
    page.page.keyboard.press("Escape")
    expect(page.find("#desk")).not_to_be_visible()
    assert page.page.evaluate("window.hacked") is None


def test_a_person_lets_an_application_in(visit: Callable[..., Visit]) -> None:
    page = visit(viewport=PHONE)
    back = f"{page.sandbox.base_url}/maps/yandex/1"
    wish = {"client_id": "local.<b>", "client_secret": "x", "redirect": back}
    page.sandbox.post("/sandbox/application", json=wish).raise_for_status()
    page.page.goto(f"{page.sandbox.base_url}/oauth/authorize/?client_id=local.%3Cb%3E&state=s")
    expect(page.find("main")).to_contain_text("local.<b>")
    assert violations(page.page) == []
    page.page.get_by_label("От чьего имени").select_option("101")
    page.page.get_by_role("button", name="Разрешить").click()
    page.page.wait_for_url(re.compile(r"/maps/yandex/1\?code=\w+&state=s&"))


def test_card_tells_what_the_portal_refuses(visit: Callable[..., Visit]) -> None:
    page = visit()
    page.order()
    page.find(".open-card").click()
    page.find("#desk").get_by_label("Оценка работы").fill("хорошо")
    page.page.get_by_role("button", name="Сохранить").click()
    expect(page.find(".desk-form .desk-trouble")).to_contain_text("Не получилось")
    expect(page.find("#desk")).to_be_visible()
    assert "400" in page.problems.pop()  # the browser's own line about the refused request


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_card_fits_and_can_be_used_by_everybody(
    visit: Callable[..., Visit], viewport: Any, scheme: str
) -> None:
    page = visit(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    deal = page.order(client="Длинноеимябезединогопробела" * 3)
    page.sandbox.post(f"/sandbox/deals/{deal}/comments", json={"text": "y" * 120})
    page.find(".open-card").click()
    expect(page.find(".desk-comments li")).to_be_visible()
    assert page.find("#desk").evaluate("box => box.scrollWidth <= box.clientWidth")
    assert page.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert violations(page.page) == []


def test_reasons_are_folded_and_said(visit: Callable[..., Visit]) -> None:
    page = visit()
    deal = page.order()
    page.find(f'.card[data-deal="{deal}"] .card-name').click()
    newest = page.find(".entry").first
    expect(newest.locator(".effect")).to_contain_text("сделано 04.03.2026 10:15")
    expect(newest.locator(".checked ul")).not_to_be_visible()
    newest.locator("summary").click()
    expect(newest.locator(".checked .passed")).to_contain_text("средняя 9,5 не меньше 8")
    expect(newest.locator(".checked .failed")).to_contain_text("нет ответа, строка 64")


def test_trouble_is_told_on_the_page(visit: Callable[..., Visit]) -> None:
    page = visit()
    deal = page.order()
    card = page.find(f'.card[data-deal="{deal}"]')
    card.locator("summary").click()
    page.page.route("**/sandbox/deals/*/stage", lambda route: route.abort())
    card.locator(".move button").click()
    expect(page.find("#trouble")).to_contain_text("Имитация не отвечает")
    assert len(page.problems) == 1
    assert "ERR_FAILED" in page.problems.pop()  # the browser's own line about the broken request


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_fits_and_can_be_used_by_everybody(visit: Callable[..., Visit], viewport: Any, scheme: str) -> None:
    page = visit(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    page.find(".step.current .do").click()
    expect(page.find(".step").nth(0)).to_have_class(re.compile(r"\bdone\b"))
    deal = page.order(client="Длинноеимябезединогопробела" * 3)
    page.find(f'.card[data-deal="{deal}"] .card-name').click()
    page.we_write("77015550001", "Ссылка: https://example.kz/" + "x" * 80)
    page.sandbox.post("/sandbox/phones/77015550001/messages", json={"text": "9"})
    task = {
        "TITLE": "Проверить",
        "DESCRIPTION": "y" * 90,
        "RESPONSIBLE_ID": 201,
        "UF_CRM_TASK": [f"D_{deal}"],
    }
    page.portal("tasks.task.add", {"fields": task})
    page.portal(
        "im.notify.system.add", {"USER_ID": 201, "MESSAGE": "Посмотрите", "TAG": "t", "CLIENT_ID": "c"}
    )
    for opener in (".card summary", ".checked summary", ".order > summary"):
        page.find(opener).first.click()
    for shown in (".bubble.from-client", ".task", ".notice", ".effect"):
        expect(page.find(shown).first).to_be_visible()
    assert page.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert violations(page.page) == []
