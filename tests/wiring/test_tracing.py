"""Traces leave by OpenTelemetry where they are wanted, without a word about a person, and in nobody's way."""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from structlog.testing import capture_logs

from qc_engine.clock import FixedClock
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import AnswerReceived
from qc_engine.flow.traced import Place, Road, Span
from qc_engine.ports import Arrival, Done, Refused
from qc_engine.settings import Traces
from qc_engine.store.database import Database
from qc_engine.wiring import tracing
from qc_engine.wiring.runners import NotInstalled
from tests.conftest import NOON
from tests.flow.fakes import PHONE, Flow

ROOT = Path(__file__).resolve().parents[2]
# What must not leave: the telephone, a name, a client's words, a vendor's text, keys of ours.
CANARIES = (
    PHONE,
    PHONE[1:],
    "Айгуль",
    "кислотный-попугай",
    "vendor-token-7",
    "secret-of-ours",
    "/r/",
    "qc.example",
)


class Settings:
    def __init__(self, **words: Any) -> None:
        self.traces = Traces(**words)


# --- off ------------------------------------------------------------------------------------------


def test_off_nothing_of_it_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [
        one for one in sys.modules if one.startswith(("opentelemetry", "qc_engine.wiring.telemetry"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    assert tracing.traces_of(Settings(), lambda: b"") is None  # type: ignore[arg-type]
    assert not [one for one in sys.modules if one.startswith(("opentelemetry", "qc_engine.wiring.telemetry"))]


def test_one_module_alone_speaks_of_it_and_one_function_loads_that() -> None:
    code = [
        path for folder in ("qc_engine", "connectors", "redirect") for path in (ROOT / folder).rglob("*.py")
    ]
    of_theirs = r"^\s*(?:from|import) opentelemetry"
    ours = r"^from qc_engine\.wiring(?: import .*|\.)telemetry"  # with no space before it: at once
    assert [one.name for one in code if re.search(of_theirs, one.read_text("utf-8"), re.M)] == [
        "telemetry.py"
    ]
    assert not [one.name for one in code if re.search(ours, one.read_text("utf-8"), re.M)]


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(NotInstalled, match=r"pip install 'qc-engine\[traces\]'"):
        tracing.traces_of(Settings(endpoint="http://collector:4318/v1/traces"), lambda: b"")  # type: ignore[arg-type]


@pytest.mark.parametrize("endpoint", ["collector:4318", "http://me:secret@collector/", "https://c/?key=1"])
def test_an_address_is_one_and_holds_no_key(endpoint: str) -> None:
    with pytest.raises(ValidationError, match="write an address") as refused:
        Traces(endpoint=endpoint)
    assert "secret" not in str(refused.value)


# --- on -------------------------------------------------------------------------------------------


@pytest.fixture
def telemetry() -> Any:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="NO EXTRA traces: it was not tried")
    from qc_engine.wiring import telemetry

    return telemetry


@pytest.fixture
def memory(telemetry: Any) -> Any:
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    return InMemorySpanExporter()


def played(database: Database, clock: FixedClock, handler: Any, deliverer: Any) -> None:
    """A client is asked and answers; one message the channel refuses, with a text full of what is private."""
    flow = Flow(database, clock)
    flow.handler.road = Road(handler, clock)
    for one in flow.deliverers:
        one.traces = deliverer
    flow.close_order()
    flow.later(days=1)
    flow.world.answer = lambda job: (
        Refused(f"no {PHONE} vendor-token-7", f"for {PHONE}")
        if isinstance(job.effect, SendMessage)
        else Done()
    )
    flow.arrive(
        Arrival(f"sms:{PHONE}:1", AnswerReceived(PHONE, "3, кислотный-попугай", clock.now(), 5000)),
        source="sms",
    )
    flow.settle()


def test_two_processes_tell_one_trace_and_nothing_of_a_person(
    telemetry: Any, memory: Any, sqlite_database: Database, clock: FixedClock
) -> None:
    one, other = (telemetry.OpenTelemetry(memory, b"secret-of-ours") for _ in range(2))
    played(sqlite_database, clock, one, other)
    one._processor.force_flush()
    other.close()
    spans = memory.get_finished_spans()
    told = "\n".join(span.to_json() for span in spans)
    assert len(spans) > 10
    assert [word for word in CANARIES if word in told] == []
    assert len({span.context.trace_id for span in spans}) == 1
    known = {span.context.span_id for span in spans}
    assert {span.parent.span_id for span in spans if span.parent} <= known
    (refused,) = [span for span in spans if span.attributes.get("qc.code") == "other"]
    assert (refused.status.status_code.name, refused.status.description) == ("ERROR", None)
    one.close()


def some(count: int) -> list[Span]:
    return [Span("handle X", Place(f"case:{n}", "s"), NOON, NOON, {"qc.event": "X"}) for n in range(count)]


def test_a_share_is_the_same_one_in_every_process(telemetry: Any, memory: Any) -> None:
    for _ in range(2):
        part = telemetry.OpenTelemetry(memory, b"key", 0.25)
        part.tell(some(400))
        part.close()
        memory._stopped = False
    chosen = [span.context.trace_id for span in memory.get_finished_spans()]
    assert len(chosen) == 2 * len(set(chosen))
    assert 60 < len(set(chosen)) < 140


@pytest.fixture
def hung(telemetry: Any) -> Iterator[Any]:
    """A collector that takes a load and never answers."""
    done = Event()

    class Hung(telemetry.SpanExporter):  # type: ignore[misc]
        loads = 0

        def export(self, spans: Sequence[Any]) -> Any:
            self.loads += 1
            done.wait()
            return telemetry.SpanExportResult.FAILURE

        def shutdown(self) -> None:
            done.set()

    yield Hung()
    done.set()


def test_a_collector_that_hangs_holds_up_nobody(telemetry: Any, hung: Any) -> None:
    """Were anybody to wait for it, this test would never end."""
    traces = telemetry.OpenTelemetry(hung, b"key")
    traces.tell(some(4000))
    assert hung.loads <= 1
    assert len(traces._processor._batch_processor._queue) <= 2048
    hung.shutdown()
    traces.close()
    assert hung.loads <= 2  # the rest is not offered to somebody who does not answer


def test_a_collector_that_is_away_is_told_of_once_without_its_address(
    telemetry: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(telemetry, "ANSWER_SECONDS", 0.1)
    away = Traces(endpoint="http://127.0.0.1:9/key-in-path", token=SecretStr("secret-of-ours"))
    traces = telemetry.OpenTelemetry(telemetry.exporter_of(away), b"key")
    with capture_logs() as said:
        for _ in range(2):
            traces.tell(some(1))
            traces._processor.force_flush()
        traces.close()
    assert [one["event"] for one in said] == ["traces cannot be sent, and are lost"]
    assert "key-in-path" not in caplog.text + repr(said)


def test_what_cannot_be_told_stops_nothing(telemetry: Any, memory: Any) -> None:
    traces = telemetry.OpenTelemetry(memory, b"key")
    with capture_logs() as said:
        traces.tell([None])
    assert said[0]["error"] == "AttributeError"
    traces.close()


def test_what_stands_in_config_yaml_reaches_the_collector(
    telemetry: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(endpoint="http://collector:4318/v1/traces", token=SecretStr("k"), share=0.5)
    monkeypatch.setattr("atexit.register", lambda close: None)
    traces = tracing.traces_of(settings, lambda: b"key")  # type: ignore[arg-type]
    exporter = traces._exporter._exporter  # type: ignore[union-attr]
    assert exporter._endpoint == settings.traces.endpoint
    assert {name.lower(): value for name, value in exporter._client._headers.items()}[
        "authorization"
    ] == "Bearer k"
    traces.close()  # type: ignore[union-attr]
