"""The report of a trial as plain text: first the three numbers, then whose road changes and why."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from qc_engine.explain.outline import deal_name
from qc_engine.explain.phrases import counted
from qc_engine.explain.voice import Voice
from qc_engine.trying.comparing import OUTCOME
from qc_engine.trying.past import Season
from qc_engine.trying.report import Changed, Figures, Report
from qc_engine.trying.roads import COUNTED, NOT_BEGUN
from qc_engine.trying.telling import outcome_words

WIDTH = 22  # of what is counted


def as_text(report: Report, voice: Voice, old: str, new: str, command: str, limit: int = 0) -> str:
    """`old` and `new` name the two sides; `command` opens a case when ' --case ID' follows it.

    At most `limit` people are listed, 0 for all.
    """
    season, whole = report.season, report.whole
    title = {"scenario": season.scenario, "old": old, "new": new, "since": season.since.isoformat()}
    count = counted("case", whole.cases, voice.language)
    lines = [voice.say("try.title", **title, until=season.until.isoformat(), count=count)]
    if whole.changed:
        lines += ["", _headline(report, voice), "", *_sums(whole, voice), "", *_outcomes(report, voice)]
        lines += ["", *_branches(report, voice), "", *_people(report, voice, command, limit)]
    else:
        lines += ["", voice.say("try.same", count=count), _headline(report, voice)]
    return "\n".join([*lines, *_unknown(report, voice)])


def _headline(report: Report, voice: Voice) -> str:
    """'142 messages, 9 tasks, 3 clients whose outcome differs'."""
    new = report.whole.new
    numbers = {
        "message": new["messages"],
        "task": new["tasks"],
        "client_differs": len(report.clients_differ),
    }
    return ", ".join(counted(thing, number, voice.language) for thing, number in numbers.items())


def _sums(whole: Figures, voice: Voice) -> Iterator[str]:
    yield voice.say("try.was_now")
    for what in COUNTED:
        old, new = whole.old[what], whole.new[what]
        if old or new:
            yield f"  {voice.word('try.what', what):<{WIDTH}} {old:>7} → {new:<7} {_more(old, new)}".rstrip()


def _outcomes(report: Report, voice: Voice) -> Iterator[str]:
    yield voice.say("try.outcomes")
    for (old, new), count in by_change(report.outcomes):
        after = outcome_words(voice, new) if new != old else voice.say("try.as_before")
        yield f"  {count:>7}  {outcome_words(voice, old)} → {after}"


def by_change(outcomes: Counter[tuple[str, str]]) -> list[tuple[tuple[str, str], int]]:
    """What changes comes first."""
    return sorted(outcomes.items(), key=lambda one: (one[0][0] == one[0][1], -one[1], one[0]))


def _branches(report: Report, voice: Voice) -> Iterator[str]:
    yield voice.say("try.branches")
    for name, one in sorted(report.branches.items()):
        sums = {what: f"{one.new[what]}{_bracket(one.old[what], one.new[what])}" for what in COUNTED}
        yield "  " + voice.say(
            "try.branch", branch=name, cases=one.cases, differs=one.outcome_differs, **sums
        )


def _people(report: Report, voice: Voice, command: str, limit: int) -> Iterator[str]:
    count = len(report.people)
    yield voice.say("try.people", count=counted("case", count, voice.language))
    found = foremost(report)
    for one in found[:limit] if limit else found:
        yield from _person(one, voice)
    if limit and count > limit:
        yield "  " + voice.say("try.more", count=count - limit)
    yield "  " + voice.say("try.open", command=f"{command} --case {found[0].case_id}")


def foremost(report: Report) -> list[Changed]:
    """Whoever ends elsewhere matters most."""
    return sorted(report.people, key=lambda one: (OUTCOME not in one.what, one.what))


def _person(one: Changed, voice: Voice) -> Iterator[str]:
    deal = deal_name(one.deal_id, one.portal)
    told = {"case_id": one.case_id, "deal_id": deal, "client": one.phone or voice.say("gate.no_phone")}
    old, what = outcome_words(voice, one.old), ", ".join(voice.word("try.what", what) for what in one.what)
    if OUTCOME in one.what:
        yield "  " + voice.say("try.person", **told, old=old, new=outcome_words(voice, one.new))
    else:
        yield "  " + voice.say("try.person_same_end", **told, old=old, what=what)
    if one.first:
        yield f"      {one.first}"


def _unknown(report: Report, voice: Voice) -> Iterator[str]:
    if lines := unknown(report, voice):
        yield ""
        yield voice.say("try.unknown")
        yield from (f"  · {line}" for line in lines)


def unknown(report: Report, voice: Voice) -> list[str]:
    """What the past cannot tell, and how near the model comes to it."""
    elsewhere = any(new == NOT_BEGUN for _, new in report.outcomes)
    lines = [
        *([voice.say("try.start_differs")] if elsewhere else ()),
        *(voice.say("try.missing", kind=kind, count=n) for kind, n in report.not_carried.most_common()),
        *(voice.say("try.never_asked", question=q, count=n) for q, n in report.never_asked.most_common()),
    ]
    if report.compared:
        lines.append(voice.say("try.model", compared=report.compared, same=report.as_it_was))
    return lines


def _more(old: int, new: int) -> str:
    return f"{new - old:+}" if new != old else ""


def _bracket(old: int, new: int) -> str:
    return f" ({new - old:+})" if new != old else ""


def nothing_to_try(voice: Voice, season: Season, days: tuple[datetime, datetime] | None) -> str:
    """No case in the span: when there were some."""
    told = {"since": season.since.isoformat(), "until": season.until.isoformat()}
    lines = [voice.say("try.empty", scenario=season.scenario, **told)]
    if days is None:
        lines.append(voice.say("try.empty_never"))
    else:
        first, last = days
        day = first.date().isoformat()
        when = {"first": first.isoformat(), "last": last.isoformat()}
        lines.append(voice.say("try.empty_when", **when, day=day))
    return "\n".join(lines)
