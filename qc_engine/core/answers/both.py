"""One mark for both questions: `обе 10`, `10 на оба вопроса`, `1 и 2 вопрос - 10`, `екеуіне де 10`."""

from collections.abc import Sequence
from itertools import pairwise

from qc_engine.core.answers.tokens import Token, words

_SMALL = words(
    """
    по на за де are for on is to of the them these questions question да те та им оценки оценка ответа - : ,
    """
)
_BOTH_PLACES = (
    *(
        "и там и там",
        "и тут и там",
        "и там и тут",
        "и здесь и там",
        "там и там",
        "и то и другое",
        "и то и то",
        "и за то и за",
    ),
    *("и за первое и за второе", "и первое и второе", "и первый и второй", "и первому и второму"),
)
_QUESTIONS = 2
_ALIKE = ("одинаков", "поровн", "обоим", "equal")
_EACH = ("кажд", "each", "every", "ар")


def for_both_questions(tokens: Sequence[Token], at: int | None) -> bool:
    """Does the mark at this place (or the one said in words) answer both questions?"""
    labels = [place for place, token in enumerate(tokens) if token.role == "label"]
    if {tokens[place].value for place in labels} >= {1, 2} and at not in range(labels[0], labels[-1]):
        return not any(_says_more(token) for token in tokens[labels[0] + 1 : labels[-1]])
    each = any(token.text.startswith(_EACH) for token in tokens) and any(
        "question" in token.senses for token in tokens
    )
    return (
        each
        or _each_of_two(tokens, at)
        or _all_questions(tokens)
        or any(
            _said_of_questions(tokens, place, at)
            for place, token in enumerate(tokens)
            if "both" in token.senses
        )
    )


def _says_more(token: Token) -> bool:
    """`по второму отвечу потом, первый 9`: what stands between the two questions parts them."""
    joins = token.senses & {"and", "question", "filler", "on", "score", "label", "both"}
    return token.kind == "word" and not (joins or token.role or token.text in _SMALL or len(token.text) < 3)


def _each_of_two(tokens: Sequence[Token], at: int | None) -> bool:
    """`и за качество, и за скорость по девять`."""
    named = sum("subject" in token.senses for token in tokens)
    if _both_are_rated(tokens, at):
        return True
    alike = any(token.text.startswith((*_ALIKE, *_EACH[:1])) for token in tokens)
    if at is not None and at > 0 and tokens[at - 1].text == "дважды":
        return True
    each = at is not None and at > 0 and tokens[at - 1].text == "по"
    twice = [token.text for token in tokens[max((at or 0) - 2, 0) : at]] == ["раза", "по"]
    return twice or (each and (named == _QUESTIONS or alike))


def _both_are_rated(tokens: Sequence[Token], at: int | None) -> bool:
    """`и работу, и сервис оцениваю на 10`."""
    said = tokens[: at or 0]
    listed = sum(word.text == "и" and "subject" in after.senses for word, after in pairwise(said))
    triples = zip(tokens, tokens[1:], tokens[2:], strict=False)
    for_each = sum(a.text == "и" and b.text == "за" and "subject" in c.senses for a, b, c in triples)
    if for_each == _QUESTIONS:
        return True  # "9 и за работу и за сервис"
    return listed == _QUESTIONS and any("rate" in word.senses for word in said)


def _all_questions(tokens: Sequence[Token]) -> bool:
    """`на все вопросы 10`, `и там и там 10`."""
    triples = zip(tokens, tokens[1:], tokens[2:], strict=False)
    if any(
        before.text in ("на", "по", "за", "for", "on", "to")
        and first.text in ("все", "всем", "all")
        and "question" in second.senses
        for before, first, second in triples
    ):
        return True
    words = " ".join(token.text for token in tokens if token.kind == "word")
    return any(pair in words for pair in _BOTH_PLACES)


def _said_of_questions(tokens: Sequence[Token], place: int, at: int | None) -> bool:
    if place + 1 < len(tokens) and "question" in tokens[place + 1].senses:
        return True
    following = _beyond_small_words(tokens, place, 1)
    if following is not None and tokens[following].senses & {"question", "score", "label", "end_of_scale"}:
        return True
    return at is not None and at in (following, _beyond_small_words(tokens, place, -1))


def _beyond_small_words(tokens: Sequence[Token], place: int, step: int) -> int | None:
    place += step
    while 0 <= place < len(tokens) and (
        tokens[place].text in _SMALL
        or tokens[place].senses & {"rate", "score"}
        or tokens[place].role == "scale"
    ):
        place += step
    return place if 0 <= place < len(tokens) else None
