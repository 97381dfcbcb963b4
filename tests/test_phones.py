"""Phone numbers as people, a CRM and a channel write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc_engine.core.wording.texts import masked
from qc_engine.phones import normalise


@pytest.mark.parametrize(
    ("raw", "digits"),
    [
        ("+7 701 123-45-67", "77011234567"),
        ("77011234567", "77011234567"),
        ("87011234567", "77011234567"),
        ("8 701 123 45 67", "77011234567"),
        ("8(495)123-45-67", "74951234567"),
        ("7011234567", "77011234567"),
        ("9161234567", "79161234567"),
        ("79161234567", "79161234567"),  # parsed with KZ as the region it would get a second 7
        ("+79161234567", "79161234567"),
        ("+8 701 123 45 67", "77011234567"),
        ("810 7 701 123 45 67", "77011234567"),
        ("8-10-996-555-123-456", "996555123456"),
        ("007 701 123 45 67", "77011234567"),
        ("00998901234567", "998901234567"),
        ("998 90 123 45 67", "998901234567"),
        ("+998901234567", "998901234567"),
        ("+372 5123 4567", "37251234567"),
        ("+1 650 253 0000", "16502530000"),
        ("tel:+77011234567", "77011234567"),
        ("8 701 123 45 67 (мама)", "77011234567"),
        ("8 (495) 123-45-67 доб. 12", "74951234567"),
        ("+7 701 123 45 67 ext 5", "77011234567"),
        ("87011234567, 87029876543", "77011234567"),
        ("нет; 8 702 987 65 43", "77029876543"),
        ("８７０１１２３４５６７", "77011234567"),
        ("٨٧٠١١٢٣٤٥٦٧", "77011234567"),
        ("[tg] 807892", ""),
        ("[tg] 87011234567", ""),
        ("[vk] 1234567890", ""),
        ("807892", ""),
        ("", ""),
        ("   ", ""),
        ("нет телефона", ""),
        ("+7", ""),
        ("00000000000", ""),
        ("7701123456²", ""),
        ("1" * 200, ""),
        ("\x00\ud800", ""),
    ],
)
def test_normalise(raw: str, digits: str) -> None:
    assert normalise(raw) == digits


@pytest.mark.parametrize(
    ("raw", "region", "digits"),
    [
        ("8 701 123 45 67", "RU", "77011234567"),
        ("9161234567", "RU", "79161234567"),
        ("0555 123 456", "KG", "996555123456"),
        ("996555123456", "KG", "996555123456"),
        ("30 1234567", "DE", "49301234567"),
        ("77011234567", "KG", "77011234567"),
        ("87011234567", "nowhere", ""),
    ],
)
def test_the_region_only_completes(raw: str, region: str, digits: str) -> None:
    assert normalise(raw, region) == digits


@given(st.text(max_size=60))
def test_any_text_gives_digits_or_nothing(raw: str) -> None:
    digits = normalise(raw)
    assert digits == "" or (digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15)
    assert normalise("+" + digits) == digits


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("77011234567", "7701•••4567"),
        ("+7 701 123 45 67", "7701•••4567"),
        ("996555123456", "9965•••3456"),
        ("7011234567", "70•••67"),
        ("12345678", "12•••78"),
        ("1234567", "•••"),
        ("[tg] 807892", "•••"),
        ("", "•••"),
    ],
)
def test_masked(phone: str, shown: str) -> None:
    assert masked(phone) == shown


@given(st.text(alphabet="0123456789", max_size=20))
def test_a_masked_number_hides_three_digits_at_least(phone: str) -> None:
    assert sum(sign.isdigit() for sign in masked(phone)) <= max(0, len(phone) - 3)
