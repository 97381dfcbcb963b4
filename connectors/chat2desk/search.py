"""Was a message sent by a call whose answer was lost? Chat2Desk has no key for it, so it is looked for."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from connectors.chat2desk.client import Client
from connectors.chat2desk.letter import letter_of
from connectors.chat2desk.people import People
from connectors.chat2desk.wire import Row, given_id, moment, same_words, whole_number, words
from qc_engine.core.effects import SendMessage
from qc_engine.ports import (
    Absent,
    Broken,
    CannotTell,
    Done,
    Job,
    OutcomeUnknown,
    Refused,
    Search,
    TryLater,
)

LIMIT = 50
SLACK = timedelta(minutes=1)  # between the vendor's clock and ours


def look(job: Job, client: Client, people: People) -> Search:
    """In every messenger that the message may have gone to."""
    effect, since = job.effect, job.first_tried_at
    if not isinstance(effect, SendMessage) or since is None:
        return CannotTell("chat2desk: not known what was sent, or when")
    try:
        text = letter_of(effect, client.settings).text
        elsewhere = people.elsewhere(effect.phone, since)
        ids = {people.known_id(effect.phone), elsewhere.client_id if elsewhere else None}
        lists = [client.messages_of(one, LIMIT) for one in ids if one is not None]
    except (TryLater, Refused, Broken, OutcomeUnknown) as problem:
        return CannotTell(str(problem))
    return _best([among(rows, job.marker, text, since=since, limit=LIMIT) for rows in lists])


def _best(found: Sequence[Search]) -> Search:
    """Found anywhere is found; absent must be certain everywhere."""
    done = next((one for one in found if isinstance(one, Done)), None)
    return done or next((one for one in found if isinstance(one, CannotTell)), None) or Absent()


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
