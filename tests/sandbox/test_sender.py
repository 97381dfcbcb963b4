"""The sender on a hand-moved clock: time, order, repeats, how many at once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from sandbox.sender import Sender

URL = "http://us/hook"


class HandClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 7, 10, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def jump(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


Story = Callable[[Sender, HandClock], Awaitable[None]]


def play(handler: Callable[[httpx.Request], httpx.Response], story: Story, **options: int) -> Sender:
    async def whole() -> Sender:
        clock = HandClock()
        sender = Sender(clock, transport=httpx.MockTransport(handler), **options)
        await sender.start()
        await story(sender, clock)
        await sender.stop()
        return sender

    return asyncio.run(whole())


def test_virtual_delays_and_order() -> None:
    bodies: list[bytes] = []

    def receive(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(200)

    async def story(sender: Sender, clock: HandClock) -> None:
        sender.post(URL, b"late", {}, delay=3600)
        for number in range(5):
            sender.post(URL, str(number).encode(), {}, delay=60)
        sender.post(URL, b"now", {})
        await sender.settled()
        assert bodies == [b"now"]
        clock.jump(60)
        await sender.settled()
        assert bodies[1:] == [b"0", b"1", b"2", b"3", b"4"]
        clock.jump(86400)
        await sender.settled()
        assert bodies[-1] == b"late"

    sender = play(receive, story, lanes=1)
    assert (sender.sent, sender.failed) == (7, 0)


@pytest.mark.parametrize(
    ("answers", "heard", "counts"),
    [
        ([200], [200], (1, 0)),
        ([500, 200], [500, 200], (1, 1)),
        ([302, 404, None], [302, 404, None], (0, 3)),
    ],
)
def test_retries(answers: list[int | None], heard: list[int | None], counts: tuple[int, int]) -> None:
    left = list(answers)
    statuses: list[int | None] = []

    def receive(request: httpx.Request) -> httpx.Response:
        status = left.pop(0)
        if status is None:
            raise httpx.ConnectError("refused")
        return httpx.Response(status)

    async def story(sender: Sender, clock: HandClock) -> None:
        sender.post(URL, b"{}", {}, retries=(10.0, 300.0), done=statuses.append)
        for _ in range(4):
            await sender.settled()
            clock.jump(300)
        await sender.settled()

    sender = play(receive, story)
    assert statuses == heard
    assert (sender.sent, sender.failed) == counts


def test_unwanted_is_left_out() -> None:
    wanted = [True]

    async def story(sender: Sender, clock: HandClock) -> None:
        sender.post(URL, b"{}", {}, retries=(10.0, 10.0), wanted=lambda: wanted[0])
        await sender.settled()
        wanted[0] = False
        clock.jump(10)
        await sender.settled()
        wanted[0] = True
        clock.jump(10)
        await sender.settled()

    assert play(lambda request: httpx.Response(500), story).failed == 1


def test_a_bad_address_is_a_failure() -> None:
    async def story(sender: Sender, clock: HandClock) -> None:
        sender.post("http://[broken", b"", {})
        sender.post("nonsense://x", b"", {})
        await sender.settled()

    async def real_transport() -> Sender:
        sender = Sender(HandClock())
        await sender.start()
        await story(sender, HandClock())
        await sender.stop()
        return sender

    assert asyncio.run(real_transport()).failed == 2


def test_at_most_so_many_at_once() -> None:
    class Slow(httpx.AsyncBaseTransport):
        now = 0
        most = 0

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0.001)
            self.now -= 1
            return httpx.Response(200)

    async def whole() -> tuple[int, int]:
        slow = Slow()
        sender = Sender(HandClock(), lanes=4, transport=slow)
        for _ in range(20):
            sender.post(URL, b"", {})
        await sender.start()
        await sender.settled()
        await sender.stop()
        return slow.most, sender.sent

    assert asyncio.run(whole()) == (4, 20)


def test_later_keeps_its_place_among_the_posts() -> None:
    seen: list[str] = []

    def receive(request: httpx.Request) -> httpx.Response:
        seen.append(request.content.decode())
        return httpx.Response(200)

    async def story(sender: Sender, clock: HandClock) -> None:
        sender.later(20, lambda: seen.append("act"))
        sender.post(URL, b"post", {}, delay=10)
        await sender.settled()
        assert seen == []
        clock.jump(30)
        await sender.settled()

    play(receive, story, lanes=1)
    assert set(seen) == {"post", "act"}


async def _woken_and_stopped_at_once() -> int:
    """Something to do comes in the very turn in which the sandbox ends; how many tasks are left then."""
    sender = Sender(HandClock(), transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    await sender.start()
    sender.later(60, lambda: None)
    await asyncio.sleep(0.01)
    sender.later(60, lambda: None)
    async with asyncio.timeout(5):
        await sender.stop()
    return len(asyncio.all_tasks() - {asyncio.current_task()})


def test_work_that_comes_with_the_end_does_not_outlive_it() -> None:
    assert asyncio.run(_woken_and_stopped_at_once()) == 0
