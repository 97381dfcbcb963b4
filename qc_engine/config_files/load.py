"""config.yaml and the environment -> settings, or every mistake with its place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from qc_engine.config_files.checks import find_nonsense
from qc_engine.config_files.environment import (
    Given,
    InEnvironment,
    fields_at,
    read_environment,
    secrets_of,
    variable,
)
from qc_engine.config_files.words import said
from qc_engine.scenario_files.similar import did_you_mean, unknown
from qc_engine.scenario_files.yaml.source import Pairs, Problem, Source, plain
from qc_engine.scenario_files.yaml.strict import read_file
from qc_engine.settings import Settings

M = TypeVar("M", bound=Settings)
NOT_THERE = (
    "cannot be opened: No such file or directory. Run qc in the folder of the installation, or name the "
    "file: --config FILE, or QC_CONFIG=FILE. A new one begins as a copy of the config.yaml that comes with "
    "the program"
)
SHORTEST_SHOWN = 20  # messages cut long values, so the beginning is looked for
Trouble = Problem | InEnvironment
Keys = tuple[str | int, ...]


class BadConfig(Exception):
    """A configuration with mistakes; the service does not start with it."""

    def __init__(self, problems: Iterable[Trouble]) -> None:
        self.problems = tuple(sorted(set(problems), key=_in_order))
        super().__init__("\n".join(map(str, self.problems)))


def load_settings(model: type[M], path: Path, environ: Mapping[str, str]) -> M:
    """The environment wins over the file; secrets may also stand in files (QC_..._FILE). Raises BadConfig."""
    if not path.exists():
        raise BadConfig([Problem(str(path), 1, 1, NOT_THERE)])
    config = _Config(model, read_file(path), read_environment(model, environ))
    problems = config.problems()
    try:
        settings = model.model_validate(config.data)
    except ValidationError as invalid:
        errors = config.without_echoes(invalid.errors(include_url=False))
        raise BadConfig([*problems, *map(config.explain, errors)]) from None
    if problems:
        raise BadConfig(problems)
    return settings


@dataclass(frozen=True)
class _Config:
    """The file and the environment laid over each other, and where each value came from."""

    model: type[Settings]
    source: Source
    given: Given

    @property
    def data(self) -> dict[str, Any]:
        data = plain(self.source.root)
        data = data if isinstance(data, dict) else {}
        for keys, value in sorted(self.given.values.items(), key=lambda one: len(one[0])):
            _put(data, keys, value)
        return data

    def problems(self) -> list[Trouble]:
        found: list[Trouble] = [*self.source.problems, *self.given.problems]
        if self.source.root is not None and not isinstance(self.source.root, Pairs):
            found.append(
                self.source.problem((), "write words and their values here, for example 'port: 8080'")
            )
        if not isinstance(self.source.root, Pairs):
            raise BadConfig(found)
        return found + [self.at(keys, message) for keys, message in find_nonsense(self.model, self.data)]

    def without_echoes(self, errors: list[ErrorDetails]) -> list[ErrorDetails]:
        """One mistake, one message: a word that is missing because it was misspelled is not missing."""
        meant = set(self.given.meant)
        for error in errors:
            if error["type"] == "extra_forbidden":
                *section, word = error["loc"]
                near = did_you_mean(str(word), fields_at(self.model, tuple(section)))
                meant |= {(*section, near)} if near else set()
        return [error for error in errors if not _begins(error["loc"], meant)]

    def explain(self, error: ErrorDetails) -> Trouble:
        keys = error["loc"]
        name = next((key for key in reversed(keys) if isinstance(key, str)), "")
        if error["type"] == "missing":
            secret = keys in set(secrets_of(self.model))
            return self.at(keys, f"'{name}' is missing" + (f"; set {variable(keys)}" if secret else ""))
        if error["type"] == "missing_one_of":
            return self.at(keys, _missing_one_of(keys, error["ctx"]))
        if error["type"] == "extra_forbidden":
            return self.at(keys, unknown("word", name, fields_at(self.model, keys[:-1])), at_key=True)
        return self.at(keys, f"{name}: {said(error)}")

    def at(self, keys: Keys, message: str, at_key: bool = False) -> Trouble:
        """Where the value came from: a variable, or a place in the file."""
        for length in range(len(keys), 0, -1):
            given = self.given.names.get(keys[:length])
            if given:
                return InEnvironment(given, self.discreet(keys[:length], message))
        return self.source.problem(keys, message, at_key)

    def discreet(self, keys: Keys, message: str) -> str:
        """A message that does not repeat what the variable holds."""
        value = self.given.values[keys]
        texts = [value] if isinstance(value, str) else _texts(value)
        shown = any(len(text) > 2 and text[:SHORTEST_SHOWN] in message for text in texts)
        return f"{keys[-1]}: has a wrong value" if shown else message


def _missing_one_of(keys: Keys, said: Mapping[str, Any]) -> str:
    secret, other = said["secret"], said["other"]
    if said["both"]:
        return f"give '{secret}' or {other}, not both"
    return f"'{secret}' is missing; set {variable((*keys, secret))}, or give {other}"


def _begins(keys: Keys, known: set[Keys]) -> bool:
    return any(keys[:length] in known for length in range(1, len(keys) + 1))


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for part in value.values() for text in _texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    return [value] if isinstance(value, str) else []


def _put(data: dict[str, Any], keys: Keys, value: Any) -> None:
    *parents, last = keys
    for key in parents:
        inner = data.get(str(key))
        data = data.setdefault(str(key), {}) if isinstance(inner, dict) or inner is None else {}
    data[str(last)] = value


def _in_order(problem: Trouble) -> tuple[int, str, int, int, str]:
    if isinstance(problem, Problem):
        return 0, problem.file, problem.line, problem.column, problem.message
    return 1, problem.variable, 0, 0, problem.message
