"""Runs single calls and batches, and keeps the account of their run time."""

import re
import traceback
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.bitrix24 import faults
from sandbox.bitrix24.call import EVERYTHING, Answer, Call, Grant
from sandbox.bitrix24.errors import Say, no_such_method
from sandbox.bitrix24.phpform import parse_form, php_map
from sandbox.bitrix24.portal import PORTAL_ZONE, Portal
from sandbox.bitrix24.registry import METHODS
from sandbox.bitrix24.scopes import check_scope
from sandbox.bitrix24.values import truth

MOST_COMMANDS = 50
BEFORE, AFTER = faults.OF_COMMANDS - {"twice"}, frozenset({"twice"})
_REFERENCE = re.compile(r"\$result((?:\[[^\[\]]*\])+)")


@dataclass(frozen=True, slots=True)
class Timed:
    """An answer and its `time` object."""

    answer: Answer
    time: dict[str, Any]


def run(portal: Portal, method: str, params: dict[str, Any], by: int, grant: Grant = EVERYTHING) -> Timed:
    """One call of a lower-case method name. Say when the portal refuses."""
    if method == "batch":
        return _run_batch(portal, params, by, grant)
    handler = METHODS.get(method)
    if handler is None:
        raise no_such_method()
    check_scope(portal, method, grant)
    cost = _admit(portal, method)
    portal.ledger.commands += 1
    portal.ledger.by_method[method] += 1
    started = portal.clock.now().timestamp()
    try:
        answer = handler(Call(portal, params, by, grant))
        if portal.faults.take((method,), AFTER):
            answer = handler(Call(portal, params, by, grant))
    finally:
        portal.operating.spend(method, cost, started)
    return Timed(answer, time_of(portal, started, cost, method))


def time_of(portal: Portal, started: float, processing: float, method: str | None) -> dict[str, Any]:
    """The `time` object; a batch as a whole has no account of its own, so method None."""
    finished = portal.clock.now().timestamp() + processing
    row = {
        "start": started,
        "finish": finished,
        "duration": finished - started,
        "processing": processing,
        "date_start": _zoned(started),
        "date_finish": _zoned(finished),
    }
    if method is not None:
        row["operating_reset_at"] = portal.operating.reset_at(method, started)
        row["operating"] = portal.operating.used(method, started)
    return row


def commands_of(params: dict[str, Any]) -> dict[str, str]:
    """The commands of a batch by key; arrays get keys 0, 1, ..."""
    raw = next((value for name, value in params.items() if name.lower() == "cmd"), None)
    if isinstance(raw, list):
        raw = dict(enumerate(raw))
    return {str(key): str(line) for key, line in raw.items()} if isinstance(raw, dict) else {}


def method_of(command: str) -> str:
    return command.partition("?")[0].strip().strip("/").lower().removesuffix(".json")


def _admit(portal: Portal, method: str) -> float:
    """Checked before a call: the one that crosses the limit still completes."""
    switches = portal.switches
    how = portal.faults.take((method,), BEFORE)
    if how == "operating":
        raise _blocked(portal)
    if how == "refuse":
        raise Say(400, "ERROR_CORE", "Значение поля не прошло проверку<br>")
    limit = switches["operating_limit_seconds"]
    if limit and portal.operating.used(method, portal.clock.now().timestamp()) >= limit:
        raise _blocked(portal)
    return float(switches["operating_costs"].get(method, switches["operating_cost_seconds"]))


def _blocked(portal: Portal) -> Say:
    portal.ledger.rejected_429 += 1
    return Say(429, "OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.")


def _run_batch(portal: Portal, params: dict[str, Any], by: int, grant: Grant) -> Timed:
    started = portal.clock.now().timestamp()
    commands = commands_of(params)
    halt = any(name.lower() == "halt" and truth(value) for name, value in params.items())
    results: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    totals: dict[str, int] = {}
    following: dict[str, int] = {}
    times: dict[str, Any] = {}
    for place, (key, command) in enumerate(commands.items()):
        try:
            timed = _run_command(portal, command, results, by, place, grant)
        except Say as no:
            errors[key] = no.body()
            if halt:
                break
            continue
        results[key], times[key] = timed.answer.result, timed.time
        if timed.answer.total is not None:
            totals[key] = timed.answer.total
        if timed.answer.next is not None:
            following[key] = timed.answer.next
    body = {
        "result": php_map(results),
        "result_error": php_map(errors),
        "result_total": php_map(totals),
        "result_next": php_map(following),
        "result_time": php_map(times),
    }
    return Timed(Answer(body), time_of(portal, started, 0.0, None))


def _run_command(
    portal: Portal, command: str, results: dict[str, Any], by: int, place: int, grant: Grant
) -> Timed:
    if place >= MOST_COMMANDS:
        raise Say(400, "ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded")
    method = method_of(command)
    if method == "batch":
        raise Say(405, "ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage")
    params = parse_form(command.partition("?")[2])
    if "result" in command:
        params = _resolved(params, results, portal.switches["bad_reference"] == "text")
    try:
        return run(portal, method, params, by, grant)
    except Say:
        raise
    except Exception:  # noqa: BLE001 - one broken command must not spoil the rest, as in the real portal
        traceback.print_exc()
        raise Say(500, "INTERNAL_SERVER_ERROR", "Internal server error") from None


def _resolved(value: Any, results: dict[str, Any], keep_text: bool) -> Any:
    """$result[key][path] replaced by what the earlier command gave, at any depth of `value`."""
    if isinstance(value, dict):
        return {key: _resolved(inner, results, keep_text) for key, inner in value.items()}
    if isinstance(value, list):
        return [_resolved(inner, results, keep_text) for inner in value]
    if "$result" not in value:
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return _lookup(whole, results, keep_text)
    return _REFERENCE.sub(lambda match: str(_lookup(match, results, keep_text)), value)


def _lookup(match: re.Match[str], results: dict[str, Any], keep_text: bool) -> Any:
    found: Any = results
    for part in re.findall(r"\[([^\[\]]*)\]", match[1]):
        try:
            found = found[int(part)] if isinstance(found, list) else found[part]
        except (KeyError, IndexError, ValueError, TypeError):
            return match[0] if keep_text else ""
    return found


def _zoned(moment: float) -> str:
    return datetime.fromtimestamp(int(moment), PORTAL_ZONE).isoformat()
