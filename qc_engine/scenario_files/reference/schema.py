"""JSON Schemas for editors: what may be written where, explained in Russian."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from qc_engine.core.scenario import COMMENT
from qc_engine.core.wording.filters import FILTERS
from qc_engine.scenario_files.reading import Kind, fields_schema
from qc_engine.scenario_files.reference.schema_parameters import PARAMETER, with_parameters
from qc_engine.scenario_files.trials.files import TESTS_FILE
from qc_engine.scenario_files.trials.reading import trial_definitions
from qc_engine.scenario_files.words.kinds import TEXT_SCHEMA
from qc_engine.scenario_files.words.rules import RULE, STEP_FIELDS
from qc_engine.scenario_files.words.shape import QUESTION, TOP
from qc_engine.scenario_files.words.table import ACTIONS, CONDITIONS, Word
from qc_engine.scenario_files.words.texts import BY_LANGUAGE, LANGUAGE_FIELDS, ONE_LANGUAGE, TEXT_FIELDS
from qc_engine.scenario_files.yaml.filling import KEPT

# What each filter writes stands in the reference.
PLACES = "Текст: {имя}, {имя|запасное}, {имя:фильтр|запасное}. Фильтры: " + ", ".join(FILTERS)
DRAFT = "http://json-schema.org/draft-07/schema#"


def scenario_schema() -> dict[str, Any]:
    """The schema of scenarios/*.yaml, always the same for the same words."""
    return {
        "$schema": DRAFT,
        "title": "Сценарий опроса",
        **with_parameters(fields_schema(TOP), but=KEPT),
        "$defs": {
            **{name: with_parameters(one) for name, one in _parts().items()},
            "parameter": PARAMETER,
            **trial_definitions(),
        },
    }


def _parts() -> dict[str, Any]:
    """What stands in several places."""
    return {
        "action": {**_words(ACTIONS), "minProperties": 1, "maxProperties": 1},
        "conditions": {"anyOf": [_alone(), {**_words(CONDITIONS), "minProperties": 1}]},
        "do": _one_or_more("action"),
        "question": _question(),
        "rule": fields_schema(RULE),
        "step": fields_schema(STEP_FIELDS),
        "text": {"anyOf": [TEXT_SCHEMA, fields_schema(TEXT_FIELDS), BY_LANGUAGE], "description": PLACES},
        "text_of_language": fields_schema(TEXT_FIELDS | {"text": ONE_LANGUAGE}),
        "by_language": fields_schema(LANGUAGE_FIELDS),
        "when": _one_or_more("conditions"),
    }


def tests_schema() -> dict[str, Any]:
    """The schema of scenarios/*.tests.yaml."""
    top = fields_schema(TESTS_FILE)
    return {"$schema": DRAFT, "title": "Тесты сценария", **top, "$defs": trial_definitions()}


def config_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of config.yaml for the settings of one installation."""
    schema = model.model_json_schema(schema_generator=_AsWritten)
    # Every key may come from the environment instead, so an editor must not ask for it in the file.
    schema.pop("required", None)
    for part in schema.get("$defs", {}).values():
        if part.get("properties") and part is not schema:
            part["required"] = [name for name in part.get("required", ()) if not _secret(part, name)]
    return {"$schema": DRAFT, **schema, "title": "Настройки qc-engine"}


def written(schema: Mapping[str, Any]) -> str:
    """The text of a schema file."""
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=False) + "\n"


class _AsWritten(GenerateJsonSchema):
    """Time spans as people write them, not as ISO 8601."""

    def timedelta_schema(self, schema: core_schema.TimedeltaSchema) -> JsonSchemaValue:
        return {"type": "string", "pattern": r"^\d", "examples": ["30 s", "5 min", "1 day 2 hours"]}


def _secret(part: Mapping[str, Any], name: str) -> bool:
    return bool(part["properties"][name].get("format") == "password")


def _words(words: Mapping[str, Word]) -> dict[str, Any]:
    properties = {name: {**_taken(word), "description": word.about} for name, word in words.items()}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _taken(word: Word) -> Mapping[str, Any]:
    if word.takes is None:
        return {"type": "null"}
    return word.takes.schema if isinstance(word.takes, Kind) else fields_schema(word.takes)


def _question() -> dict[str, Any]:
    """A score needs its scale, a comment has none."""
    schema = fields_schema(QUESTION)
    comment = {"properties": {"kind": {"const": COMMENT}}, "required": ["kind"]}
    without = [word for word in schema["required"] if word != "scale"]
    return {**schema, "required": without, "if": comment, "else": {"required": ["scale"]}}


def _alone() -> dict[str, Any]:
    return {"enum": [name for name, word in CONDITIONS.items() if word.takes is None]}


def _one_or_more(name: str) -> dict[str, Any]:
    one = {"$ref": f"#/$defs/{name}"}
    return {"anyOf": [one, {"type": "array", "minItems": 1, "items": one}]}
