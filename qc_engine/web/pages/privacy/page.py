"""GET /console/privacy; POST .../find, .../file, .../erase: a phone stands in no address and in no log."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Response
from fastapi.responses import RedirectResponse

from qc_engine.web.console import doing
from qc_engine.web.console.frame import show
from qc_engine.web.console.gate import Acting, acting_of, visitor_of
from qc_engine.web.console.policy import Action, Where
from qc_engine.web.console.room import Console, Visitor
from qc_engine.web.forms import on_one_line
from qc_engine.web.pages.cases.sayings import LONGEST_REASON
from qc_engine.web.pages.privacy.keeping import Outcome

PATH = "/console/privacy"
LONGEST_PHONE = 40
FILES = ("json", "html")


def make_router(console: Console) -> APIRouter:
    router = APIRouter(prefix=PATH)
    visiting, sending = Depends(visitor_of(console)), Depends(acting_of(console))

    @router.get("")
    def look(visitor: Visitor = visiting) -> Response:
        return _start(console, visitor)

    @router.get("/{step}")
    def back(step: str, visitor: Visitor = visiting) -> Response:
        _require(visitor)
        return RedirectResponse(PATH, 303)

    @router.post("/find")
    def find(acting: Acting = sending) -> Response:
        return _found(console, acting.visitor, acting.form)

    @router.post("/file")
    def file(acting: Acting = sending) -> Response:
        return _file(console, acting.visitor, acting.form)

    @router.post("/erase")
    def end(acting: Acting = sending) -> Response:
        return _erase(console, acting.visitor, acting.form)

    return router


def _require(visitor: Visitor) -> None:
    if not visitor.may(Action.KEEP_PRIVACY, Where.COMPANY):
        raise HTTPException(404)


def _start(
    console: Console, visitor: Visitor, fault: str = "", typed: str = "", status: int = 200
) -> Response:
    _require(visitor)
    return show(
        console, visitor, "privacy.html", status, page="privacy", fault=fault, typed=typed,
        records=console.behind.privacy.records(),
    )  # fmt: skip


def _phone(console: Console, visitor: Visitor, form: Mapping[str, str]) -> str:
    """As typed, or of the case that somebody came from; '' when it is none. Raises 404 for no such case."""
    _require(visitor)
    typed = form.get("phone", "")[:LONGEST_PHONE]
    if case_id := form.get("case", ""):
        with console.database.reading() as session:
            typed = f"+{doing.case_of(visitor, session, case_id).phone}"
    return console.behind.privacy.phone_of(typed)


def _no_phone(console: Console, visitor: Visitor, form: Mapping[str, str]) -> Response:
    typed = on_one_line(form.get("phone", ""), LONGEST_PHONE)
    return _start(console, visitor, visitor.say("privacy.no_phone"), typed, 422)


def _note(console: Console, visitor: Visitor, did: str, phone: str, reason: str = "") -> None:
    """By the fingerprint: the audit itself names nobody."""
    thing = f"person:{console.behind.privacy.fingerprint(phone)[:16]}"
    with console.database.transaction() as session:
        doing.note(session, visitor, did, thing, {"reason": reason})


# --- everything that is held --------------------------------------------------------------------


def _found(console: Console, visitor: Visitor, form: Mapping[str, str]) -> Response:
    phone = _phone(console, visitor, form)
    return _person(console, visitor, phone) if phone else _no_phone(console, visitor, form)


def _person(
    console: Console, visitor: Visitor, phone: str, fault: str = "", status: int = 200, reason: str = ""
) -> Response:
    told, erased_at = held(console, visitor, phone), console.behind.privacy.erased_at(phone)
    return show(
        console, visitor, "privacy_person.html", status, page="privacy", phone=phone, fault=fault, told=told,
        erased_at=erased_at, reason=reason, **_manners(visitor),
    )  # fmt: skip


def held(console: Console, visitor: Visitor, phone: str) -> Mapping[str, Any] | None:
    """Everything; None when that is nothing. Noted before it is shown."""
    _note(console, visitor, "person.seen", phone)
    return console.behind.privacy.held(phone, visitor.look.language)


def _file(console: Console, visitor: Visitor, form: Mapping[str, str]) -> Response:
    phone, kind = _phone(console, visitor, form), form.get("kind", "")
    if not phone:
        return _no_phone(console, visitor, form)
    if kind not in FILES:
        raise HTTPException(400)
    told = console.behind.privacy.held(phone, visitor.look.language)
    reason = on_one_line(form.get("reason", ""), LONGEST_REASON)
    if told is None or not reason:
        return _person(console, visitor, phone, visitor.say("privacy.no_reason") if told else "", 422)
    plain = console.behind.privacy.plain(phone, reason)
    _note(console, visitor, "person.exported", phone, plain)
    response = _json(told) if kind == "json" else _html(console, visitor, phone, told)
    response.headers["Content-Disposition"] = f'attachment; filename="person.{kind}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _json(told: Mapping[str, Any]) -> Response:
    text = json.dumps(told, ensure_ascii=False, indent=2, default=str)
    return Response(text.encode("utf-8", "replace"), media_type="application/json")


def _html(console: Console, visitor: Visitor, phone: str, told: Mapping[str, Any]) -> Response:
    return show(console, visitor, "privacy_file.html", phone=phone, told=told, **_manners(visitor))


def _manners(visitor: Visitor) -> Mapping[str, Any]:
    """How the pages say a moment, and how they show what came in as it came."""
    return {
        "when": lambda at: visitor.clock(datetime.fromisoformat(at)) if at else "",
        "as_text": lambda value: json.dumps(value, ensure_ascii=False, default=str),
    }


# --- erasing ------------------------------------------------------------------------------------


def _erase(console: Console, visitor: Visitor, form: Mapping[str, str]) -> Response:
    phone = _phone(console, visitor, form)
    if not phone:
        return _no_phone(console, visitor, form)
    told = console.behind.privacy.held(phone, visitor.look.language)
    if told is None:
        return _person(console, visitor, phone)  # done already, perhaps by somebody else
    reason = on_one_line(form.get("reason", ""), LONGEST_REASON)
    if form.get("sure", "") == "yes" and reason:
        return _erased(console, visitor, phone, reason)
    fault = visitor.say("privacy.no_reason") if form.get("sure") else ""
    status = 422 if fault else 200
    return show(
        console, visitor, "privacy_erase.html", status, page="privacy", phone=phone, told=told, fault=fault
    )


def _erased(console: Console, visitor: Visitor, phone: str, reason: str) -> Response:
    done = erase(console, visitor, phone, reason)
    return show(console, visitor, "privacy_erased.html", page="privacy", done=done)


def erase(console: Console, visitor: Visitor, phone: str, reason: str) -> Outcome:
    """For good."""
    user = visitor.user
    done = console.behind.privacy.forget(phone, user.name, user.id, reason, visitor.now)
    _note(console, visitor, "person.erased", phone)
    return done
