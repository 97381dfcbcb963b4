"""Was a message sent by a call whose answer was lost? MAX has no key for it, so its words are looked for."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from connectors.bots.wire import Row, moment, part, same_words, whole_number
from qc_engine.ports import Absent, CannotTell, Done, Search

SLACK = timedelta(minutes=1)  # between MAX's clock and ours


def among(messages: Sequence[Row], text: str, *, since: datetime, limit: int) -> Search:
    """Look through a chat's newest messages for our words; `limit` is how many were asked for."""
    earliest, wanted = since - SLACK, same_words(text)
    for message in messages:
        if _is_ours(message, wanted):
            sent_at = _sent_at(message)
            if sent_at is None:
                return CannotTell("max: the same words were sent, but nobody says when")
            if sent_at >= earliest:
                return Done(str(whole_number(part(message, "body").get("seq")) or ""))
    if len(messages) >= limit and all((_sent_at(one) or since) >= earliest for one in messages):
        return CannotTell(f"max: more than {limit} messages since the attempt")
    return Absent()


def _is_ours(message: Row, wanted: str) -> bool:
    by_a_person = part(message, "sender").get("is_bot") is False
    return not by_a_person and same_words(part(message, "body").get("text")) == wanted


def _sent_at(message: Row) -> datetime | None:
    return moment(message.get("timestamp"), per_second=1000)
