"""Which of several marks the client means in the end: corrections, choices, wishes, marks out of reach."""

from collections.abc import Sequence
from itertools import pairwise

from qc_engine.core.answers.emphasis import is_explained
from qc_engine.core.answers.limits import is_negated
from qc_engine.core.answers.nearby import neighbours
from qc_engine.core.answers.relations import between, is_range
from qc_engine.core.answers.tokens import Token, words

_REACHED = ("став", "дотян", "хват", "бывает", "заслуж", "зараб", "тян", "дам", "даю", "получ")
_THEN = (
    "прошл", "раньше", "обычно", "всегда", "тогда", "летом", "зимой", "весной", "осенью", "last",
    "назад",
)  # fmt: skip
_ARROWS = ("→", "->", "=>", "➡", "➜", ">")
_HOPED = ("рассчитыва", "надеял", "надея", "надею", "ожидал", "ждал", "хотел")
_BY_ACCIDENT = ("случайн", "нечаянн")
_FEW_POINTS = 3
_AGAIN = words("да именно конечно точно повторяю повторю yes exactly иа")
_ELSEWHERE = ("яндекс", "гугл", "2гис", "гис", "google", "yandex", "рейтинг", "авито")
_HERE = words("тут здесь вам here осында поставлю ставлю")
_NOW = words("сейчас теперь сегодня этот now today казир")


def corrected_from(tokens: Sequence[Token], places: list[int]) -> list[int]:
    """Without the marks that the client took back: `8, ой 9`, `не 10, а 7`."""
    meant = _not_by_accident(tokens, places)
    if len(meant) < len(places):
        return corrected_from(tokens, meant)
    plainly = _of_two(tokens, places) if len(places) == 2 else []
    if plainly:
        return plainly
    for index in range(len(places) - 1, 0, -1):
        first, second = places[index - 1], places[index]
        middle = between(tokens, first, second)
        if _repeated(tokens, first, second, middle):
            return corrected_from(tokens, [*places[:index], *places[index + 1 :]])
        words = [token for token in middle if token.kind == "word"]
        if is_negated(tokens, second) and not is_negated(tokens, first) and "kk" not in tokens[second].marks:
            return places[:index]  # "7, а не 10"
        if middle and (
            middle[-1].text in ("вместо", "чем", "than") or [t.text for t in middle[-2:]] == ["чем", "к"]
        ):
            return places[:index]  # "9 вместо 10", "скорее 9 чем 8"
        taken_back = (
            any("correct" in token.senses for token in words)
            or _no_then(words)
            or _on_second_thoughts(words)
            or _honestly(words)
            or _replaced(tokens, first, words)
            or tokens[second - 1].text == "*"
            or "".join(token.text for token in middle) in _ARROWS
        )
        instead = is_negated(tokens, first) and (
            all("filler" in word.senses for word in words)
            or any(word.text in ("а", "но", "зато", "but", "лучше") for word in words)
        )
        if taken_back or instead or [word.text for word in words] == ["емес"]:
            return places[index:]
    return places


def _not_by_accident(tokens: Sequence[Token], places: list[int]) -> list[int]:
    """`хотела 10, случайно 1`."""
    meant = [at for at in places if not (at and tokens[at - 1].text.startswith(_BY_ACCIDENT))]
    return meant or places


def _of_two(tokens: Sequence[Token], places: list[int]) -> list[int]:
    """The one of two marks that stands, when what is said beside them tells; else nothing."""
    first, second = places
    if tokens[second - 1].text == "пока":
        return places[1:]  # "исправите - поставлю 10, пока 4"
    if _instead_of(tokens, first):
        return places[1:]
    if _unreached(tokens, second) or _nearly(tokens, second):
        return places[:1]  # "9, на 10 надо постараться"
    if is_explained(list(tokens), first) and "minus" in tokens[second - 1].senses:
        return places[:1]  # "поставлю 8, минус 2 балла за очередь"
    return places[1:] if _unreached(tokens, first) or _then_and_now(tokens, places) else []


def _unreached(tokens: Sequence[Token], at: int) -> bool:
    """`10 не ставлю никому`, `десятку ставят только богу`, `на 10 надо постараться`."""
    hoped = [word.text for word in neighbours(list(tokens), at, -1)[:3]]
    if hoped[:1] == ["на"] and any(word.startswith(_HOPED) for word in hoped):
        return True  # "9, хотя рассчитывал на 10"
    said = neighbours(list(tokens), at, 1)[:3]
    denied = any(first.text == "не" and second.text.startswith(_REACHED) for first, second in pairwise(said))
    wanted = bool(said and said[0].text in ("надо", "нужно", "ставят", "заслуживает"))
    taken = any("minus" in word.senses for word in said[:2]) and tokens[at].value <= _FEW_POINTS
    return denied or wanted or taken  # "ставлю 9, один балл снимаю"


def _instead_of(tokens: Sequence[Token], at: int) -> bool:
    """`вместо 9 поставьте 10`."""
    return at > 0 and tokens[at - 1].text in ("вместо", "instead")


def _nearly(tokens: Sequence[Token], at: int) -> bool:
    """`9, почти 10`."""
    return at > 1 and tokens[at - 1].text in ("почти", "almost", "nearly") and tokens[at - 2].text in ",.("


def _then_and_now(tokens: Sequence[Token], places: list[int]) -> bool:
    """`в прошлый раз поставил 10, сейчас 7`."""
    before = [token.text for token in tokens[: places[0]]]
    after = [token.text for token in tokens[places[0] + 1 : places[1]]]
    elsewhere = [token.text for token in tokens[: places[1]]]
    if any(word.startswith(_ELSEWHERE) for word in elsewhere) and any(word in _HERE for word in after):
        return True  # "на яндексе 5, тут 10"
    return any(word.startswith(_THEN) for word in before) and any(word in _NOW for word in after)


def _on_second_thoughts(words: list[Token]) -> bool:
    """`9... хотя давайте 8`: nothing but the change of mind stands between."""
    weak = {"filler", "pick", "rate", "not", "correct", "label"}
    return (
        bool(words)
        and words[0].text in ("хотя", "although")
        and all(word.senses & weak for word in words[1:])
    )


def _repeated(tokens: Sequence[Token], first: int, second: int, middle: list[Token]) -> bool:
    """`8 да, 8`, `девять, именно девять`, `10 ну конечно 10`: said again for emphasis."""
    said = {token.text for token in middle if token.kind == "word"}
    return tokens[first].value == tokens[second].value and not said.isdisjoint(_AGAIN)


def _honestly(words: list[Token]) -> bool:
    """`9 баллов, а если честно 8`."""
    return any(word.text in ("честно", "чесно", "правде", "честному", "honestly") for word in words)


def _replaced(tokens: Sequence[Token], first: int, middle: list[Token]) -> bool:
    """`поменяйте 9 на 8`."""
    asked = any("correct" in word.senses for word in tokens[max(first - 3, 0) : first])
    return asked and [word.text for word in middle if "score" not in word.senses] in (["на"], ["to"])


def _no_then(words: list[Token]) -> bool:
    if any(word.text in ("то", "ли") for word in words):
        return False  # "не то 7, не то 8"
    return any(word.text in ("нет", "неа", "no", "жок", "не") for word in words) and len(words) <= 4


def granted_from(tokens: Sequence[Token], places: list[int]) -> list[int]:
    """`было бы 10, но 8`: the mark that was only wished for gives way to the one that was given."""
    if (
        len(places) == 2
        and not is_range(tokens, places[0], places[1])
        and is_wish(tokens, places[0], places[1])
        and not _wish_words(tokens[places[0] + 3 : places[1]], True)
    ):
        return places[1:]
    return places


def is_wish(tokens: Sequence[Token], at: int, end: int) -> bool:
    """Would the mark have been given if something had been otherwise?"""
    words = [*tokens[:at], *tokens[at + 1 : end][:3]]
    return _wish_words(words, False)


def _wish_words(words: Sequence[Token], hard: bool) -> bool:
    would = any("would" in word.senses for word in words)
    wished = any(
        "wished" in word.senses and word.text not in ("было", "был", "была", "были") for word in words
    )
    return (would and not hard) or wished
