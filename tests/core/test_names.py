"""Under which names managers look for a review."""

import pytest

from qc_engine.core.wording.names import MOST, name_variants


@pytest.mark.parametrize(
    ("name", "variants"),
    [
        ("Айгуль Сапарова", "Айгуль Сапарова, Айгуль С., Сапарова Айгуль, Aygul Saparova, Aygul S., Saparova Aygul, Aigul Saparova, Aigul S."),
        ("Әлия Қалиева", "Әлия Қалиева, Әлия Қ., Қалиева Әлия, Aliya Kalieva, Aliya K., Kalieva Aliya, Aliia Kalieva, Aliia K."),
        ("Сергей Юрьевич Щукин", "Сергей Щукин, Сергей Щ., Щукин Сергей, Sergey Shchukin, Sergey Shch., Shchukin Sergey, Sergei Shchukin, Sergei Shch."),
        ("Иванов Иван Иванович", "Иван Иванов, Иван И., Иванов Иван, Ivan Ivanov, Ivan I., Ivanov Ivan"),
        ("Дмитрий", "Дмитрий, Dmitry, Dmitrii"),
        ("Анна-Мария Ёлкина", "Анна-Мария Ёлкина, Анна-Мария Ё., Ёлкина Анна-Мария, Anna-Mariya Yolkina, Anna-Mariya Yo., Yolkina Anna-Mariya, Anna-Mariia Elkina, Anna-Mariia E."),
        ("Иван Петрович", "Иван Петрович, Иван П., Петрович Иван, Ivan Petrovich, Ivan P., Petrovich Ivan"),
        ("John McDonald", "John McDonald, John M., McDonald John"),
        ("  айгуль\t", "айгуль, Aygul, Aigul"),
        ("😀 Оля 7701", "Оля, Olya, Olia"),
        ("李小龙", "李小龙"),
        ("", ""),
        ("+7 701 555", ""),
        ("{deal_id} <b>", "deal id b, deal b., b deal"),
    ],
)  # fmt: skip
def test_variants(name: str, variants: str) -> None:
    assert ", ".join(name_variants(name)) == variants


def test_a_long_name_stays_short() -> None:
    assert len(name_variants("Ая " * 500)) <= MOST
