"""What a client has told us, taken down: scores, words, anger, the wish to be left alone."""

from collections.abc import Mapping
from decimal import Decimal

from qc_engine.core.answers.read import read
from qc_engine.core.answers.reading import Reading
from qc_engine.core.draft import Draft
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import AnswerReceived
from qc_engine.core.rules.conditions import COMPLAINS, STOP
from qc_engine.core.scenario import Survey

ASKED_TO_ERASE = "note.asked_to_erase"
WORDS_KEPT = 20  # a client who writes a novel fills no database
# What people in the company read where the client wrote no words.
WORDLESS = {
    "voice": "голосовое сообщение",
    "photo": "фото",
    "video": "видео",
    "sticker": "стикер",
    "location": "место на карте",
    "file": "файл",
    "contact": "контакт",
}


def heed_opt_out(words: str, draft: Draft) -> None:
    known = draft.case.client.opted_out_at
    draft.change_client(opted_out_at=known or draft.now)
    if known is None:  # a second 'stop' must not take back the farewell of the first
        draft.cancel = (SendMessage,)
    draft.facts.add(STOP)
    keep_words(words, draft)
    if read(words).erases:
        draft.note(ASKED_TO_ERASE)


def keep_words(words: str, draft: Draft) -> None:
    """Free text is never lost: it stands on the case and in the deal."""
    draft.change(words=(*draft.case.words, words)[-WORDS_KEPT:])
    draft.comment(f"{draft.case.client_name or 'Клиент'}: {words}")
    draft.note("note.words_kept")


def words_of(answer: AnswerReceived) -> str:
    return answer.text or f"[{WORDLESS.get(answer.kind, 'сообщение без текста')}]"


def fits(score: Decimal, name: str, draft: Draft) -> bool:
    scale = draft.scenario.questions[name].scale
    return scale.lowest <= score <= scale.highest


def take_scores(scores: Mapping[str, Decimal], survey: Survey, draft: Draft) -> None:
    draft.change(scores={**draft.case.scores, **scores})
    questions = draft.scenario.questions
    complete = all(name in draft.case.scores for name in survey.questions if questions[name].scored)
    fields = {questions[name].field: str(score) for name, score in scores.items()}
    fields.pop("", None)
    draft.write_scores(fields, survey.average_field, complete)
    for name, score in scores.items():
        draft.note("note.score", question=name, score=score)


# --- anger in a good score --------------------------------------------------------------------


def listen_for_anger(reading: Reading, scores: Mapping[str, Decimal], draft: Draft) -> None:
    """Once per case; a bad score brings its words to the head anyway."""
    good = bool(scores) and all(_is_good(score, name, draft) for name, score in scores.items())
    if reading.complains and good and not draft.case.complained:
        draft.facts.add(COMPLAINS)
        draft.change(complained=True)
        draft.note("note.complains")


def _is_good(score: Decimal, name: str, draft: Draft) -> bool:
    """No rule here would call it low; where no rule speaks of low scores, it is in the upper half."""
    low = draft.scenario.turns(draft.case.step).limits
    scale = draft.scenario.questions[name].scale
    return score >= max(low) if low else score * 2 > scale.lowest + scale.highest
