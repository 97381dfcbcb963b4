"""What people get wrong at the first start: every mistake is named, with its place and the next step."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.demo.processes import ROOT, free_port
from tests.whole.installation import Installation, Vendors, installation, vendors

CANNOT_RUN, FAULTS, WRONG_USE = 3, 1, 2
FIRST_QUESTION = "move_deal: Оценка качества"


@dataclass(frozen=True)
class Mistake:
    """What somebody wrote, the command that meets it, its exit code, and words that must be said."""

    name: str
    made: Callable[[Installation], None]
    words: tuple[str, ...]
    code: int
    says: tuple[str, ...]


def wrong_secret(here: Installation) -> None:
    give(here, QC_BITRIX24__WEBHOOK_URL=f"{here.vendors.url}/rest/1/whatever/")


def portal_down(here: Installation) -> None:
    give(here, QC_BITRIX24__WEBHOOK_URL=f"http://127.0.0.1:{free_port()}/rest/1/whatever/")


def unknown_stage(here: Installation) -> None:
    scenario = own_scenario(here)
    text = scenario.read_text(encoding="utf-8")
    scenario.write_text(text.replace(FIRST_QUESTION, "move_deal: Оценка качевства"), encoding="utf-8")


def ambiguous_stage(here: Installation) -> None:
    here.vendors.change(rename_stage={"id": "C7:PREPARATION", "name": "Оценка качества"})


def unknown_head(here: Installation) -> None:
    branch = here.config["branches"][1]
    del branch["department"]
    branch["head"] = "Ольга Кравцева"


def unknown_department(here: Installation) -> None:
    here.config["branches"][0]["department"] = "Шинный центр на Абоя"


def unknown_webhook(here: Installation) -> None:
    scenario = own_scenario(here)
    told = f"call_webhook: {{webhook: loialty, event: asked}}\n      - {FIRST_QUESTION}"
    text = scenario.read_text(encoding="utf-8")
    scenario.write_text(text.replace(FIRST_QUESTION, told), encoding="utf-8")


def failing_test(here: Installation) -> None:
    own_scenario(here).with_name("own.tests.yaml").write_text(
        "of: tyre_centre\ntests:\n  - name: сразу хвалит\n    story: [{client: '9'}, {expect: {end: happy}}]\n",
        encoding="utf-8",
    )


def nothing(here: Installation) -> None:
    """Only the command line is wrong."""


MISTAKES = (
    Mistake(
        "wrong secret", wrong_secret, ("run",), CANNOT_RUN,
        ("names of portal main could not be read", "INVALID_CREDENTIALS", "qc doctor"),
    ),
    Mistake(
        "wrong secret, and the doctor", wrong_secret, ("doctor",), FAULTS,
        ("✗ Битрикс24 не отвечает", "INVALID_CREDENTIALS", "Проверьте адрес и права входящего вебхука"),
    ),
    Mistake("portal down", portal_down, ("run",), CANNOT_RUN, ("could not be read", "qc doctor")),
    Mistake(
        "portal down at setup", portal_down, ("bitrix24", "setup", "--yes"), CANNOT_RUN,
        ("недоступен", "Повторите позже"),
    ),
    Mistake(
        "unknown stage", unknown_stage, ("run",), FAULTS,
        ("tyre_centre.yaml:43:20: move_deal: unknown stage 'Оценка качевства'", "did you mean 'Оценка качества'?"),
    ),
    Mistake(
        "ambiguous stage", ambiguous_stage, ("run",), FAULTS,
        ("tyre_centre.yaml:43:20: ", "'Заказы / Оценка качества'", "'Недовольные клиенты / Оценка качества'"),
    ),
    Mistake(
        "unknown webhook", unknown_webhook, ("run",), FAULTS,
        ("tyre_centre.yaml:43:33: ", "unknown webhook 'loialty'"),
    ),
    Mistake(
        "failing test", failing_test, ("run",), FAULTS,
        ("own.tests.yaml:4:38: тест «сразу хвалит»: ожидалось end: happy",),
    ),
    Mistake(
        "unknown head", unknown_head, ("run",), FAULTS,
        ("'Ольга Кравцева'", "Ольга Кравцова", "qc bitrix24 names"),
    ),
    Mistake(
        "unknown department", unknown_department, ("run",), FAULTS,
        ("'Шинный центр на Абоя'", "Шинный центр на Абая", "qc bitrix24 names"),
    ),
    Mistake(
        "unknown portal", nothing, ("bitrix24", "names", "--portal", "astana"), WRONG_USE,
        ("Такого портала в config.yaml нет", "main"),
    ),
    Mistake(
        "unknown portal to compare", nothing, ("reconcile", "--portal", "astana"), WRONG_USE, ("'astana'",)
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendors]:
    with vendors(tmp_path_factory.mktemp("portal")) as up:
        yield up


@pytest.fixture
def here(portal: Vendors, tmp_path: Path) -> Iterator[Installation]:
    portal.change(rename_stage={"id": "C7:PREPARATION", "name": "Разбираемся"})
    with installation(portal, tmp_path) as made:
        yield made


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.name)
def test_said_in_a_sentence(here: Installation, mistake: Mistake) -> None:
    mistake.made(here)
    here.write()
    told = here.qc(*mistake.words)
    assert told.code == mistake.code, told
    whole = told.out + told.err
    assert [words for words in mistake.says if words not in whole] == [], told
    assert "Traceback" not in whole
    assert here.vendors.secret not in whole
    assert "/whatever" not in whole  # nor the secret that was wrong


def own_scenario(here: Installation) -> Path:
    folder = here.plan.folder / "scenarios"
    shutil.copytree(ROOT / "scenarios", folder)
    here.config["scenarios"] = str(folder)
    return folder / "tyre_centre.yaml"


def give(here: Installation, **variables: str) -> None:
    here.environment = {**here.environment, **variables}
