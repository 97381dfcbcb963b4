"""Numbers of questions beside marks: `1) 8 2) 9`, `первый 9, второй 10`, `на 1 вопрос 8, на 2 — 9`."""

from itertools import pairwise

from qc_engine.core.answers.nearby import near
from qc_engine.core.answers.tokens import Token, words

_SEPARATORS = words(") . - : =")


def take_labels(tokens: list[Token]) -> None:
    """Gives question numbers the role `label`; their order is then the order of the marks."""
    for at, token in enumerate(tokens):
        if _counts_both_questions(tokens, at):
            token.role, token.senses = "noise", token.senses | {"both"}
        candidate = (
            token.kind == "number" and token.value in (1, 2) and not token.role and token.form != "from"
        )
        if candidate and (_ordinal(tokens, at) or _with_question(tokens, at)):
            token.role = "label"
    _enumerated(tokens)


def _counts_both_questions(tokens: list[Token], at: int) -> bool:
    """`на два вопроса 10`, `екі сұраққа да 10`."""
    token, after = tokens[at], near(tokens, at, 1)
    if token_is(token, 2) and after is not None and after.text == "по" and _number_after(tokens, at):
        return True  # "два по десять"
    if token_is(token, 2) and after is not None and after.form == "noun" and "spelled" in token.marks:
        return True  # "две десятки"
    if token.kind != "number" or token.value != 2 or after is None or "question" not in after.senses:
        return False
    return ("spelled" in token.marks and token.form == "word") or after.text in (
        "вопроса",
        "questions",
        "вопросам",
    )


def _ordinal(tokens: list[Token], at: int) -> bool:
    counts = any(
        token.form == "ordinal" and following.senses & {"gone", "unit", "one_of_many"}
        for token, following in pairwise(tokens)
    )
    return tokens[at].form == "ordinal" and not counts


def _with_question(tokens: list[Token], at: int) -> bool:
    before, after = near(tokens, at, -1), near(tokens, at, 1)
    if after and after.text == "-" and not after.spaced and near(tokens, at, 2):
        after = near(tokens, at, 2)  # "1-сұрақ"
    if after and "question" in after.senses and after.text != "q":
        return True
    if before and "question" in before.senses and _number_after(tokens, at):
        return True
    pair = after is not None and (after.text == "," or "and" in after.senses)
    further, end = near(tokens, at, 2), near(tokens, at, 3)
    if (
        pair
        and token_is(further, 2)
        and end is not None
        and end.text in "-:"
        and _number_after(tokens, at + 3)
    ):
        return True  # "1 и 2 - 10"
    if (
        token_is(tokens[at], 2)
        and after is not None
        and after.text in "-:"
        and tokens[at - 2].role == "label"
    ):
        return at > 1
    return bool(pair and further and end and further.value == 2 and "question" in end.senses)


def token_is(token: Token | None, value: int) -> bool:
    """Is it this number?"""
    return token is not None and token.kind == "number" and token.value == value


def _number_after(tokens: list[Token], at: int) -> bool:
    return any(token.kind == "number" for token in tokens[at + 1 : at + 3])


def _enumerated(tokens: list[Token]) -> None:
    """Both 1 and 2 stand before a separator and a number; one alone is a list of one only with a bracket."""
    found = [at for at, token in enumerate(tokens) if _heads_an_item(tokens, at)]
    already = {int(token.value) for token in tokens if token.role == "label"}
    values = {int(tokens[at].value) for at in found} | already
    if values != {1, 2} and not any(tokens[at + 1].text == ")" for at in found):
        return
    for at in found:
        tokens[at].role, tokens[at + 1].role = "label", "noise"


def _heads_an_item(tokens: list[Token], at: int) -> bool:
    token, separator, mark = tokens[at], near(tokens, at, 1), near(tokens, at, 2)
    if token.role or token.kind != "number" or token.form != "digit" or token.value not in (1, 2):
        return False
    if separator is None or mark is None or mark.kind != "number" or mark.role:
        return False
    before = near(tokens, at, -1)
    opens = (
        before is None
        or before.kind != "word"
        or before.text in ("на", "за", "и", "вопрос", "по", "ответ", "answer")
    )
    return opens and separator.text in _SEPARATORS and not (before and before.text == "(")


def in_order(tokens: list[Token], places: list[int]) -> list[int]:
    """The places of two marks in the order of their question numbers; as mentioned when there are none."""
    labels = [at for at, token in enumerate(tokens) if token.role == "label"]
    if len(labels) != 2 or len(places) != 2 or tokens[labels[0]].value == tokens[labels[1]].value:
        return places
    return places if tokens[labels[0]].value < tokens[labels[1]].value else places[::-1]
