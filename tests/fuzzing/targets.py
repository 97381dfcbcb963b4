"""What is fuzzed: each reader of strangers' bytes, with what it may refuse. Anything else that it raises is a bug."""

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
from fastapi import HTTPException
from hypothesis import strategies as st
from pydantic import SecretStr

from connectors.bitrix24 import events
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.chat2desk import hooks as chat2desk
from connectors.chat2desk.memory import Remembered
from connectors.chat2desk.settings import Chat2DeskSettings
from connectors.max import hooks as of_max
from connectors.sms.connector import Sms
from connectors.sms.settings import SmsSettings
from connectors.telegram import hooks as telegram
from qc_engine.clock import FixedClock
from qc_engine.config_files.load import BadConfig, load_settings
from qc_engine.core.answers.read import read
from qc_engine.core.answers.reading import Kind, Scale
from qc_engine.ports import Arrival, Forbidden, Request, Unreadable
from qc_engine.scenario_files.load import BadScenarios, load_text
from qc_engine.scenario_files.names import Names
from qc_engine.scenario_files.trials.files import load_trials
from qc_engine.store.arrivals import Incoming
from qc_engine.web import starts
from qc_engine.web.forms import MOST_FIELDS, on_one_line
from qc_engine.web.raw import keepable
from qc_engine.wiring.installation import Installation
from tests.connectors.bots.yard import CountedPace
from tests.fuzzing import samples
from tests.fuzzing.mutating import bent, damaged

NOW = datetime(2026, 7, 10, 18, 0, tzinfo=UTC)
SECRET = "open-sesame-open-sesame"
FORM = {"content-type": "application/x-www-form-urlencoded"}
SHOWN = 400
SCALES = (Scale(), Scale(0, 5), Scale(1, 100), Scale(-3, 3))
Stored = Sequence[Incoming]


@dataclass(frozen=True)
class Target:
    """`run` returns what would be stored; what it raises is a bug."""

    inputs: Callable[[], st.SearchStrategy[Any]]
    run: Callable[[Any], Stored]


# --- forms and JSON ---------------------------------------------------------------------------


def read_form(body: bytes) -> Stored:
    """The portal's webhook, and a form of our own pages."""
    with suppress(ValueError):  # 400
        fields = dict(parse_qsl(body.decode(errors="replace"), max_num_fields=MOST_FIELDS))
        assert all(len(on_one_line(value, SHOWN)) <= SHOWN for value in fields.values())
    request = Request("", FORM, body)
    return _taken("bitrix24", lambda: events.parse(_portal(), request), body)


def read_json(body: bytes) -> Stored:
    """One body, shown to every door that reads JSON."""
    for model in (starts.EventTold, starts.CaseAsked):
        with suppress(HTTPException):
            starts.read(model, body)
    found = [one for name, reader in _readers().items() for one in _taken(name, partial(reader, body), body)]
    for one in found:
        if one.arrival:
            json.dumps(one.arrival.key).encode()
    return found


def _taken(source: str, reader: Callable[[], Sequence[Arrival]], body: bytes) -> Stored:
    """As the door does it: what is refused for want of a secret is not kept at all."""
    try:
        return [Incoming(source, one, NOW, keepable(body)) for one in reader()]
    except Unreadable as why:
        return [Incoming(source, None, NOW, keepable(body), "", str(why)[:SHOWN])]
    except Forbidden:
        return []


@cache
def _portal() -> Bitrix24Settings:
    address = {"webhook_url": "https://portal.example/rest/1/x/", "application_token": "apptoken"}
    return Bitrix24Settings.model_validate(address)


@cache
def _readers() -> Mapping[str, Callable[[bytes], Sequence[Arrival]]]:
    whatsapp = Chat2DeskSettings(
        token=SecretStr("x"), channel_id=43898, transport="wa_direct", webhook_secret=SecretStr(SECRET)
    )
    gateway = SmsSettings(
        gateway="smsc", base_url="https://gate.example", login="acme", password=SecretStr("pass-word-0123"),
        webhook_secret=SecretStr(SECRET),
    )  # fmt: skip
    nobody = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(500)))
    sms = Sms(gateway, FixedClock(NOW), CountedPace(), None, nobody)
    return {
        "chat2desk": lambda body: chat2desk.read_hook(
            body, chat2desk.Reading(whatsapp, NOW, Remembered(10), lambda phone, text: False)
        ),
        "telegram": lambda body: telegram.read_hook(body, NOW),
        "max": lambda body: of_max.read_hook(body, NOW, by="chat_id"),
        "sms": lambda body: sms.parse(Request(SECRET, {}, body)),
    }


# --- replies ----------------------------------------------------------------------------------


def read_reply(reply: tuple[str, Scale]) -> Stored:
    text, scale = reply
    reading = read(text, scale)
    assert len(reading.scores) == {Kind.SCORE: 1, Kind.BOTH: 2}.get(reading.kind, 0)
    assert all(scale.lowest <= score <= scale.highest for score in reading.scores)
    assert reading.rule
    assert read(text, scale) == reading
    return ()


def _replies() -> st.SearchStrategy[tuple[str, Scale]]:
    known = samples.replies()
    wounded = damaged([text.encode() for text in known]).map(lambda raw: raw.decode(errors="replace"))
    joined = st.lists(st.sampled_from(known), max_size=4).map(" ".join)
    any_text = st.text(st.characters(exclude_categories=()), max_size=300)
    return st.tuples(wounded | joined | any_text, st.sampled_from(SCALES))


# --- files ------------------------------------------------------------------------------------


def read_file(content: bytes) -> Stored:
    """A scenario, its tests beside it, and config.yaml, each with the same bytes."""
    with suppress(BadScenarios):
        load_text(content.decode(errors="surrogateescape"), "s.yaml", Names())
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        place = Path(folder)
        (place / "config.yaml").write_bytes(content)
        with suppress(BadConfig):
            load_settings(Installation, place / "config.yaml", {})
        (place / "config.yaml").rename(place / "s.yaml")
        with suppress(BadScenarios):
            load_trials(place, Names())
    return ()


def memory() -> str | None:
    """The quickest folder that there is."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


TARGETS: Mapping[str, Target] = {
    "form": Target(lambda: damaged(samples.forms()), read_form),
    "json": Target(
        lambda: bent(samples.bodies()) | damaged([json.dumps(one).encode() for one in samples.bodies()]),
        read_json,
    ),
    "answers": Target(_replies, read_reply),
    "yaml": Target(lambda: damaged(samples.files()), read_file),
}
