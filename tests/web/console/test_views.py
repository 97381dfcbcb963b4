"""Kept lists of cases: one's own and everybody's, within the branches of whoever opens them."""

import html
import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from qc_engine.store import views
from qc_engine.store.console_tables import ViewRow
from qc_engine.store.views import COMES_BACK, MOST
from qc_engine.web.console.policy import Role
from tests.conftest import NOON
from tests.flow.fakes import BRANCH
from tests.web.console.house import ANSWERED, House, csrf, phone_of
from tests.web.console.test_cases import EVERY, listed

PATH = "/console/cases/views"
ACTIVE = "state=active"


def save(client: TestClient, name: str, filters: str = ACTIVE) -> tuple[int, str]:
    """What came of it, and in which words."""
    form = {"csrf": csrf(client.get(PATH).text), "name": name, "filters": filters}
    return came(client.post(PATH, data=form))


def press(client: TestClient, house: House, view: str, do: str, **more: str) -> tuple[int, str]:
    row = row_of(house, view)
    form = {"csrf": csrf(client.get(PATH).text), "do": do, "seen": seen(row), **more}
    return came(client.post(f"{PATH}/{row.id}", data=form))


def came(answer: object) -> tuple[int, str]:
    page = answer.text  # type: ignore[attr-defined]
    said = re.search(r"data-notice>\s*<span>(.*?)</span>", page)
    return answer.status_code, html.unescape(said[1]) if said else ""  # type: ignore[attr-defined]


def seen(row: ViewRow) -> str:
    return f"{'everybody' if row.shared else 'own'}:{row.name}"


def row_of(house: House, name: str) -> ViewRow:
    with house.database.reading() as session:
        return session.exec(select(ViewRow).where(ViewRow.name == name)).one()


def offered(client: TestClient, path: str = "/console/cases") -> dict[str, str]:
    """By name, the address; as they stand above the list."""
    above = client.get(path).text.split('<div class="kept">')[1].split("</div>")[0]
    found = re.findall(r'<li><a href="([^"]+)"[^>]*>([^<]+?)\s*(?:<small[^>]*>общий</small>)?</a>', above)
    return {html.unescape(name): html.unescape(address) for address, name in found}


def test_the_filters_come_back_under_a_name(each_lived: House) -> None:
    client = each_lived.signed_in()
    assert 'name="filters"' not in client.get("/console/cases").text, "nothing to keep yet"
    page = client.get(f"/console/cases?q={phone_of(ANSWERED)}&{ACTIVE}&view=board").text
    filters = html.unescape(page.split('name="filters" value="')[1].split('"')[0])
    assert sorted(filters.split("&")) == sorted([ACTIVE, "view=board"]), "a phone is kept nowhere"
    assert save(client, "  Идут   сейчас ") == (200, "Вид «Идут сейчас» сохранён")
    assert offered(client) == {"Идут сейчас": f"/console/cases?{ACTIVE}"}
    assert listed(client.get(offered(client)["Идут сейчас"]).text) < EVERY
    assert 'aria-current="true">Идут сейчас' in client.get(f"/console/cases?{ACTIVE}").text
    assert save(client, "Идут сейчас") == (200, "Вид «Идут сейчас» сохранён"), "pressed twice"
    assert each_lived.audit()[-1][:2] == ("Анна", "view.save")
    assert len([one for one in each_lived.audit() if one[1] == "view.save"]) == 1


@pytest.mark.parametrize(
    ("name", "filters", "code"),
    [
        ("", ACTIVE, 422),
        ("   ", ACTIVE, 422),
        ("Всё", "", 422),
        ("Всё", "q=77015550001", 422),
        ("Всё", "nonsense=1&csrf=2", 422),
        ("Всё", "&".join(f"a{one}=1" for one in range(60)), 400),
        ("Всё", "state=%00active&since=2026-03-01", 200),
        ("Есть", "step=ask", 409),
    ],
)
def test_what_can_be_kept(house: House, name: str, filters: str, code: int) -> None:
    client = house.signed_in()
    assert save(client, "Есть") == (200, "Вид «Есть» сохранён")
    assert save(client, name, filters)[0] == code


def test_renamed_removed_and_back(each_house: House) -> None:
    client = each_house.signed_in()
    save(client, "Идут")
    assert press(client, each_house, "Идут", "rename", name="В работе") == (
        200,
        "Теперь вид называется «В работе»",
    )
    assert press(client, each_house, "В работе", "remove") == (200, "Вид «В работе» удалён")
    assert offered(client, "/console/cases") == {}
    assert press(client, each_house, "В работе", "remove")[0] == 409
    assert press(client, each_house, "В работе", "restore") == (200, "Вид «В работе» вернулся")
    assert press(client, each_house, "В работе", "restore")[0] == 409
    assert list(offered(client)) == ["В работе"]
    done = [action for _, action, _ in each_house.audit() if action.startswith("view.")]
    assert done == ["view.save", "view.rename", "view.remove", "view.restore"]


def test_a_name_that_was_given_again_keeps_the_removed_one_away(house: House) -> None:
    client = house.signed_in()
    save(client, "Идут")
    removed = row_of(house, "Идут")
    press(client, house, "Идут", "remove")
    save(client, "Идут", "step=ask")
    form = {"csrf": csrf(client.get(PATH).text), "do": "restore"}
    assert came(client.post(f"{PATH}/{removed.id}", data=form))[0] == 409


def test_what_was_removed_long_ago_is_gone_for_good(each_house: House) -> None:
    database = each_house.database
    with database.transaction() as session:
        old = views.add(session, "old", "u", "Анна", "Старый", {"state": "active"}, NOON)
        new = views.add(session, "new", "u", "Анна", "Новый", {"state": "active"}, NOON)
        views.remove(session, old, NOON)
        session.flush()
        views.remove(session, new, NOON + COMES_BACK + timedelta(seconds=1))
    with database.reading() as session:
        assert [views.get(session, one) is None for one in ("old", "new")] == [True, False]


def test_nobody_keeps_more_than_can_be_overlooked(house: House) -> None:
    client = house.signed_in()
    for number in range(MOST):
        assert save(client, f"Вид {number}")[0] == 200
    assert save(client, "Ещё один") == (422, f"Видов уже {MOST}, больше нельзя: сначала удалите лишний")
    press(client, house, "Вид 0", "remove")
    assert save(client, "Ещё один")[0] == 200
    assert press(client, house, "Вид 0", "restore")[0] == 422
    assert save(house.signed_in(Role.ADMIN, "Борис"), "Мой")[0] == 200, "of one person"


# --- everybody's --------------------------------------------------------------------------------


def test_a_shared_one_shows_everybody_their_own_branches(each_lived: House) -> None:
    owner = each_lived.signed_in()
    head = each_lived.signed_in(Role.HEAD, "Вера", each_lived.settings.branches[1].name)
    save(owner, "Идут")
    assert offered(head) == {}
    assert press(owner, each_lived, "Идут", "share")[0] == 200
    assert listed(owner.get(offered(owner)["Идут"]).text)
    assert listed(head.get(offered(head)["Идут"]).text) == set(), "the branches of whoever opens it"
    assert press(owner, each_lived, "Идут", "unshare")[0] == 200
    assert offered(head) == {}


def test_one_that_names_a_branch_is_shown_to_nobody_of_others(lived: House) -> None:
    owner = lived.signed_in()
    save(owner, "Абая", f"branch={quote(f'main/{BRANCH.name}')}")
    press(owner, lived, "Абая", "share")
    here = lived.signed_in(Role.HEAD, "Вера", BRANCH.name)
    there = lived.signed_in(Role.HEAD, "Глеб", lived.settings.branches[1].name)
    assert (list(offered(here)), offered(there)) == (["Абая"], {})
    assert "Абая" not in there.get(PATH).text
    assert press(there, lived, "Абая", "remove")[0] == 404


SHARED = {Role.OWNER: 200, Role.ADMIN: 200}


@pytest.mark.parametrize("role", Role)
def test_who_may_change_what(house: House, role: Role) -> None:
    owner = house.signed_in(Role.OWNER, "Анна")
    save(owner, "Анны")
    branches = [BRANCH.name] if role in (Role.HEAD, Role.MANAGER) else []
    client = house.signed_in(role, "Борис", *branches)
    assert press(client, house, "Анны", "remove")[0] == 404, "nobody knows of another's own"
    assert save(client, "Мой")[0] == 200
    assert press(client, house, "Мой", "rename", name="Моё")[0] == 200
    assert press(client, house, "Моё", "share")[0] == SHARED.get(role, 403)
    press(owner, house, "Анны", "share")
    for do in ("rename", "unshare", "remove"):
        assert press(client, house, "Анны", do, name="Анны")[0] == (SHARED.get(role, 403)), do
        if do == "unshare" and role in SHARED:
            press(owner, house, "Анны", "share")


def test_the_second_person_is_told(house: House) -> None:
    owner, other = house.signed_in(), house.signed_in(Role.ADMIN, "Борис")
    save(owner, "Идут")
    press(owner, house, "Идут", "share")
    before = seen(row_of(house, "Идут"))
    press(other, house, "Идут", "rename", name="В работе")
    code, said = press(owner, house, "В работе", "rename", seen=before, name="Мои")
    assert (code, said) == (
        409,
        "Вид тем временем изменили, теперь он называется «В работе». Посмотрите ещё раз",
    )
    press(other, house, "В работе", "remove")
    assert press(owner, house, "В работе", "rename", name="Мои") == (409, "Вид «В работе» уже удалён")


# --- the door -----------------------------------------------------------------------------------


def test_no_form_of_others_and_nothing_odd(house: House) -> None:
    client = house.signed_in()
    save(client, "Идут")
    row, token = row_of(house, "Идут"), csrf(client.get(PATH).text)
    assert client.post(PATH, data={"name": "x", "filters": ACTIVE}).status_code == 403
    assert client.post(f"{PATH}/{row.id}", data={"do": "remove"}).status_code == 403
    assert client.post(f"{PATH}/{row.id}", data={"csrf": token, "do": "explode"}).status_code == 400
    for odd in ("nobody", "a" * 40, "%00", "..%2f", "ЖЖ"):
        assert client.post(f"{PATH}/{odd}", data={"csrf": token, "do": "remove"}).status_code == 404
    assert house.guest().get(PATH).status_code == 303
    assert house.guest().post(PATH, data={"name": "x"}).status_code == 303


def test_a_name_stays_a_name(house: House) -> None:
    client, name = house.signed_in(), '"><script>alert(1)</script>{{7*7}}'
    assert save(client, name)[0] == 200
    for path in (PATH, "/console/cases", f"/console/cases?{ACTIVE}"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "{{7*7}}" in page
