"""What config.yaml may say, and how a mistake in it is told."""

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from ruamel.yaml import YAML

from connectors.sms.settings import READY, SmsSettings
from qc_engine.config_files.load import BadConfig, load_settings
from qc_engine.settings import Settings

ACCESS: dict[str, Any] = {"login": "acme", "password": SecretStr("pass-word")}
OWN: dict[str, Any] = {
    "base_url": "https://own.example",
    "send": {"path": "/send", "form": {"to": "{phone}", "text": "{text}", "token": "{key}"}, "id": "id"},
}


def own(**changes: Any) -> dict[str, Any]:
    return {"gateway": "own", "key": SecretStr("k"), "description": {**OWN, **changes}}


def mistake(values: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        SmsSettings(**values)
    return str(caught.value)


@pytest.mark.parametrize("gateway", READY)
def test_ready_descriptions_are_whole(gateway: str) -> None:
    settings = SmsSettings.model_validate({"gateway": gateway, "key": "k"})
    assert settings.receipts
    assert settings.addresses[0].startswith("https://")
    assert settings.description.balance is not None


def test_one_field_of_a_ready_description() -> None:
    changes = {"send": {"form": {"charset": None, "tz": "5"}}, "status": None, "phone": "digits"}
    form = SmsSettings(**ACCESS, description=changes).description
    assert form.send.form["mes"] == "{text}"
    assert form.send.form["tz"] == "5"
    assert "charset" not in form.send.form
    assert form.status is None
    assert form.phone == "digits"
    # Nothing of it stays behind for the next one.
    assert SmsSettings(**ACCESS).description.send.form["charset"] == "utf-8"


def test_numbers_count_as_text() -> None:
    settings = SmsSettings(**ACCESS, description={"states": {"delivered": 7}, "errors": {"fine": [0, 100]}})
    assert settings.description.states.delivered == ("7",)
    assert settings.description.errors.fine == ("0", "100")


def test_a_replaced_address_has_no_backup() -> None:
    assert len(SmsSettings(**ACCESS).addresses) == 2
    here = SmsSettings(**ACCESS, base_url="http://127.0.0.1:9000/sms/")
    assert here.addresses == ("http://127.0.0.1:9000/sms",)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "QC_SMS__LOGIN и QC_SMS__PASSWORD или QC_SMS__KEY"),
        ({"login": "acme"}, "QC_SMS__PASSWORD"),
        ({"gateway": "mobizon", **ACCESS}, "задайте QC_SMS__KEY"),
        ({"gateway": "own"}, "опишите send"),
        ({"gateway": "smsaero", **ACCESS}, "'smsc', 'mobizon' or 'own'"),
        ({**ACCESS, "base_url": "http://smsc.ru"}, "нужен https"),
        ({**ACCESS, "base_url": "https://me:secret@smsc.ru"}, "без имени, пароля"),
        ({**ACCESS, "base_url": "smsc.ru"}, "нужен адрес"),
        ({**ACCESS, "base_url": "https://smsc.ru:port"}, "это не адрес"),
        ({**ACCESS, "webhook_secret": "short"}, "от 16 до 128 знаков"),
        ({"login": "acme", "password": "пароль"}, "не латиницу"),
        ({**ACCESS, "max_parts": 0}, "greater than or equal to 1"),
        ({**ACCESS, "description": {"sned": {}}}, "description.sned"),
        ({**ACCESS, "description": {"send": {"form": {"x": "{fone}"}}}}, "неизвестное место {fone}; здесь есть: {login}"),
        ({**ACCESS, "description": {"send": {"form": {"x": "{id}"}}}}, "неизвестное место {id}"),
        ({**ACCESS, "description": {"send": {"form": {"x": "{phone"}}}}, "без пары"),
        ({**ACCESS, "description": {"send": {"query": {"x": "{n}"}}}}, "неизвестное место {n}"),
        ({**ACCESS, "description": {"send": {"form": {"mes": None}}}}, "нет места {text}"),
        ({**ACCESS, "description": {"send": {"path": "sys/send.php"}}}, "description.send.path"),
        ({**ACCESS, "description": {"send": {"method": "GET"}}}, "у GET нет тела"),
        ({**ACCESS, "description": {"send": {"body": {"a": "b"}}}}, "либо form, либо body"),
        ({**ACCESS, "description": {"send": {"headers": {"X": "{text}"}}}}, "неизвестное место {text}"),
        ({**ACCESS, "description": {"send": {"headers": {"X-Ключ": "1"}}}}, "латиницей"),
        ({**ACCESS, "description": {"errors": {"rows": [{"means": "later"}]}}}, "по чему узнать ошибку"),
        ({**ACCESS, "description": {"errors": {"rows": [{"pattern": "("}]}}}, "не регулярное выражение"),
        ({**ACCESS, "description": {"errors": {"rows": [{"codes": 1, "means": "perhaps"}]}}}, "rows.0.means"),
        ({**ACCESS, "description": {"errors": {"rows": [{"codes": 1, "code": "Нет"}]}}}, "слово латиницей"),
        ({**ACCESS, "description": {"status": {"form": {"id": None}}}}, "нет места {id} или {ids}"),
        ({**ACCESS, "description": {"status": {"at_once": 1000}}}, "status.at_once"),
        ({**ACCESS, "description": {"states": None}}, "задайте states"),
        ({**ACCESS, "description": {"send": {"id": None}}}, "без send: id"),
        ({**ACCESS, "description": {"find": {"path": "/find"}}}, "в find задайте id"),
        (own(base_url=None), "задайте адрес шлюза"),
        (own(send={**OWN["send"], "id": ""}), "иначе успех не узнать"),
        (own(send={**OWN["send"], "form": None, "body": {"to": "{phone}", "t": ["{txt}"]}}), "неизвестное место {txt}"),
        (own(send={**OWN["send"], "form": None, "body": {"t": "{text}", "x": "{json:yes}"}}), "{json:true}"),
        (own(format="text", send={**OWN["send"], "id": "ID=("}), "не регулярное выражение"),
    ],
)  # fmt: skip
def test_mistakes(values: dict[str, Any], told: str) -> None:
    assert told in mistake(values)


@pytest.mark.parametrize(
    "values", [{"password": "se cret-77"}, {"key": "se\ncret-77"}, {"webhook_secret": "se/cret-77"}]
)
def test_a_mistake_does_not_show_the_secret(values: dict[str, Any]) -> None:
    assert "cret-77" not in mistake({"login": "acme", **values})


def test_own_secrets_are_asked_for_by_their_places() -> None:
    assert "задайте QC_SMS__KEY" in mistake({**own(), "key": SecretStr("")})
    by_name = {
        **OWN,
        "send": {
            **OWN["send"],
            "form": {"to": "{phone}", "t": "{text}"},
            "headers": {"Authorization": "Basic {basic}"},
        },
    }
    assert "QC_SMS__LOGIN и QC_SMS__PASSWORD" in mistake({**own(), "description": by_name})


class Whole(Settings):
    """config.yaml with our section."""

    sms: SmsSettings


CONFIG = """\
public_url: https://q.example.kz
branches: [{name: A, crm_value: a, head: 1, timezone: Asia/Almaty}]
sms:
  gateway: own
  description:
    base_url: https://own.example
    phone: digits
    errors: {code: code, fine: [0, 100]}
    send:
      path: /send
      form: {to: "{phone}", text: "{text}", token: "{key}"}
      id: id
"""


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    settings = load_settings(Whole, path, {"QC_SMS__KEY": "k-1"}).sms
    assert settings.description.errors.fine == ("0", "100")
    assert settings.access["key"] == "k-1"


def test_mistakes_stand_at_their_places(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.replace('"{text}"', '"{txt}"').replace("digits", "digit"), encoding="utf-8")
    with pytest.raises(BadConfig) as caught:
        load_settings(Whole, path, {"QC_SMS__KEY": "k-1"})
    lines = str(caught.value).splitlines()
    assert [line.split(":")[1] for line in lines] == ["7", "11"]
    assert "{txt}" in lines[1]


def test_a_schema_asks_for_nothing_that_has_a_default() -> None:
    schema = SmsSettings.model_json_schema()
    assert "required" not in schema
    assert not [name for name, one in schema["$defs"].items() if "required" in one]
    assert json.dumps(schema)


def test_the_shipped_files_are_plain_yaml() -> None:
    """They are meant to be read and copied: what comes back is what is written."""
    folder = Path(__file__).parents[3] / "connectors" / "sms" / "gateways"
    for path in folder.glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        assert set(YAML(typ="safe", pure=True).load(StringIO(text))) >= {
            "base_url",
            "errors",
            "send",
            "states",
        }


def test_the_readme_can_be_copied(tmp_path: Path) -> None:
    readme = Path(__file__).parents[3] / "connectors" / "sms" / "README.md"
    blocks = re.findall(r"```yaml\n(.*?)```", readme.read_text(encoding="utf-8"), re.DOTALL)
    secrets = {"QC_SMS__LOGIN": "acme", "QC_SMS__PASSWORD": "p-1", "QC_SMS__KEY": "k-1"}
    top = CONFIG[: CONFIG.index("sms:")]
    found = []
    for block in blocks:
        path = tmp_path / "config.yaml"
        path.write_text(top + block, encoding="utf-8")
        found.append(load_settings(Whole, path, secrets).sms)
    assert [one.gateway for one in found] == ["smsc", "smsc", "own"]
    assert "charset" not in found[1].description.send.form
    assert found[2].receipts
