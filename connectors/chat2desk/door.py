"""Who may call our webhook: only somebody who knows the address, and signs it where signing is on."""

import base64
import hmac
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address

from connectors.chat2desk.settings import Chat2DeskSettings, HmacSettings
from connectors.chat2desk.wire import moment
from qc_engine.ports import Forbidden, Request

SECONDS_DIGITS = 10  # more are milliseconds


def admit(request: Request, settings: Chat2DeskSettings, now: datetime) -> None:
    """Raises Forbidden without saying which of the checks failed."""
    known = _knows_address(request.path.strip("/"), settings)
    signed = settings.hmac is None or (
        _is_signed(request, settings.hmac) & _is_recent(request, settings.hmac, now)
    )
    if not (known and signed and _comes_from_them(request, settings)):
        raise Forbidden("chat2desk: webhook without the right address, signature or sender")


def _comes_from_them(request: Request, settings: Chat2DeskSettings) -> bool:
    if not settings.allowed_ips:
        return True
    caller = _caller(request.headers.get(settings.proxy_header.lower(), ""), settings.proxies)
    return caller is not None and any(
        caller in network for network in settings.allowed_ips if network.version == caller.version
    )


def _caller(forwarded: str, proxies: int) -> IPv4Address | IPv6Address | None:
    """Whom our own outermost proxy saw: what stands before that anybody may have written."""
    seen = forwarded.split(",")
    if len(seen) < proxies:
        return None
    text = seen[-proxies].strip().strip('"')
    if text.startswith("["):  # [2001:db8::1]:443
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # 203.0.113.7:443
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _knows_address(path: str, settings: Chat2DeskSettings) -> bool:
    secrets = [s for s in (settings.webhook_secret, settings.previous_webhook_secret) if s]
    # All of them are compared before any verdict, so that time tells nothing.
    verdicts = [_equal(path, secret.get_secret_value()) for secret in secrets]
    return any(verdicts)


def _is_signed(request: Request, how: HmacSettings) -> bool:
    given = request.headers.get(how.header.lower(), "").strip().removeprefix(how.prefix)
    key = how.secret.get_secret_value().encode()
    digest = hmac.digest(key, _signed(request, how), how.algorithm)
    if how.encoding == "hex":
        return _equal(given.lower(), digest.hex())
    return _equal(given, base64.b64encode(digest).decode())


def _signed(request: Request, how: HmacSettings) -> bytes:
    if how.signed == "body":
        return request.body
    return f"{_timestamp(request, how)}.".encode() + request.body


def _is_recent(request: Request, how: HmacSettings, now: datetime) -> bool:
    """Neither an old call played again, nor one from a clock that nobody can trust."""
    if not how.timestamp_header:
        return True
    said = _timestamp(request, how)
    at = (
        moment(float(said) / (1000 if len(said) > SECONDS_DIGITS else 1))
        if said.isdecimal()
        else moment(said)
    )
    return at is not None and abs(now - at) <= how.tolerance


def _timestamp(request: Request, how: HmacSettings) -> str:
    return request.headers.get(how.timestamp_header.lower(), "").strip()


def _equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())
