"""Chance: what nobody may guess, and what people read aloud."""

from math import log2

import pytest
import shortuuid

from qc_engine.ids import CASE_ALPHABET, RandomIds

CODES = shortuuid.ShortUUID().get_alphabet()


@pytest.mark.parametrize(
    ("made", "alphabet", "bits"),
    [(RandomIds().code, CODES, 128), (RandomIds().case_id, CASE_ALPHABET, 40)],
    ids=["code", "case_id"],
)
def test_how_much_chance_there_is(made, alphabet: str, bits: int) -> None:  # type: ignore[no-untyped-def]
    """Every sign at every place: none of them is wasted on telling what kind of name this is."""
    found = [made() for _ in range(2000)]
    (length,) = {len(one) for one in found}
    assert length * log2(len(alphabet)) >= bits
    assert [set(signs) for signs in zip(*found, strict=True)] == [set(alphabet)] * length
