"""GET /console/settings/audit and /console/settings/audit.csv: who did what, when and from where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response

from qc_engine.store import audit, tokens, users
from qc_engine.store.audit import Sought
from qc_engine.store.console_tables import AuditRow
from qc_engine.web.console import doing, sheets, words
from qc_engine.web.console.gate import allowed, visitor_of
from qc_engine.web.console.narrowing import clean, day_in
from qc_engine.web.console.policy import Where
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.settings.tabs import AUDIT, show_tab

PAGE = 50
NOBODY = "-"  # in the address: nobody who was signed in
FIELDS = ("who", "what", "thing", "since", "until")
COLUMNS = ("at", "name", "did", "thing", "details", "address")
# In the order of the list to choose from; one that is not here is called by its own name.
DONE = (
    "login", "login.failed", "login.throttled", "logout", "session.ended", "password.set",
    "login.provider_failed", "identity.linked", "identity.unlinked",
    "login.code_failed", "two_steps.set", "two_steps.codes", "two_steps.off", "two_steps.reset",
    "link.made", "user.changed", "user.closed", "user.opened", "user.signed_out",
    "phone.seen", "reviews.exported", "dissatisfied.exported", "analytics.exported", "audit.exported",
    "doctor.asked", "webhook.tested", "webhook.resent", "token.made", "token.closed",
    "effect.happened", "effect.again", "effect.drop", "inbox.replay", "inbox.dismiss",
    "unclear.handled", "overdue.handled", "unmatched.handled", "slipping.handled", "complaint.handled",
    "review.answered", "review.corrected", "bonus.taken_back",
    "complaint.cause", "complaint.resolved", "complaint.reopened",
    "case.stop", "case.pause", "case.resume", "case.score", "case.answer", "case.resend",
    "view.save", "view.rename", "view.share", "view.unshare", "view.remove", "view.restore",
    "person.seen", "person.exported", "person.erased",
    "scenario.activate", "scenario.save", "scenario.pause", "scenario.resume", "scenario.freeze",
    "scenario.thaw", "scenario.stop", "scenario.keep", "scenario.past", "scenario.past_stop",
    "scenario.shadow", "scenario.ramp",
    "scenario.promote", "scenario.clear", "scenario.migrate", "scenario.undo",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One row, in words. `link`: where the thing can be seen; '' where it cannot."""

    row: AuditRow
    at: str
    did: str
    thing: str
    link: str
    details: str


def make_router(console: Console) -> APIRouter:
    router, visiting = APIRouter(), Depends(visitor_of(console))

    @router.get(AUDIT.path)
    def look(request: Request, visitor: Visitor = visiting) -> Response:
        return _page(console, visitor, request.query_params)

    @router.get(f"{AUDIT.path}.csv")
    def export(request: Request, visitor: Visitor = visiting) -> Response:
        return _exported(console, visitor, request.query_params)

    return router


def _page(console: Console, visitor: Visitor, query: Mapping[str, str]) -> Response:
    allowed(visitor, AUDIT.action, Where.COMPANY)
    values, before = values_of(query), number_in(query.get("before", ""))
    with console.database.reading() as session:
        names = {row.id: row.name for row in users.all_users(session)}
        machines = {row.id: row.name for row in tokens.all_tokens(session)}
        rows = audit.found(session, sought(visitor, values), PAGE + 1, before)
    older = _address(values, before=str(rows[PAGE - 1].id)) if len(rows) > PAGE else ""
    return show_tab(
        console, visitor, AUDIT, "audit.html", values=values, names={**names, **machines},
        lines=_lines(visitor, rows[:PAGE], names), actions=[(one, said(visitor, one)) for one in DONE],
        older=older, newest=_address(values) if before else "", nobody=NOBODY,
        sheet=_address(values, f"{AUDIT.path}.csv"),
    )  # fmt: skip


def _exported(console: Console, visitor: Visitor, query: Mapping[str, str]) -> Response:
    allowed(visitor, AUDIT.action, Where.COMPANY)
    wanted = sought(visitor, values_of(query))
    with console.database.transaction() as session:
        names = {row.id: row.name for row in users.all_users(session)}
        rows, count = audit.found(session, wanted, sheets.MOST), audit.count(session, wanted)
        doing.note(session, visitor, "audit.exported", "audit", {"rows": str(len(rows))})
    head = [visitor.say(f"audit.col_{name}") for name in COLUMNS]
    lines = [
        (one.at, one.row.name, one.did, one.thing, one.details, one.row.address)
        for one in _lines(visitor, rows, names)
    ]
    return sheets.sheet("audit", head, lines, sheets.cut(visitor, count))


# --- what is asked for ------------------------------------------------------------------------


def values_of(query: Mapping[str, str]) -> Mapping[str, str]:
    return {name: clean(query.get(name, "")) for name in FIELDS}


def sought(visitor: Visitor, values: Mapping[str, str]) -> Sought:
    """Days are those of the visitor's zone; the last one is in it."""
    last = day_in(values["until"], visitor.zone)
    who = values["who"]
    return Sought(
        user_id="" if who == NOBODY else who or None,
        action=values["what"],
        thing=values["thing"],
        since=day_in(values["since"], visitor.zone),
        until=last + timedelta(days=1) if last else None,
    )


def _address(values: Mapping[str, str], path: str = AUDIT.path, **changes: str) -> str:
    given = {name: value for name, value in {**values, **changes}.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def number_in(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


# --- in words ---------------------------------------------------------------------------------


def _lines(visitor: Visitor, rows: Sequence[AuditRow], names: Mapping[str, str]) -> Sequence[Line]:
    return [_line(visitor, row, names) for row in rows]


def _line(visitor: Visitor, row: AuditRow, names: Mapping[str, str]) -> Line:
    family, _, which = row.thing.partition(":")
    details = "; ".join(f"{name}: {value}" for name, value in row.details.items())
    return Line(
        row, visitor.clock(row.at), said(visitor, row.action), *_thing(visitor, family, which, names), details
    )


def _thing(visitor: Visitor, family: str, which: str, names: Mapping[str, str]) -> tuple[str, str]:
    if family == "user" and which in names:
        return names[which], f"/console/settings/users/{which}"
    if family == "case":
        return visitor.say("case", id=which), f"/console/cases/{which}"
    return f"{family}:{which}" if which else family, ""


def said(visitor: Visitor, action: str) -> str:
    """What was done, in words; what nobody has put into words is called as the program calls it."""
    key = f"audit.did_{action.replace('.', '_')}"
    return visitor.say(key) if key in words.catalogue(visitor.look.language) else action
