"""A complaint worked off on its page: why it came, settled, asked again, and what the numbers say afterwards."""

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from qc_engine.core.effects import AddComment, NotifyStaff, ReopenTask, SendMessage, SetFields
from qc_engine.core.events import DealMoved, TaskClosed
from qc_engine.ports import Arrival
from qc_engine.store import dissatisfied
from qc_engine.store.database import Database
from qc_engine.store.dissatisfied import Which
from qc_engine.web.console.policy import Role
from qc_engine.wiring import Installation
from tests.conftest import NOON
from tests.flow.fakes import BRANCH
from tests.web.console.house import House, csrf
from tests.web.console.recovering import (
    PATH,
    SETTLED_STAGE,
    complaint_of,
    hidden,
    press,
    recovering,
    says,
    unhappy,
)
from tests.web.console.test_dissatisfied import shown

DEAL = 6
DAY = timedelta(days=1)
Story = Callable[[], House]


@pytest.fixture
def each_shop(database: Database, settings: Installation, tmp_path: Path) -> House:
    return recovering(database, NOON, settings, tmp_path)


@pytest.fixture
def shop(sqlite_database: Database, settings: Installation, tmp_path: Path) -> House:
    return recovering(sqlite_database, NOON, settings, tmp_path)


def comments(house: House) -> list[str]:
    return [one.text for one in house.flow.world.done(AddComment) if isinstance(one, AddComment)]


def asks(house: House) -> list[str]:
    return [text for text in house.flow.world.texts if "Вы были недовольны" in text]


def resolve(house: House, client: Any, case_id: str, **fields: str) -> tuple[int, str]:
    """With the question to the client, as the page offers it."""
    mark = hidden(client.get(f"{PATH}/{case_id}").text, "text")
    return press(client, case_id, "resolve", ask="yes", text=mark, **fields)


def promised_on(page: str) -> str:
    """The text that the client is to get, as the page shows it."""
    return page.split("уйдёт вопрос", 1)[1].split("<blockquote", 1)[1].split(">", 1)[1].split("</", 1)[0]


# --- from the notification to the second score --------------------------------------------------


def test_the_head_works_it_off_and_the_client_is_won_back(each_shop: House) -> None:
    house = each_shop
    case_id = unhappy(house, DEAL)
    told = [one.text for one in house.flow.world.done(NotifyStaff) if isinstance(one, NotifyStaff)]
    assert told[-1].endswith(f"https://qc.example{PATH}/{case_id}"), "the notification leads to the page"
    head = house.signed_in(Role.HEAD, "Анна", BRANCH.name)
    assert press(head, case_id, "cause", cause="waiting", words="два часа", action="скидка 10%")[0] == 200
    house.flow.settle()
    deal = complaint_of(house, DEAL)["deal_id"]
    fields = [one for one in house.flow.world.done(SetFields) if isinstance(one, SetFields)]
    assert fields[-1] == SetFields(
        int(str(deal)), {"UF_CAUSE": "Долго ждал. два часа", "UF_DONE": "скидка 10%"}
    )
    assert (
        comments(house)[-1] == "Причина недовольства: Долго ждал. два часа\nЧто сделано: скидка 10%\n(Анна)"
    )
    page = head.get(f"{PATH}/{case_id}").text
    promised = promised_on(page)
    assert "Вы были недовольны" in promised
    status, page = resolve(house, head, case_id, words="извинились")
    assert (status, "улажено, клиента спросим ещё раз" in page) == (200, True)
    house.flow.settle()
    assert (complaint_of(house, DEAL)["settled_at"] is not None, asks(house)) == (True, [])
    house.flow.later(days=2)
    assert [one.strip() for one in asks(house)] == [promised.strip()], "the very text that the head has read"
    says(house.flow, DEAL, "9")
    case = house.case(DEAL)
    assert (case.state, case.outcome, case.body["scores"]) == ("ended", "recovered", {"service": "3"})
    assert complaint_of(house, DEAL)["recovered_at"] is not None
    assert comments(house)[-1] == "Повторная оценка клиента: 9"
    page = head.get(f"{PATH}/{case_id}").text
    for words in ("Клиент теперь доволен", "извинились", "Анна", "клиента спросили ещё раз"):
        assert words in page, words
    assert house.audit("login", "password.set", "link.made", "session.ended")[-2:] == [
        ("Анна", "complaint.cause", f"case:{case_id}"),
        ("Анна", "complaint.resolved", f"case:{case_id}"),
    ]


def test_an_unhappy_second_score_opens_it_again(each_shop: House) -> None:
    house = each_shop
    case_id = unhappy(house, DEAL)
    head = house.signed_in()
    resolve(house, head, case_id)
    house.flow.settle()
    house.flow.later(days=2)
    says(house.flow, DEAL, "4, опять нахамили")
    complaint = complaint_of(house, DEAL)
    assert (complaint["settled_at"], complaint["recovered_at"]) == (None, None)
    assert complaint["rated_at"] is not None
    first, second = (job for job in house.flow.world.ledger if type(job.effect).__name__ == "CreateTask")
    assert (complaint["task_key"], complaint["task_id"]) != (first.key, None)
    assert "Было 3, стало 4" in second.effect.text  # type: ignore[union-attr]
    assert shown(head.get(f"{PATH}?state=open").text) == [case_id]
    page = head.get(f"{PATH}/{case_id}").text
    assert "Снова открыта" in page
    assert "опять нахамили" in page
    resolve(house, head, case_id)
    house.flow.settle()
    house.flow.later(days=9)
    assert len(asks(house)) == 1, "asked about once, not after every time"


def test_silence_leaves_it_settled_without_a_word(shop: House) -> None:
    case_id = unhappy(shop, DEAL)
    resolve(shop, shop.signed_in(), case_id)
    shop.flow.settle()
    shop.flow.later(days=2)
    before = len(shop.flow.world.texts), len(comments(shop))
    shop.flow.later(days=4)
    assert (len(shop.flow.world.texts), len(comments(shop))) == before
    case, complaint = shop.case(DEAL), complaint_of(shop, DEAL)
    assert (case.state, case.outcome, complaint["rated_at"]) == ("ended", "dissatisfied", None)
    assert complaint["settled_at"] is not None


@pytest.mark.parametrize("by", ["task", "deal"])
def test_it_may_be_settled_in_the_crm_too(each_shop: House, by: str) -> None:
    house = each_shop
    unhappy(house, DEAL)
    house.flow.later(minutes=5)
    made = {type(job.effect).__name__: number for number, job in enumerate(house.flow.world.ledger, 1001)}
    now = house.flow.clock.now()
    moved = DealMoved(made["CreateDeal"], SETTLED_STAGE, now)
    arrival = (
        Arrival("moved", moved)
        if by == "deal"
        else Arrival("closed", TaskClosed(made["CreateTask"], "", now))
    )
    house.flow.arrive(arrival)
    house.flow.settle()
    turns = complaint_of(house, DEAL)["turns"]
    assert [one["way"] for one in turns] == [by]  # type: ignore[attr-defined]
    house.flow.later(days=2)
    assert len(asks(house)) == 1


def test_the_complaints_deal_elsewhere_and_another_portals_settle_nothing(shop: House) -> None:
    unhappy(shop, DEAL)
    number = next(
        n for n, job in enumerate(shop.flow.world.ledger, 1001) if type(job.effect).__name__ == "CreateDeal"
    )
    now = shop.flow.clock.now() + timedelta(minutes=1)
    shop.flow.arrive(
        Arrival("a", DealMoved(number, "C7:WORK", now)), Arrival("b", DealMoved(9999, SETTLED_STAGE, now))
    )
    shop.flow.arrive(Arrival("c", DealMoved(number, SETTLED_STAGE, now)), portal="astana")
    shop.flow.settle()
    assert complaint_of(shop, DEAL)["settled_at"] is None


# --- second thoughts ----------------------------------------------------------------------------


def test_taken_back_before_the_client_was_asked(each_shop: House) -> None:
    house = each_shop
    case_id = unhappy(house, DEAL)
    client = house.signed_in()
    resolve(house, client, case_id)
    house.flow.settle()
    assert press(client, case_id, "reopen", reason=" ")[0] == 422
    assert press(client, case_id, "reopen", reason="клиент перезвонил")[0] == 200
    house.flow.settle()
    house.flow.later(days=5)
    assert asks(house) == []
    assert complaint_of(house, DEAL)["settled_at"] is None
    assert len(house.flow.world.done(ReopenTask)) == 1
    assert comments(house)[-1] == "Жалоба снова открыта: клиент перезвонил\n(Анна)"


def test_settled_without_asking(shop: House) -> None:
    case_id = unhappy(shop, DEAL)
    status, page = press(shop.signed_in(), case_id, "resolve")
    assert (status, "улажено, клиента не спрашиваем" in page) == (200, True)
    shop.flow.settle()
    shop.flow.later(days=9)
    assert asks(shop) == []


def test_what_the_client_would_get_is_told_or_why_not(shop: House) -> None:
    case_id = unhappy(shop, DEAL)
    client = shop.signed_in()
    page = client.get(f"{PATH}/{case_id}").text
    assert "Одному человеку, не раньше" in page
    says(shop.flow, DEAL, "стоп")
    page = client.get(f"{PATH}/{case_id}").text
    assert "Клиенту ничего не уйдёт:" in page
    assert hidden(page, "text") == ""


def test_a_text_that_is_not_the_promised_one_is_shown_again(shop: House) -> None:
    case_id = unhappy(shop, DEAL)
    status, page = press(shop.signed_in(), case_id, "resolve", ask="yes", text="другой")
    assert (status, "Прочтите его ещё раз" in page) == (409, True)
    shop.flow.settle()
    assert complaint_of(shop, DEAL)["settled_at"] is None


def test_the_second_person_sees_what_the_first_did(shop: House) -> None:
    case_id = unhappy(shop, DEAL)
    anna, boris = shop.signed_in(), shop.signed_in(Role.ADMIN, "Борис")
    seen = hidden(anna.get(f"{PATH}/{case_id}").text, "seen")
    assert press(boris, case_id, "cause", cause="price")[0] == 200
    status, page = press(anna, case_id, "cause", cause="quality", seen=seen)
    assert (status, "Вас опередили. Борис" in page) == (409, True)
    assert press(boris, case_id, "cause", cause="price", seen=seen)[0] == 200, "one button, pressed twice"
    shop.flow.settle()
    status, page = press(anna, case_id, "resolve", seen=seen)
    assert (status, "Вас опередили. Борис" in page, "Дорого" in page) == (409, True, True)
    assert len(complaint_of(shop, DEAL)["causes"]) == 1  # type: ignore[arg-type]


def test_the_cause_is_changed_and_the_history_keeps_both(shop: House) -> None:
    case_id = unhappy(shop, DEAL)
    client = shop.signed_in()
    for cause, words in (("price", "дорого"), ("manners", "на самом деле грубили")):
        assert press(client, case_id, "cause", cause=cause, words=words)[0] == 200
        shop.flow.settle()
    page = client.get(f"{PATH}/{case_id}").text
    history = page.split('id="history"', 1)[1]
    assert history.index("Дорого") < history.index("Грубость")
    assert '<option value="manners" selected>' in page
    story = client.get(f"/console/cases/{case_id}").text
    assert "Причина жалобы: Грубость, раньше: Дорого" in story, "explain tells it"


# --- who may ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "branch", "sees", "does"),
    [
        (Role.OWNER, "", 200, 200),
        (Role.ADMIN, "", 200, 200),
        (Role.HEAD, BRANCH.name, 200, 200),
        (Role.HEAD, "elsewhere", 404, 404),
        (Role.MANAGER, BRANCH.name, 200, 403),
        (Role.OBSERVER, BRANCH.name, 200, 403),
        (Role.OBSERVER, "elsewhere", 404, 404),
        (Role.INTEGRATOR, "", 200, 403),
    ],
)
def test_who_may_see_and_do_it(shop: House, role: Role, branch: str, sees: int, does: int) -> None:
    case_id = unhappy(shop, DEAL)
    branch = shop.settings.branches[1].name if branch == "elsewhere" else branch
    client = shop.signed_in(role, "Анна", *filter(None, [branch]))
    page = client.get(f"{PATH}/{case_id}")
    assert page.status_code == sees
    assert ("Записать причину" in page.text) == (does == 200)
    token = csrf(client.get("/console").text)
    form = {"csrf": token, "seen": "0:0:0:0", "do": "cause", "cause": "price"}
    assert client.post(f"{PATH}/{case_id}", data=form).status_code == does


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"do": "cause", "cause": "nonsense"}, 422),
        ({"do": "cause", "cause": ""}, 422),
        ({"do": "reopen", "reason": "it is open"}, 400),
        ({"do": "drop"}, 400),
        ({}, 400),
        ({"do": "resolve", "csrf": "wrong"}, 403),
        ({"do": "resolve", "seen": "9:9:9:9"}, 409),
    ],
)
def test_nonsense_changes_nothing(shop: House, form: dict[str, str], code: int) -> None:
    case_id = unhappy(shop, DEAL)
    client = shop.signed_in()
    page = client.get(f"{PATH}/{case_id}").text
    sent = {"csrf": csrf(page), "seen": hidden(page, "seen"), **form}
    before = complaint_of(shop, DEAL)
    assert client.post(f"{PATH}/{case_id}", data=sent).status_code == code
    shop.flow.settle()
    assert complaint_of(shop, DEAL) == before


@pytest.mark.parametrize("case_id", ["NOBODY", "%2e%2e", "%00", "A" * 40, "'"])
def test_nobodys_complaint(shop: House, case_id: str) -> None:
    assert shop.signed_in().get(f"{PATH}/{case_id}").status_code == 404


def test_a_case_without_a_complaint_has_no_page(shop: House) -> None:
    happy = unhappy(shop, DEAL, "10")
    assert shop.signed_in().get(f"{PATH}/{happy}").status_code == 404


PAYLOADS = ["<script>alert(1)</script>", "{{ 7*7 }}{% raw %}", "=HYPERLINK(1)", "‮\x00\x1b[31m", "[b]x[/b]"]


@pytest.mark.parametrize("words", PAYLOADS)
def test_what_people_write_is_only_text(shop: House, words: str) -> None:
    case_id = unhappy(shop, DEAL)
    client = shop.signed_in()
    press(client, case_id, "cause", cause="other", words=words, action=words)
    shop.flow.settle()
    press(client, case_id, "resolve", words=words)
    shop.flow.settle()
    for path in (f"{PATH}/{case_id}", PATH, f"/console/cases/{case_id}"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "{{ 7*7 }}" in page if "7*7" in words else "7*7" not in page
    rows = client.get(f"{PATH}.csv").text
    assert not re.search(r";=|;\"?\s*=", rows)


# --- the numbers --------------------------------------------------------------------------------


def worked_off(house: House) -> list[str]:
    """Five complaints: won back, unhappy again, silent, settled alone, open."""
    ids = [unhappy(house, deal) for deal in (6, 7, 8, 9, 10)]
    client = house.signed_in(Role.ADMIN, "Борис")
    for case_id, cause in zip(ids, ("waiting", "waiting", "price"), strict=False):
        press(client, case_id, "cause", cause=cause)
        house.flow.settle()
    for case_id in ids[:3]:
        resolve(house, client, case_id)
    press(client, ids[3], "resolve")
    house.flow.settle()
    house.flow.later(days=2)
    says(house.flow, 6, "10")
    says(house.flow, 7, "2")
    house.flow.later(days=4)
    return ids


def test_every_number_opens_a_list_of_its_length(each_shop: House) -> None:
    house = each_shop
    ids = worked_off(house)
    client = house.signed_in()
    with house.database.reading() as session:
        stands = dissatisfied.recovery(session, Which(), None)
        (place,) = dissatisfied.by_branch(session, Which(), None)
        nowhere = dissatisfied.recovery(session, Which(), [])
    counted = (stands.count, stands.open, stands.settled, stands.rated, stands.recovered)
    assert counted == (5, 2, 3, 2, 1)
    assert (stands.rate, nowhere.rate) == (0.5, None)
    assert (place.branch, place.recovery.count, place.recovery.recovered) == (BRANCH.name, 5, 1)
    page = client.get(PATH).text
    assert "50&nbsp;%" in page
    chips = re.findall(r'<a href="([^"]+)"[^>]*>[^<]+ <strong>(\d+)</strong>', page)
    assert [int(n) for _, n in chips] == [5, 2, 2, 3, 2, 1, 5, 2, 1, 2]
    for address, n in chips:
        assert len(shown(client.get(address.replace("&amp;", "&")).text)) == int(n), address
    assert shown(client.get(f"{PATH}?state=recovered").text) == [ids[0]]
    assert sorted(shown(client.get(f"{PATH}?cause=waiting").text)) == sorted(ids[:2])
    assert shown(client.get(f"{PATH}?cause=waiting&state=open").text) == [ids[1]]
    assert len(shown(client.get(f"{PATH}?cause=-").text)) == 2


def test_the_branches_stand_side_by_side(shop: House) -> None:
    """Cases of another branch: every number of the table opens its list."""
    ids = worked_off(shop)
    other = shop.settings.branches[1].name
    with shop.database.transaction() as session:
        for case_id in ids[:2]:
            row = dissatisfied.page(session, Which(), None, "", 10)
            next(one for one in row if one.id == case_id).branch = other
    client = shop.signed_in()
    table = client.get(PATH).text.split("<table", 1)[1].split("</table", 1)[0]
    links = re.findall(r'<a href="([^"]+)" aria-label="[^"]*">(\d+)</a>', table)
    assert len(links) >= 4
    for address, n in links:
        assert len(shown(client.get(address.replace("&amp;", "&")).text)) == int(n), address
    head = shop.signed_in(Role.HEAD, "Вера", BRANCH.name)
    assert other not in head.get(PATH).text.split("<main", 1)[1]


def test_the_file_tells_it_all(shop: House) -> None:
    worked_off(shop)
    text = shop.signed_in().get(f"{PATH}.csv?cause=waiting").text.removeprefix("\ufeff")
    rows = {row["Повторная оценка"]: row for row in csv.DictReader(io.StringIO(text), delimiter=";")}
    assert set(rows) == {"10", "2"}
    assert {row["Причина"] for row in rows.values()} == {"Долго ждал"}
    assert {row["Кто назвал причину"] for row in rows.values()} == {"Борис"}
    assert (bool(rows["10"]["Теперь доволен"]), bool(rows["2"]["Теперь доволен"])) == (True, False)


@pytest.mark.parametrize("language", ["kk", "en"])
def test_every_language(shop: House, language: str) -> None:
    case_id = unhappy(shop, DEAL)
    client = shop.signed_in()
    press(client, case_id, "cause", cause="waiting")
    shop.flow.settle()
    client.cookies.set("qc_language", language, domain="qc.example")
    page = client.get(f"{PATH}/{case_id}").text
    assert {"kk": "Ұзақ күтті", "en": "Waited too long"}[language] in page
    assert "Записать" not in page


def test_a_complaint_from_before_has_no_deal_number_and_is_worked_off_all_the_same(shop: House) -> None:
    """Cases of an earlier version know less of their complaint."""
    case_id = unhappy(shop, DEAL)
    with shop.database.transaction() as session:
        row = dissatisfied.page(session, Which(), None, "", 1)[0]
        told = row.body["complaint"]
        row.body = {
            **row.body,
            "complaint": {name: told[name] for name in ("at", "task_key", "task_id", "settled_at")},
        }
    client = shop.signed_in()
    assert press(client, case_id, "cause", cause="price")[0] == 200
    shop.flow.settle()
    written = [one for one in shop.flow.world.done(AddComment) if isinstance(one, AddComment)]
    assert written[-1].deal_id == DEAL
    assert shown(client.get(f"{PATH}?cause=price").text) == [case_id]


def test_nothing_is_sent_by_looking(shop: House) -> None:
    case_id = unhappy(shop, DEAL)
    before = len(shop.flow.world.done(SendMessage))
    client = shop.signed_in()
    for _ in range(3):
        client.get(f"{PATH}/{case_id}")
    shop.flow.settle()
    assert len(shop.flow.world.done(SendMessage)) == before
    assert shop.case(DEAL).body["complaint"]["ratings"] == []


def test_asked_by_day(shop: House) -> None:
    """Settled late in the evening: the question comes two days later, in the morning."""
    case_id = unhappy(shop, DEAL)
    evening = datetime.fromisoformat("2026-03-04T17:30:00+00:00")
    shop.flow.clock.advance(evening - shop.flow.clock.now())
    shop.flow.settle()
    resolve(shop, shop.signed_in(), case_id)
    shop.flow.settle()
    shop.flow.clock.advance(2 * DAY)
    shop.flow.settle()
    assert asks(shop) == []
    shop.flow.later(hours=10, minutes=31)
    assert len(asks(shop)) == 1
