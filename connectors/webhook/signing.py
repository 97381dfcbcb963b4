"""A message as Standard Webhooks describes it: an id that repeats keep, a time, a signature over both."""

import base64
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from qc_engine.core.effects import CallWebhook


def body_of(effect: CallWebhook) -> bytes:
    """{"type", "timestamp", "data"}; the same bytes in every attempt."""
    message = {
        "type": effect.event,
        "timestamp": effect.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": dict(effect.data),
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def headers_of(message_id: str, sent_at: datetime, body: bytes, *keys: bytes) -> Mapping[str, str]:
    """`sent_at` is the moment of this attempt, by which the receiver refuses what is too old.

    One signature for each key: the receiver believes any, so that a key can be changed on both sides in turn.
    """
    stamp = str(int(sent_at.timestamp()))
    signed = b".".join((message_id.encode(), stamp.encode(), body))
    return {
        "content-type": "application/json",
        "user-agent": "qc-engine",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(_signature(key, signed) for key in keys),
    }


def _signature(key: bytes, signed: bytes) -> str:
    return f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"


def message_id(key: str) -> str:
    """Of the effect's key; a point would end the id within what is signed."""
    return "msg_" + key.replace(":", "_").replace(".", "_")
