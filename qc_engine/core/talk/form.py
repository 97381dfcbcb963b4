"""What a client sent from the survey's own page: all open questions at once, and words beside them."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from qc_engine.core.answers.read import read
from qc_engine.core.answers.reading import Kind
from qc_engine.core.draft import Draft
from qc_engine.core.effects import SetFields
from qc_engine.core.events import FormAnswered
from qc_engine.core.rules.conditions import survey_of
from qc_engine.core.scenario import Survey
from qc_engine.core.talk.asking import ask_next
from qc_engine.core.talk.comments import skips
from qc_engine.core.talk.taking import fits, heed_opt_out, keep_words, listen_for_anger, take_scores
from qc_engine.core.wording.texts import LONGEST

FREE = ""  # the name under which the page sends words that answer no question


def take_form(form: FormAnswered, draft: Draft) -> None:
    """Consent first, as in a chat; then the scores, the comments and the words."""
    draft.change_client(wrote_at=max(form.at, draft.case.client.wrote_at or form.at))
    draft.note("note.form")
    free, stops = _beside(form)
    survey = survey_of(draft.scenario.steps.get(draft.case.step))
    if survey is None or draft.case.question is None:
        _keep_all(form, draft, but_free=stops)
    else:
        _take(form, "" if stops else free, survey, draft, ask_on=not stops)
    if stops:
        heed_opt_out(free, draft)


def late_form(form: FormAnswered, draft: Draft) -> None:
    """The case is over: words are kept and shown, and 'stop' holds for ever."""
    draft.note("note.late_answer")
    free, stops = _beside(form)
    _keep_all(form, draft, but_free=stops)
    if stops:
        heed_opt_out(free, draft)


def _beside(form: FormAnswered) -> tuple[str, bool]:
    """The words that answer no question, and whether they ask us to stop."""
    free = form.answers.get(FREE, "").strip()[:LONGEST]
    return free, bool(free) and read(free).kind is Kind.OPT_OUT


def _take(form: FormAnswered, free: str, survey: Survey, draft: Draft, *, ask_on: bool) -> None:
    scores, comments = _scores(form, survey, draft), _comments(form, survey, draft)
    if scores:
        take_scores(scores, survey, draft)
    _take_comments(comments, draft)
    for words in filter(None, (*comments.values(), free)):
        keep_words(words, draft)
        listen_for_anger(read(words), draft.case.scores, draft)
    if ask_on and (scores or comments):
        ask_next(survey, draft)


def _scores(form: FormAnswered, survey: Survey, draft: Draft) -> dict[str, Decimal]:
    """Of the questions that are still open; what does not fit its scale is no answer."""
    asked = [name for name in survey.questions if draft.scenario.questions[name].scored]
    told = {name: _number(form.answers.get(name, "")) for name in asked if name not in draft.case.scores}
    return {name: score for name, score in told.items() if score is not None and fits(score, name, draft)}


def _number(text: str) -> Decimal | None:
    try:
        score = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return score if score.is_finite() else None


def _comments(form: FormAnswered, survey: Survey, draft: Draft) -> dict[str, str]:
    """Every open question for words that stood on the page; an empty one is answered by nothing."""
    asked = [name for name in survey.questions if not draft.scenario.questions[name].scored]
    told = {name: form.answers[name].strip()[:LONGEST] for name in asked if name in form.answers}
    return {
        name: "" if skips(said) else said for name, said in told.items() if name not in draft.case.comments
    }


def _take_comments(comments: Mapping[str, str], draft: Draft) -> None:
    draft.change(comments={**draft.case.comments, **comments})
    fields = {draft.scenario.questions[name].field: words for name, words in comments.items() if words}
    fields.pop("", None)
    if fields:
        draft.add(SetFields(draft.case.deal_id, fields))
    for name, words in comments.items():
        draft.note("note.comment" if words else "note.comment_skipped", question=name)


def _keep_all(form: FormAnswered, draft: Draft, *, but_free: bool) -> None:
    for name, words in form.answers.items():
        if words.strip() and (name or not but_free):
            keep_words(f"{name}: {words.strip()}"[:LONGEST] if name else words.strip()[:LONGEST], draft)
