"""What a fault does to a request: before anything is carried out, and to the answer afterwards."""

from sandbox.bitrix24.applications import said
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.faults import Fault
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.wire import HTML, Dropped, Reply

HTML_503 = b"<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>"
HTML_LOGIN = b"<!DOCTYPE html><html><body><form action='/auth/'>Log in</form></body></html>"


def before(portal: Portal, fault: Fault | None) -> Reply | None:
    """The answer in place of the real one, or None when the request may go on. Say and Dropped likewise."""
    match fault and fault.how:
        case "limit":
            raise too_many(portal)
        case "auth":
            raise said("INVALID_CREDENTIALS")
        case "error500":
            raise said("INTERNAL_SERVER_ERROR")
        case "html503":
            return Reply(503, HTML_503, HTML)
        case "html200":
            return Reply(200, HTML_LOGIN, HTML)
        case "not_done_no_answer":
            raise Dropped
        case "outage":
            assert fault is not None
            return _out_of_order(fault)
        case "code":
            assert fault is not None
            raise fault.says()
        case _:
            return None


def spoiled(fault: Fault | None, reply: Reply) -> Reply:
    """Everything was carried out; the answer does not arrive as it should."""
    match fault and fault.how:
        case "done_no_answer":
            raise Dropped
        case "empty":
            return Reply(200, b"")
        case "truncated":
            return Reply(200, reply.body[: len(reply.body) // 2])
        case "slow":
            assert fault is not None
            reply.drips_seconds = fault.seconds
            return reply
        case _:
            return reply


def too_many(portal: Portal) -> Say:
    portal.ledger.rejected_503 += 1
    return said("QUERY_LIMIT_EXCEEDED")


def _out_of_order(fault: Fault) -> Reply:
    if fault.kind == "both":
        fault.skip += 1  # counts the requests, so that every second one gets a page
    if fault.kind == "drop" or (fault.kind == "both" and fault.skip % 2):
        raise Dropped
    return Reply(503, HTML_503, HTML)
