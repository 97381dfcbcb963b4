"""The queue of what needs a person: what stands in it for whom, what the buttons do, and two people at once."""

import re
from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from qc_engine.core.effects import SendMessage
from qc_engine.store import inbox, outbox, wishes
from qc_engine.store.tables import EffectRow, InboxRow
from qc_engine.web.console.policy import Role
from tests.conftest import NOON
from tests.flow.fakes import BRANCH
from tests.web.console.house import ELSEWHERE, FAILED, UNCERTAIN, House, csrf, phone_of

OF_CASES = ["uncertain", "failed", "overdue", "unclear"]
OF_ALL = ["alarm", "broken", *OF_CASES, "quarantined", "quarantined", "unmatched"]


def kinds(page: str) -> list[str]:
    return re.findall(r'<article class="item item-(\w+)"', page)


def offered(page: str) -> set[tuple[str, str]]:
    """Kind of the thing and what can be done about it."""
    keys = re.findall(r'name="key" value="(\w+):[^"]*">\s*<input type="hidden" name="do" value="(\w+)"', page)
    return set(keys)


def effect_of(house: House, deal_id: int) -> EffectRow:
    case = house.case(deal_id)
    with house.database.reading() as session:
        rows = outbox.of_case(session, case.id)
    return next(row for row in rows if row.kind == SendMessage.__name__)


def press(client: TestClient, key: str, do: str, part: bool = False, **more: str) -> tuple[int, str]:
    """A button of the page as it is now."""
    form = {"csrf": csrf(client.get("/console/account").text), "key": key, "do": do, **more}
    answer = client.post("/console", data=form, headers={"HX-Request": "true"} if part else {})
    return answer.status_code, answer.text


def aside(house: House) -> Mapping[str, InboxRow]:
    """What is quarantined, by its kind."""
    with house.database.reading() as session:
        return {row.kind: row for row in inbox.quarantined(session)}


# --- what is shown ----------------------------------------------------------------------------


def test_nothing_waits(house: House) -> None:
    page = house.signed_in().get("/console").text
    assert kinds(page) == []
    assert "Всё спокойно" in page


def test_everything_that_waits_stands_in_one_queue(each_lived: House) -> None:
    page = each_lived.signed_in().get("/console").text
    assert sorted(kinds(page)) == sorted(OF_ALL)
    assert kinds(page)[:2] == ["alarm", "broken"], "they make the rest"
    assert "9 дел ждут решения · меньше часа: 6 · старше суток: 3" in page
    assert page.count("Если ничего не делать") == len(OF_ALL)
    assert phone_of(UNCERTAIN) not in page
    assert ELSEWHERE not in page


def test_what_clients_write_is_text(lived: House) -> None:
    page = lived.signed_in().get("/console").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; [U+202E]" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("role", "branches", "sees", "can"),
    [
        (Role.OWNER, [], OF_ALL, 8),
        (Role.INTEGRATOR, [], OF_ALL, 8),
        (Role.OBSERVER, [], OF_ALL, 0),
        (Role.HEAD, [BRANCH.name], OF_CASES, 5),
        (Role.MANAGER, [BRANCH.name], OF_CASES, 2),
        (Role.OBSERVER, [BRANCH.name], OF_CASES, 0),
        (Role.HEAD, ["elsewhere"], [], 0),
    ],
)
def test_who_sees_what_and_can_do_what(
    lived: House, role: Role, branches: list[str], sees: list[str], can: int
) -> None:
    other = lived.settings.branches[1].name
    client = lived.signed_in(role, "Анна", *[other if one == "elsewhere" else one for one in branches])
    page = client.get("/console").text
    assert sorted(kinds(page)) == sorted(sees)
    assert len(offered(page)) == can


def test_one_kind_alone(lived: House) -> None:
    client = lived.signed_in()
    assert kinds(client.get("/console?kind=failed").text) == ["failed"]
    assert len(kinds(client.get("/console?kind=nonsense").text)) == len(OF_ALL)


def test_the_page_asks_for_news_and_is_left_alone_without_any(lived: House) -> None:
    client = lived.signed_in()
    version = re.findall(r"version=(\w+)", client.get("/console").text)[0]
    asked = f"/console/today/queue?kind=&version={version}"
    assert client.get(asked).status_code == 204
    press(client, f"effect:{effect_of(lived, FAILED).id}", "drop")
    news = client.get(asked)
    assert (news.status_code, "failed" in kinds(news.text)) == (200, False)
    assert news.text.lstrip().startswith('<div id="queue"'), "only the part that has changed"


# --- what the buttons do ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("do", "state", "says"),
    [
        ("happened", outbox.DONE, "Записано: это сделано"),
        ("again", outbox.PLANNED, "Поставлено в очередь"),
        ("drop", outbox.CANCELLED, "Отменено"),
    ],
)
def test_an_effect_is_settled(each_lived: House, do: str, state: str, says: str) -> None:
    client = each_lived.signed_in()
    row = effect_of(each_lived, UNCERTAIN)
    code, page = press(client, f"effect:{row.id}", do)
    assert (code, says in page) == (200, True)
    assert effect_of(each_lived, UNCERTAIN).state == state
    assert "uncertain" not in kinds(page)
    assert each_lived.audit()[-1] == ("Анна", f"effect.{do}", f"effect:{row.id}")


def test_to_send_again_is_asked_with_the_exact_words(lived: House) -> None:
    page = lived.signed_in().get("/console?kind=uncertain").text
    row = effect_of(lived, UNCERTAIN)
    asked = page.split('value="again"')[0].rpartition('<form class="ask"')[2]
    assert row.payload["text"].replace("«", "«") in asked
    assert f"Айгуль 7701•••000{UNCERTAIN}" in asked


def test_whoever_looks_cannot_answer_for_others(lived: House) -> None:
    """Messages to the staff and to clients hold links that need no login."""
    link = "https://qc.example/{}/0123456789abcdefABCDEF?answer=yes.20260304101500.0123456789abcdef0123"
    for deal, page in ((UNCERTAIN, "p"), (FAILED, "a")):
        with lived.database.transaction() as session:
            row = session.get_one(EffectRow, effect_of(lived, deal).id)
            row.payload = {**row.payload, "text": f"Решите: {link.format(page)}"}
    text = lived.signed_in().get("/console").text
    assert "Решите: https://qc.example/p/…" in text
    assert "Решите: https://qc.example/a/…" in text
    assert "0123456789abcdef" not in text


def test_a_quarantined_event_is_handled_again(each_lived: House) -> None:
    client = each_lived.signed_in()
    row = aside(each_lived)["DealDeleted"]
    assert press(client, f"inbox:{row.id}", "replay")[0] == 200
    each_lived.flow.settle()
    assert set(aside(each_lived)) == {"unreadable"}


def test_what_nobody_can_read_is_put_away_and_stays_stored(each_lived: House) -> None:
    client = each_lived.signed_in()
    row = aside(each_lived)["unreadable"]
    assert press(client, f"inbox:{row.id}", "replay")[0] == 409, "there is nothing in it to be handled"
    code, page = press(client, f"inbox:{row.id}", "dismiss")
    assert (code, kinds(page).count("quarantined")) == (200, 1)
    with each_lived.database.reading() as session:
        kept = session.get_one(InboxRow, row.id)
    assert (kept.result, kept.reason, kept.raw) == ("ignored", "dismissed by Анна", row.raw)


@pytest.mark.parametrize("kind", ["unclear", "overdue", "unmatched"])
def test_what_a_person_has_looked_after_leaves_the_list(each_lived: House, kind: str) -> None:
    client = each_lived.signed_in()
    (key,) = re.findall(rf'name="key" value="({kind}:[^"]+)"', client.get("/console").text)
    code, page = press(client, key, "handled", note="позвонила,\r\n всё решили")
    assert (code, kind in kinds(page)) == (200, False)
    assert kind not in kinds(house_page(each_lived, "Борис"))
    again, told = press(client, key, "handled")
    assert again == 409
    assert "Анна, " in told
    assert "разобрано «позвонила, всё решили»" in told


def house_page(house: House, name: str) -> str:
    return house.signed_in(Role.ADMIN, name).get("/console").text


def test_the_second_of_two_people_sees_what_the_first_did(each_lived: House) -> None:
    first = each_lived.signed_in()
    second = each_lived.signed_in(Role.ADMIN, "Борис")
    row = effect_of(each_lived, UNCERTAIN)
    press(first, f"effect:{row.id}", "again")
    code, page = press(second, f"effect:{row.id}", "drop", part=True)
    assert code == 409
    assert re.search(r"Вас опередили. Анна, [\d.]+ [\d:]+: отправлено в очередь ещё раз", page)
    assert page.lstrip().startswith('<div id="queue"')
    assert effect_of(each_lived, UNCERTAIN).state == outbox.PLANNED, "the first one's word stands"
    assert [name for name, action, _ in each_lived.audit() if action.startswith("effect")] == ["Анна"]


def test_what_the_engine_has_settled_by_itself(lived: House) -> None:
    client = lived.signed_in()
    with lived.database.transaction() as session:
        row = session.get_one(EffectRow, effect_of(lived, UNCERTAIN).id)
        outbox.settle(row, outbox.DONE, lived.flow.clock.now())
    code, page = press(client, f"effect:{row.id}", "again")
    assert (code, "Это уже решено без вас" in page) == (409, True)


# --- what nobody may --------------------------------------------------------------------------

SETTLING = [(f"effect:{{{name}}}", do) for name in ("uncertain",) for do in ("happened", "again", "drop")]


@pytest.mark.parametrize(
    ("role", "here", "code"),
    [
        (Role.HEAD, False, 404),
        (Role.MANAGER, False, 404),
        (Role.MANAGER, True, 403),
        (Role.OBSERVER, True, 403),
    ],
)
@pytest.mark.parametrize("do", ["happened", "again", "drop"])
def test_another_branchs_effect_does_not_exist(
    lived: House, role: Role, here: bool, code: int, do: str
) -> None:
    branch = BRANCH.name if here else lived.settings.branches[1].name
    client = lived.signed_in(role, "Анна", branch)
    row = effect_of(lived, UNCERTAIN)
    assert press(client, f"effect:{row.id}", do)[0] == code
    assert effect_of(lived, UNCERTAIN).state == outbox.REVIEW


@pytest.mark.parametrize("key", ["unclear:{case}:quality:1", "overdue:{case}:202603070702"])
def test_another_branchs_case_does_not_exist(lived: House, key: str) -> None:
    client = lived.signed_in(Role.HEAD, "Анна", lived.settings.branches[1].name)
    assert press(client, key.format(case=lived.case(UNCERTAIN).id), "handled")[0] == 404


@pytest.mark.parametrize(
    ("kind", "do"), [("unreadable", "dismiss"), ("DealDeleted", "replay"), ("DealDeleted", "dismiss")]
)
def test_the_companys_events_are_not_a_branchs(lived: House, kind: str, do: str) -> None:
    client = lived.signed_in(Role.HEAD, "Анна", BRANCH.name)
    assert press(client, f"inbox:{aside(lived)[kind].id}", do)[0] == 404
    assert len(aside(lived)) == 2


@pytest.mark.parametrize(
    ("key", "do", "code"),
    [
        ("effect:1", "explode", 400),
        ("alarm:silence:main", "handled", 400),
        ("nonsense", "handled", 400),
        ("effect:999999", "again", 404),
        ("effect:²", "again", 404),
        ("effect:" + "9" * 60, "again", 404),
        ("inbox:999999", "replay", 409),
        ("overdue:NOBODY22:1", "handled", 404),
        ("unclear:", "handled", 404),
    ],
)
def test_nonsense(house: House, key: str, do: str, code: int) -> None:
    client = house.signed_in()
    assert press(client, key, do)[0] == code
    assert [action for _, action, _ in house.audit()] == ["link.made", "password.set"]


def test_only_known_rows_are_left_in_the_tables(each_house: House) -> None:
    """A browser may send anything as a key; PostgreSQL takes no zero byte."""
    client = each_house.signed_in()
    assert press(client, "overdue:\x00:1", "handled")[0] == 404
    with each_house.database.reading() as session:
        assert session.exec(select(EffectRow)).all() == []


def test_a_wish_to_be_erased_leads_to_the_privacy_page(house: House) -> None:
    """For whoever may erase; the head of a branch sees no matter of the whole company."""
    with house.database.transaction() as session:
        wishes.ask(session, "K7Q2ABCD", NOON, NOON + timedelta(days=14))
    page = house.signed_in().get("/console").text
    assert kinds(page) == ["alarm"]
    assert 'href="/console/privacy">Личные данные</a>' in page
    assert "K7Q2ABCD" in page
