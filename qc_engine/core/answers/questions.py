"""Numbers inside a question are no answer, except a mark that stands before an unrelated question."""

import re

from qc_engine.core.answers.nearby import near, neighbours
from qc_engine.core.answers.tokens import Token, words

_ABOUT_THE_SCALE = re.compile(
    r"^(?:это|эта|балл.*|оцен.*|шкал.*|максим.*|миним.*|score|scale|rating|max.*|min.*|баға.*|бул|калай|лучш.*"
    r"|best|worst|или|or|хуже)$"
)
_KAZAKH_QUESTION = words("ба бе ма ме па пе")
_SAYS_WHAT_IT_IS = re.compile(
    r"^(?:хорошо|плохо|максим.*|миним.*|лучш.*|худш.*|много|мало|good|bad|max.*|min.*|высш.*)$"
)


_OPENS_A_QUESTION = (
    *(
        "что значит",
        "что такое",
        "что означает",
        "почему",
        "зачем",
        "сколько",
        "какую",
        "какая",
        "кто вам",
        "кто вообще",
    ),
    *("why", "how many"),
)


def asked(tokens: list[Token], at: int) -> bool:
    """True when the number belongs to a question, or a question about the scale stands beside it."""
    after = near(tokens, at, 1)
    ends = [token.text for token in (after, tokens[-1]) if token is not None]
    if _explains_the_scale(tokens, at) or any(text in _KAZAKH_QUESTION for text in ends):
        return True
    clause = " ".join(word.text for word in reversed(neighbours(tokens, at, -1)))
    if clause.startswith(_OPENS_A_QUESTION):
        return True
    end = _end_of_sentence(tokens, at)
    if end is None or tokens[end].text != "?":
        return _scale_is_asked_later(tokens, at)
    clause_end = next(
        (place for place in range(at + 1, end + 1) if tokens[place].text in (",", "(", "-", "?")), end
    )
    return clause_end == end or not _unrelated(tokens[clause_end:end])


def _unrelated(rest: list[Token]) -> bool:
    words = [token.text for token in rest if token.kind == "word"]
    about = any(_ABOUT_THE_SCALE.match(word) for word in words) or "из скольки" in " ".join(words)
    return bool(words) and not about


def _explains_the_scale(tokens: list[Token], at: int) -> bool:
    """`10 это хорошо или плохо`, `1 - это максимум`."""
    after = [token for token in tokens[at + 1 : at + 5] if token.kind == "word"]
    return (
        len(after) > 1
        and after[0].text in ("это", "is")
        and any(_SAYS_WHAT_IT_IS.match(word.text) for word in after[1:])
    )


def _end_of_sentence(tokens: list[Token], at: int) -> int | None:
    end = next(
        (place for place in range(at + 1, len(tokens)) if tokens[place].text in ("?", ".", "!", "\n")), None
    )
    beyond = near(tokens, end, 1) if end is not None else None
    return end + 1 if end is not None and beyond is not None and beyond.text == "?" else end  # "8!?"


def _scale_is_asked_later(tokens: list[Token], at: int) -> bool:
    for place in range(at + 1, len(tokens)):
        if tokens[place].text == "?":
            start = max(
                (back for back in range(at, place) if tokens[back].text in (".", "!", "\n")), default=at
            )
            sentence = tokens[start:place]
            if any(token.kind == "word" and _ABOUT_THE_SCALE.match(token.text) for token in sentence):
                return not any(token.kind == "number" and not token.role for token in tokens[place + 1 :])
    return False


def asks_only(tokens: list[Token]) -> bool:
    """True when the message is a question from end to end."""
    last = near(tokens, len(tokens) - 1, 0)
    return last is not None and last.text == "?"
