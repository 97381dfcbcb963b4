"""What the words of wishes mean on one portal: by id, by name, by a former name."""

from collections.abc import Sequence

from connectors.bitrix24.names.directory import Directory, Pipeline, Stage
from connectors.bitrix24.setup.stages import having
from qc_engine.core.wording.texts import folded


class Words:
    """Looks words up in one reading of the portal."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._names = {one.id: one.name for one in directory.pipelines}

    def stages_called(self, word: str, pipeline: int | None = None) -> Sequence[Stage]:
        """By id, by name, by pipeline and name, by a former name: the first of these that gives any."""
        stages = self._directory.stages if pipeline is None else self.of_pipeline(pipeline)
        former = self._former("stage", word)
        return (
            [one for one in stages if one.id == word]
            or having(stages, word)
            or [one for one in stages if folded(self.full(one)) == folded(word)]
            or [one for one in stages if one.id in former]
        )

    def full(self, stage: Stage) -> str:
        """'Воронка / Стадия'"""
        return f"{self._names.get(stage.pipeline, '')} / {stage.name}"

    def _former(self, kind: str, word: str) -> set[str]:
        former = self._directory.former
        return {one.id for one in former if one.kind == kind and folded(one.name) == folded(word)}

    def pipelines_called(self, name: str) -> Sequence[Pipeline]:
        """By today's name, else by a former one."""
        pipelines = self._directory.pipelines
        former = self._former("pipeline", name)
        today = [one for one in pipelines if folded(one.name) == folded(name)]
        return today or [one for one in pipelines if str(one.id) in former]

    def of_pipeline(self, pipeline: int) -> Sequence[Stage]:
        """Its stages, in no order."""
        return [one for one in self._directory.stages if one.pipeline == pipeline]
