"""What people do to one case from its page: asked before, done once, by those who may, and told afterwards."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from qc_engine.store.console_tables import AuditRow
from qc_engine.store.tables import CaseRow, InboxRow
from qc_engine.web.console.policy import Role
from qc_engine.web.pages.cases.doable import ACTS
from tests.flow.fakes import BRANCH
from tests.web.console.house import ANSWERED, FAILED, HOSTILE, OVERDUE, UNCLEAR, House, csrf

SCORE_AND_WORDS = {"score", "answer"}


def path(house: House, deal: int, do: str = "") -> str:
    return f"/console/cases/{house.case(deal).id}" + (f"/act/{do}" if do else "")


def press(client: TestClient, house: House, deal: int, do: str, **fields: str) -> tuple[int, str]:
    """The button of the act's own page, after what was looked over where that is asked for."""
    where = path(house, deal, do)
    page = client.get(where)
    token = fields.get("csrf") or csrf(page.text)
    form = {"csrf": token, "seen": str(house.case(deal).rev), "reason": "звонила", **fields}
    if message := re.search(r'name="message" value="([^"]*)"', page.text):
        form.setdefault("message", message[1])
    answer = client.post(where, data=form)
    return answer.status_code, answer.text


def handed_in(house: House) -> list[tuple[str, Mapping[str, Any]]]:
    with house.database.reading() as session:
        rows = session.exec(
            select(InboxRow).where(InboxRow.source == "console").order_by(col(InboxRow.id))
        ).all()
    return [(row.kind, row.event) for row in rows]


def offered(client: TestClient, house: House, deal: int) -> set[str]:
    return set(re.findall(r"/act/(\w+)\"", client.get(path(house, deal)).text))


# --- who may ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "branch", "acts"),
    [
        (Role.OWNER, "", {"stop", "pause", "score", "answer"}),
        (Role.ADMIN, "", {"stop", "pause", "score", "answer"}),
        (Role.HEAD, BRANCH.name, {"stop", "pause", "score", "answer"}),
        (Role.MANAGER, BRANCH.name, {"stop", "pause", "score", "answer"}),
        (Role.INTEGRATOR, "", {"stop", "pause"}),
        (Role.OBSERVER, "", set()),
        (Role.OBSERVER, BRANCH.name, set()),
        (Role.MANAGER, "elsewhere", None),
        (Role.HEAD, "elsewhere", None),
    ],
)
def test_who_may_do_what(lived: House, role: Role, branch: str, acts: set[str] | None) -> None:
    branch = lived.settings.branches[1].name if branch == "elsewhere" else branch
    client = lived.signed_in(role, "Анна", *filter(None, [branch]))
    token = csrf(client.get("/console/account").text)
    for do in ACTS:
        where = path(lived, ANSWERED, do)
        here = acts is not None and (do in acts or (do == "resume" and "stop" in acts))
        if do == "resend":  # to send again is for those who settle
            here = acts is not None and role in (Role.OWNER, Role.ADMIN, Role.HEAD)
        wanted = 200 if here else 404 if acts is None else 403
        assert client.get(where).status_code == wanted, do
        form = {"csrf": token, "seen": str(lived.case(ANSWERED).rev), "reason": ""}
        assert client.post(where, data=form).status_code in ((422, 409) if here else (wanted,)), do
    assert handed_in(lived) == []
    if acts is not None:
        assert offered(client, lived, ANSWERED) - {"resend"} == acts


@pytest.mark.parametrize("case", ["NOBODY22", "'; DROP", "x" * 40])
def test_no_such_case_and_no_such_act(lived: House, case: str) -> None:
    client = lived.signed_in()
    assert client.get(f"/console/cases/{case}/act/stop").status_code == 404
    assert client.get(path(lived, ANSWERED, "explode")).status_code == 404


def test_a_foreign_form_is_refused(lived: House) -> None:
    client = lived.signed_in()
    form = {"csrf": "x", "seen": str(lived.case(ANSWERED).rev), "reason": "x"}
    assert client.post(path(lived, ANSWERED, "stop"), data=form).status_code == 403
    good = form | {"csrf": csrf(client.get(path(lived, ANSWERED)).text)}
    answer = client.post(path(lived, ANSWERED, "stop"), data=good, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert client.post(path(lived, ANSWERED, "stop"), data=good | {"seen": "x"}).status_code == 400
    assert handed_in(lived) == []


# --- what they do -----------------------------------------------------------------------------


def test_a_case_is_stopped_once(each_lived: House) -> None:
    client, case = each_lived.signed_in(Role.MANAGER, "Анна", BRANCH.name), each_lived.case(ANSWERED)
    page = client.get(path(each_lived, ANSWERED, "stop")).text
    assert "остановлено сотрудником" in page, "what follows"
    form = {"csrf": csrf(page), "seen": str(case.rev), "reason": "сотрудник компании"}
    answers = [client.post(path(each_lived, ANSWERED, "stop"), data=form) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert "Записано: дело остановлено" in answers[1].text
    ((kind, event),) = handed_in(each_lived)
    assert (kind, event["case_id"], event["reason"], event["by"]) == (
        "CaseStopped", case.id, "сотрудник компании", "Анна",
    )  # fmt: skip
    assert each_lived.audit()[-1] == ("Анна", "case.stop", f"case:{case.id}")
    each_lived.flow.settle()
    assert client.post(path(each_lived, ANSWERED, "stop"), data=form).status_code == 200, "pressed late"
    assert each_lived.case(ANSWERED).outcome == "stopped_by_person"
    told = client.get(path(each_lived, ANSWERED)).text
    assert "Дело останавливают. Почему: сотрудник компании. Кто: Анна" in told


def test_the_second_person_sees_what_the_first_did(lived: House) -> None:
    first, second = lived.signed_in(), lived.signed_in(Role.ADMIN, "Борис")
    seen = str(lived.case(ANSWERED).rev)
    assert press(first, lived, ANSWERED, "pause")[0] == 200
    code, page = press(second, lived, ANSWERED, "stop", seen=seen)
    assert (code, "Вас опередили. Анна" in page, "дело на паузе" in page) == (409, True, True)
    lived.flow.settle()
    code, page = press(second, lived, ANSWERED, "stop", seen="0")
    assert (code, "Пока страница была открыта" in page) == (409, True)
    assert [kind for kind, _ in handed_in(lived)] == ["CasePaused"]


def test_paused_and_let_go(each_lived: House) -> None:
    client = each_lived.signed_in()
    assert press(client, each_lived, ANSWERED, "pause", reason="разбираемся")[0] == 200
    each_lived.flow.settle()
    page = client.get(path(each_lived, ANSWERED)).text
    assert "Дело на паузе с" in page
    assert "«разбираемся»" in page
    assert offered(client, each_lived, ANSWERED) == {"resume", "stop"}
    assert "Событий, пришедших за паузу: 0" in client.get(path(each_lived, ANSWERED, "resume")).text
    assert press(client, each_lived, ANSWERED, "resume")[0] == 200
    each_lived.flow.settle()
    assert "Дело на паузе" not in client.get(path(each_lived, ANSWERED)).text


def test_a_score_is_looked_over_before_it_counts(each_lived: House) -> None:
    client = each_lived.signed_in(Role.MANAGER, "Анна", BRANCH.name)
    assert "сейчас 9" in client.get(path(each_lived, ANSWERED, "score")).text
    code, page = press(client, each_lived, ANSWERED, "score", score_service="3")
    assert (code, handed_in(each_lived)) == (200, [])
    for words in ("Что произойдёт:", "Мы признательны Вам", "Недовольный клиент", "Почему: звонила"):
        assert words in page, words
    code, page = press(client, each_lived, ANSWERED, "score", score_service="3", sure="yes")
    assert (code, "Записано: оценка внесена" in page) == (200, True)
    ((kind, event),) = handed_in(each_lived)
    assert (kind, event["by"]) == ("ScoresEntered", "Анна")
    assert event["scores"] == {"service": "3"}
    each_lived.flow.settle()
    page = client.get(path(each_lived, ANSWERED)).text
    assert "Внесено вручную" in page
    assert each_lived.case(ANSWERED).body["scores"] == {"quality": "9", "service": "3"}


@pytest.mark.parametrize(
    ("do", "fields", "says"),
    [
        ("stop", {"reason": " "}, "Напишите, почему"),
        ("score", {}, "Впишите хотя бы одну"),
        ("score", {"score_quality": "9"}, "Впишите хотя бы одну"),
        ("score", {"score_quality": "11"}, "в пределах шкалы"),
        ("score", {"score_quality": "девять"}, "в пределах шкалы"),
        ("score", {"score_quality": "NaN"}, "в пределах шкалы"),
        ("score", {"score_quality": "9e99"}, "в пределах шкалы"),
        ("answer", {"text": "\x00 \u202e"}, "Запишите слова клиента"),
        ("resend", {}, "Подтвердите"),
        ("resend", {"message": "OTHER:1:1", "confirmed": "yes"}, "задан другой вопрос"),
    ],
)
def test_what_is_missing_is_said(lived: House, do: str, fields: dict[str, str], says: str) -> None:
    code, page = press(lived.signed_in(), lived, ANSWERED, do, **fields)
    assert (code, says in page, handed_in(lived)) == (422, True, [])


def test_words_are_read_before_they_count(lived: House) -> None:
    client = lived.signed_in()
    code, page = press(client, lived, UNCLEAR, "answer", text="семь")
    assert (code, "Прочитано как оценка 7" in page) == (200, True)
    assert press(client, lived, UNCLEAR, "answer", text="семь", sure="yes")[0] == 200
    lived.flow.settle()
    assert lived.case(UNCLEAR).body["scores"] == {"quality": "7"}


def test_a_lost_question_is_sent_again(each_lived: House) -> None:
    client = each_lived.signed_in()
    page = client.get(path(each_lived, FAILED, "resend")).text
    assert "Точно известно, что это сообщение не дошло" in page
    assert "Оцените, пожалуйста" in page
    before = len(each_lived.flow.world.texts)
    assert press(client, each_lived, FAILED, "resend")[0] == 200
    each_lived.flow.settle()
    assert each_lived.case(FAILED).state == "active"
    assert len(each_lived.flow.world.texts) == before + 1


def test_hostile_words_are_shown_as_words(lived: House) -> None:
    client = lived.signed_in()
    script = "<script>alert(1)</script>{{7*7}}"
    code, page = press(client, lived, UNCLEAR, "answer", text=script + HOSTILE, reason=script)
    assert code == 200
    assert "<script>alert" not in page
    assert "{{7*7}}" in page
    press(client, lived, UNCLEAR, "answer", text=script, reason=script, sure="yes")
    lived.flow.settle()
    page = client.get(path(lived, UNCLEAR)).text
    assert "<script>alert" not in page
    with lived.database.reading() as session:
        (row,) = session.exec(select(AuditRow).where(AuditRow.action == "case.answer")).all()
    assert row.details == {"reason": script}


def test_a_case_that_is_over_offers_what_still_makes_sense(lived: House) -> None:
    client = lived.signed_in()
    press(client, lived, OVERDUE, "stop")
    lived.flow.settle()
    assert offered(client, lived, OVERDUE) == {"score"}
    assert "Сейчас этого сделать нельзя" in client.get(path(lived, OVERDUE, "pause")).text
    assert press(client, lived, OVERDUE, "resume", csrf=csrf(client.get(path(lived, OVERDUE)).text))[0] == 409


def test_of_a_lost_version_only_the_end_is_left(lived: House) -> None:
    with lived.database.transaction() as session:
        row = session.get_one(CaseRow, lived.case(ANSWERED).id)
        row.body = {**row.body, "version": "gone"}
        row.version = "gone"
    assert offered(lived.signed_in(), lived, ANSWERED) >= {"stop"}
