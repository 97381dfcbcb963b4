"""What clients say here, and what each saying means: known beforehand, so that nobody asks the reader."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Saying:
    """A reply and its meaning."""

    text: str
    scores: tuple[str, ...] = ()
    stop: bool = False
    kind: str = "text"
    weight: int = 2


SAYINGS = (
    Saying("9", ("9",), weight=5),
    Saying("десять", ("10",), weight=4),
    Saying("8", ("8",), weight=3),
    Saying("7,5", ("7.5",)),
    Saying("3", ("3",), weight=3),
    Saying("4, ужасно", ("4",)),
    Saying("9 и 10", ("9", "10")),
    Saying("ой, 8", ("8",)),
    Saying("нормально", weight=3),
    Saying("спасибо"),
    Saying("11", weight=1),
    Saying("", kind="voice", weight=1),
    Saying("стоп", stop=True, weight=1),
    Saying("тоқта", stop=True, weight=1),
)
WAYS = {  # how a client tends to answer our messages, by the number of the saying; none: keeps silent
    "happy": (0, 1, 2, 6, 0, 1),
    "unhappy": (4, 5, 3, 4, 8),
    "odd": tuple(range(len(SAYINGS))),
    "silent": (),
    "leaving": (0, 8, 12),
}
STOPS = frozenset(one.text for one in SAYINGS if one.stop)


def scores_in(text: str) -> set[Decimal]:
    """Every score that this text can mean."""
    return {Decimal(score) for one in SAYINGS if one.text == text for score in one.scores}
