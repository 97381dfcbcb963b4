"""Praise and fury beside a mark: do the words and the number say the same?"""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from qc_engine.core.answers.phrases import Phrases
from qc_engine.core.answers.reading import Scale
from qc_engine.core.answers.tokens import Token, words

_MOCKERY = Phrases(
    {"soft": "ну и да вам а же"},
    {
        "mockery": """
        ага щас|щаз|сейчас|конечно|прям
        щаз|размечтал*|разбежал*
        держи|держите ~ карман
        как же
        """
    },
)
_VERDICTS = words("плохо плохой плохая плохие паршиво хреново нашар жаман bad poor terrible awful")
_HAPPY = frozenset("👍🔥❤💯😍🥰🤩💪👏🏆🎉💖💕♥😘👌🥇")
_ANGRY = frozenset("😡🤬👎😠💩🤮🤡🖕😤🙄😒🤢")


def contradicts(tokens: Sequence[Token], score: Decimal, scale: Scale) -> bool:
    """True when praise stands with a very low mark or a school five, or fury with a very high one."""
    good, bad, furious = _praised(tokens), _blamed(tokens), _furious(tokens)
    if score >= _near_top(scale):
        return (
            _only_blames(tokens)
            or (furious and not good and not _concedes(tokens))
            or _thanks_for_harm(tokens)
            or _mocks(tokens)
        )
    if score <= _near_bottom(scale):
        return good and not bad
    return scale.highest > 5 and 3 <= score <= 5 and good and not bad


def _only_blames(tokens: Sequence[Token]) -> bool:
    """`плохо, 10`: nothing but a verdict and a mark that denies it."""
    said = [token.text for token in tokens if token.kind == "word" and "filler" not in token.senses]
    said = [word for word in said if word != "очень"]
    return bool(said) and all(word in _VERDICTS for word in said)


def _concedes(tokens: Sequence[Token]) -> bool:
    """`9, но очередь ужас`: the client weighed one thing against the other."""
    contrast = any((first.text, second.text) == ("а", "вот") for first, second in pairwise(tokens))
    return contrast or any("but" in token.senses and token.text not in ("а", "жалко") for token in tokens)


def _mocks(tokens: Sequence[Token]) -> bool:
    """`ага, щас, десять`, `десять, ждите`, `держите карман шире`."""
    said = [token.text for token in tokens if token.kind == "word"]
    return bool(_MOCKERY.find(tokens)) or said[-1:] in (["ждите"], ["жди"], ["мечтайте"], ["щас"], ["щаз"])


def _near_top(scale: Scale) -> Decimal:
    return scale.highest - Decimal(scale.highest - scale.lowest) / 4


def _near_bottom(scale: Scale) -> Decimal:
    return scale.lowest + Decimal(scale.highest - scale.lowest) / 8


def _praised(tokens: Sequence[Token]) -> bool:
    if any(token.text in _HAPPY for token in tokens):
        return True
    return any("praise" in token.senses and not _negated(tokens, at) for at, token in enumerate(tokens))


def _blamed(tokens: Sequence[Token]) -> bool:
    words = any(token.senses & {"blame", "fury", "but"} for token in tokens)
    negated = any("praise" in token.senses and _negated(tokens, at) for at, token in enumerate(tokens))
    return words or negated or any(token.text in _ANGRY for token in tokens)


def _furious(tokens: Sequence[Token]) -> bool:
    if any(token.text in _ANGRY for token in tokens) or _never_again(tokens):
        return True
    return any(
        "fury" in token.senses
        and "praise" not in token.senses
        and not _negated(tokens, at)
        and not _intensifies(tokens, at)
        for at, token in enumerate(tokens)
    )


def _intensifies(tokens: Sequence[Token], at: int) -> bool:
    """`ужас как быстро`, `жесть какие молодцы`: a strong word that lends its strength to praise."""
    said = [token for token in tokens[at + 1 : at + 4] if token.kind == "word"]
    return (
        bool(said)
        and said[0].text.startswith("как")
        and any(word.senses & {"praise", "view"} for word in said)
    )


def _never_again(tokens: Sequence[Token]) -> bool:
    never = any("lost" in token.senses for token in tokens)
    if _saw_no_worse(tokens):
        return True
    return never and any(token.text.startswith(("при", "обр", "бол", "com", "go")) for token in tokens)


def _saw_no_worse(tokens: Sequence[Token]) -> bool:
    """`хуже сервиса не видел`; but `не хуже дилера` is praise."""
    worse = next((at for at, token in enumerate(tokens) if token.text == "хуже"), len(tokens))
    return any(
        first.text == "не" and second.text.startswith(("вид", "встреч", "быва", "помн", "зна", "приду"))
        for first, second in pairwise(tokens[worse:])
    )


def _negated(tokens: Sequence[Token], at: int) -> bool:
    before = tokens[max(at - 2, 0) : at]
    after = tokens[at + 1 : at + 2]
    return any("not" in token.senses or token.text in ("без", "мало") for token in before) or any(
        token.text == "емес" for token in after
    )


def _thanks_for_harm(tokens: Sequence[Token]) -> bool:
    """`10 за хамство`, `спасибо за испорченный диск, 10`; but `9- за ожидание` says what was missing."""
    sorry = any(word.text.startswith(("извин", "прост", "sorry", "кешир")) for word in tokens)
    without = any(word.text in ("вычетом", "исключением", "кроме") for word in tokens)
    lowered = any(a.kind == "number" and b.text == "-" and not b.spaced for a, b in pairwise(tokens))
    if sorry or without or lowered or any(word.senses & {"minus", "but", "not"} for word in tokens):
        return False
    places = [at for at, token in enumerate(tokens) if token.text in ("за", "что", "for")]
    return any("harm" in after.senses for at in places for after in tokens[at + 1 : at + 5])
