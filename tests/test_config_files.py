"""config.yaml and the environment: precedence, places, and no secret in a message."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import Field, SecretStr, field_validator

from connectors.bitrix24.settings import Bitrix24Settings
from connectors.chat2desk.settings import Chat2DeskSettings
from qc_engine.config_files.load import BadConfig, load_settings
from qc_engine.settings import Section, Settings

ROOT = Path(__file__).parents[1]
SECRETS = {
    "QC_BITRIX24__WEBHOOK_URL": "https://tyres.bitrix24.kz/rest/1/canary0secret/",
    "QC_CHAT2DESK__TOKEN": "canary1token",
    "QC_CHAT2DESK__WEBHOOK_SECRET": "canary2canary2canary2",
}


class Product(Settings):
    """The settings of the real product."""

    bitrix24: Bitrix24Settings
    chat2desk: Chat2DeskSettings


class Signature(Section):
    """A section inside a section."""

    secret: SecretStr


class Door(Section):
    """A section as a connector has it."""

    token: SecretStr = Field(description="Ключ")
    channel: int = Field(7, gt=0)
    stages: dict[str, str] = Field(default_factory=dict)
    signature: Signature | None = None

    @field_validator("token")
    @classmethod
    def _long(cls, token: SecretStr) -> SecretStr:
        if len(token.get_secret_value()) < 5:
            raise ValueError(f"{token.get_secret_value()} is too short")
        return token


class Small(Settings):
    """Settings with one section."""

    door: Door


GOOD = """\
public_url: https://qc.example.kz
branches:
  - name: Abay
    crm_value: 041
    head: 15
    manager: 16
    timezone: Asia/Almaty
    review_pages: {yandex: https://yandex.kz/maps/org/1/reviews/}
  - {name: Satpaev, crm_value: "42", head: 17, manager: 18, timezone: Asia/Almaty}
door:
  channel: 5
"""
TOKEN = {"QC_DOOR__TOKEN": "canary3token"}


@pytest.fixture
def write(tmp_path: Path) -> Path:
    return tmp_path / "config.yaml"


def load(path: Path, text: str, environ: Mapping[str, str]) -> Small:
    path.write_text(text, encoding="utf-8")
    return load_settings(Small, path, environ)


def problems(path: Path, text: str, environ: Mapping[str, str]) -> list[str]:
    try:
        load(path, text, environ)
    except BadConfig as bad:
        return [str(problem).removeprefix(f"{path.parent}/") for problem in bad.problems]
    return []


# --- what is taken from where -----------------------------------------------------------------


def test_the_products_own_file_is_complete_but_for_the_secrets() -> None:
    settings = load_settings(Product, ROOT / "config.yaml", SECRETS)
    assert settings.bitrix24.branch_field == "Филиал"
    assert settings.fallback_branch == settings.branches[0].name
    with pytest.raises(BadConfig) as bad:
        load_settings(Product, ROOT / "config.yaml", {})
    assert [problem.message for problem in bad.value.problems] == [
        "'webhook_url' is missing; set QC_BITRIX24__WEBHOOK_URL, or give oauth (a local application)",
        "'token' is missing; set QC_CHAT2DESK__TOKEN",
        "'webhook_secret' is missing; set QC_CHAT2DESK__WEBHOOK_SECRET",
    ]


def test_a_value_is_what_is_written(write: Path) -> None:
    settings = load(write, GOOD, TOKEN)
    assert settings.branches[0].crm_value == "041"
    assert (settings.door.channel, settings.port) == (5, 8080)


def test_the_environment_wins(write: Path) -> None:
    environ = TOKEN | {
        "QC_PORT": "9000",
        "QC_DOOR__CHANNEL": "6",
        "QC_TIMINGS__TICK": "5 s",
        "QC_DOOR__STAGES__WON": "C1:WON",
        "QC_DOOR__SIGNATURE__SECRET": "s",
        "QC_CLOCK_FILE": "/var/clock.json",
        "QC_BRANCHES": '[{"name": "One", "crm_value": 7, "head": 1, "manager": 2, "timezone": "Asia/Almaty"}]',
        "QC_LANGUAGE": "",
        "QC_TEST_DATABASE_URL": "not ours",
        "QC_CHROMIUM": "not ours",
        "PORT": "1",
    }
    settings = load(write, GOOD, environ)
    assert (settings.port, settings.door.channel, settings.language) == (9000, 6, "ru")
    assert settings.timings.tick == timedelta(seconds=5)
    assert settings.door.stages == {"won": "C1:WON"}
    assert settings.door.signature == Signature(secret=SecretStr("s"))
    assert settings.clock_file == Path("/var/clock.json")
    assert [(branch.name, branch.crm_value) for branch in settings.branches] == [("One", "7")]


def test_a_secret_may_stand_in_a_file(write: Path) -> None:
    secret = write.parent / "token"
    secret.write_text("  fromfile\r\n", encoding="utf-8")
    settings = load(write, GOOD, {"QC_DOOR__TOKEN_FILE": str(secret)})
    assert settings.door.token.get_secret_value() == "fromfile"
    secret.write_text(" \n", encoding="utf-8")
    assert problems(write, GOOD, {"QC_DOOR__TOKEN_FILE": str(secret)}) == [
        "environment QC_DOOR__TOKEN_FILE: the file is empty"
    ]


# --- mistakes in the file ---------------------------------------------------------------------

ROWS = [
    ("public_url: https://qc.example.kz", "public_url: http://qc.example.kz", [
        "config.yaml:1:13: public_url: write https://, http:// is for this machine alone"]),
    ("public_url: https://qc.example.kz", "public_url: http://127.0.0.1:8080", []),
    ("public_url: https://qc.example.kz", "public_url: http://[::1]:8080/qc/", []),
    ("public_url: https://qc.example.kz", "public_url: qc.example.kz", [
        "config.yaml:1:13: public_url: write an address that begins with https://"]),
    ("public_url: https://qc.example.kz", "public_url: https://u:p@qc.example.kz", [
        "config.yaml:1:13: public_url: an address must not hold a name or a password"]),
    ("public_url: https://qc.example.kz", "public_url: https://qc.example.kz/?a=1", [
        "config.yaml:1:13: public_url: write an address without ? and #, for example https://qc.example.kz"]),
    ("public_url: https://qc.example.kz", "public_url: https://qc.example.kz:99999", ["config.yaml:1:13: public_url: this is no address"]),
    ("public_url: https://qc.example.kz\n", "", ["config.yaml:1:1: 'public_url' is missing"]),
    ("public_url:", "publik_url:", ["config.yaml:1:1: unknown word 'publik_url'; did you mean 'public_url'?"]),
    ("public_url: https://qc.example.kz", "public_url:", ["config.yaml:1:1: public_url: is empty"]),
    ("head: 15", "head: Ivan Petrov", []),
    ("head: 15", "department: Abay", []),
    ("head: 15", "head: 0", ["config.yaml:5:11: head: an id is a number above 0; or write the name as the CRM shows it"]),
    ("    head: 15\n", "", ["config.yaml:3:5: branches: name the branch's head, or the department whose head it is"]),
    ("head: 15", "heed: 15", ["config.yaml:5:5: unknown word 'heed'; did you mean 'head'?"]),
    ("name: Satpaev", "name: abay", ["config.yaml:9:12: name: 'abay' belongs to another branch already"]),
    ('"42"', "041", ["config.yaml:9:32: crm_value: '041' belongs to another branch already"]),
    ("timezone: Asia/Almaty\n", "timezone: Asia/Almata\n", [
        "config.yaml:7:15: timezone: unknown time zone 'Asia/Almata'; did you mean 'Asia/Almaty'?"]),
    ("https://yandex.kz/maps/org/1/reviews/", "http://yandex.kz/", [
        "config.yaml:8:28: yandex: write https://, http:// is for this machine alone"]),
    ("https://yandex.kz/maps/org/1/reviews/", "http://localhost:9000/yandex", []),
    ("https://yandex.kz/maps/org/1/reviews/", "'javascript:alert(1)'", [
        "config.yaml:8:28: yandex: write an address that begins with https://"]),
    ("door:\n", "fallback_branch: Abey\ndoor:\n", ["config.yaml:10:18: fallback_branch: unknown branch 'Abey'; did you mean 'Abay'?"]),
    ("door:\n", "language: de\ndoor:\n", ["config.yaml:10:11: language: write one of: ru, kk, en"]),
    ("door:\n", "runner: celery\ndoor:\n", ["config.yaml:10:9: runner: write one of: embedded, procrastinate"]),
    ("door:\n", "runner: procrastinate\ndatabase_url: postgresql://db/qc\ndoor:\n", []),
    ("door:\n", "runner: procrastinate\ndoor:\n", ["config.yaml:10:9: runner: procrastinate needs PostgreSQL as database_url"]),
    ("door:\n", "timings: {tick: soon}\ndoor:\n", [
        "config.yaml:10:17: tick: write a number and a unit, for example '30 s', '5 min', '1 day 2 hours'"]),
    ("door:\n", "timings: fast\ndoor:\n", ["config.yaml:10:10: timings: write words and their values here"]),
    ("door:\n", "port: 70000\nhost: [a]\ndoor:\n", [
        "config.yaml:10:7: port: must be at most 65535", "config.yaml:11:1: host: write a text"]),
    ("  channel: 5\n", "  channel: 5\n  channel: 6\n", ["config.yaml:12:3: 'channel' is written twice, first in line 11"]),
    ("  channel: 5\n", "  chanel: 5\n", ["config.yaml:11:3: unknown word 'chanel'; did you mean 'channel'?"]),
    ("  channel: 5\n", "\tchannel: 5\n", ["config.yaml:11:1: a tab stands where only spaces may; indent with spaces"]),
    ("door:\n  channel: 5\n", "door: {signature: {}}\n", ["config.yaml:10:8: 'secret' is missing; set QC_DOOR__SIGNATURE__SECRET"]),
    (GOOD, "- a\n", ["config.yaml:1:1: write words and their values here, for example 'port: 8080'"]),
    (GOOD, "", ["config.yaml:1:1: the file is empty"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), ROWS, ids=range(len(ROWS)))
def test_every_mistake_has_its_place(write: Path, old: str, new: str, expected: list[str]) -> None:
    assert old in GOOD
    assert problems(write, GOOD.replace(old, new, 1), TOKEN) == expected


def test_all_mistakes_come_at_once(write: Path) -> None:
    text = GOOD.replace("head: 15", "head: 0").replace("name: Satpaev", "name: Abay").replace("door:", "dor:")
    assert problems(write, text, TOKEN | {"QC_PORT": "canary"}) == [
        "config.yaml:5:11: head: an id is a number above 0; or write the name as the CRM shows it",
        "config.yaml:9:12: name: 'Abay' belongs to another branch already",
        "config.yaml:10:1: unknown word 'dor'; did you mean 'door'?",
        "environment QC_PORT: port: write a whole number",
    ]


def test_a_file_that_is_not_there(write: Path) -> None:
    with pytest.raises(
        BadConfig,
        match=r"config\.yaml:1:1: cannot be opened: No such file .* --config FILE, or QC_CONFIG=FILE\. A new one",
    ):
        load_settings(Small, write, TOKEN)


# --- mistakes in the environment --------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, ["config.yaml:10:1: 'token' is missing; set QC_DOOR__TOKEN"]),
        ({"QC_DOOR__TOKEN": "cana ry"}, ["environment QC_DOOR__TOKEN: token: a secret must not hold spaces or line ends"]),
        ({"QC_DOOR__TOKEN": "cnr"}, ["environment QC_DOOR__TOKEN: token: has a wrong value"]),
        ({"QC_DOOR__TOKN": "canary"}, ["environment QC_DOOR__TOKN: no such setting; did you mean QC_DOOR__TOKEN?"]),
        (TOKEN | {"QC_DOOR__ZZZ": "canary"}, ["environment QC_DOOR__ZZZ: no such setting"]),
        (TOKEN | {"QC_PUBLIC_ULR": "canary"}, ["environment QC_PUBLIC_ULR: no such setting; did you mean QC_PUBLIC_URL?"]),
        (TOKEN | {"QC_PORT": "canary"}, ["environment QC_PORT: port: write a whole number"]),
        (TOKEN | {"QC_TIMEZONE": "canary"}, ["environment QC_TIMEZONE: timezone: has a wrong value"]),
        (TOKEN | {"QC_TIMINGS__TICK": "canary soon"}, ["environment QC_TIMINGS__TICK: tick: has a wrong value"]),
        (TOKEN | {"QC_BRANCHES": "[canary"}, ['environment QC_BRANCHES: is no JSON; write for example [{"name": "..."}]']),
        (TOKEN | {"QC_BRANCHES": "[]"}, ["environment QC_BRANCHES: branches: write at least 1"]),
        (TOKEN | {"QC_BRANCHES": "[" * 100_000}, ['environment QC_BRANCHES: is no JSON; write for example [{"name": "..."}]']),
        (TOKEN | {"QC_DOOR__TOKEN_FILE": "/no"}, ["environment QC_DOOR__TOKEN_FILE: is given twice, see QC_DOOR__TOKEN"]),
        ({"QC_DOOR__TOKEN_FILE": "/no"}, ["environment QC_DOOR__TOKEN_FILE: the file cannot be opened: No such file or directory"]),
        (TOKEN | {"QC_PORT_FILE": "/no"}, ["environment QC_PORT_FILE: only a secret may come from a file"]),
    ],
)  # fmt: skip
def test_a_variable_is_named_and_its_value_is_not(
    write: Path, environ: dict[str, str], expected: list[str]
) -> None:
    said = problems(write, GOOD, environ)
    assert said == expected
    assert "canary" not in "".join(said)
