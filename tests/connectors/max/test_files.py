"""A file beside the words: MAX gets its address in the text, and finds the message by the same text."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import respx

from connectors.max.connector import Max
from qc_engine.clock import FixedClock
from qc_engine.ports import Absent, Done, Search
from tests.connectors.bots.yard import job
from tests.connectors.max.test_sending import DIALOG, SEQ, TEXT, message

MEMO = "https://acme.example/memo.pdf"


def test_the_address_stands_in_the_text(bot: Max, api: respx.MockRouter) -> None:
    route = api.post("/messages").respond(json={"message": message()})
    assert bot.perform([job(DIALOG, TEXT, file=MEMO)]) == [Done(str(SEQ))]
    assert json.loads(route.calls.last.request.content) == {"text": f"{TEXT}\n{MEMO}"}


@pytest.mark.parametrize(("there", "found"), [(f"{TEXT}\n{MEMO}", Done(str(SEQ))), (TEXT, Absent())])
def test_is_found_by_what_was_sent(
    bot: Max, api: respx.MockRouter, clock: FixedClock, there: str, found: Search
) -> None:
    at = int(clock.now().timestamp() * 1000)
    api.get("/messages").respond(json={"messages": [message(there, at=at)]})
    work = replace(job(DIALOG, TEXT, file=MEMO), first_tried_at=clock.now() - timedelta(minutes=1))
    assert bot.find(work) == found
