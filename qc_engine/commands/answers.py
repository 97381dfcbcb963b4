"""qc answers check, read: how well clients' replies are understood, and why one was read as it was."""

import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from qc_engine.commands.shared import CANNOT_RUN, FAULTS_FOUND, WRONG_USE, AsJson, answer, complain, say
from qc_engine.core.answers.corpus import Judged, Row, evaluate, label, parse, worst_first
from qc_engine.core.answers.read import read as read_reply
from qc_engine.core.answers.reading import Reading, Scale

EXACT_GOAL, WRONG_GOAL = 0.97, 0.005
SHOWN = 20

app = typer.Typer(
    name="answers",
    help="How clients' replies are understood: measure it on labelled replies, or explain one.",
    no_args_is_help=True,
)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="Labelled replies: text, expected, note, divided by tabs.")],
    rows: Annotated[int, typer.Option("--rows", min=0, help="How many missed replies to show.")] = SHOWN,
    as_json: AsJson = False,
) -> None:
    """Read every reply of a labelled file and tell the share that is read as its label says.

    Exit 1 when a goal is missed: 97 % exact, at most 0.5 % invented numbers, no 'stop' unheard.

    Example: qc answers check replies.tsv --json
    """
    judged, slowest = _judged(_rows(file))
    report = _report(judged, slowest)
    if as_json:
        answer(report | {"missed": [_missed(one) for one in worst_first(judged)]})
    else:
        say("\n".join([*_told(report), *_told_missed(worst_first(judged), rows)]))
    if not report["goals_met"]:
        raise typer.Exit(FAULTS_FOUND)


@app.command()
def read(
    text: Annotated[str, typer.Argument(help="What a client wrote; - reads it from standard input.")],
    scale: Annotated[str, typer.Option("--scale", help="Lowest and highest score.")] = "1-10",
    kind: Annotated[str, typer.Option("--kind", help="text, voice, photo, sticker ...")] = "text",
    as_json: AsJson = False,
) -> None:
    """Explain how one reply is read: what it says, by which rule, and which words are left beside it.

    Example: qc answers read "было бы 10, но мастер нахамил, так что 6"
    """
    reading = read_reply(sys.stdin.read() if text == "-" else text, _scale(scale), kind)
    if as_json:
        answer(_as_row(reading))
        return
    say(f"{label(reading)}  (rule: {reading.rule})")
    if reading.remark:
        say(f"kept beside it: {reading.remark}")
    if reading.corrects:
        say("it corrects what was said before")


# --- reading the file -------------------------------------------------------------------------


def _rows(file: Path) -> list[Row]:
    try:
        rows, faults = parse(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as trouble:
        why = getattr(trouble, "strerror", None) or "it is not UTF-8 text"
        complain(f"qc: {file} cannot be read: {why}")
        raise typer.Exit(CANNOT_RUN) from None
    for fault in faults:
        complain(f"{file}:{fault.line}:1: {fault.message}")
    if faults or not rows:
        complain("Nothing was measured." if faults else f"qc: {file} holds no labelled reply")
        raise typer.Exit(WRONG_USE)
    return rows


def _judged(rows: Sequence[Row]) -> tuple[list[Judged], float]:
    """Every row judged, and the 99th percentile of the reader's time in ms."""
    spent: list[float] = []

    def timed(text: str) -> Reading:
        begun = time.perf_counter()
        reading = read_reply(text)
        spent.append((time.perf_counter() - begun) * 1000)
        return reading

    judged = evaluate(rows, timed)
    return judged, sorted(spent)[int(len(spent) * 0.99)]


def _scale(text: str) -> Scale:
    lowest, _, highest = text.partition("-")
    if not (lowest.isdigit() and highest.isdigit() and int(lowest) < int(highest) <= 100):
        raise typer.BadParameter("write for example 1-10 or 1-5", param_hint="--scale")
    return Scale(int(lowest), int(highest))


# --- telling ----------------------------------------------------------------------------------


def _report(judged: Sequence[Judged], slowest: float) -> dict[str, Any]:
    total = len(judged)
    wrong = sum(one.is_wrong_number for one in judged)
    unheard = sum(one.is_missed_opt_out for one in judged)
    exact = sum(one.is_exact for one in judged)
    goals = exact >= EXACT_GOAL * total and wrong <= WRONG_GOAL * total and not unheard
    return {
        "replies": total,
        "exact": exact,
        "exact_share": round(exact / total, 4),
        "wrong_numbers": wrong,
        "wrong_share": round(wrong / total, 4),
        "missed_opt_outs": unheard,
        "goals_met": goals,
        "p99_ms": round(slowest, 2),
        "by_language": _shares(judged, [one.row.language for one in judged]),
        "by_kind": _shares(judged, [one.row.kind for one in judged]),
    }


def _shares(judged: Sequence[Judged], groups: Iterable[str]) -> dict[str, dict[str, float]]:
    groups = list(groups)
    all_of, exact_of = (
        Counter(groups),
        Counter(group for group, one in zip(groups, judged, strict=True) if one.is_exact),
    )
    return {
        group: {"replies": count, "exact": exact_of[group], "share": round(exact_of[group] / count, 4)}
        for group, count in sorted(all_of.items())
    }


def _told(report: dict[str, Any]) -> list[str]:
    head = [
        f"{report['exact']} of {report['replies']} replies read as labelled ({report['exact_share']:.1%})",
        f"invented numbers: {report['wrong_numbers']} ({report['wrong_share']:.1%}), "
        f"'stop' unheard: {report['missed_opt_outs']}, 99 of 100 read within {report['p99_ms']} ms",
    ]
    tables = [
        f"  {group:<14}{row['exact']:>5} of {row['replies']:<5} {row['share']:.1%}"
        for name in ("by_language", "by_kind")
        for group, row in report[name].items()
    ]
    met = "goals met" if report["goals_met"] else "goals missed: 97 % exact, 0.5 % invented, 0 unheard"
    return [*head, *tables, met]


def _told_missed(missed: Sequence[Judged], most: int) -> list[str]:
    shown = [
        f"  line {one.row.line}: {one.row.text!r}: labelled {one.row.expected}, read {one.found} "
        f"(rule {one.reading.rule})"
        for one in missed[:most]
    ]
    rest = len(missed) - len(shown)
    return [*(["worst first:"] if shown else []), *shown, *([f"  and {rest} more"] if rest else [])]


def _missed(one: Judged) -> dict[str, Any]:
    return {"line": one.row.line, "text": one.row.text, "expected": one.row.expected, **_as_row(one.reading)}


def _as_row(reading: Reading) -> dict[str, Any]:
    return {
        "read": label(reading),
        "kind": reading.kind.value,
        "scores": [str(score) for score in reading.scores],
        "rule": reading.rule,
        "remark": reading.remark,
        "corrects": reading.corrects,
    }
