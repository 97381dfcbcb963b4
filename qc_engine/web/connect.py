"""GET /connect/{connector}: where a vendor's page sends the browser of whoever lets us in."""

from collections.abc import Mapping

import structlog
from fastapi import APIRouter, Request, Response

from qc_engine.ports import Broken, Connects, Forbidden, OutcomeUnknown, Refused, TryLater
from qc_engine.web.pages import looks

# What is in the address of this page opens the portal for some seconds: it goes nowhere else.
PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
AGAIN = "Начните подключение заново: ./qc bitrix24 connect"
Failure = Forbidden | TryLater | Refused | Broken | OutcomeUnknown

log = structlog.get_logger(__name__)


def connect_router(connects: Mapping[str, Connects]) -> APIRouter:
    """`connects` by the connector's name; they are called on a thread. Nothing of the address is shown."""
    router = APIRouter()

    @router.get("/connect/{connector}")
    def come_back(connector: str, request: Request) -> Response:
        one = connects.get(connector)
        return _finished(connector, one, dict(request.query_params)) if one else looks.not_found()

    return router


def _finished(name: str, connects: Connects, query: Mapping[str, str]) -> Response:
    try:
        portal = connects.finish(query)
    except (Forbidden, TryLater, Refused, Broken, OutcomeUnknown) as failure:
        log.warning("not connected", connector=name, kind=type(failure).__name__, reason=str(failure))
        return _explained(failure)
    log.info("connected", connector=name, portal=portal)
    text = f"Система контроля качества работает с порталом {portal}. Эту страницу можно закрыть."
    return looks.message(200, "Портал подключён", text, PRIVATE)


def _explained(failure: Failure) -> Response:
    match failure:
        case Forbidden():
            text = f"Эта страница открыта не по нашей ссылке, из другого портала или второй раз. {AGAIN}"
            return looks.message(403, "Ссылка не подходит", text, PRIVATE)
        case Refused():
            text = f"Разрешение портала больше не действует: оно живёт 30 секунд. {AGAIN}"
            return looks.message(400, "Не успели", text, PRIVATE)
        case Broken():
            text = f"Портал не принял наше приложение: проверьте его код, ключ и права. {AGAIN}"
            return looks.message(502, "Портал не подключён", text, PRIVATE)
        case _:
            text = f"Сервер авторизации не отвечает. Подождите минуту. {AGAIN}"
            return looks.message(503, "Попробуйте позже", text, PRIVATE)
