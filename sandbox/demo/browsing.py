"""What a browser does with our pages: it names itself, obeys the page that sends on, and fills in forms."""

import contextlib
import re
import time
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from urllib.parse import urlsplit

import httpx

AGENT = "Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"
HEADERS = {
    "User-Agent": AGENT,
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "Accept-Language": "ru-RU,ru;q=0.9",
}
# The page that sends on proves itself by its script: the word of the body, read backwards.
SENDS_ON = re.compile(r'<body data-word="(\w+)"')

OUT_OF_ORDER, AGAIN_SECONDS = 500, 0.2


class Patient(httpx.HTTPTransport):
    """Asks once more, for so many real seconds, where nobody answers or it is out of order: people do so."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        until = time.monotonic() + self.seconds
        while time.monotonic() < until:
            with contextlib.suppress(httpx.TransportError):
                answer = super().handle_request(request)
                if answer.status_code < OUT_OF_ORDER:
                    return answer
                answer.close()
            time.sleep(AGAIN_SECONDS)
        return super().handle_request(request)


def browser(patience: float = 0.0) -> httpx.Client:
    """`patience`: real seconds for which a page that is out of order is tried again."""
    return httpx.Client(follow_redirects=True, timeout=30, headers=HEADERS, transport=Patient(patience))


def open_link(http: httpx.Client, address: str) -> None:
    """As a tap on it does. Raises httpx.HTTPError."""
    page = http.get(address).raise_for_status()
    if word := SENDS_ON.search(page.text):
        http.get(f"{address}?c={word[1][::-1]}").raise_for_status()


def fill_in(http: httpx.Client, address: str, scores: Sequence[str], words: str) -> None:
    """Choose these scores from the top of the page's form down, add the words, and press its button."""
    form = Form(http.get(address).raise_for_status().text)
    chosen = dict(zip(form.choices, scores, strict=True))
    _send(http, address, {**form.hidden, **chosen, "words": words, **form.button})


def press(http: httpx.Client, address: str) -> None:
    """The first button of the page: a link that names its answer needs no second thought."""
    form = Form(http.get(address).raise_for_status().text)
    _send(http, address, {**form.hidden, **form.button})


def choose(http: httpx.Client, address: str, button: str) -> None:
    """Press the button of the page's form that answers so."""
    form = Form(http.get(address).raise_for_status().text)
    _send(http, address, {**form.hidden, "answer": button})


def correct(http: httpx.Client, address: str, answer: str, reason: str, name: str) -> None:
    """Say on the page that it is otherwise by now, and why, and who says so."""
    form = Form(http.get(address).raise_for_status().text)
    said = {"answer": answer, "reason": reason, "name": name}
    _send(http, address, {**form.hidden, **said, **form.button})


def _send(http: httpx.Client, page: str, form: Mapping[str, str]) -> None:
    parts = urlsplit(page)
    headers = {"Origin": f"{parts.scheme}://{parts.netloc}", "Sec-Fetch-Site": "same-origin"}
    http.post(page, data=form, headers=headers).raise_for_status()


class Form(HTMLParser):
    """The page's first form: its first button, its hidden fields, and the names of its rows of choices."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.is_over = False
        self.hidden: dict[str, str] = {}
        self.choices: list[str] = []
        self.button: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if self.is_over:
            return
        given = {name: value or "" for name, value in attrs}
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "button" and not self.button:
            self.button = {name: value}
        elif given.get("type") == "hidden":
            self.hidden[name] = value
        elif given.get("type") == "radio" and name not in self.choices:
            self.choices.append(name)

    def handle_endtag(self, tag: str) -> None:
        self.is_over = self.is_over or tag == "form"
