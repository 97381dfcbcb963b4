"""Dissatisfied clients in the console: who, in whose branch, what they said, and how soon it was settled."""

import csv
import io
import re
from datetime import timedelta

import pytest
from pydantic import SecretStr

from connectors.bitrix24.settings import OAuthSettings
from qc_engine.core.events import TaskClosed
from qc_engine.ports import Arrival
from qc_engine.store import dissatisfied
from qc_engine.store.dissatisfied import Opened, Which
from qc_engine.telling.foretelling import crm_address
from qc_engine.web.console import sheets
from qc_engine.web.console.policy import Role
from tests.flow.fakes import BRANCH
from tests.web.console.house import House, phone_of
from tests.web.console.house import _asked as asked
from tests.web.console.house import _says as says

PATH = "/console/dissatisfied"
EVERYWHERE = Which()
APP = OAuthSettings(portal="https://o.bitrix24.kz", client_id="local.1", client_secret=SecretStr("s"))
LOW = (6, 7, 8)  # deals
FORMULA, WORDS = "=HYPERLINK плохо", "нахамили <сильно>"


@pytest.fixture
def unhappy(each_house: House) -> House:
    """Three clients with low scores; the first one's task was closed after five hours."""
    return complained(each_house)


@pytest.fixture
def unhappy_sqlite(house: House) -> House:
    return complained(house)


def complained(house: House) -> House:
    flow = house.flow
    for deal in LOW:
        asked(flow, deal)
        for words in ("3", f"{FORMULA if deal == LOW[1] else WORDS}, 4"):
            says(flow, deal, words)
    complaint = house.case(LOW[0]).body["complaint"]
    flow.clock.advance(timedelta(hours=5))
    now = flow.clock.now()
    flow.arrive(Arrival("closed", TaskClosed(complaint["task_id"], "извинились", now)))
    flow.later(hours=1)
    return house


def shown(page: str) -> list[str]:
    main = page.split("<main", 1)[1]
    return list(dict.fromkeys(re.findall(r'href="/console/cases/(\w+)"', main)))


def ids(house: House, *deals: int) -> list[str]:
    return [house.case(one).id for one in deals]


def test_nothing_is_there(each_house: House) -> None:
    page = each_house.signed_in().get(PATH).text
    assert "Недовольных нет" in page
    assert "Уладили" not in page, "there is nothing of which that could be a share"


def test_the_page_tells_everything(unhappy: House) -> None:
    case = unhappy.case(LOW[2])
    page = unhappy.signed_in().get(PATH).text
    assert shown(page) == ids(unhappy, *reversed(LOW)), "the newest first"
    with unhappy.database.reading() as session:
        opened = dissatisfied.opened(session, ids(unhappy, *LOW))
    task = str(case.body["complaint"]["task_id"])
    assert opened[case.id].task == task
    assert len({one.deal for one in opened.values()}) == len({one.task for one in opened.values()}) == 3
    for words in (
        BRANCH.name, "Айгуль", "Оценка работы: 3; Оценка обслуживания: 4", "средняя 3,5",
        "нахамили &lt;сильно&gt;", FORMULA, task, opened[case.id].deal, "Не улажено", "ждёт ",
    ):  # fmt: skip
        assert words in page, words
    assert phone_of(LOW[2]) not in page
    assert "<сильно>" not in page


def test_every_number_opens_its_list_and_the_open_ones_wait_longest_first(unhappy: House) -> None:
    client = unhappy.signed_in()
    chips = re.findall(r'<a href="([^"]+)"[^>]*>[^<]+ <strong>(\d+)</strong>', client.get(PATH).text)
    assert [int(n) for _, n in chips] == [3, 2, 1, 1, 0, 0]
    for address, n in chips:
        assert len(shown(client.get(address.replace("&amp;", "&")).text)) == int(n)
    assert shown(client.get(f"{PATH}?state=open").text) == ids(unhappy, LOW[1], LOW[2])
    assert shown(client.get(f"{PATH}?state=settled").text) == ids(unhappy, LOW[0])


def test_recovery(unhappy: House) -> None:
    with unhappy.database.reading() as session:
        stands = dissatisfied.recovery(session, EVERYWHERE, None)
        nowhere = dissatisfied.recovery(session, EVERYWHERE, [])
    settled = unhappy.case(LOW[0]).body["complaint"]
    assert (stands.open, stands.settled, round(stands.share, 2)) == (2, 1, 0.33)
    assert stands.median is not None
    assert timedelta(days=2) < stands.median < timedelta(days=3), "closed after two more days of asking"
    assert settled["settled_at"] is not None
    assert (nowhere.count, nowhere.share, nowhere.median) == (0, 0.0, None)
    page = unhappy.signed_in().get(PATH).text
    assert "33&nbsp;%" in page
    assert "<dd>2 дн.</dd>" in page


@pytest.mark.parametrize(
    ("role", "branch", "deals", "code"),
    [
        (Role.OWNER, "", LOW, 200),
        (Role.HEAD, BRANCH.name, LOW, 200),
        (Role.MANAGER, BRANCH.name, LOW, 200),
        (Role.OBSERVER, BRANCH.name, LOW, 200),
        (Role.HEAD, "elsewhere", (), 404),
    ],
)
def test_who_sees_what(
    unhappy_sqlite: House, role: Role, branch: str, deals: tuple[int, ...], code: int
) -> None:
    house = unhappy_sqlite
    branch = house.settings.branches[1].name if branch == "elsewhere" else branch
    client = house.signed_in(role, "Анна", *filter(None, [branch]))
    assert sorted(shown(client.get(PATH).text)) == ids(house, *deals)
    assert client.get(f"{PATH}?branch=main/{BRANCH.name}").status_code == code
    assert client.get(f"{PATH}.csv").text.count("CASE") == len(deals)


@pytest.mark.parametrize(
    ("query", "deals"),
    [
        ("since=2026-03-04", (7, 8)),
        ("until=2026-03-03", (6,)),
        (f"branch=main/{BRANCH.name}&state=open", (7, 8)),
        ("branch=main/nowhere", ()),
        ("state=zzz&since=%00&page=0", (8, 7, 6)),
        ("page=2", ()),
    ],
)
def test_filters(unhappy: House, query: str, deals: tuple[int, ...]) -> None:
    assert sorted(shown(unhappy.signed_in().get(f"{PATH}?{query}").text)) == sorted(ids(unhappy, *deals))


def test_the_file(unhappy: House) -> None:
    answer = unhappy.signed_in().get(f"{PATH}.csv")
    assert answer.content.startswith("\ufeff".encode())
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    assert [row["Дело"] for row in rows] == ids(unhappy, *reversed(LOW))
    assert {row["Телефон"] for row in rows} == {f"7701•••000{deal}" for deal in LOW}
    assert sorted(bool(row["Улажено"]) for row in rows) == [False, False, True]
    assert all(row["Задача"].isdigit() and row["Сделка по жалобе"].isdigit() for row in rows)
    assert unhappy.audit()[-1] == ("Анна", "dissatisfied.exported", "dissatisfied")


def test_a_file_that_is_cut_says_so(unhappy_sqlite: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST", 2)
    client, words = unhappy_sqlite.signed_in(), "В файле первые 2 строк из 3"
    text = client.get(f"{PATH}.csv?page=2").text
    assert (text.count("CASE"), words in text) == (2, True)
    assert words in client.get(PATH).text
    assert "В файле" not in client.get(f"{PATH}.csv?state=open").text


def test_what_is_not_made_yet(house: House) -> None:
    with house.database.reading() as session:
        assert dissatisfied.opened(session, ["NOBODY22"]) == {"NOBODY22": Opened()}


@pytest.mark.parametrize(
    ("crm", "address"),
    [
        ({"webhook_url": SecretStr("https://c.bitrix24.kz/rest/1/s3cret/")}, "https://c.bitrix24.kz"),
        ({"webhook_url": SecretStr("http://localhost:9001/rest/1/s3cret/")}, "http://localhost:9001"),
        ({"oauth": APP}, "https://o.bitrix24.kz"),
    ],
)  # fmt: skip
def test_where_the_portal_is(house: House, crm: dict[str, object], address: str) -> None:
    nowhere = {"webhook_url": SecretStr(""), "oauth": None}
    portal = house.settings.bitrix24.model_copy(update=nowhere | crm)
    settings = house.settings.model_copy(update={"bitrix24": portal})
    assert crm_address(settings, "main") == address
    assert crm_address(settings, "gone") == ""


@pytest.mark.parametrize("language", ["kk", "en"])
def test_every_language(unhappy_sqlite: House, language: str) -> None:
    client = unhappy_sqlite.signed_in()
    client.cookies.set("qc_language", language, domain="qc.example")
    page = client.get(PATH).text
    assert f'<html lang="{language}"' in page
    assert "Не улажено" not in page
