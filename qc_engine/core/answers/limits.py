"""Marks that are not given outright: negated, compared, or tied to a condition."""

import re
from collections.abc import Sequence
from itertools import pairwise

from qc_engine.core.answers.nearby import neighbours
from qc_engine.core.answers.tokens import Token, words

_NOT = words("не ни not ne isnt isn't never далеко")
_BETWEEN_NOT_AND_MARK = words("на все всё прям a оценка")
_BEFORE_MARK = words("на чем в все the a прям")
_IF_KAZAKH = re.compile(r"[а-я]{3}(?:[мпб][еа])?с[ае](?:м|н|ныз|низ|к|)$")
_ENDINGS = words("с га ге ка ке")  # "9 с лишним", "10-ға жуық"
_COMPARISONS = frozenset("<>≤≥")
_TOO_MUCH = words("мало много недостаточно аз көп")
_IDLE_IF = ("чест", "по-чест", "корот", "серь", "оцен")
_HOPED = ("хотел", "думал", "собирал", "планировал", "мог", "should", "could")
_SOME_DAY = ("следующ", "когда-нибудь", "однажды", "someday")
_WRITTEN = ("написа", "сказа", "нажа", "отправ", "напечат", "say", "type", "write")  # `8 хотел написать`
_BEGGED = {
    *(("give", "me"), ("give", "us"), ("дайте", "скидку"), ("сделайте", "скидку"), ("скиньте", "цену")),
}
_INVITES = words("пишите напишите звоните позвоните обращайтесь сообщите приеду зовите call write")
_CAN = words("могу можем может можете могут couldn't")
_BARGAIN = words(
    "верните вернете вернёте подарите сделаете дадите дайте заплатите исправите переделаете перезвоните"
)


def is_negated(tokens: Sequence[Token], at: int) -> bool:
    """`не 10`, `не на 10`, `8 емес`, `not 10`."""
    left = [word for word in _left(tokens, at) if word.text not in _BETWEEN_NOT_AND_MARK]
    right = _right(tokens, at)
    if [word.text for word in left[:3]] in (["что", "скажу", "не"], ["что", "сказать", "не"]):
        return True
    return (
        bool(left and left[0].text in _NOT)
        or bool(right and right[0].text == "емес")
        or _not_to_be_given(left)
    )


def _not_to_be_given(left: list[Token]) -> bool:
    """`совесть не позволяет поставить 10`; but `не могу не поставить 10`."""
    if not left or "rate" not in left[0].senses or not left[0].text.endswith(("ть", "te")):
        return False
    nots = [at for at, word in enumerate(left[1:4]) if word.text in _NOT]
    return len(nots) == 1 and nots[0] > 0


def is_compared(tokens: Sequence[Token], at: int) -> bool:
    """`почти 10`, `больше 9`, `не ниже 8`, `не 10`, `>8`, `8 и выше`, `10 не поставлю`."""
    if is_negated(tokens, at) or _has_a_sign(tokens, at):
        return True
    left = [word for word in _left(tokens, at) if word.text not in _BEFORE_MARK]
    if any("between" in word.senses for word in left[:3]) or [word.text for word in left[:2]] == [
        "силы",
        "от",
    ]:
        return True  # "между семью и восемью", "от силы 5"
    return _compared_before(left) or _compared_after(_right(tokens, at))


def _has_a_sign(tokens: Sequence[Token], at: int) -> bool:
    """`>8`; a sign on either side is only a bracket."""
    bracketed = at + 1 < len(tokens) and tokens[at + 1].text in _COMPARISONS
    return at > 0 and tokens[at - 1].text in _COMPARISONS and not bracketed


def is_conditional(tokens: Sequence[Token], at: int) -> bool:
    """`10, если бы...`, `было бы 10`: only a condition; polite "я бы поставил 9" is a mark."""
    said = [token for token in tokens if token.kind == "word"]
    if any("if" in word.senses and not _idle(said, place) for place, word in enumerate(said)):
        return True
    if any(word.text.startswith(_SOME_DAY) for word in _left(tokens, at)):
        return True  # "в следующий раз поставлю 10"
    lead = _left(tokens, at)[:4] + _given_after(_right(tokens, at))
    would = any("would" in word.senses for word in lead)
    if any(word.text in ("едим", "еди") for word in said) and any(
        _IF_KAZAKH.search(word.text) for word in said
    ):
        return True  # "күтпесем он қояр едім"
    if [word.text for word in _right(tokens, at)[:2]] == ["would", "be"]:
        return True
    hoped = any(word.text.startswith(_HOPED) and word.text not in _CAN for word in lead)
    hoped = hoped and not any(word.text.startswith(_WRITTEN) for word in lead)
    hoped = hoped and not any("correct" in word.senses for word in tokens[:at])  # "ой, я хотел 9"
    wished = any("wished" in word.senses and not word.text.startswith("хотел") for word in lead)
    regretted = would and _regrets(tokens, at)
    return regretted or (would and wished) or (hoped and not would) or _bargains(said)


def _regrets(tokens: Sequence[Token], at: int) -> bool:
    """`поставил бы 10, да не за что`."""
    after = [token.text for token in tokens[at + 1 : at + 4]]
    return after[:2] in ([",", "да"], [",", "но"], [",", "жаль"], [",", "только"]) or after[:1] == ["но"]


def _given_after(right: list[Token]) -> list[Token]:
    """The words right after the mark; `8 могли бы и быстрее` only says what was missing."""
    could = bool(right) and right[0].text.startswith(("мог", "можно", "could"))
    return [] if could and not any("rate" in word.senses for word in right[1:4]) else right[:2]


def _compared_before(left: list[Token]) -> bool:
    if not left:
        return False
    first, second = left[0], left[1].text if len(left) > 1 else ""
    beyond = first.text in ("до", "least", "than", "менее") or "compare" in first.senses
    return beyond or (first.text, second) in (("к", "ближе"), ("бы", "хотя"))


def _compared_after(right: list[Token]) -> bool:
    said = [word for word in right if not word.senses & {"score", "and"} and word.text not in _ENDINGS]
    if [word.text for word in right[:3]][:2] in (["с", "чем-то"], ["с", "чем"], ["с", "лишним"]):
        return True
    if len(said) > 1 and said[0].text == "больше" and said[1].text.startswith(("ник", "ниг", "нич", "не")):
        return False  # "10, больше никуда"
    if said and said[0].text in ("нельзя", "невозможно"):
        return True
    if said and said[0].text == "недостаточно" and len(said) > 1:
        return False  # "9, недостаточно внимательный мастер"
    if said and said[0].text != "ближе" and ("compare" in said[0].senses or said[0].text in _TOO_MUCH):
        return True
    return any(_refused(word, after) for word, after in pairwise(said[:4]))


def _refused(word: Token, after: Token) -> bool:
    return word.text in _NOT and (
        "rate" in after.senses or after.text.startswith(("буд", "тян", "дотян", "стан", "рассчит", "надей"))
    )


def _bargains(said: Sequence[Token]) -> bool:
    """`верните деньги и поставлю 10`, `за скидку поставлю 10`."""
    promised = any(word.text in ("поставлю", "дам", "оценю", "тогда", "будет") for word in said)
    asked = any(word.text in _BARGAIN for word in said)
    paid = any(
        word.text == "за" and after.text in ("деньги", "скидку", "бонус", "подарок")
        for word, after in pairwise(said)
    )
    begged = any((word.text, after.text) in _BEGGED for word, after in pairwise(said))
    return (promised and (asked or paid)) or begged


def _idle(said: Sequence[Token], at: int) -> bool:
    """`если честно, 8`: the word sets no condition."""
    follower = said[at + 1].text if at + 1 < len(said) else ""
    if at and said[at - 1].text in _INVITES:
        return True  # "9, пишите если будут акции"
    return follower.startswith(_IDLE_IF) or follower in ("в", "по", "что", "можно")


def _left(tokens: Sequence[Token], at: int) -> list[Token]:
    return neighbours(list(tokens), at, -1)


def _right(tokens: Sequence[Token], at: int) -> list[Token]:
    return neighbours(list(tokens), at, 1)
