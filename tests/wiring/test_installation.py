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


MAIL = "mail: {host: smtp.company.kz, sender: qc@company.kz}\n"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("weekly_report: {to: [owner@company.kz]}\n", "nothing can be sent without a mail server"),
        (MAIL + "weekly_report: {to: [a@b.kz, A@b.kz]}\n", "'A@b.kz' stands here twice"),
        (MAIL + "weekly_report: {to: [owner]}\n", "write an address of mail, for example owner@company.kz"),
        (MAIL + "weekly_report: {weekday: понедельник}\n", "weekday: write one of: monday, tuesday"),
        (MAIL + "weekly_report: {hour: 24}\n", "hour: must be at most 23"),
        (MAIL + "weekly_report: {language: de}\n", "language: write one of: ru, kk, en"),
        ("mail: {host: smtp.company.kz, sender: qc}\n", "sender: write an address of mail"),
        ("mail: {host: smtp.company.kz}\n", "'sender' is missing"),
    ],
)
def test_what_is_wrong_with_the_weekly_report_is_told_at_its_place(
    tmp_path: Path, more: str, said: str
) -> None:
    path = tmp_path / "config.yaml"
    lines = (ROOT / "config.yaml").read_text("utf-8") + more
    path.write_text(lines, encoding="utf-8")
    with pytest.raises(BadConfig) as bad:
        read_installation(path, with_secrets=False)
    (told,) = [str(one) for one in bad.value.problems]
    assert said in told
    assert f":{lines.count(chr(10))}:" in told


def test_a_password_of_mail_is_missing_only_where_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config.yaml"
    text = (ROOT / "config.yaml").read_text("utf-8") + MAIL.replace("{host", "{user: qc, host")
    path.write_text(text, encoding="utf-8")
    read_installation(path, with_secrets=False)
    with pytest.raises(BadConfig, match="QC_MAIL__PASSWORD"):
        read_installation(path)


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (
            "{issuer: http://id.company.kz, client_id: qc}",
            "issuer: write the issuer as the provider names itself",
        ),
        ("{issuer: 'https://id.company.kz'}", "'client_id' is missing"),
        ("{issuer: 'https://id.company.kz', client_id: qc, roles: admin}", "unknown word 'roles'"),
    ],
)
def test_what_is_wrong_with_the_provider_is_told_at_its_place(
    tmp_path: Path, section: str, said: str
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        (ROOT / "config.yaml").read_text("utf-8") + f"console_oidc: {section}\n", encoding="utf-8"
    )
    with pytest.raises(BadConfig) as bad:
        read_installation(path, with_secrets=False)
    (told,) = [str(one) for one in bad.value.problems]
    assert said in told


def test_the_key_of_the_provider_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config.yaml"
    section = "console_oidc: {issuer: 'https://id.company.kz', client_id: qc}\n"
    path.write_text((ROOT / "config.yaml").read_text("utf-8") + section, encoding="utf-8")
    assert read_installation(path, with_secrets=False).console_oidc
    with pytest.raises(BadConfig, match="'client_secret' is missing; set QC_CONSOLE_OIDC__CLIENT_SECRET"):
        read_installation(path)
