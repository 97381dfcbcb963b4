"""Replies labelled by a person, and how many of them are read as that person reads them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from qc_engine.core.answers.reading import Kind, Reading

LANGUAGES = ("ru", "kk", "en", "translit")
OTHER = "other"
WORDS = frozenset({"OUT_OF_RANGE", "OPT_OUT", "UNCLEAR"})
BOTH = "BOTH:"


@dataclass(frozen=True)
class Row:
    """One reply and what it means; `line` counts from 1, `note` begins with the language."""

    line: int
    text: str
    expected: str
    note: str = ""

    @property
    def language(self) -> str:
        word = self.note.split()[0] if self.note.split() else ""
        return word if word in LANGUAGES else OTHER

    @property
    def kind(self) -> str:
        return kind_of(self.expected)


@dataclass(frozen=True)
class Fault:
    """A line that is no labelled reply."""

    line: int
    message: str


@dataclass(frozen=True)
class Judged:
    """One row and what the reader made of it."""

    row: Row
    reading: Reading

    @property
    def found(self) -> str:
        return label(self.reading)

    @property
    def is_exact(self) -> bool:
        return self.found == self.row.expected

    @property
    def is_wrong_number(self) -> bool:
        """The worst but one: a score that the client never gave goes into the CRM."""
        return not self.is_exact and kind_of(self.found) in ("score", "both")

    @property
    def is_missed_opt_out(self) -> bool:
        """The worst: somebody who said 'stop' is written to again."""
        return not self.is_exact and self.row.expected == "OPT_OUT"


def parse(text: str) -> tuple[list[Row], list[Fault]]:
    """The rows of a corpus: text, expected, note, divided by tabs; lines that begin with # are comments."""
    rows: list[Row] = []
    faults: list[Fault] = []
    for line, content in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if not content.strip() or content.startswith("#"):
            continue
        row = _row(line, content.split("\t"))
        (rows if isinstance(row, Row) else faults).append(row)  # type: ignore[arg-type]  # each to its own
    return rows, faults


def evaluate(rows: Iterable[Row], read: Callable[[str], Reading]) -> list[Judged]:
    """Every row as the reader sees it."""
    return [Judged(row, read(row.text)) for row in rows]


def worst_first(judged: Sequence[Judged]) -> list[Judged]:
    """What was missed: unheard wishes to be left alone, invented numbers, then the rest."""
    missed = [one for one in judged if not one.is_exact]
    return sorted(missed, key=lambda one: (not one.is_missed_opt_out, not one.is_wrong_number, one.row.line))


def label(reading: Reading) -> str:
    """A reading in the words of the corpus."""
    numbers = [format(score.normalize(), "f") for score in reading.scores]
    match reading.kind:
        case Kind.SCORE:
            return numbers[0]
        case Kind.BOTH:
            return BOTH + ",".join(numbers)
        case other:
            return other.value.upper()


def kind_of(expected: str) -> str:
    """score, both, out_of_range, opt_out or unclear."""
    if expected.startswith(BOTH):
        return "both"
    return expected.lower() if expected in WORDS else "score"


def _row(line: int, cells: Sequence[str]) -> Row | Fault:
    if not 2 <= len(cells) <= 3:
        return Fault(line, f"{len(cells)} columns; write text, expected and note, divided by tabs")
    expected = _normal(cells[1].strip())
    if expected is None:
        return Fault(
            line, f"'{cells[1][:40]}' is no label; write 8, 7.5, BOTH:8,9 or {', '.join(sorted(WORDS))}"
        )
    return Row(line, cells[0].replace("\\n", "\n"), expected, cells[2].strip() if len(cells) > 2 else "")


def _normal(expected: str) -> str | None:
    """The label with its numbers as the reader writes them: 7.50 is 7.5."""
    if expected in WORDS:
        return expected
    numbers = expected.removeprefix(BOTH).split(",")
    try:
        plain = [format(Decimal(number).normalize(), "f") for number in numbers]
    except InvalidOperation:
        return None
    if expected.startswith(BOTH):
        return BOTH + ",".join(plain) if len(plain) == 2 else None
    return plain[0] if len(plain) == 1 else None
