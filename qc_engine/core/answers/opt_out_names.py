"""Does the client say that they are not the person who was meant? Names tell: `я не Асель`, `not John`."""

from collections.abc import Sequence

from qc_engine.core.answers.names import NAMES
from qc_engine.core.answers.spelling import plain
from qc_engine.core.answers.tokens import Token

_FEW = 6  # words


def denies_a_name(tokens: Sequence[Token]) -> bool:
    """True for "Я не Асель", "I'm not John", "мен Асель емеспін": the name is known by its capital letter."""
    return any(_denied(tokens, at) for at in range(len(tokens)))


def _is_absent(tokens: Sequence[Token], at: int) -> bool:
    """`not John`, `мұнда Айгүл жоқ`, `not John's phone`."""
    name, before = tokens[at], tokens[at - 1].text
    after = tokens[at + 1].text if at + 1 < len(tokens) else ""
    known = plain(name.raw.removesuffix("'s")) in NAMES
    if known and before == "not" and len(tokens) <= _FEW:
        return True
    return after == "жок" and before in ("мунда", "бунда", "осында")


def _denied(tokens: Sequence[Token], at: int) -> bool:
    name = tokens[at]
    capitalised = name.raw[:1].isupper() and name.raw[1:].islower()
    if name.kind != "word" or not capitalised or at == 0 or len(name.raw) < 3:
        return False
    if _is_absent(tokens, at):
        return True
    before = [token.text for token in tokens[max(at - 3, 0) : at]]
    if name.text not in NAMES and any(token.kind == "number" for token in tokens):
        return False  # "это не Германия, 7"
    if before[-2:] in (["нет", "никакого"], ["нет", "никакой"], ["нету", "никакого"], ["нет", "такого"]):
        return True  # "тут нет никакого Сергея"
    after = tokens[at + 1].text if at + 1 < len(tokens) else "."
    if before[-1] == "no" and after == "here":
        return True  # "no John here"
    if before[-2:] == ["номер", "не"] or before[-1] in ("isn't", "isnt", "ain't"):
        return True
    if after.startswith("емес") and before[-1] in ("мен", "бул"):
        return True
    ends = not after[0].isalpha() or after in ("и", "а", "но", "вы", "ошиблись", "пишите")
    if before[-1] == "не" and after == "я":
        return True
    if ends and before[-2:] in (["тут", "нет"], ["здесь", "нет"]):
        return True
    return ends and (
        before[-2:] in (["я", "не"], ["это", "не"], ["am", "not"], ["is", "not"])
        or before[-2:] == ["i'm", "not"]
    )
