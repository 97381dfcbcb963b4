"""Sense of config.yaml, told from plain data, so that a wrong type hides no other mistake."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import BaseModel, SecretStr

from qc_engine.config_files.environment import secrets_of
from qc_engine.scenario_files.similar import quoted, unknown
from qc_engine.settings import PROCRASTINATE
from qc_engine.store.cases import MAIN

Keys = tuple[str | int, ...]
Finding = tuple[Keys, str]
PORTAL_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*/?")


def find_nonsense(model: type[BaseModel], data: Mapping[str, Any]) -> Iterator[Finding]:
    """Where in the data, and what makes no sense there."""
    yield from _public_url(data.get("public_url"))
    yield from _timezone(("timezone",), data.get("timezone"))
    yield from _runner(data)
    yield from _weekly_report(data)
    yield from _portal_names(data.get("portals"))
    for here, portal in _portals(data):
        yield from _branches(here, portal)
    yield from _secrets(model, data)


def _runner(data: Mapping[str, Any]) -> Iterator[Finding]:
    """A file of SQLite can tell nobody anything."""
    if data.get("runner") == PROCRASTINATE and not str(data.get("database_url", "")).startswith("postgres"):
        yield ("runner",), f"runner: {PROCRASTINATE} needs PostgreSQL as database_url"


def _weekly_report(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Somebody is to get it, and nothing could bring it there; or somebody would get it twice."""
    report = data.get("weekly_report")
    to = [str(one) for one in _list(report.get("to"))] if isinstance(report, Mapping) else []
    if to and not data.get("mail"):
        yield (
            ("weekly_report", "to"),
            "to: nothing can be sent without a mail server; write mail: {host: ..., sender: ...}",
        )
    for number, one in enumerate(to):
        if one.strip().casefold() in [earlier.strip().casefold() for earlier in to[:number]]:
            yield ("weekly_report", "to", number), f"to: {quoted(one)} stands here twice"


def _portal_names(portals: Any) -> Iterator[Finding]:
    """A portal's name stands in addresses, in variables and in keys of the database."""
    for name in portals if isinstance(portals, Mapping) else ():
        if name == MAIN or not PORTAL_NAME.fullmatch(str(name)):
            rule = f"small Latin letters, digits and _, at most 40, and not {MAIN}, which is the portal above"
            yield ("portals", name), f"{quoted(str(name))} is no name for a portal; write {rule}"


def _portals(data: Mapping[str, Any]) -> Iterator[tuple[Keys, Mapping[str, Any]]]:
    """The portal whose keys stand at the top, then the further ones."""
    yield (), data
    further = data.get("portals")
    for name, portal in further.items() if isinstance(further, Mapping) else ():
        if isinstance(portal, Mapping):
            yield ("portals", name), portal


def _branches(here: Keys, portal: Mapping[str, Any]) -> Iterator[Finding]:
    branches = [branch for branch in _list(portal.get("branches")) if isinstance(branch, Mapping)]
    for number, branch in enumerate(_list(portal.get("branches"))):
        if isinstance(branch, Mapping):
            yield from _branch((*here, "branches", number), branch)
    yield from _twice(here, branches, "name")
    yield from _twice(here, branches, "crm_value")
    yield from _fallback(here, portal.get("fallback_branch"), branches)


def _branch(here: Keys, branch: Mapping[str, Any]) -> Iterator[Finding]:
    yield from _timezone((*here, "timezone"), branch.get("timezone"))
    pages = branch.get("review_pages")
    for platform, address in pages.items() if isinstance(pages, Mapping) else ():
        wrong = _wrong_address(address)
        if wrong:
            yield (*here, "review_pages", platform), f"{platform}: {wrong}"


def _public_url(address: Any) -> Iterator[Finding]:
    if not isinstance(address, str):
        return
    wrong = _wrong_address(address)
    parts = urlsplit(address) if not wrong else None
    if wrong:
        yield ("public_url",), f"public_url: {wrong}"
    elif parts and (parts.query or parts.fragment or not PATH.fullmatch(parts.path)):
        yield (
            ("public_url",),
            "public_url: write an address without ? and #, for example https://qc.example.kz",
        )


def _wrong_address(address: Any) -> str:
    """Why people cannot be sent there; empty if they can. http is for this machine alone."""
    if not isinstance(address, str) or not address:
        return "write an address that begins with https://"
    if re.search(r"[\s\\<>\"\x00-\x1f]", address):
        return "an address has no spaces, quotes or backslashes"
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "this is no address"
    if parts.scheme not in ("http", "https") or not host:
        return "write an address that begins with https://"
    if "@" in parts.netloc:
        return "an address must not hold a name or a password"
    if parts.scheme == "http" and not _this_machine(host):
        return "write https://, http:// is for this machine alone"
    return ""


def _this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _timezone(here: Keys, name: Any) -> Iterator[Finding]:
    if isinstance(name, str) and name and name not in _timezones():
        yield here, f"timezone: {unknown('time zone', name, _timezones())}"


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


def _twice(here: Keys, branches: list[Mapping[str, Any]], word: str) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for number, branch in enumerate(branches):
        value = branch.get(word)
        if not isinstance(value, str) or not value:
            continue
        if value.casefold().strip() in seen:
            yield (
                (*here, "branches", number, word),
                f"{word}: {quoted(value)} belongs to another branch already",
            )
        seen[value.casefold().strip()] = number


def _fallback(here: Keys, name: Any, branches: list[Mapping[str, Any]]) -> Iterator[Finding]:
    names = [branch["name"] for branch in branches if isinstance(branch.get("name"), str)]
    if isinstance(name, str) and name and names and name not in names:
        yield (*here, "fallback_branch"), f"fallback_branch: {unknown('branch', name, names)}"


def _secrets(model: type[BaseModel], data: Mapping[str, Any]) -> Iterator[Finding]:
    for keys in secrets_of(model):
        value: Any = data
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if isinstance(text, str) and re.search(r"\s", text):
            yield keys, f"{keys[-1]}: a secret must not hold spaces or line ends"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
