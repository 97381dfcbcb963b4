"""More than one messenger on the client's phone: invitations, news, a WhatsApp that does not work."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from sandbox.max.account import TOKEN as MAX_TOKEN
from sandbox.sms.account import LOGIN, PASSWORD
from sandbox.telegram.account import TOKEN as TELEGRAM_TOKEN
from tests.browser import DESKTOP, PHONE, until, violations
from tests.sandbox.page_stage import HOSTILE, INVITATIONS, Visit

CLIENT = "77015550001"
Visits = Callable[..., Visit]


def chosen(visit: Visits, **options: Any) -> Visit:
    """A client with an order, in view."""
    page = visit(**options)
    page.find(f'.card[data-deal="{page.order()}"] .card-name').click()
    expect(page.find(".case")).to_be_visible()  # the engine has told of the case
    return page


def goes_to(page: Visit, way: str) -> None:
    page.find(f'.way[data-way="{way}"]').click()
    expect(page.find(".chat")).to_have_attribute("data-way", way)


def joins(page: Visit, way: str = "telegram") -> Any:
    """As the client does it in a messenger of their own, elsewhere."""
    body = {"link": INVITATIONS[way], "phone": CLIENT, "name": "Иван Петров"}
    return page.sandbox.post(f"/sandbox/{way}/chats/open", json=body).json()["chat"]


def chat(page: Visit, way: str = "telegram") -> Any:
    (row,) = page.sandbox.get(f"/sandbox/{way}/chats").json()["chats"]
    return page.sandbox.get(f"/sandbox/{way}/chats/{row['chat']}?peek=1").json()


def telegram_writes(page: Visit, number: int, text: str) -> None:
    body = {"chat_id": number, "text": text}
    page.sandbox.post(f"/telegram/bot{TELEGRAM_TOKEN}/sendMessage", json=body).raise_for_status()


def max_writes(page: Visit, number: int, text: str) -> None:
    headers = {"Authorization": MAX_TOKEN}
    page.sandbox.post(
        f"/max/messages?chat_id={number}", json={"text": text}, headers=headers
    ).raise_for_status()


def sms_comes(page: Visit, text: str) -> None:
    form = {
        "login": LOGIN,
        "psw": PASSWORD,
        "phones": f"+{CLIENT}",
        "mes": text,
        "charset": "utf-8",
        "fmt": "3",
    }
    assert "id" in page.sandbox.post("/sms/sys/send.php", data=form).json()
    page.sandbox.post("/sandbox/clock", json={"jump_seconds": 30})


# --- bots -------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["telegram", "max"])
def test_the_bot_is_opened_by_the_invitation(visit: Visits, way: str) -> None:
    page = chosen(visit)
    goes_to(page, way)
    expect(page.find(".composer")).not_to_be_visible()
    expect(page.find(".invitation-link")).to_have_text(INVITATIONS[way])
    page.find(".invitation button").click()
    expect(page.find(".composer [name=text]")).to_be_focused()
    expect(page.find(".invitation")).not_to_be_visible()
    opened = chat(page, way)
    assert (opened["phone"], opened["name"], opened["open"]) == (CLIENT, "Иван Петров", True)
    page.page.keyboard.type("девять")
    page.page.keyboard.press("Enter")
    expect(page.find(".from-client").last).to_contain_text("девять")
    for chip, shown in (("стикер", "Стикер"), ("голосовое", "Голосовое"), ("«стоп»", "стоп")):
        page.page.get_by_role("button", name=chip).click()
        expect(page.find(".from-client").last).to_contain_text(shown)
    said = [(one["kind"], one["text"]) for one in chat(page, way)["messages"]][-4:]
    assert said == [("text", "девять"), ("sticker", ""), ("voice", ""), ("text", "стоп")]


def test_what_a_link_carries_is_not_shown(visit: Visits) -> None:
    page = chosen(visit)
    joins(page)
    goes_to(page, "telegram")
    expect(page.find(".from-client .words")).to_contain_text("/start")
    expect(page.find(".bubbles")).not_to_contain_text("K7Q2")


def test_no_case_no_invitation(visit: Visits) -> None:
    """A client who has no order, so nobody has invited them."""
    page = visit()
    page.sandbox.post(f"/sandbox/phones/{CLIENT}/messages", json={"text": "алло"})
    page.find(".row").click()
    goes_to(page, "max")
    expect(page.find(".invitation button")).to_have_attribute("aria-disabled", "true")
    expect(page.find(".invitation")).to_contain_text("Приглашение появится")
    page.find(".invitation button").click(force=True)
    assert page.sandbox.get("/sandbox/max/chats").json()["chats"] == []


def test_the_bot_is_blocked_and_let_in_again(visit: Visits) -> None:
    page = chosen(visit)
    joins(page)
    goes_to(page, "telegram")
    page.page.get_by_role("button", name="заблокировать бота").click()
    expect(page.find(".invitation button")).to_have_text("Разблокировать бота")
    expect(page.find(".invitation button")).to_be_focused()
    expect(page.find(".composer")).not_to_be_visible()
    assert chat(page)["blocked"]
    page.find(".invitation button").click()
    expect(page.find(".composer")).to_be_visible()
    assert not chat(page)["blocked"]


def test_an_operator_writes_in_whatsapp_alone(visit: Visits) -> None:
    page = chosen(visit)
    page.page.get_by_label("оператор", exact=True).check()
    joins(page)
    goes_to(page, "telegram")
    expect(page.find(".composer fieldset")).not_to_be_visible()
    page.find(".composer input[name=text]").fill("9")
    page.page.keyboard.press("Enter")
    expect(page.find(".from-client").last).to_contain_text("9")
    assert chat(page)["messages"][-1]["from"] == "client"


# --- news -------------------------------------------------------------------------------------


def test_news_stands_on_its_tab_until_it_is_read(visit: Visits) -> None:
    page = chosen(visit)
    telegram_writes(page, joins(page), "Оцените")
    max_writes(page, joins(page, "max"), "Оцените")
    sms_comes(page, "Оцените визит: https://example.kz/s/abc")
    for way, text in (("telegram", "Оцените"), ("max", "Оцените"), ("sms", "Оцените визит")):
        news = page.find(f'.way[data-way="{way}"] .news')
        expect(news).to_contain_text("1")
        goes_to(page, way)
        expect(page.find(".from-us")).to_contain_text(text)
        expect(news).to_be_empty()
    assert chat(page)["unread"] == 0


def test_the_list_tells_of_every_messenger(visit: Visits) -> None:
    page = chosen(visit)
    telegram_writes(page, joins(page), "Как всё прошло?")
    page.find(".back").click()
    expect(page.find(".row")).to_have_count(1)
    expect(page.find(".row")).to_contain_text("Как всё прошло?")
    expect(page.find(".row-new")).to_have_text("1 нов.")
    page.find(".row").click()
    expect(page.find(".chat")).to_have_attribute("data-way", "telegram")  # where the news is


def test_an_sms_is_read_and_its_link_opened(visit: Visits) -> None:
    page = chosen(visit)
    sms_comes(page, f"Оцените визит: {page.sandbox.base_url}/maps/yandex/1. {HOSTILE}")
    goes_to(page, "sms")
    expect(page.find(".composer")).not_to_be_visible()
    expect(page.find(".chat-note")).to_contain_text("На СМС не отвечают")
    expect(page.find(".from-us .stamp")).to_contain_text("доставлено")
    with page.page.context.expect_page() as opened:
        page.find(".from-us a").click()
    expect(opened.value.locator("h1")).to_contain_text("Шинный центр")
    assert page.page.evaluate("window.hacked") is None


# --- a WhatsApp that does not work ------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "told"), [("refuses", "отказывает"), ("silent", "не доставляет"), ("down", "недоступен")]
)
def test_whatsapp_is_switched_off(visit: Visits, state: str, told: str) -> None:
    page = chosen(visit)
    page.page.get_by_label("Как работает WhatsApp").select_option(state)
    expect(page.find(".chat-note")).to_contain_text(told)
    expect(page.find('.way[data-way="whatsapp"]')).to_have_class(re.compile("broken"))
    assert page.state()["messenger"] == state
    page.sandbox.post("/sandbox/switches", json={"messenger": "works"})
    page.find("h1").click()  # whoever is choosing is not disturbed
    expect(page.find(".chat-note")).not_to_be_visible()


def test_what_is_not_delivered_looks_so(visit: Visits) -> None:
    page = chosen(visit)
    page.sandbox.post(f"/sandbox/phones/{CLIENT}/messages", json={"text": "алло"})
    page.sandbox.post("/sandbox/switches", json={"messenger": "silent"})
    page.we_write(CLIENT, "Оцените")
    expect(page.find(".on-its-way .stamp")).to_contain_text("в пути")


def test_another_way_is_shown_step_by_step(visit: Visits) -> None:
    page = visit()
    page.find('[data-story="telegram"]').click()
    for place in range(3):
        step = page.find(".step").nth(place)
        expect(step).to_have_attribute("aria-current", "step")
        if place == 2:
            (row,) = page.sandbox.get("/sandbox/telegram/chats").json()["chats"]
            assert row["open"]
        step.locator(".do").click()
        if place == 1:
            until(lambda: page.sandbox.get("/sandbox/telegram/chats").json()["chats"])
            telegram_writes(page, chat(page)["chat"], "Здравствуйте!")  # the engine's welcome
        expect(step).to_have_class(re.compile(r"\bdone\b"))
    assert page.state()["messenger"] == "refuses"
    expect(page.find(".chat")).to_have_attribute("data-way", "telegram")
    page.find('[data-story="sms"]').click()
    until(lambda: page.state()["messenger"] == "works")  # the next story begins on a good day


# --- for everybody ----------------------------------------------------------------------------


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_messenger_fits_and_can_be_used(visit: Visits, viewport: Any, scheme: str) -> None:
    page = chosen(visit, viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    page.sandbox.post("/sandbox/switches", json={"messenger": "refuses"})
    page.sandbox.post(f"/sandbox/phones/{CLIENT}/messages", json={"text": "9"})
    page.we_write(CLIENT, "Оцените")
    expect(page.find(".from-us.failed")).to_be_visible()
    fits(page, viewport)
    goes_to(page, "max")
    fits(page, viewport)
    telegram_writes(page, joins(page), "Ссылка: https://example.kz/" + "x" * 80)
    expect(page.find(".news").nth(1)).to_contain_text("1")
    goes_to(page, "telegram")
    page.find(".chip").first.click()
    expect(page.find(".from-client").last).to_contain_text("стоп")
    fits(page, viewport)
    sms_comes(page, "Оцените: https://example.kz/s/" + "y" * 60)
    goes_to(page, "sms")
    expect(page.find(".from-us a")).to_be_visible()
    fits(page, viewport)


def fits(page: Visit, viewport: Any) -> None:
    assert page.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert page.find(".ways").evaluate("box => box.scrollWidth <= box.clientWidth")
    assert violations(page.page) == []
