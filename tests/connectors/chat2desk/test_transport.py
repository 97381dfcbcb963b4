"""What every request obeys: no redirects, no endless answers, a slot first."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from connectors.chat2desk.failures import Hiccup
from connectors.chat2desk.settings import Chat2DeskSettings
from connectors.chat2desk.transport import Transport, make_http
from qc_engine.ports import OutcomeUnknown

Make = Callable[..., Chat2DeskSettings]


def test_the_way_out_follows_no_redirects_and_waits_as_told(make_settings: Make) -> None:
    with make_http(make_settings(http_timeout="7 s", connect_timeout="2 s")) as http:
        assert http.follow_redirects is False
        assert http.timeout == httpx.Timeout(7, connect=2)


class Drip(httpx.SyncByteStream):
    """An answer that is always alive and never ready: one byte in five seconds."""

    def __init__(self, clock: SimpleNamespace) -> None:
        self.clock = clock
        self.given = 0

    def __iter__(self) -> Iterator[bytes]:
        while self.given < 1000:
            self.clock.seconds += 5
            self.given += 1
            yield b" "


@pytest.mark.parametrize(("unsafe", "failure"), [(True, OutcomeUnknown), (False, Hiccup)])
def test_a_dripping_answer_has_a_deadline(
    make_settings: Make,
    pace: Any,
    monkeypatch: pytest.MonkeyPatch,
    unsafe: bool,
    failure: type[Exception],
) -> None:
    clock = SimpleNamespace(seconds=100.0)
    drip = Drip(clock)
    monkeypatch.setattr("connectors.chat2desk.transport.time.monotonic", lambda: clock.seconds)
    settings = make_settings(http_timeout=timedelta(seconds=30))
    answers = httpx.MockTransport(lambda request: httpx.Response(200, stream=drip))
    with httpx.Client(transport=answers) as http:
        way_out = Transport(settings, pace, http)
        with pytest.raises(failure, match="POST /v1/messages: no answer, ReadTimeout"):
            way_out.exchange("POST", "/v1/messages", unsafe=unsafe, json={})
    assert drip.given == 7
    assert pace.slots == 1


def test_no_slot_no_request(make_settings: Make) -> None:
    class Closed:
        def answered(self) -> None:
            pass

        def slot(self, urgent: bool = False) -> None:
            raise RuntimeError("closed")

        def pause(self, seconds: float) -> None:
            raise AssertionError

    def never(request: httpx.Request) -> httpx.Response:
        raise AssertionError

    with httpx.Client(transport=httpx.MockTransport(never)) as http:
        way_out = Transport(make_settings(), Closed(), http)
        with pytest.raises(RuntimeError, match="closed"):
            way_out.exchange("GET", "/v1/clients", unsafe=False)
