"""What is damaged: captured webhooks of vendors, our own files, replies of clients."""

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

ROOT = Path(__file__).resolve().parents[2]
CONNECTORS = ROOT / "tests" / "connectors"
REPLIES = ROOT / "tests" / "core" / "answers"
DEAL = "event=ONCRMDEALUPDATE&data[FIELDS][ID]=351&ts=1766047124&auth[application_token]=apptoken"
TASK = (
    "event=ONTASKUPDATE&data[FIELDS_BEFORE][ID]=12&data[FIELDS_AFTER][ID]=12&auth[application_token]=apptoken"
)
PAGE = urlencode(
    {"token": "0" * 32, "rev": "1", "answer": "found", "q.quality": "9", "words": "Спасибо!", "do": "send"}
)


@cache
def forms() -> list[bytes]:
    folder = CONNECTORS / "bitrix24" / "samples"
    captured = [path.read_bytes().strip() for path in sorted(folder.glob("*form*.txt"))]
    known = [b.replace(b"jvh9y1ulvt2m6k5or90v9mg8nn32ozas", b"apptoken") for b in captured]
    return [*captured, *known, DEAL.encode(), quote(DEAL, safe="=&").encode(), TASK.encode(), PAGE.encode()]


@cache
def bodies() -> list[Any]:
    """Of every vendor that sends JSON, and what other systems send us."""
    folders = [CONNECTORS / name / "samples" for name in ("chat2desk", "max", "bitrix24")]
    files = [path for folder in folders for path in sorted(folder.glob("*.json"))]
    ours = [
        {"event": "visit_finished", "deal_id": 4312, "id": "order-7", "values": {"master": "Ерлан", "sum": 12.5}},
        {"scenario": "tyre_centre", "deal_id": 4312, "by": "1C"},
        {"id": "77", "status": "1", "phone": "77015551234", "err": 0},
    ]  # fmt: skip
    return [json.loads(path.read_text("utf-8")) for path in files] + [*_telegram(), *ours]


def _telegram() -> list[Any]:
    person = {"id": 5100000001, "is_bot": False, "first_name": "Айгуль"}
    chat = {"id": 5100000001, "first_name": "Айгуль", "type": "private"}
    message = {"message_id": 12, "from": person, "chat": chat, "date": 1783706340, "text": "9"}
    return [
        {"update_id": 871000001, "message": message},
        {"update_id": 871000002, "edited_message": message | {"edit_date": 1783706370}},
        {"update_id": 871000003, "message": message | {"text": "/start K7Q2"}},
    ]


@cache
def files() -> list[bytes]:
    """Everything that people write in YAML."""
    scenarios = [path for path in sorted((ROOT / "scenarios").rglob("*.yaml")) if path.is_file()]
    others = sorted((ROOT / "docs" / "scenarios").glob("*.yaml"))
    return [path.read_bytes() for path in (*scenarios, *others, ROOT / "config.yaml")]


@cache
def replies() -> list[str]:
    tables = [REPLIES / "corpus.tsv", REPLIES / "more.tsv", *sorted((REPLIES / "replies").glob("*.tsv"))]
    rows = [line.partition("\t")[0] for path in tables for line in path.read_text("utf-8").splitlines()]
    return sorted({row for row in rows if row and not row.startswith("#")})
