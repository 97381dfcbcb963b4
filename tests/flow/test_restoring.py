"""Fields are put back where it is known what stood there, and only over our own value."""

from collections.abc import Mapping, Sequence

import pytest

from qc_engine.flow.versions.restoring import Back, Put, backs

F, G = "UF_F", "UF_G"


@pytest.mark.parametrize(
    ("puts", "known", "found", "unknown"),
    [
        ([Put(F, "9", True)], {F: "7"}, [Back(F, "9", "7")], []),  # the CRM told of it when the case began
        ([Put(F, "9", True)], {F: ""}, [Back(F, "9", "")], []),
        ([Put(F, "9", True)], {}, [], [F]),
        ([Put(F, "9", True)], {F: "9"}, [], [F]),  # what it told is what we wrote
        ([Put(F, "8", True), Put(F, "9", True)], {F: "8"}, [], [F]),
        ([Put(F, "8", False), Put(F, "9", True)], {F: "7"}, [Back(F, "9", "8")], []),  # our own of earlier
        ([Put(F, "8", False), Put(F, "9", True), Put(F, "10", True)], {}, [Back(F, "10", "8")], []),
        ([Put(F, "9", False), Put(F, "9", True)], {}, [], []),  # it is as it was
        ([Put(F, "9", True), Put(F, "7", False)], {F: "7"}, [], []),  # taken back already
        ([Put(F, "9", False)], {F: "7"}, [], []),  # before that time
        ([Put(F, "9", True), Put(G, "x", True)], {G: "y"}, [Back(G, "x", "y")], [F]),
        ([], {F: "7"}, [], []),
    ],
)
def test_what_stood_there_before(
    puts: Sequence[Put], known: Mapping[str, str], found: Sequence[Back], unknown: Sequence[str]
) -> None:
    assert backs(puts, known) == (found, unknown)
