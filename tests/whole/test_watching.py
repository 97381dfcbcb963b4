"""What the integrator sees from outside: how it stands, what CRM and cases disagree on, what things are called."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.demo.headless import RATE
from sandbox.demo.people import Player
from sandbox.demo.play import close_orders, open_orders
from tests.whole.installation import Installation, clients, installation, send_events, until, vendors


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Installation]:
    with vendors(tmp_path) as up, installation(up) as made:
        send_events(up, made)
        yield made


def test_from_calm_to_an_alarm(here: Installation) -> None:
    before = here.qc("status")
    assert (before.code, before.err) == (0, ""), before
    assert "Всё спокойно" in before.out
    assert "Сверки ещё не было" in before.out

    here.vendors.post("clock", {"rate": RATE})  # else so many polls would meet the portal's limit
    here.start_engine()
    gone, unhappy = clients(here, "happy", "unhappy")
    closed(here, gone, unhappy)
    until(lambda: here.status(full=True)["cases"] == {"waiting": 2}, "both orders are known")
    waiting = here.qc("status", "--full")
    assert waiting.code == 0, waiting
    assert "Следующее событие по времени: 04.03.2026 12:" in waiting.out
    assert "ждёт своего времени 2" in waiting.out

    while_it_was_down(here, gone)
    the_portal_refuses(here)


def while_it_was_down(here: Installation, gone: Player) -> None:
    """One order was deleted, another one passed through the stage and was taken back: both are told."""
    here.stop_engine()
    here.vendors.delete(f"deals/{gone.deal_id}")
    passed = clients(here, "silent", first=10)[0]
    closed(here, passed)
    here.vendors.post(f"deals/{passed.deal_id}/stage", {"stage": "EXECUTING"})

    repaired = here.qc("reconcile", "--json")
    assert (repaired.code, repaired.err) == (0, ""), repaired
    report = repaired.document["reports"][0]
    assert [(one["key"], one["params"]["deal_id"]) for one in report["repaired"]] == [
        ("reconcile.deleted", str(gone.deal_id))
    ]
    here.start_engine()
    until(lambda: here.story(gone.deal_id)["case"]["outcome"] == "deal_gone", "the case is over")
    # The history of stages shows what no look at the deals could.
    told = f"Сделку {passed.deal_id} провели через начальную стадию раньше, чем мы посмотрели"
    until(lambda: told in here.qc("reconcile").out, told)
    assert here.vendors.messages(passed.phone) == []


def the_portal_refuses(here: Installation) -> None:
    """What a night's pass cannot put right stands as an alarm until a pass finds nothing any more."""
    here.vendors.post(
        "faults", {"vendor": "bitrix24", "match": "crm.item.list", "how": "refuse", "times": 1000}
    )
    told = here.qc("reconcile")
    assert told.code == 1, told
    alarm = here.qc("status")
    assert alarm.code == 1, alarm
    assert "нашла то, что должен посмотреть человек: 1" in alarm.out
    asked = here.qc("attention")
    assert asked.code == 1, asked
    assert "qc reconcile" in asked.out

    here.vendors.delete("faults")
    assert here.qc("reconcile").code == 0
    assert here.qc("status").code == 0


@pytest.mark.parametrize(
    ("find", "code", "said"),
    [
        ("оценка", 0, ("Оценка качества      UC_QUALITY", "Средняя оценка       UF_CRM_QC_AVERAGE")),
        ("Айгерим", 1, ("Ничего не найдено: «Айгерим»",)),
        ("Подтверждение наличия отзывов", 1, ("Похожие: Подтверждение наличия отзыва",)),
    ],
)  # fmt: skip
def test_what_the_portal_calls_things(
    named: Installation, find: str, code: int, said: tuple[str, ...]
) -> None:
    told = named.qc("bitrix24", "names", "--find", find)
    assert told.code == code, told
    assert [one for one in said if one not in told.out] == [], told


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with vendors(tmp_path_factory.mktemp("named")) as up, installation(up) as made:
        yield made


def closed(here: Installation, *players: Player) -> None:
    open_orders(here, list(players))
    close_orders(here, list(players))
