"""Places in texts: what each filter writes, in each language; nothing is never written as 'None'."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc_engine.core.wording.dates import MONTHS, WEEKDAYS
from qc_engine.core.wording.filters import FILTERS, Manner, calls_in
from qc_engine.core.wording.plurals import FORMS, plural_form
from qc_engine.core.wording.rendering import clipped, render
from qc_engine.languages import LANGUAGES

ALMATY = ZoneInfo("Asia/Almaty")
TODAY = date(2026, 3, 2)
VALUES = {
    "client": "Анна Борисова",
    "caps": "АННА БОРИСОВА",
    "full": "Борисова Анна Сергеевна",
    "one": "анна",
    "day": date(2026, 3, 5),
    "at": datetime(2026, 3, 5, 13, 30, tzinfo=UTC),
    "late": datetime(2026, 3, 5, 22, 30, tzinfo=UTC),
    "past": date(2026, 3, 1),
    "sum": Decimal("12500"),
    "exact": Decimal("1234567.5"),
    "less": Decimal("-0.5"),
    "mean": Fraction(23, 3),
    "n1": 1, "n2": 2, "n5": 5, "n11": 11, "n21": 21, "n112": 112, "half": Decimal("1.5"),
    "phone": "+7 (701) 555-12-34", "local": "87015551234", "uzbek": "998901234567", "short": "112",
}  # fmt: skip
DAYS = "plural(день, дня, дней)"


@pytest.mark.parametrize(
    ("language", "body", "expected"),
    [
        ("ru", "{client:first_name}", "Анна"),
        ("ru", "{caps:first_name}", "Анна"),
        ("ru", "{full:first_name}, {full:short_name}", "Анна, Анна Б."),
        ("ru", "{client:short_name} {one:short_name}", "Анна Б. Анна"),
        ("ru", "{one:upper_first}", "Анна"),
        ("ru", "{day:date}", "5 марта 2026"),
        ("kk", "{day:date}", "2026 жылғы 5 наурыз"),
        ("en", "{day:date}", "5 March 2026"),
        ("ru", "{day:short_date} {day:day_month} {day:weekday}", "05.03 5 марта четверг"),
        ("kk", "{day:short_date} {day:day_month} {day:weekday}", "05.03 5 наурыз бейсенбі"),
        ("en", "{day:short_date} {day:day_month} {day:weekday}", "5 Mar 5 March Thursday"),
        ("ru", "{day:weekday:upper_first}", "Четверг"),
        ("ru", "{at:time} {at:date}", "18:30 5 марта 2026"),
        ("ru", "{late:date} {late}", "6 марта 2026 06.03.2026 03:30"),
        ("ru", "{day} {mean} {sum}", "05.03.2026 7,67 12500"),
        ("ru", "{sum:number} {exact:number} {less:number}", "12\u00a0500 1\u00a0234\u00a0567,5 -0,5"),
        ("en", "{sum:number} {exact:number} {mean:number}", "12,500 1,234,567.5 7.67"),
        ("ru", "{sum:money} {exact:money(₸)}", "12\u00a0500 1\u00a0234\u00a0567,50\u00a0₸"),
        ("ru", "{day:days_left} {day:days_left:" + DAYS + "}", "3 дня"),
        ("ru", "{past:days_left|уже} {past:days_left:" + DAYS + "|прошло}", "уже прошло"),
        ("ru", "{phone:phone} {local:phone} {uzbek:phone} {short:phone|?}", "+7 701 ••• +7 701 ••• +998 ••• ?"),
        ("ru", "".join(f"{{{n}:{DAYS}}} " for n in ("n1", "n2", "n5", "n11", "n21", "n112", "half")),
         "день дня дней дней день дней дня"),
        ("kk", "{n1:plural(күн)} {n5:plural(күн)} {n1:plural(а, б)} {n5:plural(а, б)}", "күн күн а б"),
        ("en", "{n1:plural(day, days)} {n2:plural(day, days)} {half:plural(day, days)}", "day days days"),
        ("ru", "{gone|нет} {gone:date|нет} [{gone}] [{gone:money}]", "нет нет [] []"),
        ("ru", "{client:date|не дата} {client:shout|нет такого} {client:(|нет}", "не дата нет такого нет"),
    ],
)  # fmt: skip
def test_what_a_place_writes(language: str, body: str, expected: str) -> None:
    assert render(body, VALUES, Manner(language, ALMATY, TODAY)) == expected


def test_what_a_client_wrote_is_no_template() -> None:
    assert render("{words}", {"words": "{client:first_name} {secret}"}) == "{client:first_name} {secret}"


@given(st.sampled_from(sorted(FILTERS)), st.sampled_from([*VALUES, "absent"]), st.sampled_from(LANGUAGES))
def test_no_filter_raises_or_writes_none(name: str, value: str, language: str) -> None:
    """Whatever is put before whichever filter: a scenario that was never checked hurts no client."""
    for arguments in ("", "()", "(a)", "(a, b, c)"):
        text = render(f"{{{value}:{name}{arguments}|-}}", VALUES, Manner(language, ALMATY, TODAY))
        assert text
        assert "None" not in text


@pytest.mark.parametrize("how", ["::date", ":", ":a(b", ":a)b", ":a(b))", ":(a)", ":a(b)c"])
def test_what_is_no_filter(how: str) -> None:
    with pytest.raises(ValueError, match=re.escape(how)):
        calls_in(how)


def test_every_language_has_its_words() -> None:
    assert set(FORMS) == set(MONTHS) == set(WEEKDAYS) == set(LANGUAGES)
    assert {len(one) for one in MONTHS.values()} == {12}
    assert {len(one) for one in WEEKDAYS.values()} == {7}


@given(st.integers(0, 10**6))
def test_russian_numbers_by_the_last_digits(number: int) -> None:
    """The rules of Unicode CLDR, written out another way."""
    forms = ["many", "one", *["few"] * 3, *["many"] * 5]
    expected = "many" if 11 <= number % 100 <= 14 else forms[number % 10]
    assert ("one", "few", "many")[plural_form(number, "ru", 3)] == expected


LINK = "https://qc.example.kz/r/yandex-1"


@pytest.mark.parametrize(
    ("text", "longest", "expected"),
    [
        ("short", 5, "short"),
        ("just too long", 8, "just to…"),
        (f"see {LINK} now", 100, f"see {LINK} now"),
        (f"see {LINK} now", 20, "see…"),
        (f"see {LINK} now", 5 + len(LINK), f"see {LINK}…"),
        (f"a\n{LINK}\n{LINK}", 4 + len(LINK), f"a\n{LINK}…"),
        (LINK, 10, "…"),
        ("a word, no link", 7, "a word…"),
    ],
)
def test_a_text_is_cut_but_no_link(text: str, longest: int, expected: str) -> None:
    assert clipped(text, longest) == expected


@given(st.text(st.sampled_from("ab \n/:."), max_size=60), st.integers(1, 60))
def test_a_cut_text_fits(text: str, longest: int) -> None:
    cut = clipped(text, longest)
    assert len(cut) <= max(longest, 1)
    assert cut == text or cut.endswith("…")
