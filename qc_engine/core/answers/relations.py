"""How two numbers of one message belong together: list, range, choice, correction, wish and what became of it."""

from collections.abc import Sequence

from qc_engine.core.answers.context import neighbours
from qc_engine.core.answers.tokens import Token

_LISTED = frozenset([",", ";", "\n", "&", ")", "(", '"', "'", "*"])
_LIST_WORDS = frozenset(("filler", "score", "rate", "thanks", "and", "hedge", "question", "on", "plus"))
_STRONG_PICK = frozenset(("скорее", "скорей", "ближе", "rather", "склоняюсь", "closer"))
_VERB_ENDS = ("л", "ла", "ли", "ло", "ть", "лся", "лись", "лась", "ся")
_COMPARISONS = frozenset("<>≤≥")
_NOT = ("не", "not", "ne", "isnt", "isn't", "never", "далеко")


def between(tokens: Sequence[Token], first: int, second: int) -> list[Token]:
    """What stands between two marks, without scales and noise."""
    return [token for token in tokens[first + 1 : second] if token.role not in ("scale", "noise", "label")]


def is_range(tokens: Sequence[Token], first: int, second: int) -> bool:
    """`8-9`, `8 или 9`, `9/8`, `от 8 до 9`, `между 7 и 8`."""
    middle = between(tokens, first, second)
    if any("or" in token.senses or ("upto" in token.senses and len(middle) == 1) for token in middle):
        return True
    if tokens[second - 1].text in ("то", "ли") and tokens[first - 1].text == tokens[second - 1].text and first > 0:
        return True  # "не то 7, не то 8", "то ли 7, то ли 8"
    joined = "".join(token.text for token in middle)
    lead = [token for token in tokens[max(first - 2, 0) : first] if "between" in token.senses]
    after = tokens[second + 1].senses if second + 1 < len(tokens) else frozenset()
    return joined in ("-", "/", "..", "...", "--", "~") or bool(lead) or "between" in after or tokens[second].role == "choice"


def is_listed(tokens: Sequence[Token], first: int, second: int) -> bool:
    """True when only separators of a list and words without weight stand between."""
    return all(_separates(token) for token in between(tokens, first, second))


def _separates(token: Token) -> bool:
    if token.kind == "word":
        return bool(token.senses & _LIST_WORDS) and not token.senses & {"correct", "compare", "minus"}
    return token.text in _LISTED or token.kind == "line" or token.text in "+" or ord(token.text[0]) > 0x2100


def by_subject(tokens: Sequence[Token], first: int, second: int) -> bool:
    """`качество 8, вежливость 10`: each of the two marks has a subject of its own."""
    middle = [word for word in tokens[first + 1 : second] if _is_subject(word)]
    around = [word for word in (*tokens[:first], *tokens[second + 1 :]) if _is_subject(word)]
    labels = sum(token.role == "label" for token in tokens)
    unclear = any(token.senses & {"time", "wished", "compare", "if"} and "subject" not in token.senses for token in tokens[:second])
    return labels == 2 or (not unclear and bool(middle) and len(middle) + len(around) > 1)


def _is_subject(word: Token) -> bool:
    if word.kind != "word" or len(word.text) < 3:
        return False
    if word.raw.istitle() and not word.senses:
        return True
    return "subject" in word.senses or (not word.senses and not word.text.endswith(_VERB_ENDS))


def corrected_from(tokens: Sequence[Token], places: list[int]) -> list[int]:
    """Without the marks that the client took back: `8, ой 9`, `не 10, а 7`."""
    for index in range(len(places) - 1, 0, -1):
        first, second = places[index - 1], places[index]
        middle = between(tokens, first, second)
        words = [token for token in middle if token.kind == "word"]
        taken_back = any("correct" in token.senses for token in words) or _no_then(words) or tokens[second - 1].text == "*"
        instead = _negated(tokens, first) and any(word.text in ("а", "but", "лучше") for word in words)
        if taken_back or instead:
            return places[index:]
    if len(places) == 2 and _negated(tokens, places[1]) and not _negated(tokens, places[0]):
        return places[:1]  # "7, а не 10"
    return places


def _no_then(words: list[Token]) -> bool:
    if any(word.text in ("то", "ли") for word in words):
        return False  # "не то 7, не то 8"
    return any(word.text in ("нет", "неа", "no", "жок", "не") for word in words) and len(words) <= 4


def _negated(tokens: Sequence[Token], at: int) -> bool:
    left = [word for word in neighbours(list(tokens), at, -1) if word.text not in ("на", "все", "всё", "прям", "a", "оценка")]
    right = neighbours(list(tokens), at, 1)
    return bool(left and left[0].text in _NOT) or bool(right and right[0].text == "емес")


def picked_from(tokens: Sequence[Token], places: list[int]) -> list[int]:
    """`6-7, скорее 6`: the client chose one."""
    if len(places) < 2:
        return places
    words = [token for token in between(tokens, places[-2], places[-1]) if token.kind == "word"]
    if any("or" in word.senses for word in words):
        return places
    after_range = len(places) == 3 and is_range(tokens, places[0], places[1])
    picks = any("pick" in word.senses or word.senses & {"rate"} for word in words)
    strong = any(word.text in _STRONG_PICK for word in words)
    return places[-1:] if (after_range and picks) or strong else places


def granted_from(tokens: Sequence[Token], places: list[int]) -> list[int]:
    """`было бы 10, но 8`: the mark that was only wished for gives way to the one that was given."""
    if len(places) == 2 and is_wish(tokens, places[0], places[1]) and not _wish_words(tokens[places[0] + 1 : places[1]], True):
        return places[1:]
    return places


def is_wish(tokens: Sequence[Token], at: int, end: int) -> bool:
    """Would the mark have been given if something had been otherwise?"""
    words = [*tokens[:at], *tokens[at + 1 : end][:3]]
    return _wish_words(words, False)


def _wish_words(words: Sequence[Token], hard: bool) -> bool:
    would = any("would" in word.senses for word in words)
    wished = any("wished" in word.senses and word.text not in ("было", "был", "была", "были") for word in words)
    return (would and not hard) or wished


def is_conditional(tokens: Sequence[Token], at: int) -> bool:
    """`10, если бы...`, `было бы 10`: only a condition; polite "я бы поставил 9" is a mark."""
    words = [token for token in tokens if token.kind == "word"]
    conditions = [i for i, word in enumerate(words) if "if" in word.senses and not _idle_if(words, i)]
    lead = [token for token in neighbours(list(tokens), at, -1)[:4]] + neighbours(list(tokens), at, 1)[:2]
    would = any("would" in word.senses for word in lead)
    wished = any("wished" in word.senses and not word.text.startswith("хотел") for word in lead)
    hoped = any(word.text.startswith(("хотел", "думал", "собирал", "планировал", "мог", "should", "could")) for word in lead)
    return bool(conditions) or (would and wished) or (hoped and not _settled(lead))


def _settled(lead: Sequence[Token]) -> bool:
    return any(word.text in ("бы", "would") for word in lead)


def _idle_if(words: Sequence[Token], at: int) -> bool:
    follower = words[at + 1].text if at + 1 < len(words) else ""
    return follower.startswith(("чест", "корот", "серь", "оцен", "в", "по", "что", "можно", "i", "you")) and follower not in ("вы", "все")


def is_compared(tokens: Sequence[Token], at: int) -> bool:
    """`почти 10`, `больше 9`, `не ниже 8`, `не 10`, `>8`, `8 и выше`."""
    left, right = neighbours(list(tokens), at, -1), neighbours(list(tokens), at, 1)
    left = [word for word in left if word.text not in ("на", "чем", "в", "все", "the", "a", "прям")]
    if _negated(tokens, at) or (left and "compare" in left[0].senses) or (len(left) > 1 and "compare" in left[1].senses and left[0].text in ("до", "least", "than")):
        return True
    if len(left) > 1 and left[0].text == "к" and left[1].text == "ближе":
        return True
    right = [word for word in right if not word.senses & {"score", "and"} and word.text not in ("с",)]
    later = bool(right) and "compare" in right[0].senses and right[0].text not in ("но", "ближе")
    return later or (at > 0 and tokens[at - 1].text in _COMPARISONS) or any(word.text == "до" for word in left[:1])
