"""May the number be a mark after the words that stand before it?"""

import re

from qc_engine.core.answers.names import NAMES
from qc_engine.core.answers.nearby import content, near, neighbours
from qc_engine.core.answers.tokens import Token, words, words_of

_GOOD_LEFT = words(
    """
    score rate label view praise blame fury but and both or correct subject on if would wished pick
    between minus plus thanks time from question same yes_no said
    """
)
_VISIT = words(
    "subject label rate score praise blame fury view thanks both scale_of upto from of question with"
)
_NEUTRAL = words("там тут здесь все всё всем пока только толык бари барине барлыгы ровно out даже сегодня")
COUNTED = re.compile(r"(?:ов|ев|ей|ек|ок|ия|ий|ами|ах|ых|их)$")
PREPOSITIONS = words("в к до после через под у при о перед at in by after before until")
_BEFORE_A_THING = PREPOSITIONS | {"на"}
_NOUNS = words("окно масло кресло радио вино зерно полотно пятно звено место видео колесо неделю кино")
_TOOK = ("ли", "ла", "ал", "ил", "ел", "ыл", "ил", "ул")  # what was taken, changed, bought may be counted
_ADJECTIVES = ("ая", "яя", "ую", "юю", "ой", "ей")
_THIS = words("еще этот тот прошлый последний крайний сей")
_DONE = (
    "сдела", "отработ", "сработ", "обслуж", "выполн", "справ", "постара", "помог", "отбаланс", "почин",
    "поменял", "замен", "переобул", "установ", "поставил",
)  # fmt: skip
_FEW_WORDS = 5


def left_allows(token: Token, left: Token | None, right: Token | None, tokens: list[Token], at: int) -> bool:
    """True when the words before speak of a mark, or say nothing against it."""
    before = neighbours(tokens, at, -1)
    if _said_of_this_visit(before):
        return True
    if (
        left is not None
        and "counting" in left.senses
        and any(word.role == "unit" for word in tokens[max(at - 3, 0) : at])
    ):
        return True  # "30 минут ждал, 7": what was waited for is already counted
    if left is not None and right is None and token.form == "noun" and left.text not in _BEFORE_A_THING:
        return not left.senses & {"counting", "place"}  # "не докрутили, единица вам"
    if left is not None and (_almost_given(tokens, at, left) or _done_for(tokens, at, left)):
        return True
    if (
        left is None
        or _in_a_clause_of_opinion(tokens, at)
        or (left.senses & _GOOD_LEFT - {"blame"} and not left.senses & {"counting"})
    ):
        return True
    if any("label" in word.senses for word in before):
        return True
    if right is None and 1 < len(before) < 5 and before[-1].text in ("за", "for") and not left.senses:
        return True  # "за сезонную переобувку 10"
    if (left.senses & {"counting", "unit"} and left.role != "unit") or left.text in PREPOSITIONS:
        return False
    if "compare" in left.senses or "not" in left.senses or left.senses & {"blame"}:
        return True
    return (
        left.role == "unit"
        or _tells_how(left)
        or _clause_speaks_of_the_visit(tokens, at)
        or (right is None and _describes(token, left))
        or (right is None and _closes_the_reply(tokens, at, left))
    )


def _said_of_this_visit(before: list[Token]) -> bool:
    """`от нас 10`, `девять и ещё раз девять`, `в этот раз 8`."""
    if len(before) == 2 and before[1].text == "от" and before[0].role != "unit":
        return True
    return len(before) > 1 and before[0].text in ("раз", "визит") and before[1].text in _THIS


def has_cue(tokens: list[Token], at: int) -> bool:
    """True beside a word that only goes with a mark: `балл`, `ставлю`, `оценка`."""
    before, after = near(tokens, at, -1), near(tokens, at, 1)
    if after is not None and after.senses & {"score"} and after.kind == "word":
        return True
    if after is not None and "rate" in after.senses:
        return True
    if before is not None and before.text in (":", "-", "=", "на"):
        before = near(tokens, at, -2) if before.text != "на" or near(tokens, at, -2) else before
    said = content(neighbours(tokens, at, -1))
    words = (word for word in (before, said) if word is not None and word.kind == "word")
    return any(word.senses & {"rate", "label", "score"} for word in words)


def _almost_given(tokens: list[Token], at: int, left: Token) -> bool:
    """`было бы 10`, `ближе к 7`, `долго ждали 6`: a mark in spite of the word beside it."""
    words = neighbours(tokens, at, -1)[:3]
    wish = left.text.startswith(("был", "дал")) and any("would" in word.senses for word in words)
    nearer = left.text == "к" and any(word.text == "ближе" for word in words)
    if left.text.startswith("был") and words[0].text == "на":
        return True
    return (
        wish
        or nearer
        or ("counting" in left.senses and any(word.text in ("долго", "long", "узак") for word in words))
    )


def _in_a_clause_of_opinion(tokens: list[Token], at: int) -> bool:
    """`я думаю что десять`, `сделали хорошо, так что 8`."""
    before, earlier = near(tokens, at, -1), near(tokens, at, -2)
    if before is None or earlier is None or before.text != "что":
        return False
    return "hedge" in earlier.senses or earlier.text in ("так", "потому")


def _describes(token: Token, left: Token) -> bool:
    """`дефолтная семёрка`: an adjective before a mark that is a noun."""
    return token.form == "noun" and left.text.endswith(_ADJECTIVES)


def _done_for(tokens: list[Token], at: int, left: Token) -> bool:
    """`сделали на 9`; but `записан на 10`, `опоздали на 5`."""
    before = [word.text for word in neighbours(tokens, at, -1)[:3]]
    on = "на" in before[: 2 if tokens[at].form == "noun" else 1]
    return on and any(word.startswith(_DONE) for word in (left.text, *before))


def _closes_the_reply(tokens: list[Token], at: int, left: Token) -> bool:
    """`лови 10`, `без претензий 9`: the only number, at the end; the word before counts and names nothing."""
    before = neighbours(tokens, at, -1)
    alone = sum(token.kind == "number" and not token.role for token in tokens) == 1
    if not alone or tokens[at].value > 10 or len(before) > _FEW_WORDS or left.text in _NOUNS:
        return False
    without = len(before) > 1 and before[before.index(left) + 1 :][:1] and before[-1].text == "без"
    counted = len(left.text) > 4 and COUNTED.search(left.text) and not without
    foreign = left.raw.isascii() and any(not word.raw.isascii() for word in words_of(tokens))
    return not (counted or foreign or left.senses or left.text.endswith(_TOOK) or _is_a_name(tokens, left))


def _is_a_name(tokens: list[Token], word: Token) -> bool:
    """`Асхат 9`, but not `Изи 9`: a capital letter inside a message, or a name that people bear."""
    return word.raw.istitle() and (tokens[0] is not word or word.text in NAMES)


def _tells_how(left: Token) -> bool:
    """`говорю 10`, `железно 10`: a verb of the speaker or an adverb; a noun would make the number a count."""
    known = left.senses or left.text in _NOUNS
    return not known and len(left.text) > 4 and left.text.endswith(("ю", "но", "во", "до", "ly"))


def _clause_speaks_of_the_visit(tokens: list[Token], at: int) -> bool:
    """`Мастер Сергей 9` and `Ербол 10, Марат 8`, but not `скидка 5`: an unknown word needs company."""
    if any(word.senses & _VISIT or word.text in _NEUTRAL for word in neighbours(tokens, at, -1)):
        return True
    others = [place for place, other in enumerate(tokens) if other.kind == "number" and not other.role]
    return len(others) > 1 and not any(
        tokens[place].marks & {"scored"} or has_cue(tokens, place) for place in others
    )
