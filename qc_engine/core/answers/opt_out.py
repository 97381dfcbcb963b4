"""Does the client ask to be left alone? Missing it is not acceptable, so the word lists are generous."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from qc_engine.core.answers.near_words import NearWords
from qc_engine.core.answers.opt_out_false import FALSE_ALARMS
from qc_engine.core.answers.opt_out_foreign import FOREIGN
from qc_engine.core.answers.opt_out_frames import FRAMES
from qc_engine.core.answers.opt_out_frames import SENSES as FRAME_SENSES
from qc_engine.core.answers.opt_out_kazakh import KAZAKH
from qc_engine.core.answers.opt_out_kazakh import SENSES as KAZAKH_SENSES
from qc_engine.core.answers.opt_out_names import denies_a_name
from qc_engine.core.answers.opt_out_phrases import RUSSIAN
from qc_engine.core.answers.opt_out_saying_words import SENSES as SAID_SENSES
from qc_engine.core.answers.opt_out_sayings import SAYINGS
from qc_engine.core.answers.opt_out_words import SENSES
from qc_engine.core.answers.phrases import Phrases
from qc_engine.core.answers.senses import WORDS
from qc_engine.core.answers.spelling import plain
from qc_engine.core.answers.tokens import Token, words, words_of

_TABLES = (RUSSIAN, FOREIGN, FRAMES, SAYINGS, KAZAKH)
_MEANINGS = (SENSES, FRAME_SENSES, SAID_SENSES, KAZAKH_SENSES)


def _joined(tables: Sequence[Mapping[str, str]], names: Iterable[str]) -> dict[str, str]:
    """One table of several: what stands under a name in each of them, one after the other."""
    return {name: "\n".join(table.get(name, "") for table in tables) for name in names}


_wishes = Phrases(_joined(_MEANINGS, {name for one in _MEANINGS for name in one}), _joined(_TABLES, RUSSIAN))
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
_STOP = re.compile(r"(?:с+т+о+п+)+|(?:s+t+o+p+)+|отпишитесь|спот|сотп|стпо|stpo|sotp")
_FEW = 6
_SHORT = 12  # words; in a longer message an unknown word is a word of its own
_TWO_WORDS, _LONGEST_WORD, _MOST_PARTS = 7, 30, 4  # letters, letters, words
_LONG_ENOUGH = 6  # letters; shorter words are one letter away from too many others
_SLIPS = NearWords(lambda: (word for word in _wishes.lexicon.whole_words() if len(word) >= _LONG_ENOUGH))
_NOT_SLIPS = words(SENSES["not_slips"])
_GLUED = re.compile(r"^(не|ни|нэ|ne|ni)(.{4,})$")


def wants_to_be_left_alone(tokens: Sequence[Token]) -> str:
    """The rule by which the client opted out, or an empty string."""
    if _stop_misspelled(tokens):
        return "stop"
    tokens = _as_meant(tokens)
    rules = (rule.rstrip("?") for rule in _wishes.find_all(tokens) if not _taken_back(rule, tokens))
    heard = next(rules, "") or _threats.find(words_of(list(tokens)))
    return heard or ("wrong_person" if denies_a_name(tokens) else "")


def _taken_back(rule: str, tokens: Sequence[Token]) -> bool:
    if rule == "refusal" and _refuses_a_mark(tokens):
        return True
    if rule == "curse":
        return _beside_a_mark(tokens)
    if rule.endswith("?") and _answers(tokens):
        return True
    if rule == "stop" and (_wonders(tokens) or _asks_to_put(tokens)):
        return True
    return rule in _false_alarms.find_all(tokens)


def _refuses_a_mark(tokens: Sequence[Token]) -> bool:
    """`не буду ставить 10, ставлю 8`: only that mark is refused."""
    return any(
        first.text in ("ставить", "поставить", "давать", "дать") and second.kind == "number"
        for first, second in pairwise(tokens)
    )


def _wonders(tokens: Sequence[Token]) -> bool:
    """`Стоп, а какая шкала?`, `стоп, я же ещё не забрал машину`: the word only halts the talk."""
    places = [at for at, token in enumerate(tokens[:-2]) if token.text in ("стоп", "stop")]
    if len(places) != 1 or tokens[places[0] + 1].text not in (",", "!", "."):
        return False
    after = [token.text for token in tokens[places[0] + 2 : places[0] + 4]]
    return tokens[-1].text == "?" or after in (["я", "же"], ["я", "еще"])


def _answers(tokens: Sequence[Token]) -> bool:
    """True beside a number or praise: `ничего больше не нужно, всё идеально, 10`."""
    return any(token.kind == "number" or "praise" in WORDS.senses(token.text) for token in tokens)


def _asks_to_put(tokens: Sequence[Token]) -> bool:
    """`10 қойыңыз` asks for a mark; without a number the same word means "leave it"."""
    return any(
        {first.kind, second.kind} == {"number", "word"} and f"{first.text} {second.text}".count("кой") == 1
        for first, second in pairwise(tokens)
    )


def _beside_a_mark(tokens: Sequence[Token]) -> bool:
    """`10 нах, красавцы`: the curse only lends weight to the mark."""
    return any({first.kind, second.kind} == {"number", "word"} for first, second in pairwise(tokens))


def _stop_misspelled(tokens: Sequence[Token]) -> bool:
    """`стооп`, `стоп стоп`, `спот`."""
    said = words_of(list(tokens))
    return 0 < len(said) <= _FEW and bool(_STOP.fullmatch("".join(word.text for word in said)))


def _as_meant(tokens: Sequence[Token]) -> list[Token]:
    """The words as they were meant: `непишите` is two, `отпешите` and `жазбаныс` are slips of the hand."""
    short = sum(token.kind == "word" for token in tokens) <= _SHORT
    meant: list[Token] = []
    for token in tokens:
        meant.extend(_word_as_meant(token, short) if token.kind == "word" else (token,))
    return meant


def _word_as_meant(token: Token, short: bool) -> Iterable[Token]:
    if _knows(token.text):
        return (token,)
    glued = _GLUED.match(token.text)
    parts = _unglued(token.text) if short else []
    if parts:
        return [replace(token, text=part, spaced=True) for part in parts]
    if glued and _wishes.lexicon.senses(glued[2]) & {"write", "contact_en", "will_not"}:
        return (replace(token, text="не"), replace(token, text=glued[2], spaced=True))
    if short and len(token.text) >= _LONG_ENOUGH - 1 and token.text not in _NOT_SLIPS:
        near = [word for word in _SLIPS.nearest(token.text) if _is_likely(token.text, word)]
        same_length = [word for word in near if len(word) == len(token.text)]
        return (replace(token, text=(same_length or near)[0]),) if near else (token,)
    return (token,)


def _is_likely(word: str, meant: str) -> bool:
    """A wrong letter makes another short word (`отдали`, `отвали`); a lost or swapped one hardly does."""
    return len(meant) > _LONG_ENOUGH or len(word) != len(meant) or sorted(word) == sorted(meant)


def _unglued(word: str) -> list[str]:
    """`непишитемне` in words, the longest first; nothing when some of it is no word about messages."""
    if not _TWO_WORDS <= len(word) <= _LONGEST_WORD:
        return []
    ways: list[list[str]] = [[], *([] for _ in word)]
    for end in range(2, len(word) + 1):
        for start in range(end - 1):
            if (start == 0 or ways[start]) and _is_a_part(word[start:end]):
                ways[end] = [*ways[start], word[start:end]]
                break
    found = ways[-1]
    weighty = any(_wishes.lexicon.senses(part) - {"soft"} and len(part) > 3 for part in found)
    return found if weighty and 1 < len(found) <= _MOST_PARTS else []


def _is_a_part(word: str) -> bool:
    return _wishes.lexicon.holds_whole(word) or (len(word) >= _LONG_ENOUGH and _wishes.lexicon.holds(word))


def _knows(word: str) -> bool:
    return bool(_wishes.lexicon.senses(word) or WORDS.senses(word))


def speaks_of_messages(word: str) -> bool:
    """Is it a word in which people ask to be left alone?"""
    return _wishes.lexicon.holds(plain(word))
