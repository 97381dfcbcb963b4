"""The reader of answers under a flood of hostile text: does it ever fail, and what does one reading cost?

    python -m benchmarks.answers [--texts 1000000] [--seed 1] [--json]

Every text is made from the seed alone: pieces of real replies, random Unicode (also unpaired surrogates,
digits of many scripts, combining marks, zero-width and right-to-left signs), and texts at and above the
length cap: one token repeated, pieces of replies, words that nobody ever wrote. Each is read; one in a
hundred is read twice and must be read the same.

  exceptions   texts on which the reader raised; the first five are printed, escaped
  different    texts that were read differently the second time
  p50, p99     processor time of one reading, ms; short = up to 200 characters (a reply), long = more
  ratio        time of all readings / that of a bare `re.findall` of words on the same texts in the same run
"""

import argparse
import json
import random
import re
import sys
import time
from collections.abc import Iterator
from typing import Any

from qc_engine.core.answers.read import read
from qc_engine.core.answers.tokens import MOST_CHARACTERS

_PIECES = """
    10 9 8 7,5 7.5 0 -5 11 100500 8/10 9-10 10/10 1) 2) № % + - * / ( ) [ ] . , ; : ? ! … « » из от до
    не а ой или и бы если стоп пишите мне обе вопрос первый второй балл ставлю девять десять он бір
    тоғыз жазбаңыз маған нан out of ten half жарым с половиной минус 5+ пятёрка отлично ужас но дорого
    долго ждали мастер нахамил 10ка R17 205/55 12:30 заказ 2 часа А123ВС +77011234567 https://x.kz/1
    {{7*7}} [voice] больше приеду отпишите stop unsubscribe wrong number 🔟 8️⃣ ½ ٨ ⑨ 👍 😡
"""
_WORDS = _PIECES.split()
_ODD = [
    *(
        "\u200b",
        "\u200d",
        "\u202e",
        "\u2066",
        "\u0301",
        "\u0489",
        "\ufe0f",
        "\u20e3",
        "\ufeff",
        "\x00",
        "\n",
        "\r",
        "\u2028",
    ),
    *(
        "\ud83d",
        "\udc4d",
        "\U0001f1f0",
        "\u0660",
        "\u096f",
        "\u0e59",
        "\U0001d7d8",
        "\u2167",
        "\u3007",
        "\u00bd",
        "\u00b2",
    ),
]
_SPANS = [
    (0, 0x7F),
    (0x400, 0x4FF),
    (0x590, 0x6FF),
    (0x900, 0x97F),
    (0x2000, 0x2BFF),
    (0xD800, 0xDFFF),
    (0x1F300, 0x1FAFF),
]
_LETTERS = "абвгдеёжзийклмнопрстуфхцчшщыьэюяәіңғүұқөһ"
_REPLY = 200  # characters
_TWICE = 100


def main() -> None:
    asked = _arguments()
    row = measure(asked.texts, asked.seed)
    for text in row.pop("failed"):
        print(text, file=sys.stderr)
    print(json.dumps(row) if asked.json else "\n".join(f"{name:<12} {value}" for name, value in row.items()))


def measure(count: int, seed: int) -> dict[str, Any]:
    """Reads so many texts; times in milliseconds."""
    short: list[float] = []
    long: list[float] = []
    failed: list[str] = []
    exceptions = different = 0
    baseline = 0.0
    for number, text in enumerate(texts(count, seed)):
        started = time.thread_time()
        try:
            reading = read(text)
        except Exception as error:  # noqa: BLE001  # to count them is what this is for
            exceptions += 1
            failed.extend([f"{type(error).__name__}: {text[:300]!a}"] if len(failed) < 5 else [])
            continue
        ended = time.thread_time()
        re.findall(r"\d+|\w+", text)
        baseline += time.thread_time() - ended
        (short if len(text) <= _REPLY else long).append((ended - started) * 1000)
        different += number % _TWICE == 0 and read(text) != reading
    return {
        "texts": count, "seed": seed, "exceptions": exceptions, "different": different,
        "short": len(short), "short_p50": _at(short, 0.5), "short_p99": _at(short, 0.99),
        "long": len(long), "long_p50": _at(long, 0.5), "long_p99": _at(long, 0.99),
        "p50": _at(short + long, 0.5), "p99": _at(short + long, 0.99),
        "ratio": round((sum(short) + sum(long)) / 1000 / max(baseline, 1e-9), 1), "failed": failed,
    }  # fmt: skip


def texts(count: int, seed: int) -> Iterator[str]:
    """The same texts for the same seed, on every machine."""
    chance = random.Random(seed)  # repeatable on purpose
    for number in range(count):
        yield _long(chance) if number % 1000 == 0 else _short(chance)


def _short(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.6:
        pieces = chance.choices(_WORDS, k=chance.randint(1, 14))
        return chance.choice(("", " ", " ", " ", "\n")).join(pieces)
    if kind < 0.75:
        return "".join(_character(chance) for _ in range(chance.randint(0, 60)))
    if kind < 0.9:
        pieces = [chance.choice(_WORDS) + chance.choice(_ODD) for _ in range(chance.randint(1, 8))]
        return "".join(pieces)
    return _spoiled(chance, " ".join(chance.choices(_WORDS, k=chance.randint(1, 10))))


def _spoiled(chance: random.Random, text: str) -> str:
    """A reply with letters swapped, dropped or replaced: slips of the pen."""
    letters = list(text)
    for _ in range(chance.randint(1, 4)):
        letters[chance.randrange(len(letters))] = chance.choice(
            ("", _character(chance), chance.choice(letters))
        )
    return "".join(letters)


def _long(chance: random.Random) -> str:
    kind, gap = chance.random(), chance.choice(("", " ", ", ", "\n"))
    if kind < 0.5:
        token = chance.choice((*_WORDS, *_ODD)) + gap
    elif kind < 0.8:
        token = gap.join(chance.choices(_WORDS, k=600)) + gap
    else:
        token = " ".join("".join(chance.choices(_LETTERS, k=chance.randint(2, 9))) for _ in range(600)) + " "
    length = chance.choice((MOST_CHARACTERS - 1, MOST_CHARACTERS, MOST_CHARACTERS + 1, 1000, 20000))
    return (token * (length // len(token) + 1))[:length]


def _character(chance: random.Random) -> str:
    first, last = chance.choice(_SPANS)
    return chr(chance.randint(first, last)) if chance.random() < 0.8 else chr(chance.randint(0, 0x10FFFF))


def _at(times: list[float], share: float) -> float:
    return round(sorted(times)[min(int(len(times) * share), len(times) - 1)], 3) if times else 0.0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=int, default=20_000, help="how many texts are read")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
