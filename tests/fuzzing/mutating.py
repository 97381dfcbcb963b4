"""Inputs near to real ones: samples of vendors and of our own files, damaged a little or a lot."""

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from hypothesis import strategies as st

MOST_BYTES = 64 * 1024  # what the doors take at most
# What is read otherwise than it looks, by somebody or other.
TOKENS = (
    b"", b"\0", b"%00", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbb\xbf", "ё😀".encode(), "девять".encode("cp1251"), b"\r\n",
    b"&", b"=", b"[", b"]", b"[][]", b"[x]", b"+", b"%20", b"%", b"%zz", b"auth[application_token][]=x", b"data[FIELDS]=1",
    b"{", b"}", b'"', b"\\", b"\\ud800", b"\\u0000", b"NaN", b"-Infinity", b"1e400", b"9" * 5000, b"[" * 500, b'{"a":' * 200,
    b"null", b"true", b"-1", b"0", b"1.5", b"'" , b":", b"- ", b"\t", b"&a", b"*a", b"<<:", b"!!python/object:os.system",
    b"---", b"...", b"|", b">", b"?", b"#", b"on", b"no", b"08", b"1_0", b"12:30", b"2023-02-29", b"${x}", b"{x}", b"{{7*7}}",
)  # fmt: skip
NASTY: Sequence[Any] = (
    None, True, False, 0, -1, 2**63, 2**80, 1.5, 1e300, "", " ", "\0", "\u202e9", "９", "9" * 400, [], {}, [[]], [{}], {"": None},
    "2026-02-30T25:61:61", 10**20, "null", "-", "+7 701 555 12 34", "стоп", ["9"], {"id": 1}, {"0": {"0": {}}},
)  # fmt: skip
randoms = st.randoms(use_true_random=False)


def damaged(samples: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Mostly one or two wounds of one sample: what is hurt more is soon refused at the first look."""
    wounds = st.sampled_from((1, 1, 1, 2, 2, 3, 8))
    return st.builds(_damage, st.sampled_from(samples), st.sampled_from(samples), wounds, randoms)


def bent(samples: Sequence[Any]) -> st.SearchStrategy[bytes]:
    """JSON that is JSON, with other values in up to five places; keys may come twice."""
    return st.builds(_bend, st.sampled_from(samples), st.integers(1, 5), randoms)


def _damage(sample: bytes, other: bytes, wounds: int, random: Random) -> bytes:
    for _ in range(wounds):
        sample = random.choice(WOUNDS)(sample, other, random)
    return sample[:MOST_BYTES]


def _at(sample: bytes, random: Random) -> int:
    return random.randint(0, len(sample))


def _cut(sample: bytes, _: bytes, random: Random) -> bytes:
    return sample[: _at(sample, random)]


def _lose(sample: bytes, _: bytes, random: Random) -> bytes:
    at = _at(sample, random)
    return sample[:at] + sample[at + random.randint(1, 40) :]


def _insert(sample: bytes, _: bytes, random: Random) -> bytes:
    at = _at(sample, random)
    return sample[:at] + random.choice(TOKENS) + sample[at:]


def _repeat(sample: bytes, _: bytes, random: Random) -> bytes:
    at, length = _at(sample, random), random.randint(1, 60)
    return sample[:at] + sample[at : at + length] * random.choice((2, 3, 50)) + sample[at + length :]


def _splice(sample: bytes, other: bytes, random: Random) -> bytes:
    return sample[: _at(sample, random)] + other[_at(other, random) :]


def _flip(sample: bytes, _: bytes, random: Random) -> bytes:
    if not sample:
        return b"\x80"
    at = random.randrange(len(sample))
    return sample[:at] + bytes([sample[at] ^ (1 << random.randrange(8))]) + sample[at + 1 :]


def _move_line(sample: bytes, _: bytes, random: Random) -> bytes:
    lines = sample.split(b"\n")
    line = lines.pop(random.randrange(len(lines)))
    lines.insert(random.randint(0, len(lines)), b" " * random.randint(0, 3) + line)
    return b"\n".join(lines)


WOUNDS: Sequence[Callable[[bytes, bytes, Random], bytes]] = (
    _cut, _lose, _insert, _insert, _repeat, _splice, _flip, _move_line,
)  # fmt: skip


def _bend(sample: Any, times: int, random: Random) -> bytes:
    whole = json.loads(json.dumps(sample))
    for _ in range(times):
        whole = _bent_once(whole, random)
    text = json.dumps(whole, ensure_ascii=random.random() < 0.5)
    return text.encode("utf-8", "surrogatepass")


def _bent_once(node: Any, random: Random) -> Any:
    """Goes down by chance and puts something else there."""
    if isinstance(node, dict) and node and random.random() < 0.85:
        key = random.choice(sorted(node))
        return {**node, key: _bent_once(node[key], random)}
    if isinstance(node, list) and node and random.random() < 0.85:
        at = random.randrange(len(node))
        return [*node[:at], _bent_once(node[at], random), *node[at + 1 :]]
    return random.choice(NASTY)
