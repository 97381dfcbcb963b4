"""A list as a file that a spreadsheet opens: nothing in it is ever run as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

from fastapi import Response

from qc_engine.web.console.room import Visitor

MOST = 5000  # rows of one file
BOM = "\ufeff"  # without it Excel takes the letters for others
# Also as they are typed where letters are as wide as they are high.
RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def cut(visitor: Visitor, count: int) -> str:
    """What the page and the file say where a list of so many is longer than a file; '' where it is whole."""
    return visitor.say("sheet_cut", most=MOST, n=count) if count > MOST else ""


def sheet(name: str, head: Sequence[str], rows: Iterable[Sequence[object]], end: str = "") -> Response:
    """`name`: of the file, without its ending. `end`: a last line."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([safe(one) for one in head])
    writer.writerows([safe(one) for one in row] for row in rows)
    if end:
        writer.writerow([safe(end)])
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    return Response((BOM + text.getvalue()).encode(), media_type="text/csv; charset=utf-8", headers=headers)


def safe(value: object) -> str:
    """As text, whatever a client has written."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(RUN_BY_SPREADSHEETS) else text
