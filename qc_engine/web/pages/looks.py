"""The templates of all pages: escaped by themselves, and no name may be missing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from qc_engine.web.assets import asset

HERE = Path(__file__).parent
# Signs that turn the text after them round: what a client wrote must be read as it stands.
TURNING = {code: f"[U+{code:04X}]" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def visible(value: Any) -> Any:
    """Every value of every page goes through here."""
    return value.translate(TURNING) if type(value) is str else value


TEMPLATES = Environment(
    loader=FileSystemLoader([HERE / "templates", *sorted(HERE.glob("*/templates"))]),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=visible,
)
TEMPLATES.globals["asset"] = asset


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
