"""Numbers that are no marks: phones, links, times, dates, money, percent, orders, counts, places."""

import re

from qc_engine.core.answers.tokens import Token, words

_GONE = " ¤ "  # a sign, so that the words around do not touch
_URL = re.compile(r"(?:https?://|www\.)[^\s,]+|[\w.+-]{1,64}@[\w.-]{1,64}|@\w+", re.IGNORECASE)
_HOST = re.compile(r"\b[a-z0-9-]{1,40}\.(?:kz|ru|com|net|org|io|me|app)\b(?:/[^\s,]*)?", re.IGNORECASE)
_FILE = re.compile(
    r"[\w-]{1,60}\.(?:pdf|jpe?g|png|docx?|xlsx?|mp[34]|zip|heic|og[ga]|opus|webp|avi|mov)\b", re.IGNORECASE
)
_PHONE = re.compile(
    r"(?<![\d.,])(?:\+?[78][ \-(]{0,3}\d{3}[ \-)]{0,3}\d{3}[ \-]{0,2}\d{2}[ \-]{0,2}\d{2}"
    r"|\d{3}[ -]\d{3}[ -]\d{2}[ -]?\d{2}|\+\d[\d()-]{7,16}|\d{2,3}-\d{2}-\d{2})(?!\d)"
)
_DATE = re.compile(
    r"(?<!\d)(?:\d{1,2}[./-]\d{1,2}[./-](?:20)?\d{2}|\d{4}-\d{2}-\d{2}|0\d\.\d{1,2}|\d{1,2}\.0\d|[123]\d\.1[012])(?![\d.])"
)
_PLATE = re.compile(
    r"(?<![\w-])(?:\d{3} ?[A-ZАВЕКМНОРСТУХ]{3} ?\d{2}|\d{3}[a-zа-я]{2,3}\d{2}"
    r"|[A-ZА-Я] ?\d{3} ?[A-ZА-Я]{2,3}(?: ?\d{2,3})?"
    r"|[a-zа-я]\d{3}[a-zа-я]{2}(?:\d{2,3})?)(?!\w)"
)
_SHOUT = re.compile(r"(?<=!)!+1+(?!\d)|(?<=!)11+(?!\d)")
_TIME = re.compile(r"(?<!\d)(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)")
_PLACEHOLDER = re.compile(r"\[[^\[\]\n]{0,200}\]")
_BRACKETED_NUMBER = re.compile(r"\[\s*[\d.,/ ]{1,7}\s*\]")
_VULGAR_SHARE = re.compile(r"(?<!\d)24/7(?!\d)")
_ADJECTIVE = re.compile(r"(?:ых|их|ые|ую)$|^[a-z]+$")
_CURRENCY = frozenset("%₸$€₽£¥°₴№#")
_STREETS = words("ул улица проспект просп пр-т мкр микрорайон street кошеси")
_ONE_THING = words(
    "болт гайка диск колесо шина машина резина мастер сотрудник работник заказ услуга деталь визит"
)
_LONG = 7
_MOST_ON_A_SCALE = 20


def without_links_and_phones(folded: str) -> str:
    """The text with placeholders, links, phones, dates and clock times blanked out."""
    folded = _PLACEHOLDER.sub(
        lambda found: found.group() if _BRACKETED_NUMBER.fullmatch(found.group()) else _GONE, folded
    )
    for pattern in (_URL, _FILE, _HOST, _PHONE, _DATE, _TIME, _PLATE, _SHOUT, _VULGAR_SHARE):
        folded = pattern.sub(_GONE, folded)
    return folded


def only_placeholders(folded: str) -> bool:
    """True when nothing but `[voice]` and the like was sent."""
    left = _PLACEHOLDER.sub(lambda found: "9" if _BRACKETED_NUMBER.fullmatch(found.group()) else "", folded)
    return not left.strip()


def mask_noise(tokens: list[Token]) -> None:
    """Gives every number that is no mark its role."""
    for at, token in enumerate(tokens):
        if token.kind == "number" and not token.role and _is_noise(tokens, at):
            token.role = "noise"


def _is_noise(tokens: list[Token], at: int) -> bool:
    return (
        tokens[at].form in ("ordinal", "name")
        or (tokens[at].form == "digit" and _has_a_leading_zero(tokens[at].text))
        or _tail_of_a_name(tokens, at)
        or (tokens[at].text.isdigit() and len(tokens[at].text) >= _LONG and not _slang(tokens[at].text))
        or _beside_a_sign(tokens, at)
        or _counts_something(tokens, at)
        or _numbers_a_place(tokens, at)
        or _tells_the_time(tokens, at)
        or _is_a_year(tokens[at], tokens)
    )  # fmt: skip


def _has_a_leading_zero(digits: str) -> bool:
    """`02` is a region or a part of a code; `0` and `0.5` are numbers."""
    return len(digits) > 1 and digits.startswith("0") and digits.isdigit() and digits.strip("0") != ""


def _tail_of_a_name(tokens: list[Token], at: int) -> bool:
    """The second 4 of `4x4`."""
    before = near(tokens, at, -1)
    return before is not None and before.form == "name" and not tokens[at].spaced and before.kind == "number"


def _slang(digits: str) -> bool:
    return digits.endswith("000") or len(set(digits)) == 1


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
    if before is None or before.kind != "word" or (before.role == "unit" and "place" not in before.senses):
        return False
    if earlier and (earlier.text, before.text) == ("еще", "раз"):
        return False  # "10 и ещё раз 10"
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


def _clearly_not_a_mark(tokens: list[Token], at: int, preposition: str) -> bool:
    follower = near(tokens, at, 1)
    hours = follower is not None and follower.text == "до" and preposition == "с"
    return preposition in ("за", "у", "с") and (hours or follower is not None or preposition == "с")


def _is_a_year(token: Token, tokens: list[Token]) -> bool:
    company = sum(other.kind == "word" for other in tokens) > 0
    return company and token.form == "digit" and 1950 <= token.value <= 2049 and token.text.isdigit()


def near(tokens: list[Token], at: int, step: int) -> Token | None:
    """The neighbour so many tokens away, None at the border of the message."""
    place = at + step
    return tokens[place] if 0 <= place < len(tokens) else None
