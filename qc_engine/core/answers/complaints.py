"""Do the words beside a mark complain? `9, но мастер нахамил` is a good mark that the head should see.

A complaint is a word of blame that is not taken back in its own clause (`недорого`, `ждать не пришлось`,
`без очереди`, `починили сломанный датчик`, `простите, что долго не отвечал`), or a phrase of its own
(`больше не приеду`, `цены кусаются`), or a `но` that denies something.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from qc_engine.core.answers.complaint_words import PHRASES, WORDS
from qc_engine.core.answers.lexicon import Lexicon, Senses
from qc_engine.core.answers.phrases import Phrases
from qc_engine.core.answers.tokens import Token

_THEMES: Senses = frozenset(("people", "waiting", "price", "work", "order", "deceit", "general"))
_BROKEN: Senses = frozenset(("work", "general"))
_lexicon = Lexicon(WORDS)
_phrases = Phrases(WORDS, {name: text for name, text in PHRASES.items() if name != "not_a_complaint"})
_harmless = Phrases(WORDS, {"harmless": PHRASES["not_a_complaint"]})
_BUTS = ("но", "однако", "хотя", "бирак", "but", "though", "although")
_SAYS_SOMETHING = 3  # words, the "но" among them
_FEW_MINUTES = 10
_NOT_MEANT = (
    "жале",
    "страш",
    "критич",
    "важн",
    "беда",
    "буду",
    "успел",
    "смог",
    "помн",
    "зна",
    "нужн",
    "сразу",
    "приеду",
    "заеду",
    "вс",
)

Word = tuple[Token, Senses]


def complains(tokens: Sequence[Token]) -> bool:
    """True when the words of the message blame people, waiting, price or work."""
    if _harmless.find(tokens):
        return False
    clauses = [clause for clause in _clauses(tokens) if clause]
    sorry = any("own" in senses for clause in clauses for _, senses in clause)
    if any(_blames(clause, at, sorry) for clause in clauses for at in range(len(clause))):
        return True
    said = [token for token in tokens if token.kind != "number"]
    return (not sorry and bool(_phrases.find(said))) or any(_denies(clause) for clause in clauses)


def _clauses(tokens: Sequence[Token]) -> Iterable[list[Word]]:
    """The words between signs; `но` opens a clause of its own; numbers stay, they divide nothing."""
    clause: list[Word] = []
    for token in tokens:
        senses = _lexicon.senses(token.text) if token.kind == "word" else frozenset[str]()
        if token.kind in ("sign", "line") or "but" in senses:
            yield clause
            clause = []
        if token.kind in ("word", "number"):
            clause.append((token, senses))
    yield clause


def _blames(clause: list[Word], at: int, sorry: bool) -> bool:
    themes = clause[at][1] & _THEMES
    if not themes or _taken_back(clause, at) or _of_others(clause):
        return False
    if "waiting" in themes and (sorry or _own(clause, at) or _short_wait(clause, at)):
        return False
    return not (themes <= _BROKEN and _repaired(clause))


def _taken_back(clause: list[Word], at: int) -> bool:
    if any("not" in senses for _, senses in clause[max(at - 3, 0) : at]):
        return True
    after = [senses for _, senses in clause[at + 1 : at + 4]]
    if any("took_away" in senses for senses in after[:2]):
        return True
    return any("not" in first and "nothing_found" in then for first, then in pairwise(after))


def _of_others(clause: list[Word]) -> bool:
    return any("others" in senses for _, senses in clause)


def _own(clause: list[Word], at: int) -> bool:
    """`я опоздал`; but `я ждал` is about the others."""
    late = clause[at][0].text.startswith(("опозд", "late", "кешік", "кешик"))
    return late and any("me" in senses for _, senses in clause[max(at - 2, 0) : at + 2])


def _short_wait(clause: list[Word], at: int) -> bool:
    near = [word for word, _ in clause[max(at - 3, 0) : at + 4]]
    minutes = any(word.text.startswith(("мин", "min")) for word in near)
    few = any(word.kind == "number" and word.value <= _FEW_MINUTES for word in near)
    return minutes and few


def _repaired(clause: list[Word]) -> bool:
    return any(
        "repair" in senses and not (at and "not" in clause[at - 1][1])
        for at, (_, senses) in enumerate(clause)
    )


def _denies(clause: list[Word]) -> bool:
    """`но скидку не дали`; not `но это не страшно`, `но я не спешил`, `но двигалась быстро`."""
    if clause[0][0].text not in _BUTS or len(clause) < _SAYS_SOMETHING:
        return False
    own = any("me" in senses for _, senses in clause)
    pleased = any(
        word.senses & {"praise", "view", "thanks"} or word.text.startswith(_NOT_MEANT) for word, _ in clause
    )
    return not (own or pleased or _repaired(clause) or any(senses & _THEMES for _, senses in clause))
