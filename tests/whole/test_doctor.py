"""Three things broke at the portal since yesterday: one `qc doctor` names all of them and what to do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.whole.installation import Installation, installation, send_events, until, vendors

GONE = "Шинный центр на Сатпаева"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Installation]:
    with vendors(tmp_path, "--branch-kind", "enumeration") as up, installation(up) as made:
        yield made


def test_all_three_faults_in_one_look(here: Installation) -> None:
    healthy_once_it_ran(here)
    portal = here.vendors
    portal.change(remove_scope="task")
    portal.change(rename_stage={"id": "UC_QUALITY", "name": "Оценка визита"})
    portal.change(delete_value={"field": portal.get("company")["branch_field"], "value": GONE})

    found = faults(here)
    assert len(found) == 3, found
    right, stage, value = found
    assert "нет права task" in right["what"]
    assert "Добавьте право task" in right["remedy"]
    # The names were read before: the old one still works, and the doctor knows the new one.
    assert "«Оценка качества» теперь называется «Оценка визита»" in stage["what"]
    assert stage["remedy"] == "Замените «Оценка качества» на «Оценка визита»"
    assert f"«{GONE}»: на портале больше нет" in value["what"]
    assert "«Шинный центр на Абая»" in value["remedy"]

    # A database that has never seen the portal cannot know that it is the same stage.
    for file in here.plan.folder.glob("qc.db*"):
        file.unlink()
    again, unknown, never = faults(here)
    assert again == right
    assert "стадии «Оценка качества» на портале нет" in unknown["what"]
    assert "«Оценка визита»" in unknown["remedy"]
    assert f"«{GONE}» на портале нет" in never["what"]


def healthy_once_it_ran(here: Installation) -> None:
    """Before the first start only the channel's webhook is missing, and the engine makes that itself."""
    assert [one["what"] for one in faults(here)] == ["вебхук не заведён"]
    send_events(here.vendors, here)
    here.start_engine()
    until(lambda: here.qc("doctor").code == 0, "the doctor finds nothing")
    told = here.qc("doctor").out
    assert "✗" not in told
    assert "✓ Прав достаточно" in told
    here.stop_engine()


def faults(here: Installation) -> list[dict[str, Any]]:
    told, machines = here.qc("doctor"), here.qc("doctor", "--json")
    assert (told.code, machines.code) == (1, 1), f"{told}{machines}"
    document = machines.document
    found = [one for one in document["findings"] if not one["ok"]]
    assert not document["ok"]
    # The same for people, each with what to do.
    for one in found:
        assert f"✗ {one['what']}\n    → {one['remedy']}" in told.out
    return found
