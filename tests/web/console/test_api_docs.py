"""Every example of docs/api.md and docs/api.ru.md is carried out, and answered as it stands there."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from starlette.testclient import TestClient

from qc_engine.serving.doors import make_doors
from qc_engine.store.database import Database
from qc_engine.store.group_commit import GroupCommit
from qc_engine.web.calls.problems import KINDS
from qc_engine.web.console.policy import Scope
from qc_engine.wiring import Installation
from tests.browser import until
from tests.web.console.calls import api, bearer, token
from tests.web.console.house import House
from tests.web.console.shop import THANKS, opened, portal_was_read
from tests.web.console.test_dissatisfied import complained
from tests.web.console.test_scenarios_past import bench_of
from tests.web.console.test_scenarios_past import lived as silent

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGES = {"en": (DOCS / "api.md", "Till"), "ru": (DOCS / "api.ru.md", "Касса")}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| (?:`([a-z.]+)`|(\d+)) \|(?: `([a-z-]+)` \|)?", re.MULTILINE)
WHATEVER = "…"


class Asked(NamedTuple):
    """One curl."""

    path: str
    body: Any
    headers: dict[str, str]


def examples(page: Path) -> Iterator[tuple[list[Asked], Any]]:
    """What is asked, and the answer to the last of it."""
    asked: list[Asked] = []
    for language, text in BLOCK.findall(page.read_text("utf-8")):
        if language == "sh":
            assert not asked, "an example without an answer"
            asked = [curl(line) for line in text.replace("\\\n", " ").splitlines()]
        elif language == "json":
            yield asked, json.loads(text)
            asked = []


def curl(line: str) -> Asked:
    command, flags, file, *rest = shlex.split(line)
    assert (command, flags, file) == ("curl", "-sK", "qc.curl"), line
    given: dict[str, str] = {}
    while rest:
        word = rest.pop(0)
        name, value = (word, rest.pop(0)) if word.startswith("-") else ("url", word)
        assert name in ("-H", "-d", "url"), line
        given[name] = value
    name, _, value = given.get("-H", "").partition(": ")
    body = json.loads(given["-d"]) if "-d" in given else None
    assert given["url"].startswith("$URL/api/"), line
    return Asked(given["url"].removeprefix("$URL"), body, {name: value} if name else {})


def same(found: Any, told: Any) -> bool:
    """`…` is whatever is there: a value, the other fields of an object, the rest of a list."""
    if told == WHATEVER:
        return True
    if isinstance(told, dict) and isinstance(found, dict):
        named = {name: value for name, value in told.items() if name != WHATEVER}
        whole = named.keys() <= found.keys() if WHATEVER in told else named.keys() == found.keys()
        return whole and all(same(found[name], value) for name, value in named.items())
    if isinstance(told, list) and isinstance(found, list):
        goes_on = told[-1:] == [WHATEVER]
        named_ones = told[:-1] if goes_on else told
        fits = len(found) > len(named_ones) if goes_on else len(found) == len(named_ones)
        return fits and all(map(same, found, named_ones))
    return bool(found == told)


@pytest.mark.parametrize(
    ("found", "told", "is_same"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, False), ({"a": 1, "b": 2}, {"a": 1, "…": "…"}, True), ({"a": 1}, {"a": 2}, False),
        ([1, 2], [1], False), ([1, 2], [1, "…"], True), ([1], [1, "…"], False), ([], ["…"], False), (None, "…", True),
        ({}, {"a": 1, "…": "…"}, False),
    ],
)  # fmt: skip
def test_what_counts_as_the_same(found: Any, told: Any, is_same: bool) -> None:
    assert same(found, told) == is_same


def headers_of(page: Path, key: str) -> dict[str, str]:
    text = next(body for language, body in BLOCK.findall(page.read_text("utf-8")) if language == "text")
    lines = dict(line.split('"')[1].split(": ", 1) for line in text.splitlines())
    assert lines["Authorization"].startswith("Bearer ")
    return {**lines, **bearer(key)}


def whole(house: House) -> TestClient:
    """With the engine's own doors."""
    flow = house.flow
    engine: Any = SimpleNamespace(
        settings=house.settings, database=house.database, clock=flow.clock, libraries=flow.libraries, connectors=()
    )  # fmt: skip
    doors = make_doors(engine, GroupCommit(house.database), lambda: True)
    return TestClient(doors, base_url="https://qc.example")


@pytest.mark.parametrize("language", PAGES)
def test_every_example(
    lived: House,
    sqlite_database: Database,
    settings: Installation,
    tmp_path: Path,
    language: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page, name = PAGES[language]
    shop = opened(sqlite_database, settings, tmp_path / "scenarios")
    portal_was_read(monkeypatch)
    before = silent(shop, d1="").row.version
    version = shop.edit(THANKS)
    told = page.read_text("utf-8")
    assert {f'"{one}"' in told for one in (before, version)} == {True}, f"write {before}, {version}"
    house = complained(lived)
    houses = {False: (house, whole(house)), True: (shop.house, api(shop.house))}
    headers = {about: headers_of(page, token(one, *Scope, name=name)) for about, (one, _) in houses.items()}
    count, wrong = 0, []
    for asked, answer in examples(page):
        for one in asked:
            about = one.path.startswith("/api/scenarios")
            house, client = houses[about]
            method = "GET" if one.body is None else "POST"
            got = client.request(method, one.path, json=one.body, headers={**headers[about], **one.headers})
            house.flow.settle()
        if not same(got.json(), answer) or ("status" in answer) != (got.status_code >= 400):
            wrong.append(f"{one.path}: {json.dumps(got.json(), ensure_ascii=False, indent=2)}")
        count += 1
    until(lambda: bench_of(shop).under_way() is None)
    assert wrong == [], "\n".join(wrong)
    assert count > 30


def test_both_pages_ask_the_same() -> None:
    one, other = ([asked for asked, _ in examples(page)] for page, _ in PAGES.values())

    def shape(asked: list[Asked]) -> list[Any]:
        return [(each.path, sorted(each.body or ()), each.headers) for each in asked]

    assert [shape(asked) for asked in one] == [shape(asked) for asked in other]


@pytest.mark.parametrize("language", PAGES)
def test_the_tables_are_whole(language: str) -> None:
    rows = ROW.findall(PAGES[language][0].read_text("utf-8"))
    acts = {"do", "score", "answer", "resend"}
    assert [word for word, *_ in rows if word and word not in acts] == [str(one) for one in Scope]
    told = {int(status): kind for _, status, kind in rows if status}
    assert told == {status: KINDS[status] for status in (400, 401, 403, 404, 408, 409, 413, 422, 429)}
