"""The demo page in a real browser, against the real sandbox; only the engine is a small pretend one."""

import contextlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.app import make_app
from sandbox.control.defaults import SECRET, TOKEN
from tests.browser import served

ENGINE_TOKEN = "the engine's token"
UNKNOWN_DEAL = 4_000_000
INVITATIONS = {
    "telegram": "https://t.me/sandbox_quality_bot?start=K7Q2",
    "max": "https://max.ru/id7700000000_bot?start=K7Q3",
}
HOSTILE = "<img src=x onerror=\"window.hacked='image'\"><script>window.hacked='script'</script>"


def pretend_engine() -> Starlette:
    async def story(request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {ENGINE_TOKEN}":
            return JSONResponse({}, 401)
        deal = int(request.query_params["deal"])
        return JSONResponse({}, 404) if deal == UNKNOWN_DEAL else JSONResponse(story_of(deal))

    return Starlette(routes=[Route("/api/story", story)])


def story_of(deal: int) -> dict[str, Any]:
    """In the shape of the engine's GET /api/story."""
    effect = {
        "id": 1,
        "kind": "SendMessage",
        "text": "Клиента спросили: «Оцените»",
        "state": "done",
        "delivery": "сделано 04.03.2026 10:15",
    }
    checked = [
        {"passed": False, "rule": "нет ответа", "why": "срок ещё не идёт", "line": 64, "place": ""},
        {"passed": True, "rule": "клиент доволен", "why": "средняя 9,5 не меньше 8", "line": 51, "place": ""},
    ]
    at = "2026-03-04T05:15:00+00:00"
    decision = {
        "kind": "decision",
        "happened_at": at,
        "time": "04.03.2026 10:15",
        "text": f"Клиент ответил: «{HOSTILE}»",
        "checked": checked,
        "notes": [{"key": "note.read", "values": {}, "text": "Прочитано как оценка 9"}],
        "effects": [effect],
        "wake_time": "Снова посмотрим 11.03.2026 10:15",
    }
    opened = {"kind": "opened", "happened_at": at, "time": "04.03.2026 10:15", "text": "Дело открыто"}
    click = {
        **opened,
        "kind": "click",
        "text": "Ссылку открыла машина",
        "grade": "machine",
        "reason": "agent: X",
    }
    case = {
        "case_id": "K7Q2W9XR",
        "deal_id": deal,
        "client": HOSTILE,
        "branch": "на Абая",
        "state_text": "идёт",
        "scores": {"quality": "9"},
        "average": "9",
        "wake_time": "11.03.2026 10:15",
    }
    told = {"summary": [], "entries": [opened, click, decision]}
    return {"language": "ru", "case": case, "invitations": INVITATIONS, **told}


@contextlib.contextmanager
def sandbox_of(engine_url: str, token: str = ENGINE_TOKEN) -> Iterator[httpx.Client]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("QC_SANDBOX_ENGINE_URL", engine_url)
        environment.setenv("QC_SANDBOX_ENGINE_TOKEN", token)
        app = make_app()
    with served(app) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield client


class Visit:
    """A page, what went wrong in it, and the sandbox behind it."""

    def __init__(self, page: Page, sandbox: httpx.Client) -> None:
        self.page, self.sandbox = page, sandbox
        self.problems: list[str] = []
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.goto(str(sandbox.base_url))
        expect(page.locator(".board")).to_have_count(2)

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.problems.append(text)

    def find(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def state(self) -> Any:
        return self.sandbox.get("/sandbox/state").json()

    def order(self, client: str = "Иван Петров", phone: str = "+77015550001", stage: str = "NEW") -> int:
        branch = self.sandbox.get("/sandbox/company").json()["branches"][0]["name"]
        wish = {"client": client, "phone": phone, "branch": branch, "stage": stage}
        made = self.sandbox.post("/sandbox/deals", json={"deals": [wish]}).raise_for_status().json()
        expect(self.find(f'.card[data-deal="{made["deals"][0]["deal_id"]}"]')).to_be_visible()
        return int(made["deals"][0]["deal_id"])

    def portal(self, method: str, body: Any) -> Any:
        answer = self.sandbox.post(f"/rest/1/{SECRET}/{method}", json=body)
        return answer.raise_for_status().json()["result"]

    def we_write(self, phone: str, text: str) -> None:
        """As the engine would, through the account."""
        headers = {"Authorization": TOKEN}
        place = {"phone": phone, "transport": "wa_direct"}
        self.sandbox.post("/chat2desk/v1/clients", json=place, headers=headers)
        found = self.sandbox.get("/chat2desk/v1/clients", params={"phone": phone}, headers=headers).json()
        body = {"client_id": found["data"][0]["id"], "text": text, **place}
        self.sandbox.post("/chat2desk/v1/messages", json=body, headers=headers).raise_for_status()
