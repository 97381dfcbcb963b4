"""A person says why the client was dissatisfied, and what was done about it."""

from qc_engine.core.changing import changed
from qc_engine.core.draft import Draft
from qc_engine.core.effects import SetFields
from qc_engine.core.events import ComplaintCauseNamed
from qc_engine.core.recovery import words
from qc_engine.core.recovery.complaints import Cause
from qc_engine.core.recovery.timeline import comment, deal_of


def name_cause(event: ComplaintCauseNamed, draft: Draft) -> None:
    """Kept beside what was said before, and written into the CRM."""
    complaint, rules = draft.case.complaint, draft.scenario.complaints
    if complaint is None or event.cause not in rules.known_causes:
        draft.note("note.complaint_stands")
        return
    before, language = complaint.cause, draft.scenario.language
    said = Cause(event.cause, event.words, event.action, event.at, event.by)
    named = {"cause": event.cause, "causes": (*complaint.causes, said)}
    draft.change(complaint=changed(complaint, named))
    title = rules.title(event.cause, language)
    told = {"before": rules.title(before, language)} if before else {}
    draft.note("note.complaint_cause", cause=title, by=event.by, **told)
    _write_cause(said, title, draft)


def _write_cause(said: Cause, title: str, draft: Draft) -> None:
    rules, language = draft.scenario.complaints, draft.scenario.language
    why = f"{title}. {said.words}" if said.words else title
    lines = [words.line(language, words.CAUSE, why)]
    if said.action:
        lines.append(words.line(language, words.DONE, said.action))
    comment(lines, said.by, draft)
    fields = {rules.cause_field: why, rules.action_field: said.action}
    fields.pop("", None)
    if fields:
        draft.add(SetFields(deal_of(draft.case), fields))
