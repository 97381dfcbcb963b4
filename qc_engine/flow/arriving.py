"""Whose words these are: a channel knows addresses, a case knows a phone."""

from dataclasses import replace

from sqlmodel import Session

from qc_engine.core.channel import MAIN
from qc_engine.core.events import AnswerReceived, ChannelJoined, ChannelLeft, Event
from qc_engine.flow.truth import Settled
from qc_engine.store import points

NOBODY = Settled("ignored", "nobody's link")


def addressed(session: Session, channel: str, event: Event) -> Event | Settled:
    """The event with the phone that it concerns; `channel` is where it came in."""
    match event:
        case AnswerReceived():
            return _words(session, channel, event)
        case ChannelJoined():
            phone = _joined(session, channel, event)
            return replace(event, phone=phone, channel=channel) if phone else NOBODY
        case ChannelLeft(address, at):
            known = points.leave(session, channel, address, at)
            return Settled("applied") if known else Settled("ignored", "nobody is known there")
        case _:
            return event


def _joined(session: Session, channel: str, event: ChannelJoined) -> str:
    if event.token:
        return points.accept(session, channel, event.address, event.token, event.at)
    return points.come_back(session, channel, event.address, event.at)


def _words(session: Session, channel: str, event: AnswerReceived) -> Event | Settled:
    phone = event.phone or points.phone_of(session, channel, event.address)
    if not phone:
        return Settled("ignored", "nobody knows whose chat this is")
    points.note_words(session, channel, event.address or phone, phone, event.at)
    return replace(event, phone=phone, channel=channel)


def channel_of(source: str, further: frozenset[str]) -> str:
    """What comes from no further channel came through the main one."""
    return source if source in further else MAIN
