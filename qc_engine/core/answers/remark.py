"""What the client said beside the mark, and whether the message corrects an earlier one."""

from collections.abc import Sequence

from qc_engine.core.answers.tokens import Token

_EMPTY = frozenset(
    "filler thanks score rate label hedge on of both question scale_of correct pick from upto and would plus most end_of_scale".split()
)


def remark(text: str, tokens: Sequence[Token]) -> str:
    """The whole message when it says more than marks, thanks and fillers; else empty."""
    says = any(token.kind == "word" and not token.senses & _EMPTY for token in tokens)
    return text.strip() if says else ""


def corrects(tokens: Sequence[Token], first: int) -> bool:
    """True when a word of correction (or a lone asterisk) stands before the first mark, or right after it."""
    lead = tokens[:first]
    starred = any(token.text == "*" for token in tokens[max(first - 1, 0) : first + 2])
    tail = [token for token in tokens[first + 1 :] if token.kind == "word"]
    said_after = len(tail) <= 3 and any("correct" in token.senses for token in tail) and not any(
        token.text.startswith(("извин", "прост", "sorry")) for token in tail
    )  # fmt: skip
    return starred or said_after or any("correct" in token.senses for token in lead)
