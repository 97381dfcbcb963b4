"""qc simulate: what a new version of a scenario would have done with the clients of the past."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qc_engine.commands.shared import (
    CANNOT_RUN,
    FAULTS_FOUND,
    WRONG_USE,
    AsJson,
    Config,
    answer,
    complain,
    faults_explained,
    say,
)

if TYPE_CHECKING:
    from qc_engine.commands.simulate_from import Asked, Matter
    from qc_engine.trying.report import Voices
    from qc_engine.trying.trial import Trial

DEFAULT = Path("config.yaml")
LAST = "last-30d"
LISTED = 20  # people
EVERY = 500  # cases between two lines of progress
Language = Annotated[str, typer.Option("--language", "-l", help="ru, kk or en; default: from config.yaml.")]


def simulate(
    scenario: Annotated[Path, typer.Argument(help="The new version: a scenario file.")],
    against: Annotated[str, typer.Option("--against", help="last-30d, last-12h, last-4w.")] = LAST,
    since: Annotated[str, typer.Option("--since", help="Instead: cases begun since this day or time.")] = "",
    until: Annotated[str, typer.Option("--until", help="Up to and with this day, or before this time.")] = "",
    export: Annotated[Path | None, typer.Option("--export", help="Take the past from this file.")] = None,
    write_export: Annotated[
        Path | None, typer.Option("--write-export", help="Write the past there, without names, and stop.")
    ] = None,
    branch: Annotated[str, typer.Option("--branch", help="Only the cases of this branch.")] = "",
    portal: Annotated[str, typer.Option("--portal", help="Whose scenario, when several have the name.")] = "",
    own_version: Annotated[
        bool, typer.Option("--own-version", help="Compare with the version that each case began with.")
    ] = False,
    case: Annotated[str, typer.Option("--case", help="Both stories of this case.")] = "",
    brief: Annotated[bool, typer.Option("--brief", "-b", help="Stories without what did not hold.")] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", min=0, help="How many people to list; 0: all. [20; --json: all]")
    ] = None,
    config: Config = DEFAULT,
    language: Language = "",
    as_json: AsJson = False,
) -> None:
    """Try a new version of a scenario on the clients of the past. Nothing is sent, nothing is written.

    Every case is lived twice, by the active version and by the file, with the same answers and clicks.

    An answer belongs to the question that it answered; where the file asks no such question, that is said.

    Exit 1 for faults in the file, and when there is no case to try.

    Example: qc simulate new.yaml --against last-30d

    Example: qc simulate new.yaml --case K7Q2W9XR

    Example: qc simulate new.yaml --since 2026-03-01 --until 2026-03-31 --branch "На Абая" --json

    Example: qc simulate new.yaml --write-export march.jsonl, then qc simulate new.yaml --export march.jsonl
    """
    from qc_engine.commands.simulate_from import Asked, from_database, from_export

    asked = Asked(
        scenario, config, against, since, until, export, portal, branch, case, own_version, language
    )
    with (
        faults_explained(),
        _explained(),
        from_export(asked, export) if export else from_database(asked) as matter,
    ):
        _refuse_unknown_branch(matter, branch)
        if not matter.season.count:
            _nothing(matter, as_json)
        elif write_export:
            _export(matter, write_export)
        elif case:
            _stories(asked, matter, brief, as_json)
        else:
            _compare(asked, matter, limit, as_json)


@contextmanager
def _explained() -> Iterator[None]:
    from qc_engine.trying.exports import NotASeason
    from qc_engine.trying.spans import BadSpan
    from qc_engine.trying.trial import TextLost

    try:
        yield
    except BadSpan as fault:
        complain(f"qc: {fault}")
        raise typer.Exit(WRONG_USE) from None
    except (NotASeason, TextLost) as fault:
        complain(f"qc: {fault}")
        raise typer.Exit(FAULTS_FOUND) from None
    except OSError as trouble:
        complain(f"qc: {trouble.filename}: {trouble.strerror}")
        raise typer.Exit(CANNOT_RUN) from None


def _refuse_unknown_branch(matter: "Matter", branch: str) -> None:
    from qc_engine.scenario_files.similar import unknown

    if branch and matter.season.count and branch not in matter.season.branches:
        complain(f"qc: {unknown('branch', branch, matter.season.branches)}")
        raise typer.Exit(WRONG_USE)


# --- what comes of it -------------------------------------------------------------------------


def _nothing(matter: "Matter", as_json: bool) -> None:
    from qc_engine.trying.printing import nothing_to_try

    told = nothing_to_try(_voices(matter)(matter.zone), matter.season, matter.days)
    answer({"cases": 0, "text": told}) if as_json else say(told)
    raise typer.Exit(FAULTS_FOUND)


def _export(matter: "Matter", path: Path) -> None:
    from qc_engine.explain.phrases import counted
    from qc_engine.trying import exports

    count = exports.write(path, matter.season, matter.people)
    cases, people = (
        counted(thing, number, matter.language)
        for thing, number in (("case", matter.season.count), ("person", count))
    )
    say(_voices(matter)(matter.zone).say("try.written", file=path, cases=cases, people=people))


def _compare(asked: "Asked", matter: "Matter", limit: int | None, as_json: bool) -> None:
    from qc_engine.trying.printing import as_text

    voices = _voices(matter)
    report = _trial(asked, matter).report(matter.people, voices, _progress(matter.season.count))
    old, new = _sides(asked, matter)
    if as_json:
        answer({"old": old, "new": new, **report.document(limit or 0)})
    else:
        say(as_text(report, voices(matter.zone), old, new, asked.command, LISTED if limit is None else limit))


def _stories(asked: "Asked", matter: "Matter", brief: bool, as_json: bool) -> None:
    from qc_engine.trying.telling import both, story

    pairs = (pair for person in matter.people for pair in _trial(asked, matter).roads(person))
    pair = next((pair for pair in pairs if pair[0].past.case.id == asked.case_id), None)
    if pair is None:
        complain(f"qc: no case {asked.case_id} of {matter.season.scenario} in this span")
        raise typer.Exit(FAULTS_FOUND)
    voice = _voices(matter)(pair[0].past.case.branch.timezone)
    files = (matter.old_file, str(asked.file))
    if as_json:
        old, new = (story(voice, road, file) for road, file in zip(pair, files, strict=True))
        answer({"case_id": asked.case_id, "old": old, "new": new})
        return
    sides = zip(("try.story_old", "try.story_new"), _sides(asked, matter), strict=True)
    say(both(voice, pair, [voice.say(key, side=side) for key, side in sides], files, brief=brief))


def _trial(asked: "Asked", matter: "Matter") -> "Trial":
    from qc_engine.trying.trial import Trial, Versions

    versions = Versions(matter.season)
    return Trial(
        matter.season, versions.own if asked.own_version else versions.active, matter.new, asked.branch
    )


def _sides(asked: "Asked", matter: "Matter") -> tuple[str, str]:
    """What the two sides are called."""
    voice = _voices(matter)(matter.zone)
    key = "try.side_own" if asked.own_version else "try.side_active"
    old = voice.say(key, version=matter.season.active[:8])
    return old, voice.say("try.side_new", file=asked.file, version=matter.new.version[:8])


def _voices(matter: "Matter") -> "Voices":
    from qc_engine.trying.report import Voices

    return Voices(matter.language, matter.season.titles, (matter.new,))


def _progress(count: int) -> Callable[[int], None]:
    """A line now and then on stderr: a long trial must not look dead."""
    told = 0

    def tell(done: int) -> None:
        nonlocal told
        if done - told >= EVERY:
            told = done
            complain(f"{done} of {count}")

    return tell
