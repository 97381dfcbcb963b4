"""The schemas that editors read are the words that the loader knows."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from pydantic import Field, SecretStr
from ruamel.yaml import YAML

from qc_engine.scenario_files.reference.schema import config_schema, scenario_schema, written
from qc_engine.scenario_files.words.table import ACTIONS, CONDITIONS
from qc_engine.settings import Section, Settings, Span
from qc_engine.wiring import Installation

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "schemas"
WRITTEN = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("scenarios", "scenarios/examples", "docs/scenarios")
    for path in (ROOT / folder).glob("*.yaml")
)


class Door(Section):
    """A section of a connector."""

    token: SecretStr = Field(description="Ключ")
    channel: int = Field(description="Номер канала")
    every: Span = Field(timedelta(seconds=5), description="Как часто")


class Combined(Settings):
    """Settings with a connector."""

    door: Door


def test_the_scenario_schema_is_fresh() -> None:
    fresh = written(scenario_schema())
    assert (SCHEMAS / "scenario.json").read_text(encoding="utf-8") == fresh, (
        "write schemas/scenario.json again"
    )


def test_every_word_is_explained_in_russian() -> None:
    defs = scenario_schema()["$defs"]
    assert set(defs["action"]["properties"]) == set(ACTIONS)
    assert set(defs["conditions"]["anyOf"][1]["properties"]) == set(CONDITIONS)
    for description in _descriptions(scenario_schema()):
        assert any("а" <= letter <= "я" for letter in description), description


def test_every_reference_leads_somewhere() -> None:
    for schema in (scenario_schema(), config_schema(Combined)):
        for reference in _values(schema, "$ref"):
            assert reference.removeprefix("#/$defs/") in schema["$defs"]


def test_the_config_schema_speaks_of_spans_and_leaves_secrets_to_the_environment() -> None:
    schema = config_schema(Combined)
    door = schema["$defs"]["Door"]
    assert "required" not in schema
    assert door["required"] == ["channel"]
    assert door["properties"]["every"]["pattern"] == r"^\d"
    assert door["additionalProperties"] is False
    assert written(schema) == written(config_schema(Combined))


def _descriptions(schema: Any) -> list[str]:
    return [text for text in _values(schema, "description") if isinstance(text, str) and text]


def _values(schema: Any, key: str) -> list[Any]:
    if isinstance(schema, list):
        return [found for part in schema for found in _values(part, key)]
    if not isinstance(schema, dict):
        return []
    inner = [found for name, part in schema.items() for found in _values(part, key) if name != "properties"]
    named = [found for part in schema.get("properties", {}).values() for found in _values(part, key)]
    return ([schema[key]] if key in schema else []) + inner + named


def test_the_config_schema_is_fresh() -> None:
    fresh = written(config_schema(Installation))
    assert (SCHEMAS / "config.json").read_text(encoding="utf-8") == fresh, "write schemas/config.json again"


def test_a_parameter_may_stand_for_every_single_value() -> None:
    schema = scenario_schema()
    reference = {"$ref": "#/$defs/parameter"}
    properties = {**schema["$defs"]["action"]["properties"], **schema["properties"]}
    for word in ("hints", "remind_after"):
        assert reference in properties["survey"]["properties"][word]["anyOf"]
    assert reference in schema["$defs"]["conditions"]["anyOf"][1]["properties"]["average_at_least"]["anyOf"]
    assert reference not in properties["scenario"].get(
        "anyOf", ()
    )  # what tells which scenario it is, is fixed


# --- as an editor reads them ------------------------------------------------------------------


def shown(text: str, schema: str = "scenario.json") -> list[str]:
    """What an editor would underline: where, and why."""
    checks = jsonschema_rs.validator_for(json.loads((SCHEMAS / schema).read_text("utf-8")))
    found = checks.iter_errors(_plain(YAML(typ="safe").load(text)))
    return [f"{'/'.join(map(str, one.instance_path))}: {one.message}" for one in found]


def _plain(value: Any) -> Any:
    """Editors know no dates: a day is a text, as it is for us."""
    match value:
        case dict():
            return {str(key): _plain(one) for key, one in value.items()}
        case list():
            return [_plain(one) for one in value]
        case date():
            return str(value)
        case _:
            return value


@pytest.mark.parametrize("path", WRITTEN)
def test_an_editor_underlines_nothing_in_what_is_shipped(path: str) -> None:
    schema = "tests.json" if path.endswith(".tests.yaml") else "scenario.json"
    assert shown((ROOT / path).read_text("utf-8"), schema) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("average_at_least: $good_from", "average_atleast: $good_from"),
        ("- wait: 2 hours", "- wait: soon"),
        ("is: number", "is: nomber"),
        ("name: refund", "nam: refund"),
        ("language: ru", "language: de"),
    ],
)
def test_an_editor_underlines_what_is_wrong(before: str, after: str) -> None:
    text = (ROOT / "docs/scenarios/every_word.yaml").read_text("utf-8")
    assert before in text
    assert shown(text.replace(before, after, 1))
