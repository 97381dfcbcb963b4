"""What stands beside a number: the next token, the words of its clause."""

from qc_engine.core.answers.tokens import Token

_SKIPPED = frozenset(("filler", "hedge", "thanks"))
_CLAUSE_SIGNS = frozenset("\"'()*+~_[]{}<>")
_BRACKET = 12  # tokens
_MOST_WORDS = 12  # on one side


def near(tokens: list[Token], at: int, step: int) -> Token | None:
    """The neighbour so many tokens away, None at the border of the message."""
    place = at + step
    return tokens[place] if 0 <= place < len(tokens) else None


def neighbours(tokens: list[Token], at: int, step: int) -> list[Token]:
    """The words of the number's clause on one side, nearest first, up to a sign or another number."""
    found: list[Token] = []
    place = at + step
    while 0 <= place < len(tokens) and len(found) < _MOST_WORDS:
        token = tokens[place]
        if token.kind == "word" and token.role != "scale":
            found.append(token)
        elif token.role != "scale" and (token.text not in _CLAUSE_SIGNS or _smiles(tokens, place)):
            break
        place += step
    return found


def content(words: list[Token]) -> Token | None:
    """The nearest word that says something."""
    return next(
        (word for word in words if not word.senses & _SKIPPED or word.senses & {"rate", "label"}), None
    )


def _smiles(tokens: list[Token], place: int) -> bool:
    """True for a bracket that closes nothing: a smile ends the clause."""
    return tokens[place].text == ")" and all(
        token.text != "(" for token in tokens[max(place - _BRACKET, 0) : place]
    )
