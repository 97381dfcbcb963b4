"""Who may come in, in the settings: invited, changed, shut out; and that nobody locks the last owner out."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from qc_engine.store.console_tables import UserRow
from qc_engine.web.console import staff
from qc_engine.web.console.policy import Role, User
from qc_engine.web.console.staff import By, Objection
from tests.flow.fakes import BRANCH
from tests.web.console.house import PASSWORD, House, csrf

SETTINGS, PATH = "/console/settings", "/console/settings/users"
AT = f"at:main/{BRANCH.name}"
LINK = re.compile(r'data-text="(https://qc\.example/console/enter/(\w{22}))"')
PARTS = [SETTINGS, PATH, f"{PATH}/NOBODY", f"{SETTINGS}/audit", f"{SETTINGS}/audit.csv"]


def user(house: House, name: str) -> UserRow:
    with house.database.reading() as session:
        return session.exec(select(UserRow).where(UserRow.name == name)).one()


def field(page: str, name: str) -> str:
    return page.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]


def invite(client: TestClient, role: str, name: str, *at: str, **more: str) -> tuple[int, str]:
    page = client.get(PATH).text
    form = {"csrf": csrf(page), "once": field(page, "once"), "role": role, "name": name}
    answer = client.post(PATH, data={**form, **dict.fromkeys(at, "1"), **more})
    return answer.status_code, answer.text


def press(client: TestClient, row: UserRow, do: str, **more: str) -> tuple[int, str]:
    page = client.get(f"{PATH}/{row.id}").text
    form = {"csrf": csrf(page), "seen": seen(row), "do": do}
    answer = client.post(f"{PATH}/{row.id}", data={**form, **more})
    return answer.status_code, answer.text


def seen(row: UserRow) -> str:
    from qc_engine.web.pages.settings.people_shown import seen_of

    return seen_of(row)


def is_in(client: TestClient) -> bool:
    return client.get("/console").status_code == 200


# --- who sees the settings --------------------------------------------------------------------

EVERY = (200, 200, 404, 200, 200)


@pytest.mark.parametrize(
    ("role", "branches", "codes"),
    [
        (Role.OWNER, (), EVERY),
        (Role.ADMIN, (), EVERY),
        (Role.INTEGRATOR, (), (200, 404, 404, 404, 404)),
        (Role.INTEGRATOR, (BRANCH.name,), (404,) * 5),
        (Role.HEAD, (BRANCH.name,), (404,) * 5),
        (Role.MANAGER, (BRANCH.name,), (404,) * 5),
        (Role.OBSERVER, (), (404,) * 5),
    ],
)
def test_who_sees_which_part(
    house: House, role: Role, branches: tuple[str, ...], codes: tuple[int, ...]
) -> None:
    client = house.signed_in(role, "Борис", *branches)
    assert tuple(client.get(path).status_code for path in PARTS) == codes
    assert ("/console/settings" in client.get("/console").text) is (codes[0] == 200), "the navigation knows"
    token = csrf(client.get("/console").text)
    for path in (PATH, f"{PATH}/{user(house, 'Борис').id}"):
        answer = client.post(path, data={"csrf": token, "do": "nothing"})
        assert answer.status_code == (400 if codes == EVERY else 404)


@pytest.mark.parametrize("path", PARTS)
def test_strangers_and_forged_forms(house: House, path: str) -> None:
    assert house.guest().get(path).headers["location"] == "/console/login"
    client, before = house.signed_in(), house.audit()
    for form, headers in (({"csrf": "x"}, {}), ({"csrf": "x"}, {"Sec-Fetch-Site": "cross-site"})):
        assert client.post(path, data=form, headers=headers).status_code in (403, 405)
    assert house.audit() == before


# --- inviting ---------------------------------------------------------------------------------


def test_an_invitation_shows_its_link_once(each_house: House) -> None:
    client = each_house.signed_in()
    code, page = invite(client, "head", " Пётр   Ли ", AT)
    found = LINK.search(page)
    assert code == 200
    assert found is not None
    assert (page.count(found[2]), "Пётр Ли: приглашение готово" in page) == (2, True)
    row = user(each_house, "Пётр Ли")
    assert (row.role, row.branches, row.password) == ("head", [["main", BRANCH.name]], "")
    for path in (PATH, f"{PATH}/{row.id}", f"{SETTINGS}/audit"):
        assert found[2] not in client.get(path).text, "never again"
    assert ("Анна", "link.made", f"user:{row.id}") in each_house.audit()
    guest = each_house.guest()
    form = {"login": "petr", "password": PASSWORD, "again": PASSWORD}
    assert guest.post(urlsplit(found[1]).path, data=form).status_code == 303
    assert is_in(guest)
    page = client.get(PATH).text
    assert "входит по паролю" in page
    assert "ещё не был" not in page, "everybody was here"


def test_a_button_pressed_twice_invites_once(each_house: House) -> None:
    client = each_house.signed_in()
    page = client.get(PATH).text
    form = {"csrf": csrf(page), "once": field(page, "once"), "role": "observer", "name": "Борис"}
    codes = [client.post(PATH, data=form).status_code for _ in range(2)]
    assert codes == [200, 409]
    assert user(each_house, "Борис").role == "observer"


@pytest.mark.parametrize(
    ("role", "name", "at", "code", "says"),
    [
        ("head", "Пётр", (), 422, "нужен хотя бы один филиал"),
        ("admin", "Пётр", (AT,), 422, "не отмечайте ничего"),
        ("observer", " \u2028 ", (), 422, "Напишите имя"),
        ("head", "Пётр", ("at:main/Нигде",), 422, "нужен хотя бы один филиал"),
        ("king", "Пётр", (), 400, ""),
    ],
)
def test_what_makes_no_sense_invites_nobody(
    house: House, role: str, name: str, at: tuple[str, ...], code: int, says: str
) -> None:
    client = house.signed_in()
    answer, page = invite(client, role, name, *at)
    assert (answer, says in page) == (code, True)
    with house.database.reading() as session:
        assert len(session.exec(select(UserRow)).all()) == 1
    if at == (AT,):
        assert f'name="{AT}" value="1" checked' in page, "what was ticked is not lost"


def test_an_admin_neither_makes_nor_changes_an_owner(each_house: House) -> None:
    each_house.signed_in()
    owner, client = user(each_house, "Анна"), each_house.signed_in(Role.ADMIN, "Борис")
    assert 'value="owner"' not in client.get(PATH).text
    assert invite(client, "owner", "Пётр")[0] == 422
    page = client.get(f"{PATH}/{owner.id}").text
    assert "Владельцев назначает и меняет только владелец" in page
    form = {"csrf": csrf(page), "seen": seen(owner), "role": "manager", AT: "1"}
    for do in ("role", "link", "sign_out", "close", "reopen"):
        assert client.post(f"{PATH}/{owner.id}", data={**form, "do": do}).status_code == 403
    assert invite(client, "manager", "Пётр", AT)[0] == 200
    assert press(client, user(each_house, "Пётр"), "role", role="owner")[0] == 403
    assert user(each_house, "Анна").closed_at is None
    assert user(each_house, "Пётр").role == "manager"


# --- changing ---------------------------------------------------------------------------------


def test_another_role_holds_with_the_next_page(each_house: House) -> None:
    client, boris = each_house.signed_in(), each_house.signed_in(Role.ADMIN, "Борис")
    assert boris.get(PATH).status_code == 200
    code, page = press(client, user(each_house, "Борис"), "role", role="manager", **{AT: "1"})
    assert (code, "Борис: роль и филиалы изменены" in page) == (200, True)
    assert boris.get(PATH).status_code == 404
    (line,) = [one for one in each_house.audit() if one[1] == "user.changed"]
    assert line == ("Анна", "user.changed", f"user:{user(each_house, 'Борис').id}")
    assert press(client, user(each_house, "Борис"), "role", role="head")[0] == 422, "a head of nothing"


def test_shut_out_at_once_and_let_in_again(each_house: House) -> None:
    client, boris = each_house.signed_in(), each_house.signed_in(Role.ADMIN, "Борис")
    link = LINK.search(press(client, user(each_house, "Борис"), "link")[1])
    assert link is not None
    code, page = press(client, user(each_house, "Борис"), "close")
    assert (code, "Борис: вход закрыт" in page) == (200, True)
    assert not is_in(boris)
    right = {"login": "борис", "password": PASSWORD}
    assert each_house.guest().post("/console/login", data=right).status_code == 401
    assert press(client, user(each_house, "Борис"), "link")[0] == 422
    assert press(client, user(each_house, "Борис"), "reopen")[0] == 200
    assert each_house.guest().get(urlsplit(link[1]).path).status_code == 410, "an old link stays dead"
    assert each_house.guest().post("/console/login", data=right).status_code == 303


def test_signed_out_everywhere_with_the_same_password(house: House) -> None:
    client, boris = house.signed_in(), house.signed_in(Role.ADMIN, "Борис")
    assert press(client, user(house, "Борис"), "sign_out")[0] == 200
    assert not is_in(boris)
    again = house.guest().post("/console/login", data={"login": "борис", "password": PASSWORD})
    assert again.status_code == 303


def test_nobody_changes_themselves(house: House) -> None:
    client = house.signed_in()
    house.signed_in(Role.OWNER, "Вера")
    me = user(house, "Анна")
    page = client.get(f"{PATH}/{me.id}").text
    assert ('value="close"' in page, 'value="role"' in page, 'value="link"' in page) == (False, False, True)
    for do in ("close", "role"):
        code, said = press(client, me, do, role="admin")
        assert (code, "Свою роль и свой вход никто не меняет сам" in said) == (422, True)
    assert LINK.search(press(client, me, "link")[1]), "a new password is one's own business"


def test_the_last_owner_who_can_come_in_stays(each_house: House) -> None:
    each_house.signed_in()
    each_house.link(Role.OWNER, "Вера")  # invited, and never came
    now, by = each_house.console.wall.now(), By("qc console")
    with each_house.database.transaction() as session:
        row = staff.found(session, user(each_house, "Анна").id)
        assert row is not None
        with pytest.raises(Objection, match="the last owner"):
            staff.close(session, by, row, now)
        with pytest.raises(Objection, match="the last owner"):
            staff.change(session, by, row, Role.ADMIN, (), now)
    assert user(each_house, "Анна").closed_at is None


def test_two_owners_who_shut_each_other_out_do_not_both_succeed(each_house: House) -> None:
    each_house.signed_in()
    each_house.signed_in(Role.OWNER, "Вера")
    anna, vera = user(each_house, "Анна"), user(each_house, "Вера")

    def shut_out(pair: tuple[UserRow, UserRow]) -> str:
        by = By(pair[0].name, User(pair[0].id, pair[0].name, Role.OWNER))
        try:
            with each_house.database.transaction() as session:
                row = staff.found(session, pair[1].id)
                assert row is not None
                staff.close(session, by, row, each_house.console.wall.now())
        except Objection as why:
            return why.key
        return "done"

    with ThreadPoolExecutor(2) as pool:
        came = list(pool.map(shut_out, [(anna, vera), (vera, anna)]))
    assert sorted(came) == ["done", "people.not_yours"], "whoever was shut out shuts nobody out"
    closed = [user(each_house, name).closed_at is not None for name in ("Анна", "Вера")]
    assert sorted(closed) == [False, True]


def test_the_second_person_is_told_what_the_first_did(each_house: House) -> None:
    each_house.link(Role.OBSERVER, "Борис")
    row = user(each_house, "Борис")
    client, vera = each_house.signed_in(), each_house.signed_in(Role.OWNER, "Вера")
    assert press(vera, row, "close")[0] == 200
    page = client.get(f"{PATH}/{row.id}").text
    form = {"csrf": csrf(page), "seen": seen(row), "do": "role", "role": "admin"}
    answer = client.post(f"{PATH}/{row.id}", data=form)
    assert (answer.status_code, "Вас опередили. Вера" in answer.text) == (409, True)
    assert "закрыт вход" in answer.text
    assert user(each_house, "Борис").role == "observer"


# --- what the list says -----------------------------------------------------------------------


def test_states_and_when_somebody_was_here(house: House) -> None:
    client = house.signed_in()
    house.link(Role.OBSERVER, "Борис")
    house.console.wall.advance(timedelta(minutes=90))  # type: ignore[attr-defined]
    client.get(PATH)
    assert user(house, "Анна").seen_at == house.console.wall.now()
    assert "приглашён, ещё не входил" in client.get(PATH).text
    chips = re.findall(
        r'href="(/console/settings/users\?state=\w+)"[^>]*>([^<]+) <strong>1<', client.get(PATH).text
    )
    assert [name.strip() for _, name in chips] == ["входит по паролю", "приглашён, ещё не входил"]
    assert "Борис" not in client.get(chips[0][0]).text.split("<table", 1)[1]
    house.console.wall.advance(timedelta(hours=23))  # type: ignore[attr-defined]
    house.guest()
    assert "ссылка устарела" in house.signed_in(Role.ADMIN, "Вера").get(PATH).text


def test_a_branch_that_is_gone_from_the_settings_is_seen(house: House) -> None:
    client = house.signed_in()
    invite(client, "head", "Пётр", AT)
    row = user(house, "Пётр")
    with house.database.transaction() as session:
        kept = session.get_one(UserRow, row.id)
        kept.branches = [["main", "Закрытый"], ["main", BRANCH.name]]
        session.add(kept)
    page = client.get(f"{PATH}/{row.id}").text
    assert "такого в config.yaml больше нет" in page
    assert press(client, user(house, "Пётр"), "role", role="head", **{"at:main/Закрытый": "1"})[0] == 200
    assert user(house, "Пётр").branches == [["main", "Закрытый"]]


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "{{ 7*7 }}", "{csrf}", '"><img src=x>', "\u202eАнна", "=1+1"]
)
def test_hostile_names_are_text(house: House, name: str) -> None:
    client = house.signed_in()
    assert invite(client, "observer", name)[0] in (200, 422)
    with house.database.reading() as session:
        row = session.exec(select(UserRow).where(UserRow.role == "observer")).one()
    for path in (PATH, f"{PATH}/{row.id}", f"{SETTINGS}/audit"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "\u202e" not in page
        if "{" in name and path != f"{SETTINGS}/audit":
            assert name in page, "as it was typed"


@pytest.mark.parametrize("user_id", ["%00", "..%2f", "x" * 23, "%D0%B0", "'--"])
def test_ids_that_nobody_has(each_house: House, user_id: str) -> None:
    client = each_house.signed_in()
    assert client.get(f"{PATH}/{user_id}").status_code == 404
    token = csrf(client.get(PATH).text)
    assert client.post(f"{PATH}/{user_id}", data={"csrf": token, "do": "close"}).status_code == 404


@pytest.mark.parametrize("language", ["kk", "en"])
def test_every_language(house: House, language: str) -> None:
    client = house.signed_in()
    invite(client, "observer", "Boris")
    client.cookies.set("qc_language", language, domain="qc.example")
    for path in (SETTINGS, PATH, f"{PATH}/{user(house, 'Boris').id}", f"{SETTINGS}/audit"):
        page = client.get(path).text
        assert f'<html lang="{language}"' in page
        assert not re.search(r"Сотрудники|Журнал действий|Кто угодно", page)


# --- the identity provider --------------------------------------------------------------------


def linked(house: House, name: str, *, password: bool = True) -> UserRow:
    """They come in by the provider too."""
    with house.database.transaction() as session:
        row = session.exec(select(UserRow).where(UserRow.name == name)).one()
        row.issuer, row.subject = "https://id.example", name
        row.password = row.password if password else ""
        session.add(row)
    return user(house, name)


def test_an_outside_identity_is_unlinked_after_it_was_said_what_follows(house: House) -> None:
    client = house.signed_in()
    house.signed_in(Role.OBSERVER, "Вера")
    row = linked(house, "Вера")
    page = client.get(f"{PATH}/{row.id}").text
    assert ("привязан: https://id.example" in page, "Вера больше не войдёт через поставщика" in page) == (
        True,
        True,
    )
    assert press(client, row, "unlink", seen="old")[0] == 409
    code, page = press(client, row, "unlink")
    assert (code, "вход через поставщика отвязан" in page, 'value="unlink"' in page) == (200, True, False)
    assert (user(house, "Вера").subject, bool(user(house, "Вера").password)) == (None, True)
    assert ("Анна", "identity.unlinked", f"user:{row.id}") in house.audit()
    assert press(client, user(house, "Вера"), "unlink")[0] == 422


def test_nobody_unlinks_the_only_way_in_of_the_last_owner(house: House) -> None:
    house.signed_in()
    admin = house.signed_in(Role.ADMIN, "Борис")
    assert press(admin, linked(house, "Анна", password=False), "unlink")[0] == 403, (
        "an owner's is owners' alone"
    )
    other = house.signed_in(name="Олег")
    assert press(other, linked(house, "Олег"), "unlink")[0] == 422, "one's own is unlinked elsewhere"
    assert press(other, user(house, "Анна"), "unlink")[0] == 200, "Олег comes in all the same"
