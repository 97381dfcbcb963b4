"""Is a number used as a mark? The words beside it, inside its clause, decide."""

import re

from qc_engine.core.answers.left_side import COUNTED, PREPOSITIONS, has_cue, left_allows
from qc_engine.core.answers.nearby import content, near, neighbours
from qc_engine.core.answers.pairs import stands_in_pair
from qc_engine.core.answers.tokens import Token, words

_GOOD_RIGHT = words(
    """
    score rate view praise blame fury but and both or not correct if plus minus with would wished of on
    thanks question label time asks lost pick end_of_scale subject between yes_no
    """
)
_REASONS = words(
    """
    от from за потому так как из-за because for ведь тк т ибо cause since to due ушін себеби очень все всё
    был была были мастеру все-таки
    """
)
_COUNTED_FEW = re.compile(r"(?:а|я|ы|и)$")
_PAST = ("ли", "ла", "ло", "лось", "лись")
_THEREFORE = words("поэтому посему сондыктан therefore hence итого короче")
_HEADS = words("по за на а")
_LINKS = frozenset(("and", "or", "correct", "not", "compare", "but", "minus"))


def is_mark(tokens: list[Token], at: int, kazakh: bool) -> bool:
    """True when a careful reader takes the number for a mark."""
    token = tokens[at]
    if _rides(tokens, at) or _stands_for_a_thing(tokens, at):
        return False
    if token.marks & {"scored", "other_scale", "choice"} or has_cue(tokens, at) or _concludes(tokens, at):
        return True
    if stands_in_pair(tokens, at):
        return True
    left, right = content(neighbours(tokens, at, -1)), content(neighbours(tokens, at, 1))
    if token.form == "strict":
        return _is_a_strict_mark(tokens, at, (left, right), kazakh)
    if token.value > 10 and not _stands_free(tokens, at, left, right):
        return False
    return _right_allows(token, right, tokens, at) and left_allows(token, left, right, tokens, at)


def _stands_free(tokens: list[Token], at: int, left: Token | None, right: Token | None) -> bool:
    """A number that no scale has is a mark only without company: `на все сто` is none."""
    if [word.text for word in neighbours(tokens, at, -1)[:2]] == ["все", "на"]:
        return False
    return all(word is None or word.senses & _LINKS or word.text == "все" for word in (left, right))


def _is_a_strict_mark(
    tokens: list[Token], at: int, beside: tuple[Token | None, Token | None], kazakh: bool
) -> bool:
    """`один`, `он`, `one` are mostly articles and pronouns: a mark only where nothing else makes sense."""
    token, right = tokens[at], beside[1]
    others = any(other.kind == "number" and other is not token and not other.role for other in tokens)
    allowed = {"rate", "label", "minus"} | ({"and", "or"} if others else set())
    if token.value == 1 and right is None:
        allowed |= {"blame", "fury"}
    if kazakh and any(other.role == "label" for other in tokens):
        allowed |= {"question"}
    if kazakh and right is None:
        allowed |= {"kazakh", "both"}
    if token.value > 10 and any(not word.senses & {"rate", "score"} for word in neighbours(tokens, at, 1)):
        return False
    nearest = [word.text for step in (-1, 1) for word in neighbours(tokens, at, step)[:1]]
    if any(text in PREPOSITIONS or text in ("как", "за", "с") for text in nearest):
        return False
    alone = all(word is None or word.senses & allowed for word in beside)
    return alone and _strict_alone(tokens, token, kazakh)


def _concludes(tokens: list[Token], at: int) -> bool:
    """`ждать пришлось, поэтому семь`."""
    before = near(tokens, at, -1)
    return before is not None and before.text in _THEREFORE


def _rides(tokens: list[Token], at: int) -> bool:
    """`на девятке приезжал`: the number is a car."""
    before, after = near(tokens, at, -1), near(tokens, at, 1)
    on = before is not None and before.text in ("на", "с")
    return (
        on
        and after is not None
        and after.text.startswith(
            ("приез", "приех", "езжу", "езди", "еду", "катаюсь", "опозд", "опазд", "задерж")
        )
    )


def _stands_for_a_thing(tokens: list[Token], at: int) -> bool:
    """`the first one`: no number at all."""
    before = near(tokens, at, -1)
    return tokens[at].text == "one" and before is not None and before.form == "ordinal"


def _strict_alone(tokens: list[Token], token: Token, kazakh: bool) -> bool:
    if token.value != 10:
        return not any("not" in word.senses for word in tokens)
    words = [word for word in tokens if word.kind == "word"]
    return kazakh or not words


def _has_its_own_subject(tokens: list[Token], at: int) -> bool:
    """`качество восемь скорость девять`: the word after belongs to the next mark."""
    before = near(tokens, at, -1)
    following = near(tokens, at, 2)
    named = before is not None and "subject" in before.senses
    return named and following is not None and following.kind == "number"


def _right_allows(token: Token, right: Token | None, tokens: list[Token], at: int) -> bool:
    if right is not None and "subject" in right.senses and not right.senses & (_GOOD_RIGHT - {"subject"}):
        few = token.value in (2, 3, 4) and _COUNTED_FEW.search(right.text)
        if _has_its_own_subject(tokens, at):
            return True
        return not few and ("spelled" not in token.marks or token.form == "noun")
    if right is None or right.senses & _GOOD_RIGHT or right.text in _REASONS:
        return True
    if any(word.role == "label" for word in tokens[at + 1 : at + 4]) and right.text in _HEADS:
        return True  # "по первому десять по второму девять"
    if "spelled" in token.marks and token.form != "noun":
        if right.text.endswith(("но", "во")) and len(neighbours(tokens, at, 1)) == 1:
            return True  # "но восемь точно"
        return tokens[at - 1].text == "на" and right.text.endswith(_PAST)
    if right.raw.istitle() and len(right.raw) > 2:
        return True
    if token.value == 1 and not right.senses and not right.text.endswith(("о", "е", "ly")):
        return False  # "1 прокол"
    few = token.value in (2, 3, 4) and _COUNTED_FEW.search(right.text)
    return not (few or COUNTED.search(right.text))
