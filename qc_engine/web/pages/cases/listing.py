"""The list of cases as its address says, and the board of the same."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response

from qc_engine.core.case import State
from qc_engine.core.wording.texts import masked
from qc_engine.store import casebook
from qc_engine.store.casebook import NO_OUTCOME, PAGE
from qc_engine.store.tables import CaseRow
from qc_engine.web.console.gate import allowed
from qc_engine.web.console.narrowing import branches
from qc_engine.web.console.policy import Action, scope
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.pages.cases import board, live, view_list
from qc_engine.web.pages.cases.seeking import Asked, asked, place_text


def page(console: Console, visitor: Visitor, request: Request) -> Response:
    """As the address says: a list or a board."""
    allowed(visitor, Action.SEE_CASES)
    wanted = asked(request.query_params, console.zone)
    return (_board if wanted.is_board else _list)(console, visitor, request, wanted)


def _board(console: Console, visitor: Visitor, request: Request, wanted: Asked) -> Response:
    shown = board.shown(console, visitor, wanted)
    version = live.version_of(visitor, shown.columns)
    return live.page(
        console, visitor, request, "cases.html", "cases_board.html", version, board=shown, count=None,
        **_around(console, visitor, wanted),
    )  # fmt: skip


def found(
    console: Console, visitor: Visitor, wanted: Asked
) -> tuple[Sequence[CaseRow], int | None, str]:  # fmt: skip
    """A page of the list; of how many, where a number led here; and where the next page begins, or ''."""
    with console.database.reading() as session:
        rows = casebook.page(session, wanted.sought, scope(visitor.user), wanted.after)
        figure = wanted.sought.figure
        count = casebook.count(session, wanted.sought, scope(visitor.user)) if figure else None
    last = place_text((rows[PAGE - 1].created_at, rows[PAGE - 1].id)) if len(rows) > PAGE else ""
    return rows[:PAGE], count, last


def _list(console: Console, visitor: Visitor, request: Request, wanted: Asked) -> Response:
    rows, count, last = found(console, visitor, wanted)
    shown = [_row(console, visitor, one) for one in rows]
    version = live.version_of(visitor, shown, count, last)
    here = wanted.address(after=place_text(wanted.after) if wanted.after else "")
    return live.page(
        console, visitor, request, "cases.html", "cases_list.html", version, board=None, rows=shown,
        here=here, count=count, older=wanted.address(after=last) if last else "",
        further=wanted.after is not None,
        **_around(console, visitor, wanted),
    )  # fmt: skip


def _around(console: Console, visitor: Visitor, wanted: Asked) -> Mapping[str, Any]:
    """What stands above a list and above a board."""
    with console.database.reading() as session:
        kept = [(one, view_list.is_open(one, wanted)) for one in view_list.offered(session, visitor)]
    is_new = bool(wanted.kept) and not any(is_open for _, is_open in kept)
    return {
        "asked": wanted, "choices": _choices(console, visitor, wanted), "views": kept,
        "keeps": urlencode(wanted.kept) if is_new else "",
    }  # fmt: skip


def _row(console: Console, visitor: Visitor, row: CaseRow) -> Mapping[str, Any]:
    word, language = console.behind.word, visitor.look.language
    return {
        "id": row.id,
        "client": row.body.get("client_name") or "",
        "phone": masked(row.phone) if row.phone else "",
        "deal": row.deal_id,
        "branch": row.branch,
        "state": row.state,
        "state_text": word(language, "state", row.state),
        "outcome": word(language, "outcome", row.outcome) if row.outcome else "",
        "step": console.behind.step(language, row.scenario, row.step) if row.state == State.ACTIVE else "",
        "scores": "; ".join(visitor.number(score) for score in row.body.get("scores", {}).values()),
        "created_at": row.created_at,
        "is_test": bool(row.body.get("is_test")),
    }


def _choices(console: Console, visitor: Visitor, wanted: Asked) -> Mapping[str, Sequence[tuple[str, str]]]:
    """By filter: value and words. What stands in the address is always among them."""
    known, word, language = console.choices(), console.behind.word, visitor.look.language
    offered = {
        "branch": branches(console, visitor),
        "state": [(one.value, word(language, "state", one.value)) for one in State],
        "scenario": known.scenarios,
        "step": _steps(console, visitor, wanted.values["scenario"], known.steps),
        "outcome": [(one, word(language, "outcome", one)) for one in known.outcomes],
    }
    if wanted.values["outcome"] == NO_OUTCOME:
        offered["outcome"] = [*offered["outcome"], (NO_OUTCOME, visitor.say("board.no_outcome"))]
    return {name: _with(wanted.values[name], values) for name, values in offered.items()}


def _steps(
    console: Console, visitor: Visitor, scenario: str, steps: Sequence[str]
) -> Sequence[tuple[str, str]]:
    """Two that are called alike are told apart by their names in the scenario."""
    titles = {one: console.behind.step(visitor.look.language, scenario, one) for one in steps}
    alike = Counter(titles.values())
    return [(one, f"{title} ({one})" if alike[title] > 1 else title) for one, title in titles.items()]


def _with(chosen: str, values: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    return values if not chosen or chosen in dict(values) else [*values, (chosen, chosen)]
