"""Chat2Desk as the engine sees it: one channel with all its doors."""

from collections.abc import Sequence

import httpx

from connectors.chat2desk.account import Chat2Desk
from connectors.chat2desk.settings import Chat2DeskSettings
from connectors.chat2desk.templates import is_official
from qc_engine.clock import Clock
from qc_engine.core.channel import Channel
from qc_engine.ports import Connector, Memory, Pace, Poll

NAME = "chat2desk"


def connector(
    settings: Chat2DeskSettings,
    clock: Clock,
    pace: Pace,
    http: httpx.Client | None = None,
    hook_url: str | None = None,
    *,
    memory: Memory | None = None,
    templates: Sequence[str] = (),
    zone: str = "UTC",
) -> Connector:
    """The account with all its doors; without `hook_url` nobody looks after the webhook.

    `memory` keeps the day's count over a restart; `templates` are those that the scenarios use, for the
    doctor; `zone` is the company's time zone.
    """
    account = Chat2Desk(settings, clock, pace, http, hook_url, memory=memory, templates=templates, zone=zone)
    return Connector(
        NAME,
        receives=account,
        performs=account,
        polls=tuple(_polls(account)),
        doctor=account.doctor,
        channel=channel(settings, hooked=hook_url is not None),
        recall=account.approval.recall,
    )


def channel(settings: Chat2DeskSettings, *, hooked: bool = True) -> Channel:
    """What it can do: only WhatsApp by a provider of its Business API keeps the window of 24 hours."""
    receipts = hooked or settings.poll_statuses
    return Channel(NAME, receipts=receipts, window=is_official(settings.transport))


def _polls(account: Chat2Desk) -> Sequence[Poll]:
    settings = account.settings
    polls = [Poll("backfill", settings.backfill_every, account.backfill)]
    if settings.reread:
        polls.append(Poll("reread", settings.reread_every, account.reread_some))
    if settings.poll_statuses:
        polls.append(Poll("statuses", settings.backfill_every, account.statuses))
    if settings.survey_tag:
        polls.append(Poll("tags", settings.backfill_every, account.sending.courtesies.sweep))
    if account.hook_url:
        polls.append(Poll("watchdog", settings.watch_every, account.watchdog))
    return polls
