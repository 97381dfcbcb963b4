"""Spans by OpenTelemetry: put into a queue here, sent by a thread of its own, lost when nobody takes them."""

import hashlib
import hmac
import logging
import os
from collections.abc import Sequence
from datetime import datetime

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from qc_engine.flow.traced import Place, Span
from qc_engine.settings import Traces as TracesSettings

ANSWER_SECONDS = 5.0  # real; for how long a collector may think about one load, repeats included
SERVICE, SCOPE = "qc-engine", InstrumentationScope("qc_engine")
SAMPLED = TraceFlags(TraceFlags.SAMPLED)
LOWEST = (1 << 64) - 1  # of a trace's number: those bits say whether the trace is chosen
FAILED = Status(StatusCode.ERROR)  # without words: an error's text may hold what a client wrote

log = structlog.get_logger(__name__)


def exporter_of(settings: TracesSettings) -> SpanExporter:
    """To the collector of config.yaml. The variables OTEL_EXPORTER_OTLP_* say what it does not."""
    token = settings.token.get_secret_value()
    headers = {"Authorization": f"Bearer {token}"} if token else None
    return OTLPSpanExporter(endpoint=settings.endpoint, headers=headers, timeout=ANSWER_SECONDS)


class Watched(SpanExporter):
    """Says when the collector stops answering and when it answers again, once each."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._answers = True
        self.closing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self.closing and not self._answers:
            return SpanExportResult.FAILURE  # nobody waits at the end for who is not there
        try:
            result = self._exporter.export(spans)
        except Exception:  # noqa: BLE001 (whatever it was, it is no trouble of the engine's)
            result = SpanExportResult.FAILURE
        self._note(result is SpanExportResult.SUCCESS)
        return result

    def _note(self, answers: bool) -> None:
        if answers != self._answers:
            self._answers = answers
            # No address: it may hold a key.
            log.warning("traces are taken again" if answers else "traces cannot be sent, and are lost")

    def shutdown(self) -> None:
        self._exporter.shutdown()


class OpenTelemetry:
    """`key` keeps the names of traces to ourselves; `share`: of how many of them is told."""

    def __init__(self, exporter: SpanExporter, key: bytes, share: float = 1.0) -> None:
        _silence()
        self._key = hmac.digest(key, b"traces", hashlib.sha256)
        self._below = int(share * (LOWEST + 1))
        self._resource = Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME") or SERVICE})
        self._exporter = Watched(exporter)
        self._processor = BatchSpanProcessor(self._exporter)

    def tell(self, spans: Sequence[Span]) -> None:
        try:
            for one in spans:
                context = self._context(one.place)
                if context.trace_id & LOWEST < self._below:
                    self._processor.on_end(self._readable(one, context))
        except Exception as bug:  # noqa: BLE001 (what is told of the work must not stop it)
            log.warning("a span could not be told", error=type(bug).__name__)

    def close(self) -> None:
        """What was told is sent, if somebody takes it."""
        self._exporter.closing = True
        self._processor.shutdown()  # type: ignore[no-untyped-call]

    def _readable(self, one: Span, context: SpanContext) -> ReadableSpan:
        return ReadableSpan(
            one.name,
            context,
            parent=self._context(one.parent) if one.parent else None,
            resource=self._resource,
            attributes={name: value for name, value in one.facts.items() if value != ""},
            links=[Link(self._context(place)) for place in one.links],
            kind=SpanKind.CLIENT if one.name.startswith(("deliver", "look")) else SpanKind.INTERNAL,
            status=FAILED if one.failed else Status(),
            start_time=_nanoseconds(one.began),
            end_time=_nanoseconds(one.ended),
            instrumentation_scope=SCOPE,
        )

    def _context(self, place: Place) -> SpanContext:
        trace, span = self._number(place.trace, 16), self._number(f"{place.trace}\n{place.span}", 8)
        return SpanContext(trace, span, is_remote=False, trace_flags=SAMPLED)

    def _number(self, name: str, size: int) -> int:
        return int.from_bytes(hmac.digest(self._key, name.encode(), hashlib.sha256)[:size])


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1000


def _silence() -> None:
    """What its own loggers say of a failure holds the collector's address, and with it perhaps a key."""
    logger = logging.getLogger("opentelemetry")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
