"""Wished stages against pipelines that are there: present, to be made, or for a person to settle. Pure."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from connectors.bitrix24.names.directory import Directory, Pipeline, Stage
from connectors.bitrix24.setup.changes import StageChange
from connectors.bitrix24.setup.fields import Present, Problem
from connectors.bitrix24.setup.stages import inserted
from connectors.bitrix24.setup.wishes import StartStage, WantedStage
from connectors.bitrix24.setup.words import Words
from qc_engine.core.wording.texts import folded

STAGE_ID = re.compile(r"(C\d+:)?[A-Z0-9_]+")
KINDS = {"": "рабочая", "S": "успешная", "F": "провальная"}


class Judge:
    """What one reading of the portal says about wished stages."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self.words = Words(directory)

    # --- where cases start ---------------------------------------------------------------------------

    def start(self, wish: StartStage) -> Present | Problem:
        """It must be there and be one."""
        stages = self.words.stages_called(wish.name)
        what = f"Стадия «{wish.name}», с которой всё начинается"
        if len(stages) == 1:
            return Present(f"{what} ({self.words.full(stages[0])}, {stages[0].id})")
        if stages:
            full = ", ".join(f"«{self.words.full(one)}»" for one in stages)
            return Problem(f"{what}: таких несколько", f"Напишите в сценарии, какая: {full}")
        names = [one.name for one in self._directory.stages]
        close = get_close_matches(wish.name, names, n=3) or names[:5]
        remedy = f"Создайте её на портале или впишите в сценарий нужную; похожие: {', '.join(close) or 'нет'}"
        return Problem(f"{what}: на портале такой нет", remedy)

    def main(self, starts: Sequence[StartStage]) -> Pipeline | None:
        """The pipeline of the start stage; the only one there is; without a start stage the default one."""
        pipelines = self._directory.pipelines
        ids = {stage.pipeline for one in starts for stage in self.words.stages_called(one.name)}
        if len(ids) == 1:
            return next((one for one in pipelines if one.id in ids), None)
        if len(pipelines) == 1:
            return pipelines[0]
        return None if starts else next((one for one in pipelines if one.is_default or one.id == 0), None)

    # --- a pipeline that is there --------------------------------------------------------------------

    def in_pipeline(
        self, pipeline: Pipeline, wishes: Sequence[WantedStage]
    ) -> Sequence[StageChange | Present | Problem]:
        """Verdicts about stages of a pipeline that is whole; what its people made stays as it is."""
        verdicts: list[StageChange | Present | Problem] = []
        missing: list[WantedStage] = []
        for wish in wishes:
            verdict = self._judged(pipeline, wish)
            missing += [] if verdict else [wish]
            verdicts += [verdict] if verdict else []
        if missing:
            verdicts += inserted(pipeline.id, self.words.of_pipeline(pipeline.id), missing)
        return verdicts

    def _judged(self, pipeline: Pipeline, wish: WantedStage) -> Present | Problem | None:
        """None: it must be made."""
        here = self.words.stages_called(wish.name, pipeline.id)
        what = f"Стадия «{wish.name}» в воронке «{pipeline.name}»"
        if len(here) > 1:
            return Problem(f"{what}: таких несколько", "Переименуйте лишние на портале")
        if here:
            return self._fitting(what, here[0], wish)
        if STAGE_ID.fullmatch(wish.name):
            return Problem(f"{what}: стадии с таким кодом нет", "Впишите название стадии, а не код")
        if not wish.semantics and (stages := self.words.stages_called(wish.name)):
            return self.elsewhere(wish, stages)
        rival = next((one for one in self.words.of_pipeline(pipeline.id) if one.semantics == "S"), None)
        if wish.semantics == "S" and rival:
            remedy = f"Впишите в сценарий «{rival.name}» или переименуйте её на портале"
            return Problem(f"{what}: успешная стадия в воронке одна, и это «{rival.name}»", remedy)
        return None

    def _fitting(self, what: str, stage: Stage, wish: WantedStage) -> Present | Problem:
        if wish.semantics and stage.semantics != wish.semantics:
            kinds = f"нужна {KINDS[wish.semantics]}, на портале {KINDS.get(stage.semantics, stage.semantics)}"
            return Problem(f"{what} ({stage.id}) другого вида: {kinds}", "Назовите в сценарии другую стадию")
        names = {stage.id, folded(stage.name), folded(self.words.full(stage))}
        renamed = "" if names & {wish.name, folded(wish.name)} else f", на портале «{stage.name}»"
        return Present(f"{what} ({stage.id}{renamed})")

    def elsewhere(self, wish: WantedStage, stages: Sequence[Stage]) -> Present | Problem:
        """A scenario's word means the stage of that name wherever it is: a second one would blur it."""
        full = ", ".join(f"«{self.words.full(one)}»" for one in stages)
        if len(stages) == 1:
            return Present(f"Стадия «{wish.name}» есть в другой воронке ({full}, {stages[0].id})")
        return Problem(f"Стадия «{wish.name}»: таких несколько", f"Напишите в сценарии, какая: {full}")
