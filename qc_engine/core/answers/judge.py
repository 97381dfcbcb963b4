"""Chooses among the numbers that may be marks; the first rule that applies decides, and doubt is UNCLEAR."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from qc_engine.core.answers.both import for_both_questions
from qc_engine.core.answers.context import is_mark
from qc_engine.core.answers.corrections import corrected_from, granted_from
from qc_engine.core.answers.emphasis import is_arithmetic, is_negative, is_school_mark
from qc_engine.core.answers.evidence import clear_marks
from qc_engine.core.answers.extremes import named_end
from qc_engine.core.answers.labels import in_order
from qc_engine.core.answers.limits import is_compared, is_conditional
from qc_engine.core.answers.mood import contradicts
from qc_engine.core.answers.picks import picked_from
from qc_engine.core.answers.questions import asked, asks_only
from qc_engine.core.answers.reading import Kind, Scale
from qc_engine.core.answers.relations import by_subject, is_listed, is_range
from qc_engine.core.answers.tokens import Token


@dataclass(frozen=True)
class Verdict:
    """What the numbers say, by which rule, and where the first of them stands."""

    kind: Kind
    rule: str
    scores: tuple[Decimal, ...] = ()
    first: int = 0


def judge(tokens: list[Token], scale: Scale, other_scale: bool) -> Verdict:
    """What a message without a wish to be left alone says about the score."""
    if other_scale:
        return unclear("other_scale")
    kazakh = any(
        "kazakh" in token.senses or (token.marks >= {"kk", "spelled"} and token.form != "strict")
        for token in tokens
    )
    places = [at for at, token in enumerate(tokens) if token.kind == "number" and not token.role]
    marks = [at for at in places if is_mark(tokens, at, kazakh)]
    if not marks:
        return _without_number(tokens, scale, bool(places))
    if any(asked(tokens, at) for at in marks):
        marks = [at for at in marks if not asked(tokens, at)]
        return _chosen(tokens, marks, scale) if marks else unclear("question")
    return _chosen(tokens, marks, scale)


def unclear(rule: str) -> Verdict:
    """Ask again, or show it to a person."""
    return Verdict(Kind.UNCLEAR, rule)


def _without_number(tokens: list[Token], scale: Scale, numbers: bool) -> Verdict:
    if asks_only(tokens):
        return unclear("question")
    end = named_end(tokens, scale)
    if end is None or numbers:
        return unclear("no_mark" if numbers else "no_number")
    if contradicts(tokens, Decimal(end), scale):
        return unclear("contradiction")
    scores = (Decimal(end),)
    if for_both_questions(tokens, None):
        return Verdict(Kind.BOTH, "both_questions", scores * 2)
    return Verdict(Kind.SCORE, "end_of_scale", scores)


def _chosen(tokens: list[Token], marks: list[int], scale: Scale) -> Verdict:
    marks = clear_marks(tokens, marks, scale)
    left = picked_from(tokens, granted_from(tokens, corrected_from(tokens, marks)))
    if any(is_range(tokens, a, b) for a, b in pairwise(left)) or _ambiguous(tokens, left):
        return unclear("range")
    if any(is_compared(tokens, at) and not _is_the_end(tokens, at, scale) for at in left) and not (
        len(left) < len(marks) and _nearer(tokens, left[0])
    ):
        return unclear("comparison")
    if len(left) == len(marks) and any(is_conditional(tokens, at) for at in left):
        return unclear("condition")
    if is_arithmetic(tokens, left):
        return unclear("arithmetic")
    if any(is_school_mark(tokens, at, scale) for at in left):
        return unclear("school_mark")
    return _counted(tokens, left, scale)


def _is_the_end(tokens: list[Token], at: int, scale: Scale) -> bool:
    """`максимум 10 баллов`: nothing stands above it, so nothing is compared."""
    before = tokens[at - 1].text if at else ""
    return tokens[at].value == scale.highest and before in ("максимум", "maximum", "max", "макс")


def _nearer(tokens: list[Token], at: int) -> bool:
    return any(token.text == "ближе" for token in tokens[max(at - 3, 0) : at])


def _ambiguous(tokens: list[Token], marks: Sequence[int]) -> bool:
    return any(tokens[at].marks & {"ambiguous", "choice"} or _tied(tokens, at, marks) for at in marks)


def _tied(tokens: list[Token], at: int, marks: Sequence[int]) -> bool:
    """True for one end of a range whose other end is no mark: `бір-екі ескерту`."""
    places = (place for place in (at - 2, at + 2) if 0 <= place < len(tokens) and place not in marks)
    return any(
        tokens[place].kind == "number" and not tokens[place].role and tokens[(at + place) // 2].text == "-"
        for place in places
    )


def _counted(tokens: list[Token], marks: list[int], scale: Scale) -> Verdict:
    match len(marks):
        case 1:
            return _one(tokens, marks[0], scale)
        case 2:
            return _two(tokens, marks, scale)
        case _:
            return unclear("too_many")


def _one(tokens: list[Token], at: int, scale: Scale) -> Verdict:
    score = -tokens[at].value if is_negative(tokens, at) else tokens[at].value
    if _fits(score, scale) and _the_same_again(tokens):
        return Verdict(Kind.BOTH, "both_questions", (score, score), at)
    named = [token.value for token in tokens[:at] if token.role == "label"]
    second = any(token.role == "label" and token.value == 2 for token in tokens)
    if second and named[-1:] != [1] and not for_both_questions(tokens, at):
        return unclear("second_question_only")
    if not _fits(score, scale):
        return Verdict(Kind.OUT_OF_RANGE, "out_of_range", (), at)
    if contradicts(tokens, score, scale):
        return unclear("contradiction")
    if for_both_questions(tokens, at):
        return Verdict(Kind.BOTH, "both_questions", (score, score), at)
    return Verdict(Kind.SCORE, _rule_of(tokens[at]), (score,), at)


def _the_same_again(tokens: list[Token]) -> bool:
    """`на первый вопрос 9, на второй тоже`."""
    labels = [at for at, token in enumerate(tokens) if token.role == "label"]
    values = {tokens[at].value for at in labels}
    after = tokens[labels[-1] + 1 :] if labels else []
    if values != {1, 2} and not (values == {2} and len(after) == 1):  # "оценка 10, второй тоже"
        return False
    likewise = any((first.text, second.text) == ("так", "же") for first, second in pairwise(after))
    return likewise or any("same" in token.senses or token.text == "столько" for token in after)


def _rule_of(token: Token) -> str:
    if "scored" in token.marks:
        return "score_with_scale"
    return "number_word" if "spelled" in token.marks else "number"


def _two(tokens: list[Token], marks: list[int], scale: Scale) -> Verdict:
    if _the_same_out_of_range(tokens, marks, scale):
        return Verdict(Kind.OUT_OF_RANGE, "out_of_range", (), marks[0])
    listed = is_listed(tokens, marks[0], marks[1])
    if not listed and not by_subject(tokens, marks[0], marks[1]):
        return unclear("two_marks")
    scores = tuple(tokens[at].value for at in in_order(tokens, marks))
    if not all(_fits(score, scale) for score in scores) or any(is_negative(tokens, at) for at in marks):
        return unclear("two_marks_out_of_range")
    return Verdict(Kind.BOTH, "two_marks" if listed else "two_marks_by_subject", scores, marks[0])


def _the_same_out_of_range(tokens: list[Token], marks: list[int], scale: Scale) -> bool:
    """`0! просто ноль!`: one mark, said twice."""
    first, second = (tokens[at] for at in marks)
    said_twice = first.value == second.value and first.form != second.form
    return said_twice and not _fits(first.value, scale)


def _fits(score: Decimal, scale: Scale) -> bool:
    return scale.lowest <= score <= scale.highest
