"""Praise and fury beside a mark: do the words and the number say the same?"""

from collections.abc import Sequence
from decimal import Decimal

from qc_engine.core.answers.reading import Scale
from qc_engine.core.answers.tokens import Token

_HAPPY = frozenset("👍🔥❤💯😍🥰🤩💪👏🏆🎉💖💕♥😘👌🥇")
_ANGRY = frozenset("😡🤬👎😠💩🤮🤡🖕😤🙄😒🤢")


def contradicts(tokens: Sequence[Token], score: Decimal, scale: Scale) -> bool:
    """True when praise stands with a very low mark or a school five, or fury with a very high one."""
    good, bad, furious = _praised(tokens), _blamed(tokens), _furious(tokens)
    if score >= _near_top(scale):
        return (furious and not good) or _thanks_for_harm(tokens)
    if score <= _near_bottom(scale):
        return good and not bad
    return scale.highest > 5 and 3 <= score <= 5 and good and not bad


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
    return any("fury" in token.senses and not _negated(tokens, at) for at, token in enumerate(tokens))


def _never_again(tokens: Sequence[Token]) -> bool:
    never = any("lost" in token.senses for token in tokens)
    words = {token.text for token in tokens}
    if {"хуже", "не"} <= words:
        return True
    return never and any(token.text.startswith(("при", "обр", "бол", "com", "go")) for token in tokens)


def _negated(tokens: Sequence[Token], at: int) -> bool:
    before = tokens[max(at - 2, 0) : at]
    after = tokens[at + 1 : at + 2]
    return any("not" in token.senses or token.text in ("без", "мало") for token in before) or any(
        token.text == "емес" for token in after
    )


def _thanks_for_harm(tokens: Sequence[Token]) -> bool:
    """`10 за хамство`, `спасибо за испорченный диск, 10`."""
    if any(word.senses & {"minus", "but", "not"} for word in tokens):
        return False
    places = [at for at, token in enumerate(tokens) if token.text in ("за", "что", "for")]
    return any("harm" in after.senses for at in places for after in tokens[at + 1 : at + 5])
