"""What is configured, where that stands, and how each connection is. A secret is only told to be there."""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr
from sqlmodel import Session

from qc_engine.config_files.environment import read_environment, variable
from qc_engine.explain.alarming import lane_words
from qc_engine.explain.voice import Voice
from qc_engine.flow.watching.forecast import lane_of
from qc_engine.ports import Connector
from qc_engine.scenario_files.yaml.source import Source
from qc_engine.scenario_files.yaml.strict import read_file
from qc_engine.store import alarms, lanes, outbox, polls, watching
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.telling.foretelling import crm_address
from qc_engine.web.pages.settings.office import Branch, Connection, Poll, Value
from qc_engine.wiring import Installation, connector_name, portals_of

HEARD_WITHIN = timedelta(days=7)
Keys = tuple[str | int, ...]


class Origins:
    """Where each setting comes from."""

    def __init__(self, settings: Installation) -> None:
        self.variables = read_environment(Installation, os.environ).names
        self.source: Source | None = (
            read_file(settings.file) if settings.file and settings.file.exists() else None
        )

    def of(self, keys: Keys) -> str:
        """'QC_BITRIX24__WEBHOOK_URL', 'config.yaml:27', or '' for what nobody has written."""
        if keys in self.variables:
            return self.variables[keys]
        if self.source is None or self.source.find(*keys) is None:
            return ""
        return f"{Path(self.source.file).name}:{self.source.place(keys, at_key=True).line}"


# --- portals and channels ---------------------------------------------------------------------


def connections(
    settings: Installation, database: Database, connectors: Sequence[Connector], voice: Voice, now: datetime
) -> Sequence[Connection]:
    """The portals first. Asks the database and the files; nobody outside."""
    origins, sections = Origins(settings), dict(_sections(settings))
    with database.reading() as session:
        return [
            _connection(
                settings, session, one, voice, now, list(_values(*sections[one.name], origins)),
                getattr(sections[one.name][1], "base_url", ""),
            )
            for one in connectors if one.name in sections
        ]  # fmt: skip


def _sections(settings: Installation) -> Iterator[tuple[str, tuple[Keys, BaseModel]]]:
    for name, portal in portals_of(settings).items():
        keys: Keys = ("bitrix24",) if name == MAIN else ("portals", name, "bitrix24")
        yield connector_name(name), (keys, portal.bitrix24)
    for name in ("chat2desk", "telegram", "max", "sms"):
        section = getattr(settings, name)
        if section is not None:
            yield name, ((name,), section)


def _connection(
    settings: Installation,
    session: Session,
    one: Connector,
    voice: Voice,
    now: datetime,
    values: Sequence[Value],
    base_url: str,
) -> Connection:
    lane = lane_of(one)
    rows = [row for row in lanes.all_lanes(session) if row.key in (lane, one.name)]
    broken = next((row for row in rows if row.broken), None)
    alarm = alarms.standing(session, f"broken:{broken.key}") if broken else None
    paused = [row.paused_until for row in rows if row.paused_until and row.paused_until > now]
    refused = outbox.last_refused(session, lane)
    return Connection(
        name=lane_words(voice, lane),
        kind="portal" if one.portal else "channel",
        address=crm_address(settings, one.portal) if one.portal else origin_of(base_url),
        values=values,
        broken=voice.error(broken.broken) if broken else "",
        broken_since=alarm.since if alarm else None,
        paused_until=max(paused, default=None),
        heard_at=watching.last_from(session, one.name, now - HEARD_WITHIN),
        polls=[_poll(session, voice, one, name) for name in (poll.name for poll in one.polls)],
        refused=voice.error(refused.error) if refused else "",
        refused_at=refused.done_at if refused else None,
    )


def _poll(session: Session, voice: Voice, one: Connector, name: str) -> Poll:
    known = polls.health(session, f"{one.name}:{name}")
    return Poll(name, known.answered_at, known.failing_since, voice.error(known.why) if known.why else "")


def _values(keys: Keys, section: BaseModel, origins: Origins) -> Iterator[Value]:
    """Every secret, and whatever somebody has set; what was left as it is, is left out."""
    for name, info in type(section).model_fields.items():
        value, here = getattr(section, name), (*keys, name)
        if isinstance(value, BaseModel):
            yield from _values(here, value, origins)
            continue
        origin = origins.of(here)
        is_secret = isinstance(value, SecretStr) or "Secret" in str(info.annotation)
        make = partial(Value, ".".join(map(str, here)), info.description or "")
        if is_secret:
            is_set = bool(value and value.get_secret_value())
            yield make("", origin or ("" if is_set else variable(here)), is_secret=True, is_set=is_set)
        elif origin:
            yield make(_shown(value), origin)


def _shown(value: object) -> str:
    """Of an address only the host: what stands behind it may be a key. Of a list only how long it is."""
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g} s"
    if isinstance(value, dict | list | tuple):
        return f"({len(value)})"
    text = str(value)
    return origin_of(text) if "://" in text else text


def origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}" if parts.hostname else ""


# --- branches ---------------------------------------------------------------------------------


def branches(settings: Installation) -> Sequence[Branch]:
    origins = Origins(settings)
    return [
        Branch(
            name, one.name, one.name == (portal.fallback_branch or portal.branches[0].name), one.crm_value,
            str(one.head or one.department), str(one.manager), one.timezone, list(one.review_pages.items()),
            origins.of((*(() if name == MAIN else ("portals", name)), "branches", number)),
        )
        for name, portal in portals_of(settings).items()
        for number, one in enumerate(portal.branches)
    ]  # fmt: skip
