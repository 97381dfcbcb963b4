"""A person lets a case stand still, go on, or end."""

from qc_engine.core.case import Still
from qc_engine.core.draft import OURS_TO_DROP, Draft
from qc_engine.core.events import CasePaused, CaseResumed, CaseStopped
from qc_engine.core.trace import phrase

STOPPED = "stopped_by_person"  # an outcome


def case_paused(event: CasePaused, draft: Draft) -> None:
    """From the next moment on nothing of it leaves and nothing is decided; what happens is kept for it."""
    if draft.case.still:
        draft.note("note.still_already", by=draft.case.still.by)
        return
    draft.change(still=Still(event.at, event.by, event.reason))
    draft.note("note.stands_still")


def case_resumed(event: CaseResumed, draft: Draft) -> None:
    if draft.case.still is None:
        draft.note("note.goes_on_already")
        return
    draft.change(still=None)
    draft.note("note.goes_on")


def case_stopped(event: CaseStopped, draft: Draft) -> None:
    """What we wanted to say or do is dropped; what we learned still goes to the CRM."""
    draft.cancel = OURS_TO_DROP
    draft.end(STOPPED, phrase("end.stopped", by=event.by, reason=event.reason))
