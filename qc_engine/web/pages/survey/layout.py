"""How a question stands on the page: its place among the others, and its scale in rows that fit a phone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from qc_engine.web.pages.survey.form import field_of
from qc_engine.web.pages.survey.view import Question

MOST_BUTTONS = 21  # a longer scale is typed
MOST_IN_A_ROW = 11  # on a wide screen
NARROW, MOST_IN_TWO_ROWS = 6, 12  # on a phone: 44 pixels are left for each of six


@dataclass(frozen=True)
class OnPage:
    """One question with what was given so far."""

    number: int  # from 1
    question: Question
    field: str
    given: str
    missing: bool

    @property
    def scores(self) -> Sequence[int]:
        """One button for each; empty when the score is typed."""
        every = range(self.question.lowest, self.question.highest + 1)
        return every if self.question.scored and len(every) <= MOST_BUTTONS else ()

    @property
    def narrow(self) -> int:
        """How many buttons stand in a row on a phone."""
        count = len(self.scores)
        if count <= NARROW:
            return count
        return (count + 1) // 2 if count <= MOST_IN_TWO_ROWS else 5

    @property
    def wide(self) -> int:
        """How many buttons stand in a row elsewhere."""
        count = len(self.scores)
        return count if count <= MOST_IN_A_ROW else self.narrow


def asked_on_page(
    questions: Sequence[Question], filled: Mapping[str, str], missing: Collection[Question]
) -> Sequence[OnPage]:
    return [
        OnPage(number, one, field_of(one), filled.get(field_of(one), ""), one in missing)
        for number, one in enumerate(questions, 1)
    ]
