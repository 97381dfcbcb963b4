"""Pretend review pages of the branches: where review links of the demo lead."""

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.bitrix24.portal import Portal

PLATFORMS = {"yandex": "Яндекс Карты", "google": "Google Карты", "2gis": "2ГИС"}
PAGE = """<!doctype html>
<html lang="ru"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{branch} — {platform}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}}
.stars{{font-size:2rem;color:#e0a100;letter-spacing:.2em}}small{{color:#767676}}</style></head>
<body><small>{platform}</small><h1>{branch}</h1>
<p class="stars" aria-label="Оценка">★★★★★</p><p>Здесь клиент оставляет отзыв об этом филиале.</p>
<small>Страница песочницы: настоящих карт здесь нет.</small></body></html>
"""


def map_routes(portal: Portal) -> list[Route]:
    """GET /maps/{platform}/{branch number from 1}."""

    async def branch_page(request: Request) -> Response:
        platform = PLATFORMS.get(request.path_params["platform"])
        number = request.path_params["number"]
        branch = next((one for one in portal.company.branches if one.number == number), None)
        if platform is None or branch is None:
            return PlainTextResponse("Такой страницы нет", 404)
        return HTMLResponse(PAGE.format(branch=escape(branch.name), platform=escape(platform)))

    return [Route("/maps/{platform}/{number:int}", branch_page)]
