"""Words that a person passes on: they count as the client's own, only nobody has written to us."""

from collections.abc import Mapping
from decimal import Decimal

from qc_engine.core.acts.noting import by_hand
from qc_engine.core.case import State
from qc_engine.core.draft import Draft
from qc_engine.core.events import AnsweredFor, AnswerReceived
from qc_engine.core.meanings import heed_stop
from qc_engine.core.rules.conditions import STOP
from qc_engine.core.talk.hearing import understand
from qc_engine.core.trace import phrase


def answered_for(event: AnsweredFor, draft: Draft) -> None:
    known = draft.case.client.opted_out_at is not None
    _take(event, draft)
    if draft.case.state is State.WAITING and STOP in draft.facts:
        heed_stop(draft, silently=known)
        draft.end("opted_out", phrase("end.opted_out"))


def late_answered_for(event: AnsweredFor, draft: Draft) -> None:
    """The case is over: words are kept and shown, and 'stop' holds for ever."""
    known = draft.case.client.opted_out_at is not None
    _take(event, draft)
    draft.note("note.late_answer")
    if STOP in draft.facts:
        heed_stop(draft, silently=known)


def _take(event: AnsweredFor, draft: Draft) -> None:
    before: Mapping[str, Decimal] = draft.case.scores
    answer = AnswerReceived(draft.case.client.phone, event.text, event.at, 0, channel=draft.case.channel)
    understand(answer, draft)
    heard = {name: score for name, score in draft.case.scores.items() if before.get(name) != score}
    by_hand(heard, before, event, draft)
    draft.comment(f"Клиент ответил не в чате: «{event.text}». {event.by}: {event.reason}")
