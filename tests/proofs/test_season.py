"""The season with accidents: when they happen, and how somebody settles what the engine will not guess."""

import argparse
from types import SimpleNamespace
from typing import Any, cast

import pytest

from benchmarks.postgres import Server
from tests.proofs.season import Accidents, Attendant, accidents_of


class Looked:
    """A stage on which two questions wait for a person."""

    def __init__(self) -> None:
        self.said: list[tuple[int, str]] = []

    def uncertain(self) -> list[dict[str, Any]]:
        rows = [
            {"id": number, "key": f"K{number}:1:0", "words": f"Вопрос {number}", "deal_id": number}
            for number in (1, 2)
        ]
        return rows[len(self.said) :]

    def resolve(self, effect: int, how: str) -> None:
        self.said.append((effect, how))


def test_what_reached_a_client_is_never_sent_again() -> None:
    stage, clients = Looked(), {1: ["Вопрос 1", "Спасибо"], 2: ["Вопрос 1"]}
    by_deal = {number: SimpleNamespace(received=texts) for number, texts in clients.items()}
    play, attendant = cast(Any, SimpleNamespace(stage=stage, by_deal=by_deal)), Attendant()
    assert (attendant(play), attendant(play)) == (2, 0)
    assert stage.said == [(1, "happened"), (2, "again")]
    assert attendant.settled == ["K1:1:0: happened", "K2:1:0: again"]


@pytest.mark.parametrize(
    ("answered", "happened", "left"), [(0, "", 3), (19, "", 3), (20, "a", 2), (60, "ab", 1), (90, "abc", 0)]
)
def test_accidents_happen_in_their_order(answered: int, happened: str, left: int) -> None:
    moments = ((0.2, "a"), (0.5, "b"), (0.8, "c"))
    accidents = Accidents(100, [(at, name, lambda _, name=name: name) for at, name in moments])  # type: ignore[misc]
    accidents(cast(Any, SimpleNamespace(answered=answered)))
    accidents.finish()
    assert ("".join(sorted(accidents.happened)), len(accidents.to_come)) == (happened, left)


@pytest.mark.parametrize(("kill", "restart", "count"), [(False, False, 0), (True, False, 2), (True, True, 3)])
def test_only_what_was_asked_for(kill: bool, restart: bool, count: int) -> None:
    found = accidents_of(argparse.Namespace(kill=kill, restart_postgres=restart), Server("postgresql://x/y"))
    assert len(found) == count
    assert [at for at, _, _ in found] == sorted(at for at, _, _ in found)


def test_a_server_of_somebody_else_is_not_restarted() -> None:
    with pytest.raises(SystemExit, match="not ours"):
        Server("postgresql://x/y").restart()
