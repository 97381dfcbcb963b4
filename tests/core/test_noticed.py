"""Two decisions look alike from outside, or they do not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from qc_engine.core.effects import CallWebhook, CreateDeal, CreateTask, Effect
from qc_engine.core.noticed import signature

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
TOLD = CallWebhook(
    "loyalty", "visit.rated", NOW, {"average": "8", "page": "https://qc/a/x?answer=found.20260304.ab"}
)
DEAL = CreateDeal("Жалоба", "C1:NEW", 101, 7, 4312, "Слова", {"UF_CAUSE": "price"})
TASK = CreateTask("Отзыв", "https://qc/a/x?answer=found.20260304.ab", 102, NOW, 4312)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (TOLD, replace(TOLD, at=NOW + timedelta(hours=1)), True),
        (TOLD, replace(TOLD, data={**TOLD.data, "page": "https://qc/a/x?answer=found.20260305.cd"}), True),
        (TOLD, replace(TOLD, data={**TOLD.data, "average": "7"}), False),
        (TOLD, replace(TOLD, event="visit.lost"), False),
        (DEAL, replace(DEAL, fields={"UF_CAUSE": "time"}), False),
        (DEAL, replace(DEAL), True),
        (TASK, replace(TASK, text="https://qc/a/x?answer=found.20260305.cd", deadline=NOW), True),
        (TASK, replace(TASK, text="https://qc/a/x?answer=not_found.20260305.cd"), False),
    ],
)
def test_alike(one: Effect, other: Effect, alike: bool) -> None:
    assert (signature(one) == signature(other)) is alike
