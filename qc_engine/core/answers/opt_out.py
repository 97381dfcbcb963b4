"""Does the client ask to be left alone? Missing it is not acceptable, so the word lists are generous."""

from collections.abc import Sequence

from qc_engine.core.answers.opt_out_phrases import WISHES
from qc_engine.core.answers.opt_out_words import SENSES
from qc_engine.core.answers.phrases import Phrases
from qc_engine.core.answers.spelling import one_slip_apart, other_layout
from qc_engine.core.answers.tokens import Token, words, words_of

_writes_back = Phrases(
    SENSES,
    {
        "writes_back": """
        отписался|отписалась|отпишусь
        отпишите|отпиши мне|нам когда|как|если|по|что
        """
    },
)
_stopped_short = Phrases(
    SENSES,
    {
        "slip": """
        ошибся|ошиблась|опечатка|опечатался|попутал|перепутал|перепутала
        не то|так|туда нажал*|поставил*|написал*
        """
    },
)
_wishes = Phrases(SENSES, WISHES)
_false_alarms = Phrases(
    SENSES,
    {
        "false_alarm": """
        don't|dont|not hesitate|forget|worry
        stop by
        сообщений|смс ~ @not было|пришло|получал*
        """
    },
)
_OTHER_LAYOUT = words("стоп stop отпишите тоқта")
_KEYS = words("отписаться отстаньте unsubscribe жазбаныз токтатыныз мазаламаныз жибермениз прекратите")
_FEW = 6


def wants_to_be_left_alone(tokens: Sequence[Token]) -> str:
    """The rule by which the client opted out, or an empty string."""
    if _stop_misspelled(tokens):
        return "stop"
    rules = (rule for rule in _wishes.find_all(tokens) if not _taken_back(rule, tokens))
    return next(rules, "") or ("wrong_person" if _denies_a_name(tokens) else "")


def _taken_back(rule: str, tokens: Sequence[Token]) -> bool:
    if rule == "unsubscribe" and _writes_back.find(tokens):
        return True
    if rule == "stop":
        return bool(_stopped_short.find(tokens))
    return rule in ("do_not_write", "refusal") and bool(_false_alarms.find(tokens))


def _stop_misspelled(tokens: Sequence[Token]) -> bool:
    """`cnjg` and `ыещз` (the keyboard was not switched), `С Т О П`, `отпишете`, `жазбаныс`."""
    said = words_of(list(tokens))
    if not 0 < len(said) <= _FEW:
        return False
    if "".join(word.text for word in said) in ("стоп", "stop"):
        return True
    switched = len(said) <= 3 and any(other_layout(word.raw.lower()) in _OTHER_LAYOUT for word in said)
    return switched or any(
        one_slip_apart(word.text, key) for word in said for key in _KEYS if len(word.text) > 5
    )


def _denies_a_name(tokens: Sequence[Token]) -> bool:
    """True for "Я не Асель", "I'm not John", "мен Асель емеспін": the name is known by its capital letter."""
    return any(_denied(tokens, at) for at in range(len(tokens)))


def _denied(tokens: Sequence[Token], at: int) -> bool:
    name = tokens[at]
    if name.kind != "word" or not name.raw.istitle() or at == 0 or len(name.raw) < 3:
        return False
    before = [token.text for token in tokens[max(at - 3, 0) : at]]
    after = tokens[at + 1].text if at + 1 < len(tokens) else "."
    if after.startswith("емес") and before[-1] in ("мен", "бул"):
        return True
    ends = not after[0].isalpha()
    return ends and (
        before[-2:] in (["я", "не"], ["это", "не"], ["am", "not"], ["is", "not"])
        or before[-2:] == ["i'm", "not"]
    )
