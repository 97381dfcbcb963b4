"""Personal data in the console: by whom they are seen, handed out and erased, and that no address holds a phone."""

import json
import re

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from qc_engine.core.wording.texts import masked
from qc_engine.store.console_tables import AuditRow
from qc_engine.store.tables import CaseRow, ErasureRow
from qc_engine.web.console.policy import Role
from tests.flow.fakes import BRANCH
from tests.web.console.house import ANSWERED, ELSEWHERE, HOSTILE, OVERDUE, UNCLEAR, House, csrf, phone_of

PATH = "/console/privacy"


def send(client: TestClient, step: str, phone: str, **fields: str) -> tuple[int, str]:
    form = {"csrf": csrf(client.get("/console/account").text), "phone": phone, **fields}
    answer = client.post(f"{PATH}/{step}", data=form)
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    ("role", "branch", "may"),
    [
        (Role.OWNER, "", True), (Role.ADMIN, "", True), (Role.HEAD, BRANCH.name, False),
        (Role.MANAGER, BRANCH.name, False), (Role.INTEGRATOR, "", False), (Role.OBSERVER, "", False),
    ],
)  # fmt: skip
def test_who_may(lived: House, role: Role, branch: str, may: bool) -> None:
    client = lived.signed_in(role, "Анна", *filter(None, [branch]))
    phone = phone_of(ANSWERED)
    assert client.get(PATH).status_code == (200 if may else 404)
    assert (PATH in client.get("/console").text) is may
    for step in ("find", "file", "erase"):
        assert (send(client, step, phone, kind="json")[0] != 404) is may, step
        assert client.get(f"{PATH}/{step}").status_code == (303 if may else 404)
    assert lived.case(ANSWERED).phone == phone, "asked, and nothing done"


def test_a_foreign_form_is_refused(lived: House) -> None:
    client = lived.signed_in()
    form = {"csrf": "x", "phone": phone_of(ANSWERED), "sure": "yes", "reason": "x"}
    assert [client.post(f"{PATH}/{step}", data=form).status_code for step in ("find", "file", "erase")] == [
        403
    ] * 3
    assert lived.case(ANSWERED).phone


@pytest.mark.parametrize(
    "typed", ["{0}", "+{0}", "+7 ({0[1]}{0[2]}{0[3]}) {0[4]}{0[5]}{0[6]}-{0[7]}{0[8]}-{0[9]}{0[10]}"]
)
def test_everything_that_is_held(each_lived: House, typed: str) -> None:
    client, phone = each_lived.signed_in(), phone_of(OVERDUE)
    code, page = send(client, "find", typed.format(phone))
    assert code == 200
    for words in ("Айгуль", each_lived.case(OVERDUE).id, "десять", "Оцените, пожалуйста", "Стереть данные"):
        assert words in page, words
    name, action, thing = each_lived.audit()[-1]
    assert (name, action) == ("Анна", "person.seen")
    assert phone not in thing
    assert each_lived.case(OVERDUE).answer_code not in page


@pytest.mark.parametrize(
    ("typed", "code"), [("", 422), ("не номер", 422), ("\x00" * 30, 422), ("9" * 99, 422)]
)
def test_no_phone(lived: House, typed: str, code: int) -> None:
    assert send(lived.signed_in(), "find", typed)[0] == code


def test_from_a_case_to_its_person(lived: House) -> None:
    client, case = lived.signed_in(), lived.case(OVERDUE)
    page = client.get(f"/console/cases/{case.id}").text
    assert 'action="/console/privacy/find"' in page
    code, found = send(client, "find", "", case=case.id)
    assert (code, "Стереть данные" in found, phone_of(OVERDUE) in found) == (200, True, True)
    assert send(client, "find", "", case="nosuchcase")[0] == 404
    head = lived.signed_in(Role.HEAD, "Глава", BRANCH.name)
    assert "/console/privacy" not in head.get(f"/console/cases/{case.id}").text


def test_of_nobody_there_is_nothing(lived: House) -> None:
    code, page = send(lived.signed_in(), "find", "77000000000")
    assert (code, "Ничего не хранится" in page) == (200, True)


def test_a_stranger_who_only_wrote_is_found(lived: House) -> None:
    assert "Алло, вы работаете?" in send(lived.signed_in(), "find", ELSEWHERE)[1]


def test_a_file_to_hand_out(each_lived: House) -> None:
    client, phone = each_lived.signed_in(), phone_of(OVERDUE)
    code, text = send(client, "file", phone, kind="json", reason="письмо клиента")
    told = json.loads(text)
    assert (code, told["phone"], [one["scores"] for one in told["cases"]]) == (
        200, phone, [{"quality": "9", "service": "10"}],
    )  # fmt: skip
    assert {"десять", "9"} <= {one["text"] for one in told["received"]}
    assert [one["grade"] for one in told["cases"][0]["visits"]] == ["machine", "person"]
    case = each_lived.case(OVERDUE)
    assert not {case.answer_code, case.survey_code} & set(re.findall(r"\w+", text))
    code, page = send(client, "file", phone, kind="html", reason="письмо клиента")
    assert (code, "десять" in page, "<script" in page) == (200, True, False)
    with each_lived.database.reading() as session:
        rows = session.exec(select(AuditRow).where(AuditRow.action == "person.exported")).all()
    assert [row.details for row in rows] == [{"reason": "письмо клиента"}] * 2


def test_a_file_needs_a_reason_and_a_kind(lived: House) -> None:
    client, phone = lived.signed_in(), phone_of(OVERDUE)
    assert send(client, "file", phone, kind="json", reason=" ")[0] == 422
    assert send(client, "file", phone, kind="exe", reason="x")[0] == 400


def test_hostile_words_are_shown_as_words(lived: House) -> None:
    client, phone = lived.signed_in(), phone_of(UNCLEAR)
    for page in (send(client, "find", phone)[1], send(client, "file", phone, kind="html", reason="x")[1]):
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page
    assert HOSTILE in {
        one["text"] for one in json.loads(send(client, "file", phone, kind="json", reason="x")[1])["received"]
    }


def test_erased_after_a_second_thought(each_lived: House) -> None:
    client, phone = each_lived.signed_in(), phone_of(OVERDUE)
    case_id = each_lived.case(OVERDUE).id
    code, page = send(client, "erase", phone)
    assert (code, each_lived.case(OVERDUE).phone) == (200, phone)
    for words in ("Будет стёрто", "дела: 1", "Останется", "для статистики", "копии в CRM", "резервные копии"):
        assert words in page, words
    assert send(client, "erase", phone, sure="yes", reason=" ")[0] == 422
    code, page = send(client, "erase", phone, sure="yes", reason=f"письмо, +{phone}, Айгуль")
    assert (code, "Данные стёрты" in page) == (200, True)
    row = each_lived.case(OVERDUE)
    assert (row.phone, row.outcome, row.body["scores"]) == ("", "erased", {"quality": "9", "service": "10"})
    with each_lived.database.reading() as session:
        (record,) = session.exec(select(ErasureRow)).all()
        assert session.exec(select(CaseRow).where(CaseRow.phone == phone)).all() == []
    assert (record.by, record.reason) == ("Анна", "письмо, •••, •••")
    assert each_lived.audit()[-1][:2] == ("Анна", "person.erased")
    assert "письмо, •••, •••" in client.get(PATH).text
    again = send(client, "erase", phone, sure="yes", reason="ещё раз")[1]
    assert "Ничего не хранится" in again
    assert "Данные этого человека стёрты" in again
    told = client.get(f"/console/cases/{case_id}").text
    assert "данные клиента стёрты" in told
    assert masked(phone) not in told
    assert "Айгуль" not in told


def test_the_signed_pages_of_an_erased_person_are_gone(lived: House) -> None:
    code = lived.case(OVERDUE).answer_code
    client = lived.signed_in()
    send(client, "erase", phone_of(OVERDUE), sure="yes", reason="письмо")
    row = lived.case(OVERDUE)
    assert code
    assert (row.answer_code, row.survey_code, row.body["links"]) == ("", "", {})
    assert f"/console/reviews/{row.id}" not in client.get("/console/reviews").text


def test_every_page_goes_on_without_the_person(lived: House) -> None:
    client = lived.signed_in()
    for deal in (OVERDUE, UNCLEAR, ANSWERED):
        send(client, "erase", phone_of(deal), sure="yes", reason="письмо")
    for path in (
        "",
        "/cases",
        "/reviews",
        "/reviews?tab=decided",
        "/reviews?tab=funnel",
        "/dissatisfied",
        "/settings",
    ):
        assert client.get(f"/console{path}").status_code == 200, path
    for deal in (OVERDUE, UNCLEAR, ANSWERED):
        assert client.get(f"/console/cases/{lived.case(deal).id}").status_code == 200


def test_nobody_sees_a_person_unnoticed(lived: House) -> None:
    """A form that is refused shows the person again, also to somebody who never looked for them."""
    client, phone = lived.signed_in(), phone_of(OVERDUE)
    before = len(lived.audit())
    code, page = send(client, "file", phone, kind="json")
    assert (code, "Айгуль" in page) == (422, True)
    assert [one[1] for one in lived.audit()[before:]] == ["person.seen"]


def test_the_audit_names_nobody_whatever_somebody_types(lived: House) -> None:
    client, phone = lived.signed_in(), phone_of(OVERDUE)
    send(client, "file", phone, kind="html", reason=f"письмо, +{phone}, Айгуль")
    with lived.database.reading() as session:
        (row,) = session.exec(select(AuditRow).where(AuditRow.action == "person.exported")).all()
    assert row.details == {"reason": "письмо, •••, •••"}
