"""Which of several marks the client chose: `6-7, скорее 6`, `между 8 и 9, 8.5`, `7 или 8, ну 8`."""

from collections.abc import Sequence
from itertools import pairwise

from qc_engine.core.answers.relations import between, is_range
from qc_engine.core.answers.tokens import Token, words

_STRONG_PICK = words("скорее скорей ближе rather склоняюсь closer итого итоге overall поэтому сондыктан")


def picked_from(tokens: Sequence[Token], places: list[int]) -> list[int]:
    """`6-7, скорее 6`: the client chose one."""
    if len(places) < 2:
        return places
    words = [token for token in between(tokens, places[-2], places[-1]) if token.kind == "word"]
    if any("or" in word.senses for word in words):
        return places
    if len(places) == 3 and _between_the_ends(tokens, places):
        return places[-1:]
    after_range = len(places) == 3 and is_range(tokens, places[0], places[1])
    picks = any("pick" in word.senses or word.senses & {"rate"} for word in words)
    picks = picks or _one_of_the_two(tokens, places)
    strong = any(word.text in _STRONG_PICK for word in words) or _concludes(words)
    return places[-1:] if (after_range and picks) or strong else places


def _one_of_the_two(tokens: Sequence[Token], places: list[int]) -> bool:
    """`семь или восемь, ну восемь`."""
    chosen = tokens[places[-1]].value
    return any(tokens[at].value == chosen for at in places[:-1])


def _between_the_ends(tokens: Sequence[Token], places: list[int]) -> bool:
    """`между 8 и 9, 8.5`."""
    low, high, chosen = (tokens[at].value for at in places)
    return low < chosen < high and is_range(tokens, places[0], places[1])


def _concludes(words: Sequence[Token]) -> bool:
    """`хотел 6, но всё решили, так что 9`."""
    return any((first.text, second.text) == ("так", "что") for first, second in pairwise(words[-3:]))
