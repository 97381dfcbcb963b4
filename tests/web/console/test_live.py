"""Pages that renew themselves: an answer only to what has changed."""

import re

import pytest
from starlette.testclient import TestClient

from qc_engine.core.events import AnswerReceived
from qc_engine.ports import Arrival
from qc_engine.store import messages, outbox
from qc_engine.store.tables import CaseRow
from qc_engine.web.console.policy import Role
from tests.web.console.house import ANSWERED, OVERDUE, UNCERTAIN, House, phone_of
from tests.web.console.test_board import PATH as BOARD

LIST = "/console/cases?state=active"


def version_in(page: str) -> str:
    found = re.search(r'"If-None-Match": "\\"(\w+)\\""', page)
    assert found
    return found[1]


def asks(client: TestClient, path: str, version: str) -> tuple[int, str]:
    """As the page itself does, every now and then."""
    headers = {"HX-Request": "true", "HX-Polled": "1", "If-None-Match": f'"{version}"'}
    answer = client.get(path, headers=headers)
    assert re.fullmatch(r"\d\d:\d\d:\d\d", answer.headers["renewed-at"])
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.text


def case_path(house: House, deal: int = UNCERTAIN) -> str:
    return f"/console/cases/{house.case(deal).id}"


def answers(house: House, deal: int) -> None:
    now = house.flow.clock.now()
    house.flow.arrive(Arrival("inbox:5001", AnswerReceived(phone_of(deal), "10", now, 5001)))
    house.flow.settle()


@pytest.mark.parametrize("place", ["list", "board", "case"])
def test_only_what_has_changed_is_told(each_lived: House, place: str) -> None:
    path = {"list": LIST, "board": BOARD, "case": case_path(each_lived, ANSWERED)}[place]
    client = each_lived.signed_in()
    page = client.get(path).text
    assert "<html" in page
    before = version_in(page)
    assert asks(client, path, before) == (304, "")
    answers(each_lived, ANSWERED)
    code, part = asks(client, path, before)
    assert (code, "<html" in part, part.count('id="live"')) == (200, False, 1)
    assert version_in(part) != before
    assert asks(client, path, version_in(part)) == (304, "")
    assert "<html" in client.get(path, headers={"If-None-Match": f'"{version_in(part)}"'}).text, (
        "a person asks"
    )


def test_what_became_of_an_effect_is_news_too(each_lived: House) -> None:
    client, case = each_lived.signed_in(), each_lived.case(UNCERTAIN)
    pages = {path: version_in(client.get(path).text) for path in (BOARD, case_path(each_lived))}
    with each_lived.database.transaction() as session:
        (row,) = [one for one in outbox.of_case(session, case.id) if one.state == outbox.REVIEW]
        row.state = outbox.DONE
    assert [asks(client, path, version)[0] for path, version in pages.items()] == [200, 200]
    assert each_lived.case(UNCERTAIN).rev == case.rev, "the case itself has not changed"


def test_what_a_channel_tells_of_a_message_is_news_too(each_lived: House) -> None:
    client, path = each_lived.signed_in(), case_path(each_lived, OVERDUE)
    before = version_in(client.get(path).text)
    with each_lived.database.transaction() as session:
        sent = [
            one for one in outbox.of_case(session, each_lived.case(OVERDUE).id) if one.kind == "SendMessage"
        ]
        messages.note(session, "main", sent[0].result, "read", each_lived.flow.clock.now())
    assert asks(client, path, before)[0] == 200


def test_a_language_is_news(lived: House) -> None:
    client = lived.signed_in()
    before = version_in(client.get(LIST).text)
    client.cookies.set("qc_language", "en", domain="qc.example")
    assert asks(client, LIST, before)[0] == 200


def test_a_list_that_has_become_empty_says_so(lived: House) -> None:
    path = "/console/cases?step=review_check"
    client = lived.signed_in()
    before = version_in(client.get(path).text)
    with lived.database.transaction() as session:
        session.get_one(CaseRow, lived.case(OVERDUE).id).step = "elsewhere"
    code, part = asks(client, path, before)
    assert (code, "Ничего не нашлось" in part) == (200, True)


def test_the_door_stays_shut(lived: House) -> None:
    headers = {"HX-Request": "true", "HX-Polled": "1"}
    path = case_path(lived)
    assert lived.guest().get(path, headers=headers).status_code == 401
    there = lived.signed_in(Role.HEAD, "Глеб", lived.settings.branches[1].name)
    assert there.get(path, headers=headers).status_code == 404
