"""Is a number used as a mark? The words beside it, inside its clause, decide."""

import re

from qc_engine.core.answers.noise import near
from qc_engine.core.answers.tokens import Token, words

_SKIPPED = frozenset(("filler", "hedge", "thanks"))
_GOOD_RIGHT = words(
    """
    score rate view praise blame fury but and both or not correct if plus minus with would wished of on
    thanks question label time asks lost pick end_of_scale subject between yes_no
    """
)
_GOOD_LEFT = words(
    """
    score rate label view praise blame fury but and both or correct subject on if would wished pick
    between minus plus thanks time from question same yes_no
    """
)
_REASONS = words(
    """
    за потому так как из-за because for ведь тк т ибо cause since to due ушін себеби очень все всё
    был была были мастеру все-таки
    """
)
_COUNTED = re.compile(r"(?:ов|ев|ей|ек|ок|ия|ий|ами|ах|ых|их)$")
_COUNTED_FEW = re.compile(r"(?:а|я|ы|и)$")
_NOUNS = words("окно масло кресло радио вино зерно полотно пятно звено место видео колесо дно неделю кино")
_PAST = ("ли", "ла", "ло", "лось", "лись")
_LINKS = frozenset(("and", "or", "correct", "not", "compare", "but"))
_CLAUSE_SIGNS = frozenset("\"'()*+~_[]{}<>")
_NEGATIVE_PREPOSITIONS = words("в к до после через под у при о перед at in by after before until")


def neighbours(tokens: list[Token], at: int, step: int) -> list[Token]:
    """The words of the number's clause on one side, nearest first, up to a sign or another number."""
    found: list[Token] = []
    place = at + step
    while 0 <= place < len(tokens) and len(found) < 12:
        token = tokens[place]
        if token.kind == "word":
            found.append(token)
        elif token.role != "scale" and token.text not in _CLAUSE_SIGNS:
            break
        place += step
    return found


def content(words: list[Token]) -> Token | None:
    """The nearest word that says something."""
    return next(
        (word for word in words if not word.senses & _SKIPPED or word.senses & {"rate", "label"}), None
    )


def is_mark(tokens: list[Token], at: int, kazakh: bool) -> bool:
    """True when a careful reader takes the number for a mark."""
    token = tokens[at]
    if _rides(tokens, at) or _stands_for_a_thing(tokens, at):
        return False
    if token.marks & {"scored", "other_scale", "choice"} or _has_cue(tokens, at):
        return True
    left, right = content(neighbours(tokens, at, -1)), content(neighbours(tokens, at, 1))
    if token.form == "strict":
        others = any(other.kind == "number" and other is not token and not other.role for other in tokens)
        allowed = {"rate", "label", "minus"} | ({"and", "or"} if others else set())
        if kazakh and right is None:
            allowed |= {"kazakh", "both"}
        if token.value > 10 and any(
            not word.senses & {"rate", "score"} for word in neighbours(tokens, at, 1)
        ):
            return False
        beside = [word.text for step in (-1, 1) for word in neighbours(tokens, at, step)[:1]]
        if any(text in _NEGATIVE_PREPOSITIONS or text in ("как", "за", "с") for text in beside):
            return False
        alone = all(word is None or word.senses & allowed for word in (left, right))
        return alone and _strict_alone(tokens, token, kazakh)
    if token.value > 10 and any(word is not None and not word.senses & _LINKS for word in (left, right)):
        return False
    return _right_allows(token, right, tokens, at) and _left_allows(token, left, right, tokens, at)


def _rides(tokens: list[Token], at: int) -> bool:
    """`на девятке приезжал`: the number is a car."""
    before, after = near(tokens, at, -1), near(tokens, at, 1)
    on = before is not None and before.text in ("на", "с")
    return (
        on
        and after is not None
        and after.text.startswith(("приез", "приех", "езжу", "езди", "еду", "катаюсь"))
    )


def _stands_for_a_thing(tokens: list[Token], at: int) -> bool:
    """`the first one`: no number at all."""
    before = near(tokens, at, -1)
    return tokens[at].text == "one" and before is not None and before.form == "ordinal"


def _has_cue(tokens: list[Token], at: int) -> bool:
    before, after = near(tokens, at, -1), near(tokens, at, 1)
    if after is not None and after.senses & {"score"} and after.kind == "word":
        return True
    if after is not None and "rate" in after.senses:
        return True
    if before is not None and before.text in (":", "-", "=", "на"):
        before = near(tokens, at, -2) if before.text != "на" or near(tokens, at, -2) else before
    said = content(neighbours(tokens, at, -1))
    words = (word for word in (before, said) if word is not None and word.kind == "word")
    return any(word.senses & {"rate", "label", "score"} for word in words)


def _strict_alone(tokens: list[Token], token: Token, kazakh: bool) -> bool:
    if token.value != 10:
        return not any("not" in word.senses for word in tokens)
    words = [word for word in tokens if word.kind == "word"]
    return kazakh or not words


def _right_allows(token: Token, right: Token | None, tokens: list[Token], at: int) -> bool:
    if right is not None and "subject" in right.senses and not right.senses & (_GOOD_RIGHT - {"subject"}):
        few = token.value in (2, 3, 4) and _COUNTED_FEW.search(right.text)
        return not few and ("spelled" not in token.marks or token.form == "noun")
    if right is None or right.senses & _GOOD_RIGHT or right.text in _REASONS:
        return True
    if "spelled" in token.marks and token.form != "noun":
        return tokens[at - 1].text == "на" and right.text.endswith(_PAST)
    if right.raw.istitle() and len(right.raw) > 2:
        return True
    few = token.value in (2, 3, 4) and _COUNTED_FEW.search(right.text)
    return not (few or _COUNTED.search(right.text))


def _almost_given(tokens: list[Token], at: int, left: Token) -> bool:
    """`было бы 10`, `ближе к 7`, `долго ждали 6`: a mark in spite of the word beside it."""
    words = neighbours(tokens, at, -1)[:3]
    wish = left.text.startswith("был") and any("would" in word.senses for word in words)
    nearer = left.text == "к" and any(word.text == "ближе" for word in words)
    if left.text.startswith("был") and words[0].text == "на":
        return True
    return (
        wish
        or nearer
        or ("counting" in left.senses and any(word.text in ("долго", "long", "узак") for word in words))
    )


def _left_allows(token: Token, left: Token | None, right: Token | None, tokens: list[Token], at: int) -> bool:
    if left is not None and _almost_given(tokens, at, left):
        return True
    if (
        left is None
        or _in_a_clause_of_opinion(tokens, at)
        or (left.senses & _GOOD_LEFT - {"blame"} and not left.senses & {"counting"})
    ):
        return True
    before = neighbours(tokens, at, -1)
    if any("label" in word.senses for word in before):
        return True
    if right is None and 1 < len(before) < 5 and before[-1].text in ("за", "for") and not left.senses:
        return True  # "за сезонную переобувку 10"
    if (left.senses & {"counting", "unit"} and left.role != "unit") or left.text in _NEGATIVE_PREPOSITIONS:
        return False
    if "compare" in left.senses or "not" in left.senses or left.senses & {"blame"}:
        return True
    return left.role == "unit" or _tells_how(left) or _clause_speaks_of_the_visit(tokens, at)


def _in_a_clause_of_opinion(tokens: list[Token], at: int) -> bool:
    """`я думаю что десять`."""
    before, earlier = near(tokens, at, -1), near(tokens, at, -2)
    return before is not None and before.text == "что" and earlier is not None and "hedge" in earlier.senses


def _tells_how(left: Token) -> bool:
    """`говорю 10`, `железно 10`: a verb of the speaker or an adverb; a noun would make the number a count."""
    known = left.senses or left.text in _NOUNS
    return not known and len(left.text) > 4 and left.text.endswith(("ю", "но", "во", "до", "ly"))


def _clause_speaks_of_the_visit(tokens: list[Token], at: int) -> bool:
    """`Мастер Сергей 9` and `Ербол 10, Марат 8`, but not `скидка 5`: an unknown word needs company."""
    if any(word.senses & _VISIT or word.text in _NEUTRAL for word in neighbours(tokens, at, -1)):
        return True
    others = [place for place, other in enumerate(tokens) if other.kind == "number" and not other.role]
    return len(others) > 1 and not any(
        tokens[place].marks & {"scored"} or _has_cue(tokens, place) for place in others
    )


_VISIT = words(
    "subject label rate score praise blame fury view thanks both scale_of upto from of question with"
)
_NEUTRAL = words("там тут здесь все всё всем пока только толык барине барлыгы ровно out даже сегодня")
