"""Editors must know that a parameter may stand wherever one value is asked for."""

from collections.abc import Collection, Mapping
from typing import Any

PARAMETER = {"type": "string", "pattern": r"^\$[a-z][a-z0-9_]*$", "examples": ["$good_from"]}
REFERENCE = {"$ref": "#/$defs/parameter"}
VALUES = ("number", "integer", "boolean")


def with_parameters(schema: Any, but: Collection[str] = ()) -> Any:
    """The same schema, in which `$name` is a value too; `but` are the words at its top that take none."""
    if isinstance(schema, list):
        return [with_parameters(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {key: _part(key, value, but) for key, value in schema.items()}


def _part(key: str, value: Any, but: Collection[str]) -> Any:
    match key:
        case "properties":
            return {name: one if name in but else _or_parameter(one) for name, one in value.items()}
        case "items" | "additionalProperties":
            return _or_parameter(value)
        case "anyOf":
            return with_parameters(value)
        case _:
            return value


def _or_parameter(schema: Any) -> Any:
    if not isinstance(schema, Mapping) or not _is_one_value(schema):
        return with_parameters(schema)
    about = {key: value for key, value in schema.items() if key == "description"}
    plain = {key: value for key, value in schema.items() if key != "description"}
    return {"anyOf": [plain, REFERENCE], **about}


def _is_one_value(schema: Mapping[str, Any]) -> bool:
    return bool({"enum", "pattern"} & schema.keys()) or schema.get("type") in VALUES
