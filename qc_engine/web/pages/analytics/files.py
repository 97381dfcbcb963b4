"""The tables as files: one CSV with all, one XLSX with a sheet for each. Nothing runs as a formula."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Response

from qc_engine.core.figures.estimates import Estimate
from qc_engine.web.console import sheets
from qc_engine.web.console.room import Visitor
from qc_engine.web.pages.analytics.asking import Asking
from qc_engine.web.pages.analytics.gathering import Group, Numbers
from qc_engine.web.pages.analytics.shown import TABLES, named

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = (
    "name", "asked", "settled", "settled_answered", "rate", "rate_low", "rate_high", "answered", "average",
    "average_low", "average_high", "clicked", "reviewed",
)  # fmt: skip
Cell = str | int | float | None


@dataclass(frozen=True)
class Table:
    """A title, and rows of COLUMNS."""

    title: str
    rows: Sequence[Sequence[Cell]]


def tables_of(visitor: Visitor, one: Asking, numbers: Numbers, titles: dict[str, str]) -> Sequence[Table]:
    """`titles`: what people call the questions."""
    say = visitor.say
    period = f"{one.asked.values['since']} — {one.last:%Y-%m-%d}"
    found = [Table(say("analytics.whole"), [_row(numbers.whole, period)])]
    for name in TABLES:
        groups: Sequence[Group] = getattr(numbers, name)
        rows = [_row(group, named(visitor, name, group.name)) for group in groups]
        found.append(Table(say(f"analytics.by_{name}"), rows))
    found.append(Table(say("analytics.by_questions"), list(_questions(numbers, titles))))
    marks = [_short(str(mark), count) for mark, count in numbers.marks.items()]
    found.append(Table(say("analytics.marks"), marks))
    weeks = [_short(f"{week.first}", week.tally.answered, week.tally.average) for week in numbers.weeks]
    found.append(Table(say("analytics.weeks"), weeks))
    return [table for table in found if table.rows]


def _questions(numbers: Numbers, titles: dict[str, str]) -> Iterator[Sequence[Cell]]:
    for one in numbers.questions:
        title = titles.get(one.name, one.name)
        yield _short(title, one.count, one.average)
        yield from (_short(f"{title}: {mark}", count) for mark, count in sorted(one.marks.items()))


def _row(group: Group, name: str) -> Sequence[Cell]:
    one = group.tally
    return (
        name, one.asked, one.settled, one.settled_answered, *_parts(one.rate), one.answered,
        *_parts(one.average), one.clicked, one.reviewed,
    )  # fmt: skip


def _short(name: str, answered: int, average: Estimate | None = None) -> Sequence[Cell]:
    """Of what is told of answers alone."""
    return (name, None, None, None, None, None, None, answered, *_parts(average), None, None)


def _parts(one: Estimate | None) -> Sequence[float | None]:
    numbers = (one.value, one.low, one.high) if one else (None, None, None)
    return [None if number is None else round(number, 4) for number in numbers]


def head(visitor: Visitor) -> Sequence[str]:
    return [visitor.say(f"analytics.col_{name}") for name in COLUMNS]


def csv(visitor: Visitor, tables: Sequence[Table]) -> Response:
    point = "." if visitor.look.language == "en" else ","
    rows = [(table.title, *(_text(cell, point) for cell in row)) for table in tables for row in table.rows]
    return sheets.sheet("analytics", [visitor.say("analytics.col_table"), *head(visitor)], rows)


def _text(cell: Cell, point: str) -> str:
    """Spreadsheets read the point of the language that they speak themselves."""
    if isinstance(cell, float):
        return str(cell).replace(".", point)
    return "" if cell is None else str(cell)


def xlsx(visitor: Visitor, tables: Sequence[Table]) -> Response:
    import xlsxwriter  # only here: most processes never write such a file

    written = io.BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(written, plain) as book:
        bold = book.add_format({"bold": True, "text_wrap": True})
        for number, table in enumerate(tables, 1):
            page = book.add_worksheet(_sheet_name(number, table.title))
            page.freeze_panes(1, 1)
            page.set_column(0, 0, 36)
            for row_number, row in enumerate([head(visitor), *table.rows]):
                for place, cell in enumerate(row):
                    _write(page, row_number, place, cell, bold if not row_number else None)
    headers = {
        "Content-Disposition": 'attachment; filename="analytics.xlsx"',
        "Cache-Control": "no-store",
    }
    return Response(written.getvalue(), media_type=XLSX, headers=headers)


def _write(page: "Worksheet", row: int, place: int, cell: Cell, look: "Format | None") -> None:
    if isinstance(cell, int | float):
        page.write_number(row, place, cell, look)
    elif cell:
        # Text as text; and as it would be in a CSV that somebody makes of it.
        page.write_string(row, place, sheets.safe(cell), look)


def _sheet_name(number: int, title: str) -> str:
    """Excel takes 31 signs, and not all of them."""
    return f"{number} {''.join(' ' if sign in '[]:*?/' + chr(92) else sign for sign in title)}"[:31].strip()
