"""What the calls about scenarios share: a reason is given, and why something was not done is said whole."""

from typing import Any

from fastapi import HTTPException

from qc_engine.web.calls.door import Call
from qc_engine.web.calls.shapes import Done
from qc_engine.web.console.room import Visitor
from qc_engine.web.forms import on_one_line
from qc_engine.web.pages.scenarios.visiting import LONGEST_REASON
from qc_engine.web.pages.scenarios.workshop import Came

ONE = "/{portal}/{name}"
NO_REASON = "no_reason"


def reason_of(call: Call[Any]) -> str:
    """On one line. Raises 422 where nothing was said."""
    if reason := on_one_line(call.asked.reason, LONGEST_REASON):
        return reason
    raise HTTPException(422, call.visitor.say("scenarios.no_reason"))


def done_or_why(visitor: Visitor, came: Came, key: str) -> Done:
    """Raises 422 and 409: why it was not, with every fault and its place."""
    if came.why_not:
        raise HTTPException(422 if came.why_not == NO_REASON else 409, why_not(visitor, came))
    return Done(said=visitor.say(key))


def why_not(visitor: Visitor, came: Came) -> str:
    faults = (f"{one.place}: {one.text}" for one in came.report.failing)
    return "\n".join([visitor.say(f"scenarios.why_{came.why_not}"), *faults])


def text_of(call: Call[Any]) -> str:
    """What is to be read as a scenario. Raises 400 for what no file could hold."""
    text: str = call.asked.text
    try:
        text.encode()
    except UnicodeEncodeError:
        raise HTTPException(400, "text: half a character is no text") from None
    return text
