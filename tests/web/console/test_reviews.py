"""Reviews in the console: what waits, what is decided, how far links came, and what the buttons do."""

import csv
import io
import re
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from qc_engine.core.effects import UpdateContact
from qc_engine.core.events import ReviewChecked
from qc_engine.ports import Arrival
from qc_engine.store.console_tables import AuditRow
from qc_engine.store.funnel import STAGES, funnel
from qc_engine.store.tables import CaseRow, InboxRow
from qc_engine.web.console import sheets
from qc_engine.web.console.policy import Role
from tests.flow.fakes import BRANCH
from tests.web.console.house import OVERDUE, House, csrf, phone_of

PATH = "/console/reviews"


def shown(page: str) -> list[str]:
    """The cases of a list, by their links."""
    found = re.findall(r'href="/console/reviews/(\w+)"', page)
    return list(dict.fromkeys(found))


def press(
    client: TestClient, house: House, do: str, where: str = "", part: bool = False, **more: str
) -> tuple[int, str]:
    """A button of the review's page as it is now."""
    case = house.case(OVERDUE).id
    page = client.get(f"{PATH}/{case}").text
    seen = re.findall(r'name="seen" value="([^"]*)"', page)
    form = {"csrf": csrf(page), "case": case, "seen": seen[0] if seen else "", "do": do, **more}
    answer = client.post(where or f"{PATH}/{case}", data=form, headers={"HX-Request": "1"} if part else {})
    return answer.status_code, answer.text


def test_what_waits(each_lived: House) -> None:
    case = each_lived.case(OVERDUE)
    page = each_lived.signed_in().get(PATH).text
    assert shown(page) == [case.id]
    for words in (
        "Айгуль", "Aigul", BRANCH.name, "https://y.example/1", "Просрочено", "1 из 4", "средняя 9,5",
        "Оценка работы: 9", "Что произойдёт:", "Спасибо за отзыв",
    ):  # fmt: skip
        assert words in page, words
    assert phone_of(OVERDUE) not in page
    assert case.answer_code not in page


def test_nothing_is_there(each_house: House) -> None:
    client = each_house.signed_in()
    for tab, says in (
        ("wait", "Проверять нечего"),
        ("decided", "решений нет"),
        ("funnel", "Ссылок за это время нет"),
    ):
        assert says in client.get(f"{PATH}?tab={tab}").text


@pytest.mark.parametrize(
    ("role", "branch", "sees", "may"),
    [
        (Role.OWNER, "", True, True),
        (Role.ADMIN, "", True, True),
        (Role.HEAD, BRANCH.name, True, True),
        (Role.MANAGER, BRANCH.name, True, True),
        (Role.OBSERVER, BRANCH.name, True, False),
        (Role.OBSERVER, "", True, False),
        (Role.INTEGRATOR, "", True, False),
        (Role.MANAGER, "elsewhere", False, False),
        (Role.HEAD, "elsewhere", False, False),
    ],
)
def test_who_sees_what_and_can_do_what(lived: House, role: Role, branch: str, sees: bool, may: bool) -> None:
    branch = lived.settings.branches[1].name if branch == "elsewhere" else branch
    client = lived.signed_in(role, "Анна", *filter(None, [branch]))
    case = lived.case(OVERDUE).id
    page = client.get(PATH).text
    assert (shown(page) == [case], "Записать: отзыв есть" in page) == (sees, may)
    assert client.get(f"{PATH}/{case}").status_code == (200 if sees else 404)
    funnel_of = client.get(f"{PATH}?tab=funnel&stage=clicked&place=main/{BRANCH.name}&platform=yandex")
    assert funnel_of.status_code == (200 if sees else 404)
    assert client.get(f"{PATH}?branch=main/{BRANCH.name}").status_code == (200 if sees else 404)
    assert (case in client.get(f"{PATH}.csv").text) is sees
    seen = "0::active:0"
    form = {"csrf": csrf(client.get("/console/account").text), "case": case, "seen": seen, "do": "answer"}
    answered = client.post(PATH, data={**form, "answer": "found"}).status_code
    assert answered == (404 if not sees else 200 if may else 403)
    assert len(handed_in(lived)) == may


def handed_in(house: House) -> list[tuple[str, Mapping[str, str]]]:
    """What the console has put into the inbox."""
    with house.database.reading() as session:
        rows = session.exec(
            select(InboxRow).where(InboxRow.source == "console").order_by(col(InboxRow.id))
        ).all()
    return [(row.kind, row.event) for row in rows]


# --- what the buttons do ----------------------------------------------------------------------


def test_an_answer_is_the_event_of_the_signed_page_with_the_persons_name(each_lived: House) -> None:
    client, case = each_lived.signed_in(Role.MANAGER, "Анна", BRANCH.name), each_lived.case(OVERDUE).id
    code, page = press(client, each_lived, "answer", answer="found")
    assert (code, "Записано: отзыв есть" in page) == (200, True)
    ((kind, event),) = handed_in(each_lived)
    assert (kind, event["case_id"], event["answer"], event["by"]) == ("ReviewChecked", case, "found", "Анна")
    assert each_lived.audit()[-1] == ("Анна", "review.answered", f"case:{case}")
    assert "Уже записано: отзыв есть, Анна" in client.get(PATH).text, "until the engine has heard of it"
    each_lived.flow.settle()
    assert shown(client.get(PATH).text) == []
    decided = client.get(f"{PATH}?tab=decided").text
    assert shown(decided) == [case]
    for words in ("отзыв есть", "Анна", "бонус подтверждён"):
        assert words in decided
    assert each_lived.case(OVERDUE).outcome == "review_confirmed"


def test_what_follows_is_told_before_and_is_what_happens(lived: House) -> None:
    client, case = lived.signed_in(), lived.case(OVERDUE).id
    page = client.get(f"{PATH}/{case}").text
    told = page.split('value="found"')[0].rpartition('<form class="ask"')[2]
    texts = len(lived.flow.world.texts)
    for words in (
        "Сообщение клиенту: «Спасибо за отзыв",
        "Бонус подтверждён",
        "Дело закончится: отзыв подтверждён",
    ):
        assert words in told
    assert (len(lived.flow.world.texts), handed_in(lived)) == (texts, []), "it was only told"
    press(client, lived, "answer", answer="found")
    lived.flow.settle()
    assert lived.flow.world.texts[-1].startswith("Спасибо за отзыв")


def test_the_ladder(lived: House) -> None:
    client = lived.signed_in()
    press(client, lived, "answer", answer="not_found")
    lived.flow.settle()
    page = client.get(PATH).text
    assert ("2 из 4" in page, "в прошлый раз: отзыва нет" in page) == (True, True)
    assert "Ждёт проверки" in page
    assert shown(client.get(f"{PATH}?overdue=1").text) == []
    lived.flow.later(days=2)
    assert shown(client.get(f"{PATH}?overdue=1").text) == [lived.case(OVERDUE).id]


def test_a_correction_and_a_bonus_taken_back(each_lived: House) -> None:
    client, case = each_lived.signed_in(), each_lived.case(OVERDUE).id
    press(client, each_lived, "answer", answer="found")
    each_lived.flow.settle()
    code, page = press(client, each_lived, "take_back", reason=" ")
    assert (code, "напишите, почему" in page) == (422, True)
    code, page = press(client, each_lived, "take_back", reason="не тот клиент")
    assert code == 200
    each_lived.flow.settle()
    page = client.get(f"{PATH}/{case}").text
    assert "бонус отменён" in page
    assert "«не тот клиент»" in page
    code, page = press(client, each_lived, "correct", answer="score_only", reason="текста нет\x00")
    assert code == 200
    each_lived.flow.settle()
    assert each_lived.case(OVERDUE).body["review"] == "score_only"
    kinds = [(kind, event.get("reason", "")) for kind, event in handed_in(each_lived)]
    assert kinds == [
        ("ReviewChecked", ""), ("BonusTakenBack", "не тот клиент"), ("ReviewCorrected", "текста нет"),
    ]  # fmt: skip
    undone = [one for one in each_lived.flow.world.done(UpdateContact) if isinstance(one, UpdateContact)]
    assert [one.fields for one in undone] == [{"UF_BONUS": "1"}, {"UF_BONUS": "0"}]
    actions = [action for _, action, _ in each_lived.audit()]
    assert actions[-3:] == ["review.answered", "bonus.taken_back", "review.corrected"]
    with each_lived.database.reading() as session:
        last = session.exec(select(AuditRow).where(AuditRow.action == "review.corrected")).one()
    assert last.details == {"answer": "score_only", "reason": "текста нет"}


def test_the_second_of_two_people_sees_what_the_first_did(each_lived: House) -> None:
    first, second = each_lived.signed_in(), each_lived.signed_in(Role.ADMIN, "Борис")
    case, stale = each_lived.case(OVERDUE).id, "0::active:0"
    press(first, each_lived, "answer", answer="found")
    form = {"csrf": csrf(second.get("/console/account").text), "case": case, "seen": stale, "do": "answer"}
    at_once = second.post(PATH, data={**form, "answer": "not_found"}, headers={"HX-Request": "1"})
    assert at_once.status_code == 409
    assert re.search(r"Вас опередили\. Анна, [\d.]+ [\d:]+: отзыв есть", at_once.text)
    assert at_once.text.lstrip().startswith('<div id="reviews"'), "only the part that has changed"
    each_lived.flow.settle()
    later = second.post(f"{PATH}/{case}", data={**form, "answer": "not_found"})
    assert later.status_code == 409
    assert re.search(r"Вас опередили\. Анна, [\d.]+ [\d:]+: отзыв есть", later.text)
    assert [kind for kind, _ in handed_in(each_lived)] == ["ReviewChecked"]
    assert each_lived.case(OVERDUE).body["review"] == "found"


def test_two_people_at_one_moment(each_lived: House) -> None:
    """Whoever comes second is told, also while nothing of the first is stored yet."""
    people = [each_lived.signed_in(Role.ADMIN, name) for name in ("Анна", "Борис")]
    case, together = each_lived.case(OVERDUE).id, threading.Barrier(2)
    forms = [{"csrf": csrf(one.get(PATH).text), "case": case, "seen": "0::active:0"} for one in people]

    def answers(number: int) -> int:
        together.wait()
        word = ("found", "not_found")[number]
        return people[number].post(PATH, data={**forms[number], "do": "answer", "answer": word}).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(answers, range(2))) == [200, 409]
    assert len(handed_in(each_lived)) == 1


def test_one_button_pressed_twice_is_one_answer(lived: House) -> None:
    client, case = lived.signed_in(), lived.case(OVERDUE).id
    form = {"csrf": csrf(client.get(PATH).text), "case": case, "seen": "0::active:0", "do": "answer"}
    pressed = [client.post(PATH, data={**form, "answer": "found"}) for _ in range(2)]
    assert [(one.status_code, "Записано: отзыв есть" in one.text) for one in pressed] == [(200, True)] * 2
    assert len(handed_in(lived)) == 1
    lived.flow.settle()
    late = client.post(PATH, data={**form, "answer": "found"})
    assert (late.status_code, "всё изменилось" in late.text) == (409, True), "nobody is told of themselves"


def test_the_signed_page_was_quicker(lived: House) -> None:
    client, case = lived.signed_in(), lived.case(OVERDUE).id
    lived.flow.arrive(Arrival("web", ReviewChecked(case, "score_only", lived.flow.clock.now())))
    lived.flow.settle()
    form = {"csrf": csrf(client.get(PATH).text), "case": case, "seen": "0::active:0", "do": "answer"}
    answer = client.post(PATH, data={**form, "answer": "found"})
    assert (answer.status_code, "страница ответа, " in answer.text) == (409, True)
    assert handed_in(lived) == []


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"do": "explode"}, 400),
        ({"do": "answer", "answer": "vanished"}, 400),
        ({"do": "answer", "answer": "\x00"}, 400),
        ({"do": "take_back", "reason": "нет бонуса"}, 422),
        ({"do": "correct", "answer": "found", "reason": "рано"}, 400),
        ({"do": "answer", "answer": "found", "csrf": "x"}, 403),
        ({"do": "answer", "answer": "found", "seen": "7::active:0"}, 409),
    ],
)
def test_nonsense(lived: House, form: dict[str, str], code: int) -> None:
    assert press(lived.signed_in(), lived, **form)[0] == code  # type: ignore[arg-type]
    assert handed_in(lived) == []


@pytest.mark.parametrize("case", ["NOBODY22", "%00", "a" * 40, "..%2f"])
def test_odd_cases_do_not_exist(house: House, case: str) -> None:
    assert house.signed_in().get(f"{PATH}/{case}").status_code == 404


@pytest.mark.parametrize(
    "query",
    ["since=nonsense&until=2026-99-01&page=x", "tab=%00&answer=%00", "tab=decided&answer=zzz&since=0001-01-01",
     "tab=funnel&stage=zzz", "page=99999999999999", "tab=decided&page=0", "tab=funnel&stage=sent&platform=zzz&place=main/"],
)  # fmt: skip
def test_odd_addresses_narrow_nothing(each_lived: House, query: str) -> None:
    assert each_lived.signed_in().get(f"{PATH}?{query}").status_code in (200, 404)


# --- numbers and files ------------------------------------------------------------------------


def cells(page: str) -> list[tuple[str, str]]:
    return re.findall(r'href="([^"]*stage=[^"]*)#links"[^>]*>(\d+)<', page)


def test_every_number_of_the_funnel_is_that_of_the_command_and_opens_its_list(each_lived: House) -> None:
    client = each_lived.signed_in()
    page = client.get(f"{PATH}?tab=funnel&since=2026-01-01").text
    with each_lived.database.reading() as session:
        (row,) = funnel(session)
    assert [n for _, n in cells(page)] == [str(getattr(row, one)) for one in STAGES if getattr(row, one)]
    assert row.prepared > row.sent >= row.clicked > 0
    for address, n in cells(page):
        listed = client.get(address.replace("&amp;", "&")).text.split('id="links"')[1]
        assert listed.count("<tr>") - 1 == int(n)
    assert cells(client.get(f"{PATH}?tab=funnel&since=2030-01-01").text) == []


def answers_of(house: House, count: int) -> None:
    """More decided reviews of another branch and of none."""
    with house.database.transaction() as session:
        source = session.exec(select(CaseRow).where(CaseRow.deal_id == OVERDUE)).one()
        for number in range(count):
            _copy(session, source, number)


def _copy(session: Session, source: CaseRow, number: int) -> None:
    """The thirds are found, not found, and answered by nobody."""
    answer = ("found", "not_found", "")[number % 3]
    check = {**source.body["check"], "due_at": None}
    body = {**source.body, "id": f"COPY{number}", "review": answer, "state": "ended", "check": check}
    body["client_name"] = "=HYPERLINK(1)"
    row = source.model_dump(exclude={"id", "deal_id", "body", "state", "answer_code"})
    session.add(
        CaseRow(
            **row,
            id=f"COPY{number}",
            deal_id=900 + number,
            body=body,
            state="ended",
            answer_code=f"c{number}",
        )
    )


def test_every_number_of_the_answers_opens_its_list(each_lived: House) -> None:
    answers_of(each_lived, 66)
    client = each_lived.signed_in()
    page = client.get(f"{PATH}?tab=decided").text
    chips = re.findall(r'href="([^"]*tab=decided[^"]*)"[^>]*>[^<]* <strong>(\d+)</strong>', page)
    assert [int(n) for _, n in chips] == [66, 22, 22, 22]
    for address, n in chips:
        assert len(all_pages(client, address.replace("&amp;", "&"))) == int(n)
    assert shown(client.get(f"{PATH}?tab=decided&until=2026-01-01&since=2025-12-01").text) == []


def all_pages(client: TestClient, address: str) -> list[str]:
    found: list[str] = []
    while address:
        page = client.get(address).text
        found += shown(page)
        further = re.findall(r'href="([^"]*)" rel="next"', page)
        address = further[0].replace("&amp;", "&") if further else ""
    return found


def test_the_file_holds_the_whole_list_and_nothing_that_runs(lived: House) -> None:
    answers_of(lived, 30)
    client = lived.signed_in()
    answer = client.get(f"{PATH}.csv?tab=decided")
    assert answer.content.startswith("\ufeff".encode())
    assert answer.headers["content-disposition"] == 'attachment; filename="reviews.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    assert len(rows) == 30
    assert {row["Клиент"] for row in rows} == {"'=HYPERLINK(1)"}
    assert {row["Телефон"] for row in rows} == {"7701•••0004"}
    assert phone_of(OVERDUE) not in answer.text
    assert lived.audit()[-1] == ("Анна", "reviews.exported", "reviews")


@pytest.mark.parametrize(("most", "said"), [(30, False), (29, True)])
def test_a_file_that_is_cut_says_so(
    lived: House, monkeypatch: pytest.MonkeyPatch, most: int, said: bool
) -> None:
    answers_of(lived, 30)
    monkeypatch.setattr(sheets, "MOST", most)
    client, words = lived.signed_in(), f"В файле первые {most} строк из 30"
    for query in ("?tab=decided", "?tab=decided&page=2"):  # the file knows no pages
        text = client.get(f"{PATH}.csv{query}").text
        assert (text.count("HYPERLINK"), words in text) == (most, said)
    assert (words in client.get(f"{PATH}?tab=decided").text) is said


@pytest.mark.parametrize("language", ["kk", "en"])
def test_every_language(lived: House, language: str) -> None:
    client, case = lived.signed_in(), lived.case(OVERDUE).id
    client.cookies.set("qc_language", language, domain="qc.example")
    for path in (PATH, f"{PATH}?tab=decided", f"{PATH}?tab=funnel", f"{PATH}/{case}"):
        page = client.get(path).text
        assert f'<html lang="{language}"' in page
        assert "Что произойдёт" not in page


@pytest.mark.parametrize("path", ["/console/reviews", "/console/dissatisfied"])
@pytest.mark.parametrize("page", ["9" * 5000, "0", "-1", "²", "two"])
def test_no_page_is_too_far(house: House, path: str, page: str) -> None:
    assert house.signed_in().get(path, params={"page": page}).status_code == 200
