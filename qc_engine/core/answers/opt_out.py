"""Does the client ask to be left alone? Missing it is not acceptable, so the word lists are generous."""

import re
from collections.abc import Sequence
from itertools import pairwise

from qc_engine.core.answers.opt_out_false import FALSE_ALARMS
from qc_engine.core.answers.opt_out_foreign import FOREIGN
from qc_engine.core.answers.opt_out_phrases import RUSSIAN
from qc_engine.core.answers.opt_out_words import SENSES
from qc_engine.core.answers.phrases import Phrases
from qc_engine.core.answers.spelling import one_slip_apart, other_layout
from qc_engine.core.answers.tokens import Token, words, words_of

_wishes = Phrases(SENSES, {rule: RUSSIAN.get(rule, "") + FOREIGN.get(rule, "") for rule in RUSSIAN})
_false_alarms = Phrases(SENSES, FALSE_ALARMS)
_threats = Phrases(
    SENSES,
    {
        "go_away": """
        ещё|еще|снова раз|одно|один ~ позвон*|сообщени*|смс ... суд|жалоб*|жалуюсь|пожалуюсь|полици*
        ещё|еще|снова раз|одно|один ~ напиш*|пришл* ... суд|жалоб*|жалуюсь|пожалуюсь|полици*
        ещё|еще|снова раз|одно|один ~ напиш*|пришл*|позвон*|сообщени*|смс ... прокур*|заблок*|бан|чс|заявлени*
        если ещё|еще|снова ... напиш*|пришл* ... суд|жалоб*|полици*|прокур*|заблок*|бан|чс|заявлени*
        """
    },
)
_OTHER_LAYOUT = words("стоп stop отпишите тоқта")
_KEYS = words("отписаться отстаньте unsubscribe жазбаныз токтатыныз мазаламаныз жибермениз прекратите")
_STOP = re.compile(r"(?:с+т+о+п+)+|(?:s+t+o+p+)+|отпишитесь|спот|сотп|стпо|stpo|sotp")
_FEW = 6


def wants_to_be_left_alone(tokens: Sequence[Token]) -> str:
    """The rule by which the client opted out, or an empty string."""
    if _stop_misspelled(tokens):
        return "stop"
    rules = (rule for rule in _wishes.find_all(tokens) if not _taken_back(rule, tokens))
    heard = next(rules, "") or _threats.find(words_of(list(tokens)))
    return heard or ("wrong_person" if _denies_a_name(tokens) else "")


def _taken_back(rule: str, tokens: Sequence[Token]) -> bool:
    if rule == "curse":
        return _beside_a_mark(tokens)
    if rule == "stop" and (_wonders(tokens) or _asks_to_put(tokens)):
        return True
    return rule in _false_alarms.find_all(tokens)


def _wonders(tokens: Sequence[Token]) -> bool:
    """`Стоп, а какая шкала?`, `стоп, я же ещё не забрал машину`: the word only halts the talk."""
    places = [at for at, token in enumerate(tokens[:-2]) if token.text in ("стоп", "stop")]
    if len(places) != 1 or tokens[places[0] + 1].text != ",":
        return False
    after = [token.text for token in tokens[places[0] + 2 : places[0] + 4]]
    return tokens[-1].text == "?" or after == ["я", "же"]


def _asks_to_put(tokens: Sequence[Token]) -> bool:
    """`10 қойыңыз` asks for a mark; without a number the same word means "leave it"."""
    return any(first.kind == "number" and second.text.startswith("кой") for first, second in pairwise(tokens))


def _beside_a_mark(tokens: Sequence[Token]) -> bool:
    """`10 нах, красавцы`: the curse only lends weight to the mark."""
    return any({first.kind, second.kind} == {"number", "word"} for first, second in pairwise(tokens))


def _stop_misspelled(tokens: Sequence[Token]) -> bool:
    """`cnjg` and `ыещз` (the keyboard was not switched), `С Т О П`, `отпишете`, `жазбаныс`."""
    said = words_of(list(tokens))
    if not 0 < len(said) <= _FEW:
        return False
    if _STOP.fullmatch("".join(word.text for word in said)):
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
    if before[-2:] in (["нет", "никакого"], ["нет", "никакой"], ["нету", "никакого"], ["нет", "такого"]):
        return True  # "тут нет никакого Сергея"
    after = tokens[at + 1].text if at + 1 < len(tokens) else "."
    if before[-1] == "no" and after == "here":
        return True  # "no John here"
    if before[-2:] == ["номер", "не"] or before[-1] in ("isn't", "isnt", "ain't"):
        return True
    if after.startswith("емес") and before[-1] in ("мен", "бул"):
        return True
    ends = not after[0].isalpha()
    return ends and (
        before[-2:] in (["я", "не"], ["это", "не"], ["am", "not"], ["is", "not"])
        or before[-2:] == ["i'm", "not"]
    )
