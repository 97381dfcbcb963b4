"""The letter itself: a summary as plain text, and the page for those who see more."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from qc_engine.telling.weekly import Written
from qc_engine.web.console import words
from qc_engine.web.pages.analytics.shown import Line, Writing
from qc_engine.web.pages.analytics.week import Report, named

DAY = "%d.%m.%Y"


def letter(written: Written, sender: str, to: str, now: datetime) -> EmailMessage:
    """Nothing in it is fetched from anywhere, and nothing tells that it was opened."""
    made = EmailMessage()
    made["From"], made["To"] = sender, to
    made["Subject"] = subject(written)
    made["Date"] = format_datetime(now)
    made["Message-ID"] = message_id(named(written.report.first), sender, to)
    made["Auto-Submitted"] = "auto-generated"  # so that nobody's machine answers
    made.set_content(summary(written), cte="base64")
    made.add_alternative(written.page, subtype="html", cte="base64")
    return made


def message_id(week: str, sender: str, to: str) -> str:
    """The same for every attempt: a server that was given it twice can see so."""
    digest = hashlib.sha256(f"{week}:{to.casefold()}".encode()).hexdigest()[:24]
    return f"<qc-{week.lower()}-{digest}@{sender.partition('@')[2]}>"


def subject(written: Written) -> str:
    report = written.report
    return words.say(
        written.language, "mail.subject", first=f"{report.first:{DAY}}", last=f"{report.last:{DAY}}"
    )


def summary(written: Written) -> str:
    return "\n".join(_lines(written)) + "\n"


def _lines(written: Written) -> Iterator[str]:
    report, write = written.report, Writing(written.language)
    yield subject(written)
    yield ""
    for place, watch in report.slipping:
        level, usual = write.points(watch.points[-1].level), write.points(watch.usual)
        since = f"{watch.low_since:{DAY}}" if watch.low_since else ""
        slips = _say(written, "analytics.slips", since=since, level=level, usual=usual)
        yield f"! {place.branch}: {slips}"
    yield from _figures(written, report, write)
    if report.branches:
        yield ""
        yield _say(written, "analytics.by_branches")
        yield from (f"- {_branch(written, one.line, write)}" for one in report.branches)
    yield ""
    yield _say(written, "mail.console", address=written.address)
    yield _say(written, "mail.why")


def _figures(written: Written, report: Report, write: Writing) -> Iterator[str]:
    whole = report.whole.line
    yield f"{_say(written, 'analytics.col_asked')}: {whole.asked.count}"
    yield f"{_say(written, 'analytics.col_rate')}: {_answered(written, whole, write)}"
    yield f"{_say(written, 'analytics.col_average')}: {write.average(whole.average)[0] or '—'}"
    yield f"{_say(written, 'week.reviews')}: {report.whole.reviews.count}"
    overdue = _say(written, "week.overdue", n=report.overdue)
    yield f"{_say(written, 'week.complaints')}: {report.open.count}, {overdue}"


def _branch(written: Written, line: Line, write: Writing) -> str:
    average = f"{_say(written, 'analytics.col_average')} {write.average(line.average)[0] or '—'}"
    return f"{line.name}: {_answered(written, line, write)}; {average}"


def _answered(written: Written, line: Line, write: Writing) -> str:
    of = _say(written, "analytics.of")
    rate = write.rate(line.rate)[0] or "—"
    return f"{rate} ({line.settled_answered.count} {of} {line.settled.count})"


def _say(written: Written, key: str, **values: object) -> str:
    return words.say(written.language, key, **values)
