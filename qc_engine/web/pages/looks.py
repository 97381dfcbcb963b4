"""The templates of all pages: escaped by themselves, and no name may be missing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).parent
TEMPLATES = Environment(
    loader=FileSystemLoader(
        [HERE / "templates", HERE / "review_answer" / "templates", HERE / "survey" / "templates"]
    ),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def show(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    return HTMLResponse(TEMPLATES.get_template(template).render(values), status)


def message(status: int, title: str, text: str, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """A page that says one thing."""
    page = show("message.html", status, title=title, text=text)
    page.headers.update(headers or {})
    return page


def not_found() -> HTMLResponse:
    """The same for everything that is not there, whatever the reason."""
    return message(404, "Страница не найдена", "Проверьте, что адрес скопирован целиком.")
