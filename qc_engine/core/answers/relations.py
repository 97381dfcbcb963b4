"""How two numbers of one message belong together: list, range, marks by subject."""

from collections.abc import Sequence
from decimal import Decimal

from qc_engine.core.answers.tokens import Token

_LISTED = frozenset([",", ";", "\n", "&", ")", "(", '"', "'", "*", "|"])
_LIST_WORDS = frozenset(("filler", "score", "rate", "thanks", "and", "hedge", "question", "on", "plus"))
_HALF = Decimal("0.5")
_STRONG_PICK = frozenset(
    ("скорее", "скорей", "ближе", "rather", "склоняюсь", "closer", "итого", "итоге", "overall")
)
_VAGUE = frozenset(("где-то", "гдето", "где", "примерно", "около", "приблизительно", "шамамен", "about"))
_VERB_ENDS = ("л", "ла", "ли", "ло", "ть", "лся", "лись", "лась", "ся")


def between(tokens: Sequence[Token], first: int, second: int) -> list[Token]:
    """What stands between two marks, without scales and noise."""
    return [token for token in tokens[first + 1 : second] if token.role not in ("scale", "noise", "label")]


def is_range(tokens: Sequence[Token], first: int, second: int) -> bool:
    """`8-9`, `8 или 9`, `9/8`, `от 8 до 9`, `между 7 и 8`."""
    middle = between(tokens, first, second)
    if any(token.role == "label" for token in tokens[first + 1 : second]):
        return False
    whole = tokens[first].value == int(tokens[first].value)
    if not middle and whole and tokens[second].value - tokens[first].value == _HALF:
        return True  # "где-то семь семь с половиной"
    if not middle and tokens[second].value - tokens[first].value == 1 and _is_vague(tokens, first, second):
        return True  # "семь восемь где-то так"
    if any("or" in token.senses or ("upto" in token.senses and len(middle) == 1) for token in middle):
        return True
    if (
        tokens[second - 1].text in ("то", "ли")
        and tokens[first - 1].text == tokens[second - 1].text
        and first > 0
    ):
        return True  # "не то 7, не то 8", "то ли 7, то ли 8"
    joined = "".join(token.text for token in middle)
    lead = [token for token in tokens[max(first - 2, 0) : first] if "between" in token.senses]
    after = tokens[second + 1].senses if second + 1 < len(tokens) else frozenset()
    return (
        joined in ("-", "/", "..", "...", "--", "~")
        or bool(lead)
        or "between" in after
        or tokens[second].role == "choice"
    )


def _is_vague(tokens: Sequence[Token], first: int, second: int) -> bool:
    beside = (*tokens[max(first - 2, 0) : first], *tokens[second + 1 : second + 3])
    return any(token.text in _VAGUE for token in beside)


def is_listed(tokens: Sequence[Token], first: int, second: int) -> bool:
    """True when only separators of a list and words without weight stand between."""
    middle = between(tokens, first, second)
    if [token.text for token in middle] == ["."] and all(token.kind != "word" for token in tokens):
        return True  # "8. 10."
    return all(_separates(token) for token in middle)


def _separates(token: Token) -> bool:
    if token.text in ("еще", "раз", "also"):
        return True
    if token.kind == "word":
        return bool(token.senses & _LIST_WORDS) and not token.senses & {"correct", "compare", "minus"}
    return token.text in _LISTED or token.kind == "line" or token.text in "+" or ord(token.text[0]) > 0x2100


def by_subject(tokens: Sequence[Token], first: int, second: int) -> bool:
    """`качество 8, вежливость 10`: each of the two marks has a subject of its own."""
    middle = [word for word in tokens[first + 1 : second] if _is_subject(word)]
    around = [word for word in (*tokens[:first], *tokens[second + 1 :]) if _is_subject(word)]
    if _parallel(tokens, first, second):
        return True
    labels = sum(token.role == "label" for token in tokens)
    second_named = any(token.role == "label" and token.value == 2 for token in tokens[first + 1 : second])
    unclear = any(
        token.senses & {"time", "wished", "compare", "if"} and "subject" not in token.senses
        for token in tokens[:second]
    )
    one_more = len(middle) + len(around) > 1 or bool("rate" in tokens[first - 1].senses and first)
    return labels == 2 or second_named or (not unclear and bool(middle) and one_more)


def _parallel(tokens: Sequence[Token], first: int, second: int) -> bool:
    """`за быстроту 10, за чистоту 9`."""
    heads = [tokens[at - 2].text if at > 1 else "" for at in (first, second)]
    return heads[0] == heads[1] == "за" and all(tokens[at - 1].kind == "word" for at in (first, second))


def _is_subject(word: Token) -> bool:
    if word.kind != "word" or len(word.text) < 3:
        return False
    if word.raw.istitle() and not word.senses:
        return True
    return "subject" in word.senses or (not word.senses and not word.text.endswith(_VERB_ENDS))
