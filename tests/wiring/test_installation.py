"""config.yaml of an installation with several portals."""

from pathlib import Path

import pytest

from qc_engine.config_files.load import BadConfig
from qc_engine.wiring.installation import connector_name, portals_of, read_installation

ROOT = Path(__file__).resolve().parents[2]
FURTHER = """
portals:
  {name}:
    bitrix24: {{branch_field: Филиал}}
    scenarios: scenarios
    branches:
      - {{name: Кабанбай, crm_value: Кабанбай, head: 1, timezone: Asia/Almaty}}
"""


@pytest.fixture
def with_portal(tmp_path: Path) -> Path:
    return tmp_path / "config.yaml"


def write(path: Path, name: str) -> Path:
    path.write_text((ROOT / "config.yaml").read_text("utf-8") + FURTHER.format(name=name), encoding="utf-8")
    return path


def test_a_further_portal_stands_beside_the_main_one(with_portal: Path) -> None:
    portals = portals_of(read_installation(write(with_portal, "astana"), with_secrets=False))
    assert [connector_name(one) for one in portals] == ["bitrix24", "bitrix24-astana"]
    assert portals["main"].branches != portals["astana"].branches


@pytest.mark.parametrize("name", ["main", "Astana", "нурсултан", "nur sultan", "a-b", "1st", "a" * 41])
def test_a_name_that_fits_no_address_and_no_variable(with_portal: Path, name: str) -> None:
    """'main' would even have taken the place of the portal above, without a word."""
    with pytest.raises(BadConfig) as bad:
        read_installation(write(with_portal, name), with_secrets=False)
    said = [str(one) for one in bad.value.problems if "is no name for a portal" in str(one)]
    assert len(said) == 1
    assert f":3: '{name[:35]}" in said[0]
