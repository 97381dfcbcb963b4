"""Whether spans are told, and to whom: only where config.yaml names a collector."""

import atexit
import importlib.util
from collections.abc import Callable

from qc_engine.flow.traced import Traces
from qc_engine.settings import Settings
from qc_engine.wiring.runners import NotInstalled


def traces_of(settings: Settings, secret: Callable[[], bytes]) -> Traces | None:
    """None: nothing is told, and nothing of OpenTelemetry is loaded. Raises NotInstalled."""
    if not settings.traces.endpoint:
        return None
    if not _is_installed():
        raise NotInstalled("traces need their packages: pip install 'qc-engine[traces]'")
    from qc_engine.wiring.telemetry import OpenTelemetry, exporter_of

    traces = OpenTelemetry(exporter_of(settings.traces), secret(), settings.traces.share)
    atexit.register(traces.close)  # what was told last is sent, if the collector answers
    return traces


def _is_installed() -> bool:
    try:
        return importlib.util.find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:
        return False
