"""Scales that are named beside a mark: `8 из 10`, `10-нан 8`, `по 10-балльной шкале`, `от 1 до 10`, `4/5`."""

from decimal import Decimal

from qc_engine.core.answers.nearby import near
from qc_engine.core.answers.reading import Scale
from qc_engine.core.answers.tokens import Token

_TYRE = 20
_OURS = 10
_DAYS, _MONTHS = 31, 12


def take_scales(tokens: list[Token], scale: Scale) -> bool:
    """Gives the numbers that only name the scale their role; True when another scale than ours is named."""
    other = False
    for at, token in enumerate(tokens):
        if token.kind == "number" and not token.role:
            other = any(step(tokens, at, scale) for step in _STEPS) or other
    return other


def names_a_scale(tokens: list[Token], at: int) -> bool:
    """True for `10-балльной`, `10 балльная шкала`, `он балдық жүйе`, `шкала 10`."""
    after, before = near(tokens, at, 1), near(tokens, at, -1)
    if tokens[at].form == "share":
        return True
    if (
        before is not None
        and before.text == "по"
        and tokens[at].form in ("noun", "school")
        and _last(tokens, at)
    ):
        return True  # "если по десятке, то 8"
    follows = after is not None and "scale_of" in after.senses
    return follows or (
        before is not None
        and "scale_of" in before.senses
        and before.text.startswith("шкал")
        and _last(tokens, at)
    )


def _last(tokens: list[Token], at: int) -> bool:
    return any(other.kind == "number" and not other.role for other in tokens[at + 1 :])


def _adjective(tokens: list[Token], at: int, scale: Scale) -> bool:
    if tokens[at].role or not names_a_scale(tokens, at):
        return False
    tokens[at].role = "scale"
    return tokens[at].value != scale.highest


def _echo(tokens: list[Token], at: int, scale: Scale) -> bool:
    """`от 1 до 10`, `1-10`, `1-ден 10-ға дейін`, `from one to ten`."""
    place = at + 1
    link = near(tokens, at, 1)
    if tokens[at].role or link is None:
        return False
    if link.kind != "number":
        place = at + 2
    end = near(tokens, place, 0)
    linked = link.text in ("-", "до", "to", "till", "по", "do", "..") or (
        link is end and tokens[at].form == "from"
    )
    if not linked or end is None or end.kind != "number" or end.role:
        return False
    started = (before := near(tokens, at, -1)) is not None and "from" in before.senses
    if tokens[at].value not in (0, 1, scale.lowest) or (tokens[at].value == end.value):
        return False
    for word in (link, before):
        if word is not None and word.kind == "word":
            word.role = "scale"
    return _is_echo(tokens, (at, place), started or link.text != "-", scale)


def _is_echo(tokens: list[Token], pair: tuple[int, int], spoken: bool, scale: Scale) -> bool:
    first, last = (tokens[at] for at in pair)
    if last.value != scale.highest and not (spoken and last.value in (3, 5, 10, 100)):
        return False
    first.role = last.role = "scale"
    return last.value != scale.highest


def _share(tokens: list[Token], at: int, scale: Scale) -> bool:
    """`8/10`, `8 из 10`, `8 out of 10`, `10-нан 8`, `из 10 - 6`."""
    top = _stated_top(tokens, at)
    if top is None:
        return _reversed(tokens, at, scale)
    slash = tokens[top - 1].text == "/"
    for link in tokens[at + 1 : top]:
        link.role = "scale"
    if slash and tokens[at].value > _TYRE and tokens[top].value >= _TYRE and scale.highest < _TYRE:
        tokens[at].role = tokens[top].role = "noise"
        return False
    if slash and _is_a_date(tokens[at].value, tokens[top].value, scale):
        tokens[at].role = tokens[top].role = "noise"
        return False
    if _of_things(near(tokens, top, 1)):
        tokens[at].role = tokens[top].role = "noise"  # "9 из 10 друзей советуют"
        return False
    if tokens[top].value == scale.highest:
        tokens[top].role = "scale"
        tokens[at].marks |= {"scored"}
        return False
    return _another_top(tokens, at, top, slash, scale)


def _is_a_date(day: Decimal, month: Decimal, scale: Scale) -> bool:
    """`12/11 был, 9`."""
    return scale.highest < day <= _DAYS and month <= _MONTHS and month != scale.highest


def _of_things(after: Token | None) -> bool:
    return after is not None and "unit" in after.senses and not after.senses & {"score", "star"}


def _another_top(tokens: list[Token], at: int, top: int, slash: bool, scale: Scale) -> bool:
    choice = slash and tokens[top].value < tokens[at].value
    after = near(tokens, top, 1)
    if not slash and after and "unit" in after.senses and not after.senses & {"score"}:
        tokens[at].role = tokens[top].role = "noise"  # "2 из 3 мастеров"
        return False
    tokens[top].role = "scale"
    tokens[at].marks |= {"choice" if choice else "other_scale"}
    return not choice and tokens[top].value != scale.highest


def _stated_top(tokens: list[Token], at: int) -> int | None:
    place = at + 1
    while (token := near(tokens, place, 0)) is not None and _between_mark_and_top(token):
        place += 1
    link, top = near(tokens, place, 0), near(tokens, place, 1)
    if link is not None and link.text in ("from", "outta") and top is not None and top.value == _OURS:
        return place + 1
    if link is None or top is None or top.kind != "number" or top.role or top.form == "ordinal":
        return None
    return place + 1 if link.text == "/" or "of" in link.senses else None


def _between_mark_and_top(token: Token) -> bool:
    return token.kind == "word" and (
        bool(token.senses & {"score"}) or token.text == "out" or "star" in token.senses
    )


def _reversed(tokens: list[Token], at: int, scale: Scale) -> bool:
    before, after = near(tokens, at, -1), near(tokens, at, 1)
    earlier = near(tokens, at, -2)
    out = earlier is not None and earlier.text == "out"
    of = before is not None and "of" in before.senses and (before.text != "of" or out)
    if tokens[at].role or (not of and tokens[at].form != "from"):
        return False
    if tokens[at].form == "from" and not _number_follows(tokens, at):
        return False
    if after and "unit" in after.senses and not after.senses & {"score"}:
        return False  # "из 4 человек"
    tokens[at].role = "scale"
    if after and after.text == "-":
        after.role = "noise"
    return tokens[at].value != scale.highest


def _number_follows(tokens: list[Token], at: int) -> bool:
    return any(token.kind == "number" and not token.role for token in tokens[at + 1 : at + 4])


_STEPS = (_echo, _adjective, _share)
