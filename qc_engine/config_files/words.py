"""What is wrong with a value, in plain words."""

import re
from collections.abc import Mapping

from pydantic_core import ErrorDetails

CHOICES = re.compile(r"\^\(([\w|-]+)\)\$")
WORDS: Mapping[str, str] = {
    "bool_parsing": "write true or false",
    "bool_type": "write true or false",
    "dict_type": "write words and their values here",
    "enum": "write one of: {expected}",
    "float_parsing": "write a number",
    "float_type": "write a number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "int_from_float": "write a whole number",
    "int_parsing": "write a whole number",
    "int_parsing_size": "is too large",
    "int_type": "write a whole number",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "list_type": "write a list: items that begin with '- '",
    "literal_error": "write one of: {expected}",
    "model_type": "write words and their values here",
    "string_too_long": "is longer than {max_length} signs",
    "string_type": "write a text",
    "too_short": "write at least {min_length}",
    "too_long": "write at most {max_length}",
    "tuple_type": "write a list: items that begin with '- '",
    "value_error": "{error}",
}


def said(error: ErrorDetails) -> str:
    """What to do about one error; it never repeats more of the value than its author's own words do."""
    values = error.get("ctx", {})
    if error["input"] is None:
        return "is empty"
    if error["type"] == "string_too_short":
        few = values.get("min_length")
        return "is empty" if few == 1 else f"needs at least {few} signs"
    if error["type"] == "string_pattern_mismatch":
        choices = CHOICES.fullmatch(str(values.get("pattern")))
        return f"write one of: {choices[1].replace('|', ', ')}" if choices else "has not the right form"
    words = WORDS.get(error["type"])
    return words.format(**values) if words else error["msg"].replace("Input should be", "must be")
