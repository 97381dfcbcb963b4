"""Numbers that belong to codes and fixed expressions: `4x4`, `топ-10`, `5*112`, `3 в 1`, `18+`, a year."""

from qc_engine.core.answers.nearby import near
from qc_engine.core.answers.tokens import Token

_LONG = 7
_AGES = (0, 12, 16, 18)
_ON_A_SCALE = 20
_NAMES_A_MARK = frozenset(("label", "rate", "score", "subject", "filler", "thanks", "praise"))


def belongs_to_an_expression(tokens: list[Token], at: int) -> bool:
    """True for a number that says nothing by itself."""
    digits = tokens[at].text
    return (
        (tokens[at].form == "digit" and _has_a_leading_zero(digits))
        or (digits.isdigit() and len(digits) >= _LONG and not _slang(digits))
        or any(rule(tokens, at) for rule in _RULES)
    )


def _has_a_leading_zero(digits: str) -> bool:
    """`02` is a region or a part of a code; `0` and `0.5` are numbers."""
    return len(digits) > 1 and digits.startswith("0") and digits.isdigit() and digits.strip("0") != ""


def _slang(digits: str) -> bool:
    return digits.endswith("000") or len(set(digits)) == 1


def _tail_of_a_name(tokens: list[Token], at: int) -> bool:
    """The second 4 of `4x4`."""
    before = near(tokens, at, -1)
    return before is not None and before.form == "name" and not tokens[at].spaced and before.kind == "number"


def _all_in_one(tokens: list[Token], at: int) -> bool:
    """`кофе 3 в 1`, `4 на 4`."""
    for first, link, last in ((at, at + 1, at + 2), (at - 2, at - 1, at)):
        if first < 0 or last >= len(tokens) or not tokens[first].kind == tokens[last].kind == "number":
            continue
        if tokens[link].text in ("в", "in") and tokens[last].value == 1:
            return True
        if tokens[link].text in ("на", "x", "х") and tokens[first].value == tokens[last].value:
            return True
    return False


def _part_of_many(tokens: list[Token], at: int) -> bool:
    """`1 из лучших сервисов`: how many of them, not how good."""
    of, what = near(tokens, at, 1), near(tokens, at, 2)
    if of is None or what is None or of.text not in ("из", "of"):
        return False
    return what.kind == "word" and not what.senses & {"score", "end_of_scale", "filler"}


def _glued_to_a_name(tokens: list[Token], at: int) -> bool:
    """`топ-10`, `ваз-2107`; `оценка-10` is a mark."""
    dash, word = near(tokens, at, -1), near(tokens, at, -2)
    if dash is None or word is None or dash.text != "-" or dash.spaced or tokens[at].spaced:
        return False
    if word.text in ("топ", "top"):
        return True
    return word.kind == "word" and not word.senses & _NAMES_A_MARK


def _multiplied(tokens: list[Token], at: int) -> bool:
    """`5*112` is a wheel, `2:1` after a noise is the rest of it."""
    for sign, other in ((at + 1, at + 2), (at - 1, at - 2)):
        if not 0 <= min(sign, other) <= max(sign, other) < len(tokens) or tokens[other].kind != "number":
            continue
        glued = not tokens[max(at, other)].spaced and not tokens[sign].spaced
        if glued and (
            tokens[sign].text == "*" or (tokens[sign].text == ":" and tokens[other].role == "noise")
        ):
            return True
    return False


def _of_age(tokens: list[Token], at: int) -> bool:
    """`18+`, `+1`, `+100500`."""
    after, before = near(tokens, at, 1), near(tokens, at, -1)
    if after is not None and after.text == "+" and not after.spaced and tokens[at].value in _AGES:
        return True
    plus = before is not None and before.text == "+" and not tokens[at].spaced and at == 1
    return plus and after is None and (tokens[at].value == 1 or tokens[at].value > _ON_A_SCALE)


def _twice_two(tokens: list[Token], at: int) -> bool:
    """`как дважды два`."""
    before = near(tokens, at, -1)
    return before is not None and before.text in ("дважды", "трижды") and tokens[at].value in (2, 3)


def _is_a_year(tokens: list[Token], at: int) -> bool:
    token = tokens[at]
    company = sum(other.kind == "word" for other in tokens) > 0
    return company and token.form == "digit" and 1950 <= token.value <= 2049 and token.text.isdigit()


def _all_of_them(tokens: list[Token], at: int) -> bool:
    """`все четыре на 10`: how many wheels there are."""
    before, after = near(tokens, at, -1), near(tokens, at, 1)
    if before is None or before.text not in ("все", "всех", "всем") or not 2 <= tokens[at].value <= 4:
        return False
    follows = after is not None and after.kind == "word" and not after.senses & {"score", "of"}
    return follows and any(token.kind == "number" for token in tokens[at + 1 :])


def _below_zero(tokens: list[Token], at: int) -> bool:
    """`на улице -20`, `мороз минус 15`."""
    before = tokens[max(at - 4, 0) : at]
    weather = any(word.text.startswith(_WEATHER) for word in before)
    return weather and before[-1].text in ("-", "минус")


_WEATHER = ("улиц", "мороз", "темп", "погод")
_RULES = (
    _below_zero,
    _all_of_them,
    _tail_of_a_name,
    _all_in_one,
    _part_of_many,
    _glued_to_a_name,
    _multiplied,
    _of_age,
    _twice_two,
    _is_a_year,
)
