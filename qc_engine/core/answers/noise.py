"""Numbers that are no marks: phones, links, times, dates, money, percent, orders, counts, places."""

import re

from qc_engine.core.answers.codes import belongs_to_an_expression
from qc_engine.core.answers.nearby import near
from qc_engine.core.answers.tokens import Token, words

_ADJECTIVE = re.compile(r"(?:ых|их|ые|ую)$|^[a-z]+$")
_CURRENCY = frozenset("%₸$€₽£¥°₴№#")
_STREETS = words("ул улица проспект просп пр-т мкр микрорайон street кошеси")
_ONE_THING = words(
    "болт гайка диск колесо шина машина резина мастер сотрудник работник заказ услуга деталь визит"
)
_MOST_ON_A_SCALE = 20
_THIS = words("этот тот прошлый последний крайний следующий прошлом this")


def mask_noise(tokens: list[Token]) -> None:
    """Gives every number that is no mark its role."""
    for at, token in enumerate(tokens):
        if token.kind == "number" and not token.role and _is_noise(tokens, at):
            token.role = "noise"
    for at in range(len(tokens) - 2, -1, -1):
        if tokens[at].kind == "number" and not tokens[at].role and _opens_a_span(tokens, at):
            tokens[at].role = "noise"


def _opens_a_span(tokens: list[Token], at: int) -> bool:
    """The first number of `2-3 часа`, `10-12 ноября`, `два или три колеса`, `часа два-три`."""
    adjacent = "spelled" in tokens[at].marks and tokens[at + 1].kind == "number"
    other = near(tokens, at, 1 if adjacent else 2)
    linked = adjacent or tokens[at + 1].text == "-" or "or" in tokens[at + 1].senses
    if other is None or not linked or other.kind != "number" or other.role != "noise":
        return False
    return tokens[at].value < other.value


def _closes_a_span(tokens: list[Token], at: int) -> bool:
    """The second number of `часа два-три`."""
    before, dash, first = near(tokens, at, -3), near(tokens, at, -1), near(tokens, at, -2)
    if before is None or dash is None or first is None or dash.text != "-" or dash.spaced:
        return False
    return "unit" in before.senses and first.role == "noise" and first.value < tokens[at].value


def _is_noise(tokens: list[Token], at: int) -> bool:
    return (
        tokens[at].form in ("ordinal", "name")
        or belongs_to_an_expression(tokens, at)
        or _beside_a_sign(tokens, at)
        or _counts_something(tokens, at)
        or _numbers_a_place(tokens, at)
        or _tells_the_time(tokens, at)
        or _closes_a_span(tokens, at)
    )


def _beside_a_sign(tokens: list[Token], at: int) -> bool:
    before, after = near(tokens, at, -1), near(tokens, at, 1)
    inches = after is not None and after.text == '"' and sum(token.text == '"' for token in tokens) == 1
    money = after is not None and after.text in _CURRENCY - {"#", "№"}
    return inches or money or (before is not None and before.text in _CURRENCY - {"%"})


def _counts_something(tokens: list[Token], at: int) -> bool:
    """`2 часа`, `пять минут`, `2 лишних часа`; the unit is taken, so that `2 часа 4` leaves the 4."""
    for step in (1, 2):
        unit = near(tokens, at, step)
        if unit is None or unit.kind != "word":
            return False
        if tokens[at].value > 5 and unit.text in _ONE_THING:
            return False  # "9 болт недокручен": a count would say "9 болтов"
        if tokens[at].value == 1 and step == 1 and unit.text in ("минус", "плюс"):
            return True  # "3 плюса и 1 минус"
        if "unit" in unit.senses and not unit.senses & {"score", "subject_of_mark"}:
            unit.role = "unit"
            return True
        if unit.senses or not _ADJECTIVE.search(unit.text):
            return False
    return False


def _numbers_a_place(tokens: list[Token], at: int) -> bool:
    """`заказ 10452`, `номер 1`, `бокс 3`, `этаж 2`, `минут 40`."""
    before, earlier = near(tokens, at, -1), near(tokens, at, -2)
    after = near(tokens, at, 1)
    if before and before.text in ("топ", "top") and _names_the_best(earlier, after):
        return True
    if any(token.text in _STREETS for token in tokens[max(at - 3, 0) : at]):
        return True
    if after is not None and "score" in after.senses:
        return False  # "2 бокс 10 баллов"
    if before is None or before.kind != "word" or (before.role == "unit" and "place" not in before.senses):
        return False
    if earlier and (earlier.text, before.text) == ("еще", "раз"):
        return False  # "10 и ещё раз 10"
    if before.text in ("раз", "визит") and earlier and earlier.text in _THIS:
        return False  # "на этот раз 8"
    if "unit" in before.senses and "place" not in before.senses:
        return before.text in ("минут", "часа", "часов", "лет", "дней", "раз", "раза", "дня")
    return "place" in before.senses


def _names_the_best(earlier: Token | None, after: Token | None) -> bool:
    """`вы в топ 10`, `top 10 service`; `всё топ, 10` is a mark."""
    follows = after is not None and after.kind == "word" and not after.senses & {"score", "of", "thanks"}
    return follows or (earlier is not None and earlier.text == "в")


def _tells_the_time(tokens: list[Token], at: int) -> bool:
    """`в 10`, `к 9`, `с 9 до 18`, `at 5`; but `в 9 баллов` is a mark."""
    before = near(tokens, at, -1)
    if before is None or tokens[at].form == "from":
        return False
    if tokens[at].value > _MOST_ON_A_SCALE and before.senses & {"preposition", "from", "upto"}:
        return True
    if "preposition" not in before.senses:
        return False
    after, earlier = near(tokens, at, 1), near(tokens, at, -2)
    if _takes_a_mark(tokens, at, before.text, earlier):
        return False
    if before.text == "so" or (earlier and earlier.text in ("ближе", "склоняюсь")):
        return False
    if (after and after.senses & {"score", "of", "question"}) or tokens[at].marks & {"scored"}:
        return False
    if (
        before.text in ("от", "до", "с", "за", "без", "у", "from", "вместо", "кроме", "и")
        or before.text == "по"
    ):
        return _clearly_not_a_mark(tokens, at, before.text)
    return True


def _takes_a_mark(tokens: list[Token], at: int, preposition: str, earlier: Token | None) -> bool:
    """`в этот раз 8`, `десять и ещё раз десять`, `8 и ещё 9`, `оценил бы в 7`."""
    if preposition == "раз" and earlier and (earlier.text in _THIS or earlier.text == "еще"):
        return True
    if preposition == "еще" and earlier and "and" in earlier.senses:
        return True
    return any("rate" in word.senses for word in tokens[max(at - 4, 0) : at] if word.text != "даю")


def _clearly_not_a_mark(tokens: list[Token], at: int, preposition: str) -> bool:
    follower = near(tokens, at, 1)
    hours = follower is not None and follower.text == "до" and preposition == "с"
    return preposition in ("за", "у", "с") and (hours or follower is not None or preposition == "с")
