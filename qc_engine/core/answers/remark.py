"""What the client said beside the mark, and whether the message corrects an earlier one."""

from collections.abc import Sequence

from qc_engine.core.answers.tokens import Token, words

_EMPTY = words(
    """
    filler thanks score rate label hedge on of both question scale_of correct pick from upto and
    would plus most end_of_scale
    """
)


def remark(text: str, tokens: Sequence[Token]) -> str:
    """The whole message when it says more than marks, thanks and fillers; else empty."""
    says = any(token.kind == "word" and not token.senses & _EMPTY for token in tokens)
    return text.strip() if says else ""


def corrects(tokens: Sequence[Token], first: int) -> bool:
    """True when a word of correction (or a lone asterisk) stands before the first mark, or right after it."""
    first = next((at for at, token in enumerate(tokens) if token.kind == "number" and not token.role), first)
    lead = tokens[:first]
    starred = any(token.text == "*" for token in tokens[max(first - 1, 0) : first + 2])
    return starred or _said_after(tokens, first) or any("correct" in token.senses for token in lead)


def _said_after(tokens: Sequence[Token], first: int) -> bool:
    """`9, ошибся` corrects; `9, извините` is only polite, and `8, ой 9` settles itself."""
    tail = tokens[first + 1 :]
    if any(token.kind == "number" and not token.role for token in tail):
        return False
    words = [token for token in tail if token.kind == "word"]
    polite = any(token.text.startswith(("извин", "прост", "sorry")) for token in words)
    return len(words) <= 3 and not polite and any("correct" in token.senses for token in words)
