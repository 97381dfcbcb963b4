"""Signing in elsewhere, in a real browser: the doors, the refusal, and what the account's page says."""

from playwright.sync_api import Browser, Route, expect
from starlette.types import Receive, Scope, Send

from tests.browser import served, watched
from tests.web.console.house import House
from tests.web.console.identities import providing
from tests.web.console.looks import fits_everybody, open_all
from tests.web.console.test_pages_browser import by_http

BUTTON = "Войти через Company ID"


def test_in_by_the_company_and_refused_there(browser: Browser, house: House) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await house.app()(scope, receive, send)

    link = by_http(house).link()
    with (
        served(app) as url,
        watched(browser, url, "status of 4") as open_page,
        providing(house, f"{url}/console/login/oidc/back") as fake,
    ):

        def at_the_provider(route: Route) -> None:
            """No browser reaches it: its page stands where ours sends people away."""
            there = route.fetch(max_redirects=0).headers["location"]
            back = fake.sign_in(there)
            route.fulfill(
                content_type="text/html; charset=utf-8",
                body=f'<a href="{back.replace("&", "&amp;")}">Это я</a>',
            )

        page = open_page(link)
        page.context.route("**/oidc", at_the_provider)
        fits_everybody(page, "enter_oidc")
        page.get_by_role("link", name=BUTTON).click()
        page.get_by_role("link", name="Это я").click()
        expect(page.get_by_role("heading", name="Всё спокойно")).to_be_visible()
        page.goto(f"{url}/console/account")
        open_all(page)
        expect(page.get_by_text("Пароля у вас нет")).to_be_visible()
        fits_everybody(page, "account_oidc")
        page.context.clear_cookies()
        fake.subject = "u-2"
        page.goto(f"{url}/console/login")
        fits_everybody(page, "login_oidc")
        page.get_by_role("link", name=BUTTON).click()
        page.get_by_role("link", name="Это я").click()
        expect(page.get_by_role("alert")).to_contain_text("Попросите администратора")
        fits_everybody(page, "oidc_unknown")
