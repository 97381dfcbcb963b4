"""Holidays in config.yaml: of the company, of a branch, of a further portal."""

from datetime import date
from pathlib import Path

import pytest

from qc_engine.config_files.load import BadConfig
from qc_engine.settings import parse_holiday
from qc_engine.store.cases import MAIN
from qc_engine.wiring import libraries_of, portals_of, read_installation
from qc_engine.wiring.naming import holidays_of

CONFIG = """
public_url: https://qc.example.kz
holidays: [2026-01-01, 05-09]
scenarios: {scenarios}
bitrix24: {{branch_field: Филиал}}
chat2desk: {{channel_id: 1, transport: wa_direct}}
branches:
  - {{name: Абая, crm_value: Абая, head: 1, timezone: Asia/Almaty, holidays: [2026-07-06]}}
  - {{name: Сатпаева, crm_value: Сатпаева, head: 1, timezone: Asia/Almaty}}
portals:
  same: {{bitrix24: {{}}, scenarios: {scenarios}, branches: &one [{{name: A, crm_value: A, head: 1, timezone: Asia/Almaty}}]}}
  other: {{bitrix24: {{}}, scenarios: {scenarios}, holidays: [12-25], branches: [{{name: A, crm_value: A, head: 1, timezone: Asia/Almaty}}]}}
""".replace("&one ", "")  # fmt: skip
ROOT = Path(__file__).resolve().parents[1]


def written(folder: Path, text: str = CONFIG) -> Path:
    path = folder / "config.yaml"
    path.write_text(text.format(scenarios=ROOT / "scenarios"), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("portal", "branch", "day", "free"),
    [
        (MAIN, "Абая", date(2026, 1, 1), True),
        (MAIN, "Абая", date(2027, 1, 1), False),  # written with its year
        (MAIN, "Сатпаева", date(2031, 5, 9), True),
        (MAIN, "Абая", date(2026, 7, 6), True),
        (MAIN, "Сатпаева", date(2026, 7, 6), False),
        ("same", "A", date(2026, 5, 9), True),  # the company's, because it has none of its own
        ("other", "A", date(2026, 5, 9), False),
        ("other", "A", date(2026, 12, 25), True),
    ],
)
def test_who_has_a_holiday(tmp_path: Path, portal: str, branch: str, day: date, free: bool) -> None:
    settings = read_installation(written(tmp_path), with_secrets=False)
    assert holidays_of(portals_of(settings)[portal]).has(day, branch) is free
    assert libraries_of(settings)[portal].holidays.has(day, branch) is free


@pytest.mark.parametrize("day", ["2026-02-30", "5-9", "09.05", "13-01", "2026-1-1", "yearly", "00-00", ""])
def test_what_is_no_day(day: str) -> None:
    with pytest.raises(ValueError, match="write a day, for example 2026-03-23, or 05-09 for every year"):
        parse_holiday(day)


def test_the_29th_of_february_is_a_day_of_some_years() -> None:
    assert parse_holiday("02-29") == (0, 2, 29)
    assert parse_holiday("2028-02-29") == (2028, 2, 29)


def test_a_mistake_has_its_place(tmp_path: Path) -> None:
    path = written(tmp_path, CONFIG.replace("05-09]", "9 May]"))
    with pytest.raises(BadConfig) as wrong:
        read_installation(path, with_secrets=False)
    assert "config.yaml:3:24: holidays" in str(wrong.value)
