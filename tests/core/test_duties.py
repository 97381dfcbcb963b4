"""Who looks after what: everything has one good hand, nobody is idle beside the busy, and little moves."""

import itertools
from collections import Counter

import pytest

from qc_engine.core.duties import Peer, leading, shared

DOORS = frozenset({"bitrix24", "chat2desk", "house", "sms", "webhook"})
A, B, C = (Peer(name, "2", DOORS) for name in "abc")


@pytest.mark.parametrize("count", [1, 2, 3])
def test_everything_has_one_and_all_have_alike(count: int) -> None:
    plan = shared([A, B, C][:count], {})
    assert plan.keys() == DOORS
    load = Counter(plan.values()).values()
    assert max(load) - min(load) <= 1


def test_whatever_the_order_they_are_seen_in_all_say_the_same() -> None:
    plans = [shared(peers, {"sms": "gone"}) for peers in itertools.permutations([A, B, C])]
    assert all(plan == plans[0] for plan in plans)


def test_what_is_in_good_hands_stays_there() -> None:
    held = shared([A, B, C], {})
    assert shared([A, B, C], held) == held
    after = shared([A, B], held)  # c has died
    assert {name: who for name, who in after.items() if held[name] != "c"} == {
        name: who for name, who in held.items() if who != "c"
    }


def test_who_comes_later_gets_a_part() -> None:
    after = shared([A, B], dict.fromkeys(DOORS, "a"))
    assert sorted(Counter(after.values()).values()) == [2, 3]


def test_only_who_knows_a_door_may_have_it() -> None:
    old = Peer("a", "2", frozenset({"house"}))
    assert shared([old, B], dict.fromkeys(DOORS, "")) == {**dict.fromkeys(DOORS, "b"), "house": "a"}


def test_an_older_program_stands_back() -> None:
    old = Peer("a", "1", DOORS)
    assert set(shared([old, B], dict.fromkeys(DOORS, "a")).values()) == {"b"}
    assert (leading([old, B]), leading([old]), leading([])) == ([B], [old], [])
