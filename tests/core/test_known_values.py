"""What the CRM writes, read tolerantly: an unreadable value counts as absent."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc_engine.core.case import Branch, Case, Client, State
from qc_engine.core.events import Deal
from qc_engine.core.scenario import ContactRules, KnownValue, Scenario, Start
from qc_engine.core.wording.known_values import READERS, language_of, read
from qc_engine.core.wording.values import typed

ALMATY = ZoneInfo("Asia/Almaty")
HALF_PAST_SIX = datetime(2026, 3, 5, 18, 30, tzinfo=ALMATY)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("text", " как есть ", "как есть"),
        ("text", "  ", None),
        ("number", "12500", Decimal(12500)),
        ("number", "12\u00a0500,50", Decimal("12500.50")),
        ("number", "12500.5|KZT", Decimal("12500.5")),
        ("number", "-3", Decimal(-3)),
        ("number", "около 5", None),
        ("number", "1e9", None),
        ("number", "NaN", None),
        ("number", "1" * 16, None),
        ("date", "2026-03-05", date(2026, 3, 5)),
        ("date", "2026-03-05T00:00:00+03:00", date(2026, 3, 5)),
        ("date", "05.03.2026", date(2026, 3, 5)),
        ("date", "5.3.2026 18:30:00", date(2026, 3, 5)),
        ("date", "31.02.2026", None),
        ("date", "завтра", None),
        ("moment", "2026-03-05T16:30:00+03:00", HALF_PAST_SIX),
        ("moment", "2026-03-05 18:30", HALF_PAST_SIX),
        ("moment", "05.03.2026 18:30", HALF_PAST_SIX),
        ("moment", "05.03.2026, 18:30:00", HALF_PAST_SIX),
        ("moment", "05.03.2026", datetime(2026, 3, 5, tzinfo=ALMATY)),
        ("moment", "05.03.2026 25:00", None),
    ],
)
def test_what_stands_there_is_read_by_its_kind(kind: str, text: str, expected: object) -> None:
    assert read(kind, text, ALMATY) == expected


@given(st.sampled_from(sorted(READERS)), st.text(max_size=40))
def test_nothing_that_stands_there_raises(kind: str, text: str) -> None:
    value = read(kind, text, ALMATY)
    assert not isinstance(value, datetime) or value.tzinfo is not None


def test_typed_holds_what_is_there() -> None:
    now = datetime(2026, 3, 4, 20, tzinfo=UTC)
    case = Case(
        id="c", deal_id=1, deal_title="D", scenario="s", version="v", round=1, state=State.ACTIVE, step="ask",
        entered_at=now, step_at=now, deal_stage="X", client=Client("77011234567"), scores={"quality": Decimal(8)},
        branch=Branch("B", "Asia/Almaty", 1, 2),
        values={"price": "12 500", "when": "когда-нибудь", "why": "", "stray": "1"},
    )  # fmt: skip
    rules = ContactRules(time(21), time(9), timedelta(0), timedelta(0))
    values = {"price": KnownValue("number", "UF"), "when": KnownValue("date", "UF"), "why": KnownValue()}
    known = typed(case, Scenario("s", "S", "v", Start("X"), rules, {}, {}, values=values))
    assert known["price"] == Decimal(12500)
    assert (known["average"], known["score_quality"], known["branch"]) == (8, Decimal(8), "B")
    assert known["entered_date"] == date(2026, 3, 5)  # by the clock of the branch
    assert {"when", "why", "stray", "client_name", "clicked_time"}.isdisjoint(known)
    assert len(known) == len(list(known))


@pytest.mark.parametrize(
    ("of_deal", "of_contact", "expected"),
    [
        ("Қазақ", "", "kk"),
        ("казахский", "ru", "kk"),
        ("KZ", "", "kk"),
        ("Русский", "", "ru"),
        ("  рус ", "", "ru"),
        ("English", "", "en"),
        ("английский", "", "en"),
        ("", "kk", "kk"),
        ("немецкий", "қазақша", "kk"),
        ("немецкий", "", ""),
        ("", "", ""),
    ],
)
def test_the_language_of_a_client(of_deal: str, of_contact: str, expected: str) -> None:
    rules = ContactRules(
        time(21), time(9), timedelta(0), timedelta(0), language_field="D", language_of_contact="C"
    )
    deal = Deal(
        1, "D", "X", datetime(2026, 3, 4, tzinfo=UTC), fields={"D": of_deal}, contact_fields={"C": of_contact}
    )
    assert language_of(rules, deal) == expected
    assert language_of(replace(rules, language_field="", language_of_contact=""), deal) == ""
