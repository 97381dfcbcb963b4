"""The environment as a second source of settings: QC_PORT, QC_BITRIX24__WEBHOOK_URL, QC_..._FILE."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr

from qc_engine.scenario_files.similar import did_you_mean

PREFIX = "QC_"
FROM_FILE = "_file"
DEEPER = "__"
TESTS = "QC_TEST_"  # settings of the test suite
LARGEST_SECRET = 10_000

Keys = tuple[str | int, ...]


@dataclass(frozen=True)
class InEnvironment:
    """A mistake in a variable. The value is never shown: it may be a secret."""

    variable: str
    message: str

    def __str__(self) -> str:
        return f"environment {self.variable}: {self.message}"


@dataclass
class Given:
    """What the environment gives: values and the variables that they came from, by their keys."""

    values: dict[Keys, Any] = field(default_factory=dict)
    names: dict[Keys, str] = field(default_factory=dict)
    problems: list[InEnvironment] = field(default_factory=list)
    meant: set[Keys] = field(default_factory=set)  # settings that a refused variable stood for


class _Wrong(Exception):
    """The variable cannot be used."""


def read_environment(model: type[BaseModel], environ: Mapping[str, str]) -> Given:
    """Every QC_ variable that names a setting. An empty one counts as not set."""
    given = Given()
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name.startswith(TESTS) or not environ[name]:
            continue
        try:
            _take(name, environ[name], model, given)
        except _Wrong as wrong:
            given.problems.append(InEnvironment(name, str(wrong)))
    return given


def fields_at(model: type[BaseModel], keys: Keys) -> list[str]:
    """The words that may stand in the section that these keys lead to."""
    section = _models(_type_at(model, keys))
    return [name for one in section for name in one.model_fields]


def secrets_of(model: type[BaseModel], before: Keys = ()) -> Iterator[Keys]:
    """The keys of every secret of a model and of its sections."""
    for name, info in model.model_fields.items():
        if _is_secret(info.annotation):
            yield (*before, name)
        for inner in _models(info.annotation):
            yield from secrets_of(inner, (*before, name))


def _take(name: str, text: str, model: type[BaseModel], given: Given) -> None:
    keys: Keys = tuple(name.removeprefix(PREFIX).lower().split(DEEPER))
    kind = _type_at(model, keys)
    secret_file = kind is None and str(keys[-1]).endswith(FROM_FILE)
    if secret_file:
        keys = (*keys[:-1], str(keys[-1]).removesuffix(FROM_FILE))
        kind = _type_at(model, keys)
    if kind is None:
        _check_typo(keys, model, given)
        return
    if secret_file and not _is_secret(kind):
        raise _Wrong("only a secret may come from a file")
    if keys in given.names:
        raise _Wrong(f"is given twice, see {given.names[keys]}")
    given.meant.add(keys)
    given.values[keys] = _secret_from(text) if secret_file else _value(text, kind)
    given.names[keys] = name
    given.meant.remove(keys)


def _check_typo(keys: Keys, model: type[BaseModel], given: Given) -> None:
    """A name inside a known section is meant for us; elsewhere only what is nearly one of our words."""
    meant = did_you_mean(str(keys[-1]), fields_at(model, keys[:-1]))
    advice = f"; did you mean {variable((*keys[:-1], meant))}?" if meant else ""
    if len(keys) > 1 or (meant and abs(len(meant) - len(str(keys[0]))) <= 2):
        given.meant |= {(*keys[:-1], meant)} if meant else set()
        raise _Wrong(f"no such setting{advice}")


def variable(keys: Keys) -> str:
    """The name under which a setting stands in the environment."""
    return PREFIX + DEEPER.join(str(key) for key in keys).upper()


def _secret_from(path: str) -> str:
    try:
        with Path(path).open(encoding="utf-8") as file:
            secret = file.read(LARGEST_SECRET).strip()
    except UnicodeDecodeError:
        raise _Wrong("the file is not UTF-8 text") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "unknown reason"
        raise _Wrong(f"the file cannot be opened: {reason}") from None
    if not secret:
        raise _Wrong("the file is empty")
    return secret


def _value(text: str, kind: Any) -> Any:
    if not _is_nested(kind):
        return text
    try:
        # Numbers stay text, as in the file: a CRM value 007 is no 7.
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise _Wrong('is no JSON; write for example [{"name": "..."}]') from None


# --- types ------------------------------------------------------------------------------------


def _type_at(kind: Any, keys: Keys) -> Any:
    """The annotation of a setting, or None if there is no such setting."""
    for key in keys:
        inner = None
        for one in _alternatives(kind):
            if isinstance(one, type) and issubclass(one, BaseModel) and str(key) in one.model_fields:
                inner = one.model_fields[str(key)].annotation
            elif get_origin(one) in (dict, Mapping) and get_args(one):
                inner = get_args(one)[1]
            elif get_origin(one) in (list, tuple) and isinstance(key, int):
                inner = get_args(one)[0]
        if inner is None:
            return None
        kind = inner
    return kind


def _alternatives(kind: Any) -> Iterator[Any]:
    if get_origin(kind) in (Union, UnionType):
        for one in get_args(kind):
            yield from _alternatives(one)
    elif hasattr(kind, "__metadata__"):
        yield from _alternatives(get_args(kind)[0])
    else:
        yield kind


def _models(kind: Any) -> list[type[BaseModel]]:
    return [one for one in _alternatives(kind) if isinstance(one, type) and issubclass(one, BaseModel)]


def _is_secret(kind: Any) -> bool:
    return SecretStr in _alternatives(kind)


def _is_nested(kind: Any) -> bool:
    many = (dict, Mapping, list, tuple, set, frozenset)
    return bool(_models(kind)) or any(get_origin(one) in many or one in many for one in _alternatives(kind))
