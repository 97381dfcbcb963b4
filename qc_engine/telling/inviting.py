"""Where a client can be met, and the links with which they open our chats."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlmodel import Session, select

from qc_engine.core.case import Case, ContactPoint
from qc_engine.core.wording.texts import masked
from qc_engine.explain.moments import iso
from qc_engine.explain.voice import Voice
from qc_engine.store import cases, points
from qc_engine.store.tables import InvitationRow

Told = dict[str, Any]


def invitations(session: Session, case_ids: Sequence[str]) -> Told:
    """{"phone" (masked), "points": [...], "links": [...]} of the newest of these cases; links of it alone."""
    found = [one for case_id in case_ids if (one := cases.get(session, case_id))]
    if not found:
        return {"phone": "", "points": [], "links": []}
    case = found[0]
    return {
        "phone": masked(case.client.phone),
        "case_id": case.id,
        "deal_id": case.deal_id,
        "points": [_point(one) for one in points.of_phone(session, case.client.phone)],
        "links": list(_links(session, case)),
    }


def _point(point: ContactPoint) -> Told:
    return {"channel": point.channel, "wrote_at": iso(point.wrote_at), "left_at": iso(point.left_at)}


def _links(session: Session, case: Case) -> Iterator[Told]:
    rows = session.exec(select(InvitationRow).where(InvitationRow.case_id == case.id)).all()
    used = {row.channel: row.used_at for row in rows}
    for channel, link in case.invitations.items():
        yield {"channel": channel, "link": link, "used_at": iso(used.get(channel))}


def as_text(told: Told, voice: Voice) -> str:
    """For a terminal; the text has no newline at its end."""
    if not told["phone"]:
        return voice.say("invite.nobody")
    lines = [voice.say("invite.head", phone=told["phone"], deal_id=told["deal_id"])]
    lines += [_met(voice, one) for one in told["points"]] or [f"  · {voice.say('invite.nowhere')}"]
    lines += [_link(voice, one) for one in told["links"]] or [f"  · {voice.say('invite.no_messenger')}"]
    return "\n".join(lines)


def _met(voice: Voice, point: Told) -> str:
    key = "invite.left" if point["left_at"] else "invite.met" if point["wrote_at"] else "invite.joined"
    at = point["left_at"] or point["wrote_at"] or ""
    return f"  · {voice.say(key, channel=voice.channel(point['channel']), at=at)}"


def _link(voice: Voice, link: Told) -> str:
    key = "invite.used" if link["used_at"] else "invite.link"
    told = {"channel": voice.channel(link["channel"]), "link": link["link"], "at": link["used_at"] or ""}
    return f"  · {voice.say(key, **told)}"
