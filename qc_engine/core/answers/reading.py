"""What a client's reply was read as."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """The five things that a reply can be."""

    SCORE = "score"
    BOTH = "both"  # two scores, for this question and the next one
    OUT_OF_RANGE = "out_of_range"
    OPT_OUT = "opt_out"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Scale:
    """The lowest and the highest score that a question accepts."""

    lowest: int = 1
    highest: int = 10


@dataclass(frozen=True)
class Reading:
    """What was read, by which rule, and what else the client said."""

    kind: Kind
    scores: tuple[Decimal, ...] = ()  # one for SCORE, two for BOTH, none otherwise
    rule: str = ""  # the rule that decided, a stable word for `explain`
    remark: str = ""  # the client's own words beside the score; empty when there are none
    corrects: bool = False  # "ой, 9": meant to replace the score given before
    complains: bool = False  # the words beside the score are a complaint
    erases: bool = False  # who wants no more messages asks for the end of their data too
