"""What is asked and told of scenarios."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from qc_engine.web.calls.shapes import shown
from qc_engine.web.pages.scenarios.visiting import LONGEST_REASON, LONGEST_VERSION
from qc_engine.web.pages.scenarios.workshop import FILE

VERSION = f"One of the kept versions, or {FILE}: what the file holds now"


class Standing(BaseModel):
    """How one scenario stands."""

    model_config = shown(
        portal="main", name="tyre_centre", title="Tyre centre", state="active", version="dca2437b95f3f12a",
        since="2026-03-03T07:00:00+00:00", by="Anna", reason="", waiting="", file_gone=False, candidate=None,
        cases=None, seen="dca2437b95f3f12a::",
    )  # fmt: skip
    portal: str
    name: str
    title: str
    state: str = Field(description="active, paused, frozen")
    version: str = Field(description="In force")
    since: str | None
    by: str
    reason: str
    waiting: str = Field(description="The version that the file holds, when it is not in force")
    file_gone: bool
    candidate: Mapping[str, Any] | None = Field(description="What is tried beside it")
    cases: Sequence[Mapping[str, Any]] | None = Field(description="Null for a token bound to branches")
    seen: str = Field(description="What is in force and what is tried, as it was read: .../try names it")


class Opened(Standing):
    """With its versions and its log."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "tyre_centre", "kept": [], "log": []}]}
    )
    kept: Sequence[Mapping[str, Any]] = Field(description="Versions, the newest first")
    log: Sequence[Mapping[str, Any]] = Field(description="What was done with it, the newest first")


class Listed(BaseModel):
    """Every scenario of every portal that the token knows of."""

    model_config = shown(scenarios=[])
    scenarios: Sequence[Standing]


class Text(BaseModel):
    """A version as it was written."""

    model_config = shown(version="dca2437b95f3f12a", text="scenario: tyre_centre\n")
    version: str
    text: str


class Wrong(BaseModel):
    """What is wrong, and where."""

    file: str
    line: int
    column: int
    text: str


class Looked(BaseModel):
    """What is wrong with a text; nothing: it can be played."""

    model_config = shown(
        faults=[{"file": "scenarios/x.yaml", "line": 7, "column": 11, "text": "unknown word"}]
    )
    faults: Sequence[Wrong]


class Played(Looked):
    """What the check and the tests of a version said."""

    model_config = shown(version="dca2437b95f3f12a", is_fine=True, faults=[], tests=[])
    version: str = Field(description="Of the text that was played: put this one in force")
    is_fine: bool
    tests: Sequence[Mapping[str, Any]] = Field(description="name, and fault, which is null where it holds")


class Written(BaseModel):
    """A text that stands in no file yet."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text": "scenario: tyre_centre\n"}]}
    )
    text: str


class Chosen(BaseModel):
    """What is to be played."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"version": FILE}]})
    version: str = Field(FILE, max_length=LONGEST_VERSION, description=VERSION)


class Activation(BaseModel):
    """Put in force what was played: only when everything holds, and the text is still that version."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"version": "dca2437b95f3f12a", "of_file": True, "reason": "A softer text"}]
        },
    )
    version: str = Field(max_length=LONGEST_VERSION, description="`version` of the answer to .../tests")
    of_file: bool = Field(False, description="It is what the file holds, and no kept version")
    reason: str = Field(max_length=LONGEST_REASON)


class Act(BaseModel):
    """What else can be done with it; clear: its alarm."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"do": "pause", "reason": "The shop is closed"}]}
    )
    do: Literal["pause", "resume", "freeze", "thaw", "stop", "clear"]
    reason: str = Field(max_length=LONGEST_REASON)
