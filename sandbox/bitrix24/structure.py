"""The company that lives in a portal, as a whole that changes while the portal runs."""

from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.bitrix24.parts import (
    PLAIN,
    Branch,
    Department,
    ElementList,
    Person,
    Pipeline,
    Role,
    Stage,
    UserField,
    Word,
    pipeline_of,
)

FIRST_STAGE_NUMBER = 101


@dataclass(slots=True)
class Company:
    branches: list[Branch]
    people: dict[int, Person]
    departments: list[Department]
    pipelines: list[Pipeline]
    deal_fields: dict[str, UserField] = field(default_factory=dict)
    contact_fields: dict[str, UserField] = field(default_factory=dict)
    company_fields: dict[str, UserField] = field(default_factory=dict)
    task_fields: dict[str, UserField] = field(default_factory=dict)
    words: list[Word] = field(default_factory=list)
    lists: list[ElementList] = field(default_factory=list)
    clients: dict[int, str] = field(default_factory=dict)  # companies in the CRM from the beginning
    roles: dict[str, Role] = field(default_factory=lambda: {"employee": Role()})
    branch_field: str = "UF_CRM_BRANCH"
    last_number: int = FIRST_STAGE_NUMBER - 2
    stages: dict[str, Stage] = field(init=False)

    def __post_init__(self) -> None:
        for pipeline in self.pipelines:
            for stage in pipeline.stages:
                stage.number = stage.number or self.new_number()
        self.note_stages()

    def note_stages(self) -> None:
        """After stages came or went: their order, and where each is found."""
        for pipeline in self.pipelines:
            pipeline.stages.sort(key=lambda stage: stage.sort)
        self.stages = {stage.id: stage for pipeline in self.pipelines for stage in pipeline.stages}

    def new_number(self) -> int:
        """The vendor numbers values of dictionaries in steps of two."""
        self.last_number += 2
        return self.last_number

    def pipeline(self, number: int | None) -> Pipeline | None:
        return next((one for one in self.pipelines if one.id == number), None)

    def first_stage(self, pipeline: int) -> str | None:
        return next((one.stages[0].id for one in self.pipelines if one.id == pipeline and one.stages), None)

    def add_pipeline(self, name: str, sort: int = 500) -> Pipeline:
        """With the vendor's usual stages."""
        number = max(one.id for one in self.pipelines) + 1
        made = pipeline_of(number, name, sort, [(f"C{number}:{code}", *rest) for code, *rest in PLAIN])
        for stage in made.stages:
            stage.number = self.new_number()
        self.pipelines.append(made)
        self.note_stages()
        return made

    def drop_pipeline(self, number: int) -> None:
        self.pipelines = [one for one in self.pipelines if one.id != number]
        self.note_stages()

    def add_stage(
        self, pipeline: Pipeline, code: str, name: str, sort: int, color: str, semantics: str | None
    ) -> Stage:
        stage = Stage(code, name, color, semantics, pipeline.id, sort, self.new_number())
        pipeline.stages.append(stage)
        self.note_stages()
        return stage

    def drop_stage(self, code: str) -> None:
        for pipeline in self.pipelines:
            pipeline.stages = [stage for stage in pipeline.stages if stage.id != code]
        self.note_stages()

    def branch(self, name: str) -> Branch | None:
        return next((branch for branch in self.branches if branch.name == name), None)

    def summary(self) -> dict[str, Any]:
        """The branches with their people, as JSON."""
        return {"branch_field": self.branch_field, "branches": [self._branch(one) for one in self.branches]}

    def _branch(self, branch: Branch) -> dict[str, Any]:
        people = {"head": self.people[branch.head], "manager": self.people[branch.manager]}
        brief = {name: {"id": one.id, "name": one.full_name} for name, one in people.items()}
        return {"number": branch.number, "name": branch.name, **brief}

    def dump(self) -> dict[str, Any]:
        """Plain data; `restore` takes it back."""
        return {name: value for name, value in asdict(self).items() if name != "stages"}
