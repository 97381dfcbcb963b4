"""Who looks after what, where several workers share one database: every worker comes to the same answer."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    """A worker that lives. `release` orders programs by age; `knows`: what it could look after."""

    id: str
    release: str
    knows: frozenset[str]


def leading(peers: Sequence[Peer]) -> Sequence[Peer]:
    """Those of the newest program: the others cannot read what these write, and stand back."""
    newest = max((one.release for one in peers), default="")
    return sorted((one for one in peers if one.release == newest), key=lambda one: one.id)


def shared(peers: Sequence[Peer], held: Mapping[str, str]) -> dict[str, str]:
    """Who should look after each thing, by their ids; `held`: who does now, perhaps somebody who is gone.

    What is in good hands stays there, unless somebody has two more than another who could have one of them.
    """
    able = _able(leading(peers))
    plan = {name: held[name] for name in sorted(able) if held.get(name) in able[name]}
    load = Counter(plan.values())
    for name in sorted(able.keys() - plan.keys()):
        _give(plan, load, name, able[name])
    for name in sorted(plan, reverse=True):
        if load[plan[name]] > load[_least(load, able[name])] + 1:
            load[plan[name]] -= 1
            _give(plan, load, name, able[name])
    return plan


def _able(peers: Sequence[Peer]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for peer in peers:
        for name in peer.knows:
            found.setdefault(name, []).append(peer.id)
    return found


def _give(plan: dict[str, str], load: Counter[str], name: str, able: Sequence[str]) -> None:
    plan[name] = _least(load, able)
    load[plan[name]] += 1


def _least(load: Counter[str], able: Sequence[str]) -> str:
    return min(able, key=lambda one: (load[one], one))
