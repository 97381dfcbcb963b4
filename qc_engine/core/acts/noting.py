"""Which scores a person wrote down: who, why, and what stood there before."""

from collections.abc import Mapping
from decimal import Decimal

from qc_engine.core.case import EnteredScore
from qc_engine.core.draft import Draft
from qc_engine.core.events import AnsweredFor, ScoresEntered


def by_hand(
    scores: Mapping[str, Decimal],
    before: Mapping[str, Decimal],
    event: AnsweredFor | ScoresEntered,
    draft: Draft,
) -> None:
    """`before`: the scores as they stood until now."""
    lines = [
        EnteredScore(name, score, event.by, event.reason, event.at, before.get(name))
        for name, score in scores.items()
    ]
    if not lines:
        return
    draft.change(entered=(*draft.case.entered, *lines))
    for one in lines:
        told = {"question": one.question, "score": one.score, "by": one.by}
        if one.was is None:
            draft.note("note.score_by_hand", **told)
        else:
            draft.note("note.score_replaced", was=one.was, **told)
