"""Was a message sent by a call whose answer was lost? Chat2Desk has no key for it, so it is looked for."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from connectors.chat2desk.wire import Row, given_id, moment, same_words, whole_number, words
from qc_engine.ports import Absent, CannotTell, Done, Search

SLACK = timedelta(minutes=1)  # between the vendor's clock and ours


def among(rows: Sequence[Row], marker: str, text: str, *, since: datetime, limit: int) -> Search:
    """Look through a client's newest messages, newest first, for our marker or our words.

    `text` is the text as it was posted, a template in its markup; `limit` is how many were asked for.
    """
    earliest = since - SLACK
    for row in rows:
        if verdict := _verdict(row, marker, same_words(text), earliest):
            return verdict
    if len(rows) >= limit and all(_is_fresh(row, earliest) for row in rows):
        return CannotTell(f"chat2desk: more than {limit} messages since the attempt")
    return Absent()


def _verdict(row: Row, marker: str, wanted: str, earliest: datetime) -> Done | CannotTell | None:
    message_id = whole_number(row.get("id"))
    if message_id is None or words(row.get("type")) not in ("to_client", "autoreply"):
        return None
    if marker and given_id(row) == marker:
        return Done(str(message_id))
    if same_words(row.get("text")) != wanted:
        return None
    created = moment(row.get("created"))
    if created is None:
        return CannotTell("chat2desk: the same words were sent, but nobody says when")
    return Done(str(message_id)) if created >= earliest else None


def _is_fresh(row: Row, earliest: datetime) -> bool:
    created = moment(row.get("created"))
    return created is None or created >= earliest
