"""A link to the answer page says what it is for; whoever changes a sign of it has nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qc_engine.core.case import Branch, Case, Client, State
from qc_engine.core.review.checking import ReviewCheck
from qc_engine.core.review.links import AnswerLink, answer_link, read_link
from qc_engine.core.review.reviews import ANSWERS

NOON = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
DUE = NOON + timedelta(days=3)
PAGE = "https://qc.example/a/code"
SEALED = f"{PAGE}#9f86d081884c7d65"
DAY = datetime(2026, 3, 6, tzinfo=UTC)
CASE = Case(
    id="K7Q2K7Q2", deal_id=1, deal_title="", scenario="s", version="1", round=1, state=State.ACTIVE, step="check",
    entered_at=NOON, step_at=NOON, deal_stage="X", client=Client("77015551234"),
    branch=Branch("На Абая", "Asia/Almaty", 1, 2, {}), answer_url=SEALED,
    check=ReviewCheck(asked_at=NOON, due_at=DUE),
)  # fmt: skip
words = st.text("abcdefghijklmnopqrstuvwxyz_.0123456789ABCF", max_size=60) | st.text(max_size=40)


def word_of(link: str) -> str:
    assert link.startswith(f"{PAGE}?answer=")
    return link.partition("=")[2]


@pytest.mark.parametrize("outcome", ["", *ANSWERS])
def test_what_it_says_comes_back(outcome: str) -> None:
    link = answer_link(CASE, outcome)
    assert read_link(SEALED, word_of(link)) == AnswerLink(outcome, DAY)
    assert "#" not in link, "the seal itself stays with us"
    assert SEALED.partition("#")[2] not in link


def test_each_answer_day_and_case_has_a_seal_of_its_own() -> None:
    later = replace(CASE, check=ReviewCheck(asked_at=NOON, due_at=DUE + timedelta(days=1)))
    other = replace(CASE, answer_url=f"{PAGE}#another")
    links = [answer_link(one, outcome) for one in (CASE, later, other) for outcome in ("", *ANSWERS)]
    assert len({link[-20:] for link in links}) == len(links) == 18


@pytest.mark.parametrize(
    ("check", "day"),
    [
        (None, NOON),
        (ReviewCheck(asked_at=NOON), NOON),
        (ReviewCheck(asked_at=NOON, due_at=DUE), DUE),
        (ReviewCheck(asked_at=DUE, due_at=NOON), DUE),
    ],
)
def test_its_day_is_when_an_answer_was_wanted(check: ReviewCheck | None, day: datetime) -> None:
    link = read_link(SEALED, word_of(answer_link(replace(CASE, check=check))))
    assert link == AnswerLink("", day.replace(hour=0))


@pytest.mark.parametrize(("at", "over"), [("2026-03-08T23:59:59", False), ("2026-03-09T00:00:00", True)])
def test_its_life_ends_with_a_day(at: str, over: bool) -> None:
    assert AnswerLink("found", DAY).outlived(timedelta(days=2), datetime.fromisoformat(f"{at}+00:00")) is over


def test_of_a_case_from_before_there_were_seals() -> None:
    old = replace(CASE, answer_url=PAGE)
    assert answer_link(old) == PAGE
    assert answer_link(old, "found") == f"{PAGE}?answer=found"
    assert read_link(PAGE, "found") == AnswerLink("found")
    assert not AnswerLink("found").outlived(timedelta(0), NOON + timedelta(days=9999))


@settings(max_examples=500, deadline=None)
@given(words)
def test_nothing_else_is_a_link(word: str) -> None:
    assume(word not in {word_of(answer_link(CASE, one)) for one in ("", *ANSWERS)})
    assert read_link(SEALED, word) is None


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(["", *ANSWERS]), st.data())
def test_no_sign_may_be_another(outcome: str, data: st.DataObject) -> None:
    word = word_of(answer_link(CASE, outcome))
    place = data.draw(st.integers(0, len(word) - 1))
    sign = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz_.0123456789ABCF\0٣"))
    assume(sign != word[place])
    assert read_link(SEALED, word[:place] + sign + word[place + 1 :]) is None
    assert read_link(SEALED, word[:place] + word[place + 1 :]) is None
