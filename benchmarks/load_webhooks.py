"""Webhooks for the benchmark of the load, each as its vendor sends it."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import count, islice
from urllib.parse import urlencode

from benchmarks.open_loop import Shot, planned
from sandbox.demo.people import Player
from sandbox.demo.stage import Stage


def shots(up: Stage, players: list[Player], per_second: float, seconds: float) -> list[Shot]:
    """Answers of these clients and changes of their deals, half and half."""
    each, rate = int(per_second * seconds / 2), per_second / 2
    now = datetime.fromisoformat(up.get("/sandbox/clock")["now"])
    answers = islice(_answers(up, players, now), each)
    changes = islice(_changes(up, players, now), each)
    return [*planned("answer", answers, 200, rate, 1), *planned("deal", changes, 200, rate, 2)]


def _answers(up: Stage, players: list[Player], now: datetime) -> Iterator[bytes]:
    path = f"/hooks/chat2desk/{up.environment['QC_CHAT2DESK__WEBHOOK_SECRET']}"
    for number in count():
        player = players[number % len(players)]
        body = {
            "message_id": 5_000_000 + number, "type": "from_client", "text": str(number % 10 + 1),
            "client": {"id": 900_000 + number % len(players), "phone": player.phone, "name": player.name},
            "channel_id": 43898, "dialog_id": 700_000 + number, "transport": "wa_direct",
            "hook_type": "inbox", "event_time": f"{now:%Y-%m-%dT%H:%M:%SZ}", "filler": "x" * 700,
        }  # fmt: skip
        yield _post(path, "application/json", json.dumps(body, ensure_ascii=False))


def _changes(up: Stage, players: list[Player], now: datetime) -> Iterator[bytes]:
    token, begun = up.environment["QC_BITRIX24__APPLICATION_TOKEN"], int(now.timestamp())
    for number in count():
        fields = {
            "event": "ONCRMDEALUPDATE", "event_handler_id": "975", "ts": str(begun + number),
            "data[FIELDS][ID]": str(players[number % len(players)].deal_id),
            "auth[domain]": "some-domain.bitrix24.ru", "auth[member_id]": "f" * 32,
            "auth[application_token]": token,
        }  # fmt: skip
        yield _post("/hooks/bitrix24", "application/x-www-form-urlencoded", urlencode(fields))


def _post(path: str, kind: str, text: str) -> bytes:
    body = text.encode()
    heads = ["Host: x", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join([f"POST {path} HTTP/1.1", *heads, "", ""]).encode() + body
