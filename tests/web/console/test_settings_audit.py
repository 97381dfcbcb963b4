"""The audit in the settings: narrowed by who, what and day, page by page, and as a file."""

import csv
import io
import re
from datetime import timedelta

import pytest

from qc_engine.store import audit
from qc_engine.store.audit import Sought
from qc_engine.store.console_tables import AuditRow
from qc_engine.web.console import sheets
from qc_engine.web.console.policy import Role
from qc_engine.web.pages.settings.log import PAGE
from tests.flow.fakes import BRANCH
from tests.web.console.house import House
from tests.web.console.test_settings_users import invite, user

PATH = "/console/settings/audit"
FORMULA = "=HYPERLINK(1)"


def told(page: str) -> list[tuple[str, str]]:
    """Who and what, line by line."""
    rows = page.split("<tbody>", 1)[1].split("</tbody>")[0].split("<tr>")[1:] if "<tbody>" in page else []
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in rows]
    return [(one[1], one[2]) for one in cells]


def noted(house: House, count: int, name: str = "Робот", **more: str) -> None:
    with house.database.transaction() as session:
        for number in range(count):
            at = house.flow.clock.now() + timedelta(seconds=number)
            audit.note(session, "phone.seen", at, name=name, thing=f"case:C{number}", **more)  # type: ignore[arg-type]


def test_the_newest_first_in_words_and_with_links(each_house: House) -> None:
    client = each_house.signed_in()
    invite(client, "observer", "Борис")
    page = client.get(PATH).text
    assert told(page) == [
        ("Анна", "сделана ссылка для входа"), ("Анна", "выбран пароль по ссылке"), ("без входа", "сделана ссылка для входа"),
    ]  # fmt: skip
    boris = user(each_house, "Борис")
    assert f'<a href="/console/settings/users/{boris.id}">Борис</a>' in page
    assert "role: observer" in page
    with each_house.database.transaction() as session:
        audit.note(session, "moon.landed", each_house.flow.clock.now(), thing="moon:1", details={"x": "<b>"})
    page = client.get(PATH).text
    assert told(page)[0] == ("без входа", "moon.landed"), "what nobody has put into words"
    assert "x: &lt;b&gt;" in page


def test_narrowed_by_who_what_thing_and_day(each_house: House) -> None:
    client = each_house.signed_in()
    each_house.signed_in(Role.HEAD, "Пётр", BRANCH.name)
    noted(each_house, 2)
    anna, petr = user(each_house, "Анна").id, user(each_house, "Пётр").id
    for query, count in (
        ("", 6), (f"who={anna}", 1), (f"who={petr}", 1), ("who=-", 4), ("who=nobody", 0),
        ("what=password.set", 2), ("what=phone.seen", 2), (f"what=phone.seen&who={anna}", 0), ("thing=case:C1", 1),
        (f"thing=user:{petr}", 2), ("since=2026-03-03", 6), ("until=2026-03-02", 0), ("since=2026-03-04", 0),
        ("since=nonsense&until=9999-99-99", 6), ("what=%00&who=%ff", 0),
    ):  # fmt: skip
        page = client.get(f"{PATH}?{query}").text
        assert len(told(page)) == count, query
        assert ("Записей нет" in page) is (count == 0), query
    page = client.get(f"{PATH}?who={anna}").text
    assert f'value="{anna}" selected' in page


def test_page_by_page_while_new_rows_come(each_house: House) -> None:
    client = each_house.signed_in()
    noted(each_house, 2 * PAGE)
    seen, path, pages = [], PATH, 0
    while path:
        page = client.get(path).text
        seen += re.findall(r"/console/cases/C(\d+)", page)
        older = re.search(r'href="([^"]+)" rel="next"', page)
        path, pages = (older[1].replace("&amp;", "&") if older else ""), pages + 1
        noted(each_house, 1, name="Ещё один")  # comes in between, and shifts nothing
    assert pages == 3
    assert seen == [str(number) for number in range(2 * PAGE - 1, -1, -1)]


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "%00", "²"])
def test_hostile_places_begin_at_the_newest(each_house: House, before: str) -> None:
    client = each_house.signed_in()
    assert len(told(client.get(f"{PATH}?before={before}").text)) == 2


def test_the_file_is_the_list_and_is_noted_itself(each_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    client = each_house.signed_in()
    noted(each_house, 3, name=FORMULA, address="203.0.113.7")
    answer = client.get(f"{PATH}.csv?what=phone.seen")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix(sheets.BOM)), delimiter=";"))
    assert rows[0] == ["Когда", "Кто", "Что сделано", "С чем", "Подробности", "Откуда"]
    assert [row[1:4] for row in rows[1:]] == [
        [f"'{FORMULA}", "показан полный номер", f"Дело C{number}"] for number in (2, 1, 0)
    ]  # fmt: skip
    assert each_house.audit()[-1] == ("Анна", "audit.exported", "audit")
    monkeypatch.setattr(sheets, "MOST", 2)
    text = client.get(f"{PATH}.csv?what=phone.seen").text
    assert (text.count("показан"), "первые 2 строк из 3" in text) == (2, True)


def test_the_queries_use_their_indexes(house: House) -> None:
    """A year of a busy company's rows is narrowed without reading all of them."""
    for wanted, index in (
        (Sought(user_id="u"), "ix_audit_user"), (Sought(action="login"), "ix_audit_action"),
        (Sought(thing="case:C1"), "ix_audit_thing"),
    ):  # fmt: skip
        with house.database.reading() as session:
            from sqlmodel import col, select

            query = select(AuditRow).where(*audit._sought(wanted)).order_by(col(AuditRow.id).desc()).limit(5)
            text = str(query.compile(session.get_bind(), compile_kwargs={"literal_binds": True}))
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all()
        assert index in str(plan)
