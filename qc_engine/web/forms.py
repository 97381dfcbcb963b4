"""What a page's form sends: checked for its origin, limited in size."""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

from fastapi import HTTPException, Request

from qc_engine.web.bodies import HungUp, TooLarge, TooSlow, read_body

LARGEST_FORM = 16 * 1024
MOST_FIELDS = 200
FORM_SECONDS = 10.0


async def sent_form(request: Request) -> Mapping[str, str]:
    """The fields of an urlencoded form; of a repeated field the last one counts. Raises 400, 408, 413."""
    return await read_form(request, LARGEST_FORM)


async def read_form(request: Request, most: int) -> Mapping[str, str]:
    """The same with at most `most` bytes, for a page on which people write at length."""
    try:
        body = await read_body(request.receive, request.headers, most, FORM_SECONDS)
        return dict(parse_qsl(body.decode(errors="replace"), max_num_fields=MOST_FIELDS))
    except TooLarge:
        raise HTTPException(413) from None
    except TooSlow:
        raise HTTPException(408) from None
    except (HungUp, ValueError):
        raise HTTPException(400) from None


def on_one_line(text: str, longest: int) -> str:
    """What somebody typed; some signs no database takes, and half of a character is none."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(plain.split())[:longest].strip()


def same_origin(public_url: str) -> Callable[[Request], None]:
    """A check for FastAPI: 403 when a browser says that another site sent this form."""
    ours = _origin(public_url)

    def check(request: Request) -> None:
        headers = request.headers
        if not is_same_origin(
            headers.get("sec-fetch-site"), headers.get("origin"), headers.get("host"), ours
        ):
            raise HTTPException(403)

    return check


def is_same_origin(fetch_site: str | None, origin: str | None, host: str | None, ours: str) -> bool:
    """By Sec-Fetch-Site, else by Origin; what has neither is no browser and needs no protection."""
    if fetch_site is not None:
        return fetch_site in ("same-origin", "none")
    if origin is None:
        return True
    # A page of another site can forge neither of the two; a proxy may have changed the Host.
    try:
        return _origin(origin) == ours or urlsplit(origin).netloc.lower() == (host or "").lower() != ""
    except ValueError:  # no browser writes such an address
        return False


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
