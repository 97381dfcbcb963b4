"""A bare portal and the product's scenario: setup makes what is missing, and the first client is surveyed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.demo.headless import RATE
from sandbox.demo.play import Play, open_orders
from tests.whole.installation import Installation, clients, installation, send_events, vendors

START = {"ENTITY_ID": "DEAL_STAGE", "STATUS_ID": "UC_CLOSE", "NAME": "Закрыть заказ/наряд", "SORT": 55}
BRANCH = {"FIELD_NAME": "BRANCH", "USER_TYPE_ID": "string", "LABEL": "Филиал"}
MADE = (
    "«Оценка качества»", "«Подтверждение наличия отзыва»", "«Недовольные клиенты»", "«Оценка работы»",
    "«Оценка обслуживания»", "«Средняя оценка»", "«Бонус за отзыв»", "«Не писать»",
)  # fmt: skip


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Installation]:
    """The portal of a company that sells, and has not thought of quality yet."""
    with vendors(tmp_path, "--company", "none") as up, installation(up) as made:
        name = "Шинный центр на Абая"
        branch = {
            "name": name, "crm_value": name, "head": "Администратор Портала", "timezone": "Asia/Almaty",
            "review_pages": {"yandex": f"{up.url}/maps/yandex/1"},
        }  # fmt: skip
        made.config["branches"] = [branch]
        made.write()
        up.rest("crm.status.add", {"fields": START})
        up.rest("crm.deal.userfield.add", {"fields": BRANCH})  # the booking calendar fills it in
        yield made


def test_from_a_bare_portal_to_the_first_survey(here: Installation) -> None:
    setup_asks_and_makes(here)
    assert "✓ Названия на месте" in here.qc("doctor").out

    send_events(here.vendors, here)
    here.start_engine()
    first = clients(here, "just below")
    here.vendors.post("clock", {"rate": RATE})
    open_orders(here, first)
    move = {"deal_id": first[0].deal_id, "stage": "UC_CLOSE"}
    here.vendors.post("deals/stage", {"moves": [move]})
    Play(here, first, lambda _: None).run()

    state = here.vendors.get("state")
    order, complaint = state["deals"]
    codes = {one["title"]: one["code"] for one in names_of(here, "fields")}
    written = {title: order["fields"][codes[title]] for title in ("Оценка работы", "Оценка обслуживания")}
    assert written == {"Оценка работы": 7, "Оценка обслуживания": 8.5}
    assert order["fields"][codes["Средняя оценка"]] == 7.75
    assert order["stage"] == "WON"
    pipeline = next(one for one in state["pipelines"] if one["name"] == "Недовольные клиенты")
    stage = next(one for one in pipeline["stages"] if one["id"] == complaint["stage"])
    assert stage["name"] == "Новая жалоба"
    assert [one["deal_id"] for one in state["tasks"]] == [order["id"]]


def setup_asks_and_makes(here: Installation) -> None:
    before = known(here)

    shown = here.qc("bitrix24", "setup", "--dry-run")
    assert shown.code == 0, shown
    plan = shown.out.partition("Будет создано:")[2]
    assert all(name in plan for name in MADE), shown
    assert known(here) == before

    refused = here.qc("bitrix24", "setup")
    assert refused.code == 2, refused
    assert "--yes" in refused.err
    assert known(here) == before

    done = here.qc("bitrix24", "setup", "--yes")
    assert done.code == 0, done
    assert "Исходящий вебхук" in done.out  # what is left for hands
    after = known(here)
    assert after != before

    again = here.qc("bitrix24", "setup", "--yes", "--json")
    assert (again.code, again.document["steps"], again.document["made"]) == (0, [], []), again
    assert known(here) == after

    undo = here.qc("bitrix24", "setup", "--undo-list")
    assert undo.code == 0
    assert all(name in undo.out for name in MADE), undo
    assert "crm.deal.userfield.delete" in undo.out


def known(here: Installation) -> Any:
    """All that setup could have changed, as the portal tells it."""
    rest = here.vendors.rest
    return [
        rest("crm.category.list", {"entityTypeId": 2}),
        rest("crm.status.list", {}),
        rest("crm.deal.userfield.list", {}),
        rest("crm.contact.userfield.list", {}),
    ]


def names_of(here: Installation, kind: str) -> list[dict[str, str]]:
    listed = here.qc("bitrix24", "names", "--kind", kind, "--json").document["names"]
    return [{"title": one["write"], "code": one["id"]} for one in listed]
