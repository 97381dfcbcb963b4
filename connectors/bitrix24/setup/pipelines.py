"""Which wished pipelines and stages are there, which must be made, which need a person first. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from connectors.bitrix24.names.directory import Directory, Pipeline
from connectors.bitrix24.setup.changes import NewPipeline, StageChange
from connectors.bitrix24.setup.fields import Present, Problem
from connectors.bitrix24.setup.judging import STAGE_ID, Judge
from connectors.bitrix24.setup.stages import STEP, renewed, usual_stages
from connectors.bitrix24.setup.wishes import StartStage, WantedStage
from qc_engine.core.wording.texts import folded

Verdict = StageChange | NewPipeline | Present | Problem


@dataclass(frozen=True)
class Unfinished:
    """A pipeline that a run of ours began and did not finish; `id` None: its answer was lost."""

    name: str
    id: int | None = None


def stages_planned(
    directory: Directory,
    starts: Sequence[StartStage],
    wishes: Iterable[WantedStage],
    unfinished: Sequence[Unfinished] = (),
) -> Sequence[Verdict]:
    """Verdicts about the start stage first, then pipeline by pipeline."""
    if unread := [one for one in directory.unread if one.part in ("pipelines", "stages")]:
        return [
            Problem(f"Воронки и стадии портала не прочитаны ({unread[0].reason})", "Проверьте: qc doctor")
        ]
    judge = Judge(directory)
    named = _Named(directory, judge, unfinished)
    verdicts: list[Verdict] = [judge.start(one) for one in starts]
    main = judge.main(starts)
    groups = _by_pipeline(wishes)
    for name, some in groups.items():
        if name is None and main is None:
            verdicts += [Problem(f"Стадия «{one.name}»: неясно, в какой воронке", _NO_MAIN) for one in some]
        elif name is None:
            assert main is not None
            verdicts += judge.in_pipeline(main, some)
        else:
            verdicts += named.planned(name, some, list(groups.values()))
    return verdicts


_NO_MAIN = "Назовите в сценарии стадию, с которой всё начинается, так, как она названа на портале"


def _by_pipeline(wishes: Iterable[WantedStage]) -> Mapping[str | None, Sequence[WantedStage]]:
    """Wishes by the pipeline's name as it was first written; the same stage wished twice counts once."""
    names: dict[str, str] = {}
    found: dict[str | None, dict[str, WantedStage]] = {}
    for wish in wishes:
        name = wish.pipeline and names.setdefault(folded(wish.pipeline), wish.pipeline)
        found.setdefault(name, {}).setdefault(folded(wish.name), wish)
    return {name: list(some.values()) for name, some in found.items()}


class _Named:
    """Pipelines that are not there, or not yet whole."""

    def __init__(self, directory: Directory, judge: Judge, unfinished: Sequence[Unfinished]) -> None:
        self._directory = directory
        self._judge = judge
        self._words = judge.words
        self._unfinished = unfinished

    def planned(
        self, name: str, wishes: Sequence[WantedStage], all_wishes: Sequence[Sequence[WantedStage]]
    ) -> Sequence[Verdict]:
        """Verdicts about a pipeline that a wish names, and its stages."""
        found = self._words.pipelines_called(name)
        taken = frozenset(folded(one.name) for some in all_wishes if some is not wishes for one in some)
        if len(found) > 1:
            ids = ", ".join(str(one.id) for one in found)
            remedy = "Переименуйте лишние на портале"
            return [Problem(f"Воронка «{name}»: на портале таких {len(found)} (номера {ids})", remedy)]
        if not found:
            return self._new(name, wishes, taken)
        if self._is_unfinished(found[0]):
            return [self._pipeline(name, wishes, taken, found[0].id)]
        renamed = "" if folded(found[0].name) == folded(name) else f", на портале «{found[0].name}»"
        present = Present(f"Воронка «{name}» ({found[0].id}{renamed})")
        return [present, *self._judge.in_pipeline(found[0], wishes)]

    def _is_unfinished(self, pipeline: Pipeline) -> bool:
        return any(
            one.id == pipeline.id or (one.id is None and folded(one.name) == folded(pipeline.name))
            for one in self._unfinished
        )

    def _new(self, name: str, wishes: Sequence[WantedStage], taken: frozenset[str]) -> Sequence[Verdict]:
        in_work = [one for one in wishes if not one.semantics]
        if met := [(one, there) for one in in_work if (there := self._words.stages_called(one.name))]:
            present = Present(f"Воронка «{name}» не нужна: её стадии есть в другой")
            return [present, *(self._judge.elsewhere(wish, there) for wish, there in met)]
        if codes := [one.name for one in wishes if STAGE_ID.fullmatch(one.name)]:
            what = f"Воронка «{name}»: её стадии названы кодами ({', '.join(codes)})"
            return [Problem(what, "Впишите названия стадий, тогда её можно создать")]
        successes = [one.name for one in wishes if one.semantics == "S"]
        if len(successes) > 1:
            what = f"Воронка «{name}»: успешных стадий {len(successes)} ({', '.join(successes)}), бывает одна"
            return [Problem(what, "Оставьте в сценарии одну")]
        return [self._pipeline(name, wishes, taken, None)]

    def _pipeline(
        self, name: str, wishes: Sequence[WantedStage], taken: frozenset[str], number: int | None
    ) -> NewPipeline:
        others = (one.name for one in self._directory.stages if one.pipeline != number)
        taken |= {folded(one) for one in others}
        stages = usual_stages() if number is None else self._words.of_pipeline(number)
        expected = tuple(renewed(number, name, stages, wishes, taken))
        last = max((one.sort for one in self._directory.pipelines), default=0)
        return NewPipeline(name, last + 10 * STEP, tuple(wishes), expected, taken, number)
