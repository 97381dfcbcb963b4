"""A little of what `./qc test fuzz` does for hours: every reader of strangers' bytes refuses, or understands."""

import pytest

from qc_engine.store.database import Database
from tests.conftest import empty_database
from tests.fuzzing.running import feed
from tests.fuzzing.targets import TARGETS

EXAMPLES = {"form": 100, "json": 80, "answers": 80, "yaml": 8}


@pytest.mark.parametrize("name", ["answers", "yaml"])
def test_no_input_is_too_strange(name: str) -> None:
    assert feed(TARGETS[name], EXAMPLES[name], 20260303).inputs >= EXAMPLES[name]


@pytest.mark.parametrize("name", ["form", "json"])
def test_what_is_stored_is_the_same_in_either_database(
    request: pytest.FixtureRequest, sqlite_database: Database, name: str
) -> None:
    for other in empty_database(request, "postgresql"):
        fed = feed(TARGETS[name], EXAMPLES[name], 20260303, [sqlite_database, other])
        assert fed.inputs >= EXAMPLES[name]
        assert fed.stored >= 10, "some of them get in"
