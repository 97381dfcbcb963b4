"""What the buttons about kept lists of cases do, with a line in the audit."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import HTTPException
from sqlmodel import Session

from qc_engine.store import views
from qc_engine.store.console_tables import ViewRow
from qc_engine.store.views import LONGEST_NAME, MOST
from qc_engine.web.console import doing
from qc_engine.web.console.doing import Notice
from qc_engine.web.console.gate import allowed
from qc_engine.web.console.narrowing import clean
from qc_engine.web.console.policy import Action
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.cases.seeking import asked
from qc_engine.web.pages.cases.view_list import is_known, seen_of

MOST_FILTERS = 50
RENAME, SHARE, UNSHARE, REMOVE, RESTORE = "rename", "share", "unshare", "remove", "restore"
DOES = (RENAME, SHARE, UNSHARE, REMOVE, RESTORE)


def saved(console: Console, visitor: Visitor, form: Mapping[str, str]) -> Notice:
    """The branches are those of whoever opens it, not of whoever saves it."""
    allowed(visitor, Action.SEE_CASES)
    name, filters = _name(form), _filters(console, form.get("filters", ""))
    if not name or not filters:
        return Notice(visitor.say("views.unfinished"), 422)
    with console.database.transaction() as session:
        known = views.named(session, visitor.user.id, name)
        if known is not None and known.filters == filters:
            return Notice(visitor.say("views.done_save", name=name))  # one button, pressed twice
        if known is not None:
            return Notice(visitor.say("views.name_taken", name=name), 409)
        if not views.has_room(session, visitor.user.id):
            return Notice(visitor.say("views.full", most=MOST), 422)
        user, view_id = visitor.user, console.ids.code()
        views.add(session, view_id, user.id, user.name, name, filters, visitor.now)
        _note(session, visitor, "save", view_id, name)
    return Notice(visitor.say("views.done_save", name=name))


def _filters(console: Console, query: str) -> Mapping[str, str]:
    """What the list itself would make of that address."""
    try:
        told = dict(parse_qsl(query, max_num_fields=MOST_FILTERS))
    except ValueError:
        raise HTTPException(400) from None
    return asked(told, console.zone).kept


def _name(form: Mapping[str, str]) -> str:
    return " ".join(clean(form.get("name", "")).split())[:LONGEST_NAME]


# --- changing -----------------------------------------------------------------------------------


def changed(console: Console, visitor: Visitor, view_id: str, form: Mapping[str, str]) -> Notice:
    """Raises 404 for what this visitor does not see, 403 for what they may not change, 400 for nonsense."""
    allowed(visitor, Action.SEE_CASES)
    do = form.get("do", "")
    with console.database.transaction() as session:
        row = _found(session, visitor, view_id)
        _permitted(visitor, row, do)
        if objection := _objection(session, visitor, row, do, form):
            return objection
        name = _done(session, visitor, row, do, form)
        _note(session, visitor, do, row.id, name)
    return Notice(visitor.say(f"views.done_{do}", name=name))


def _found(session: Session, visitor: Visitor, view_id: str) -> ViewRow:
    row = views.get(session, view_id) if doing.is_id(view_id) else None
    if row is None or not is_known(visitor, row):
        raise HTTPException(404)
    return row


def _permitted(visitor: Visitor, row: ViewRow, do: str) -> None:
    if do not in DOES:
        raise HTTPException(400)
    is_mine = row.user_id == visitor.user.id
    # Who may not share any more may still keep their own to themselves.
    needs_more = do == SHARE or not is_mine
    if needs_more and not visitor.may(Action.SHARE_VIEWS):
        raise HTTPException(403)


def _objection(
    session: Session, visitor: Visitor, row: ViewRow, do: str, form: Mapping[str, str]
) -> Notice | None:
    """Why it is not done: somebody was quicker, or it cannot be."""
    if (row.removed_at is not None) is not (do == RESTORE):
        return Notice(visitor.say("views.back_before" if do == RESTORE else "views.gone", name=row.name), 409)
    if do != RESTORE and form.get("seen", "") != seen_of(row):
        return Notice(visitor.say("views.changed", name=row.name), 409)
    if do == RESTORE and not views.has_room(session, row.user_id):
        return Notice(visitor.say("views.full", most=MOST), 422)
    name = _name(form) if do == RENAME else row.name
    if not name:
        return Notice(visitor.say("views.unfinished"), 422)
    namesake = views.named(session, row.user_id, name)
    if do in (RENAME, RESTORE) and namesake is not None and namesake.id != row.id:
        return Notice(visitor.say("views.name_taken", name=name), 409)
    return None


def _done(session: Session, visitor: Visitor, row: ViewRow, do: str, form: Mapping[str, str]) -> str:
    """What it is called now."""
    if do == REMOVE:
        views.remove(session, row, visitor.now)
    elif do == RESTORE:
        row.removed_at = None
    elif do == RENAME:
        row.name = _name(form)
    else:
        row.shared = do == SHARE
    session.add(row)
    return row.name


def _note(session: Session, visitor: Visitor, do: str, view_id: str, name: str) -> None:
    doing.note(session, visitor, f"view.{do}", f"view:{view_id}", {"name": name})
