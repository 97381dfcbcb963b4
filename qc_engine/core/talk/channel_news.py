"""What a channel tells besides the client's words: who else speaks there, and what did not arrive."""

from datetime import datetime, timedelta

from qc_engine.core.case import Case, Client
from qc_engine.core.draft import Draft
from qc_engine.core.events import MessageRefused, StaffWrote
from qc_engine.core.rules.conditions import FAILED
from qc_engine.core.talk.cascade import another_way
from qc_engine.core.talk.gate import overtaken

BOT = "bot"
MENU_REACTS = timedelta(seconds=1)
# With other reasons, and with none, a messenger may have shown the message all the same.
CERTAINLY_NOT_READ = frozenset({"no_account", "channel_off", "template_problem", "window_closed"})


def somebody_wrote(wrote: StaffWrote, draft: Draft) -> None:
    """Whoever else at the company speaks with the client has the word; we wait."""
    draft.change_client(operator_at=has_the_word_since(wrote, draft.case.client))
    draft.note("note.bot_wrote" if wrote.by == BOT else "note.operator_wrote")


def has_the_word_since(wrote: StaffWrote, client: Client) -> datetime:
    """Of two who wrote, the later one counts."""
    # A menu speaks within the second of the words that set it off, and those were still meant for us.
    at = wrote.at + MENU_REACTS if wrote.by == BOT else wrote.at
    return max(at, client.operator_at or at)


def message_refused(refused: MessageRefused, draft: Draft) -> None:
    """A message that the channel had accepted did not reach the client after all."""
    code = {} if refused.say else {"code": refused.code or "undelivered"}
    draft.note("note.message_refused", reason=refused.say or refused.reason, **code)
    if overtaken(refused.effect_key, refused.message, draft.case):
        return  # answered, or asked another way meanwhile: nobody waits for this one
    if not another_way(refused.message, refused.code, draft):
        not_reached(draft, certainly=refused.code in CERTAINLY_NOT_READ)


def _was_asked_before(case: Case) -> bool:
    return bool(case.scores or case.comments or case.complaint)


def not_reached(draft: Draft, *, certainly: bool = True) -> None:
    """No way led to the client: who certainly has read no question was not asked, and may be next time."""
    draft.facts.add(FAILED)
    question = draft.case.question
    if certainly and question and not (question.asked_before or _was_asked_before(draft.case)):
        draft.change_client(surveyed_at=None)
