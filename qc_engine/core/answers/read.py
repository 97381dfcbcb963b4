"""Reads a client's reply: a score, two scores, a wish to be left alone, or nothing that can be trusted."""

from functools import lru_cache

from qc_engine.core.answers.blanked import only_placeholders, without_links_and_phones
from qc_engine.core.answers.complaints import complains
from qc_engine.core.answers.erasure import asks_to_erase
from qc_engine.core.answers.judge import Verdict, judge, unclear
from qc_engine.core.answers.labels import take_labels
from qc_engine.core.answers.length import ends_of, worth_reading
from qc_engine.core.answers.machine import written_by_machine
from qc_engine.core.answers.noise import mask_noise
from qc_engine.core.answers.numerals import find_numbers
from qc_engine.core.answers.opt_out import wants_to_be_left_alone
from qc_engine.core.answers.reading import Kind, Reading, Scale
from qc_engine.core.answers.remark import corrects, remark
from qc_engine.core.answers.scales import take_scales
from qc_engine.core.answers.slips import undo_slips
from qc_engine.core.answers.stars import take_stars
from qc_engine.core.answers.tokens import MOST_CHARACTERS, Token, fold, tokenise

_TEN_POINTS = Scale()
_SHORT = 12  # signs: "10", "9 из 10", "стоп"; most clients write one of a few such replies
_MOST_NUMBERS = 24  # nobody answers with more, and what follows compares them with each other


def read(text: str, scale: Scale = _TEN_POINTS, kind: str = "text") -> Reading:
    """What one message says; never fails, and when in doubt says UNCLEAR.

    `kind` is the sender's kind of message: anything but "text" without a caption has nothing to read.
    """
    return _remembered(text, scale) if len(text) <= _SHORT else _read(text, scale)


@lru_cache(maxsize=4096)
def _remembered(text: str, scale: Scale) -> Reading:
    """What was read in these signs before is still read in them."""
    return _read(text, scale)


def _read(text: str, scale: Scale) -> Reading:
    text = text[:MOST_CHARACTERS]
    folded = undo_slips(worth_reading(fold(text)))
    if only_placeholders(folded):
        return Reading(Kind.UNCLEAR, rule="no_text", remark=text.strip())
    said = ends_of(tokenise(without_links_and_phones(folded)))
    machine = written_by_machine(folded, said)
    if machine:
        return Reading(Kind.UNCLEAR, rule=machine, remark=text.strip())
    left_alone = wants_to_be_left_alone(said)
    if left_alone:
        return Reading(Kind.OPT_OUT, rule=left_alone, remark=text.strip(), erases=asks_to_erase(said))
    return _score(text, said, scale)


def _score(text: str, said: list[Token], scale: Scale) -> Reading:
    tokens = find_numbers(said)
    verdict = _verdict(tokens, scale)
    if verdict.kind is Kind.UNCLEAR:
        return Reading(Kind.UNCLEAR, rule=verdict.rule, remark=text.strip())
    return Reading(
        verdict.kind,
        verdict.scores,
        verdict.rule,
        remark(text, tokens),
        corrects(tokens, verdict.first),
        bool(verdict.scores) and complains(tokens),
    )


def _verdict(tokens: list[Token], scale: Scale) -> Verdict:
    if not tokens:
        return unclear("no_text")
    if sum(token.kind == "number" for token in tokens) > _MOST_NUMBERS:
        return unclear("too_many")
    take_labels(tokens)
    other_scale = take_scales(tokens, scale)
    stars = take_stars(tokens, scale)
    mask_noise(tokens)
    return judge(tokens, scale, other_scale or stars)
