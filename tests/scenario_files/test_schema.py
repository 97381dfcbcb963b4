"""The schemas that editors read are the words that the loader knows."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr

from qc_engine.scenario_files.schema import config_schema, scenario_schema, written
from qc_engine.scenario_files.words import ACTIONS, CONDITIONS
from qc_engine.settings import Section, Settings, Span
from qc_engine.wiring import Installation

SCHEMAS = Path(__file__).parents[2] / "schemas"


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
