"""qc report: what somebody reads once a week."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qc_engine.commands.shared import (
    CANNOT_RUN,
    FAULTS_FOUND,
    WRONG_USE,
    Config,
    complain,
    faults_explained,
    say,
)

if TYPE_CHECKING:
    from qc_engine.clock import Clock
    from qc_engine.store.mailed import Mail
    from qc_engine.telling import Teller
    from qc_engine.telling.mailing.weekly_mail import WeeklyMail

DEFAULT = Path("config.yaml")
app = typer.Typer(no_args_is_help=True, help="Reports for people who do not open the console.")


@app.callback()
def report() -> None:
    """Reports for people who do not open the console."""


@app.command()
def week(
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The HTML file to write; else week.html.")
    ] = None,
    which: Annotated[str, typer.Option("--week", help="As 2026-W09; without it, the last whole week.")] = "",
    language: Annotated[str, typer.Option("--language", "-l", help="ru, kk or en.")] = "",
    mail: Annotated[
        bool, typer.Option("--mail", help="Send it to those in config.yaml (weekly_report) who lack it.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="With --mail: also to those who have it, or may have it.")
    ] = False,
    arrived: Annotated[
        bool, typer.Option("--arrived", help="With --mail: send nothing; those who may have it say they do.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --mail: do not ask.")] = False,
    config: Config = DEFAULT,
) -> None:
    """Write the owner's page of one week: response rate, averages by branch, reviews, complaints.

    It is one HTML file that needs nothing else; printed, it is one page. With --mail it leaves as a letter
    instead. With another --week than the last one, that week's letter goes once to everybody named in
    config.yaml who has not had it, also to those who were not named then; what does not leave is not tried
    again by itself, and the letters that leave by themselves are not touched by it.

    Exit codes: 1 not everybody was sent it, 2 wrong use, 3 cannot run.

    Examples:

      qc report week --week 2026-W09 --out week.html

      qc report week --mail
    """
    teller, clock = _opened(config, with_secrets=mail)
    which = _sensible(teller, clock, which, language)
    if mail and arrived:
        _note_arrived(teller, clock, which)
    elif mail:
        _send(teller, clock, which, language, again=again, yes=yes)
    elif again or yes or arrived:
        complain("qc: --again, --arrived and --yes go with --mail")
        raise typer.Exit(WRONG_USE)
    if out or not mail:
        _write(teller, clock, which, language, out or Path("week.html"))


def _opened(config: Path, *, with_secrets: bool) -> "tuple[Teller, Clock]":
    from qc_engine import wiring
    from qc_engine.store import schema
    from qc_engine.store.database import Database
    from qc_engine.telling import teller_of

    with faults_explained():
        settings = wiring.read_installation(config, with_secrets=with_secrets)
        database = Database(settings.database_url)
        schema.make_ready(database)
        return teller_of(settings, database), wiring.clock_of(settings)


def _sensible(teller: "Teller", clock: "Clock", which: str, language: str) -> str:
    """The week's name. Ends the command where week or language make no sense."""
    from zoneinfo import ZoneInfo

    from qc_engine.web.console.words import LANGUAGES
    from qc_engine.web.pages.analytics.week import named, week_called, week_of

    today = clock.now().astimezone(ZoneInfo(teller.settings.timezone)).date()
    try:
        first = week_called(which, today) if which else week_of("", today)
    except ValueError as wrong:
        complain(f"qc: --week {which}: {wrong}")
        raise typer.Exit(WRONG_USE) from None
    if language and language not in LANGUAGES:
        complain("qc: --language is ru, kk or en")
        raise typer.Exit(WRONG_USE)
    return named(first)


def _write(teller: "Teller", clock: "Clock", which: str, language: str, out: Path) -> None:
    from qc_engine.telling.weekly import weekly_report

    page = weekly_report(teller, clock, which, language)
    try:
        out.write_text(page, "utf-8")
    except OSError as trouble:
        complain(f"qc: {out} cannot be written: {trouble.strerror}; name another file with --out")
        raise typer.Exit(CANNOT_RUN) from None
    say(f"{out}: written")


# --- by mail ----------------------------------------------------------------------------------


def _send(teller: "Teller", clock: "Clock", which: str, language: str, *, again: bool, yes: bool) -> None:
    from qc_engine.telling.mailing.weekly_mail import AGAIN, NOT_YET, weekly_mail

    letters = weekly_mail(teller, clock)
    _require_possible(letters)
    states = AGAIN if again else NOT_YET
    known, is_old = letters.known(which), which != letters.week_now
    for one in (one for one in known if one.state not in states):
        say(_told(teller, one, is_old=is_old))
    if not (to := [one.to for one in known if one.state in states]):
        say("nobody is left to send it to; --again sends it once more")
        return
    if not yes:
        old = ", an old week, tried once" if is_old else ""
        typer.confirm(f"Send the report of {which}{old} to {len(to)}: {', '.join(to)}?", abort=True)
    done = letters.send(which, to, language, states)
    letters.tell()
    for one in done:
        say(_told(teller, one, is_old=is_old))
    if any(one.state != "sent" for one in done):
        complain("qc: not everybody was sent it; what is wrong with the mail server: qc doctor")
        raise typer.Exit(FAULTS_FOUND)


def _note_arrived(teller: "Teller", clock: "Clock", which: str) -> None:
    from qc_engine.telling.mailing.weekly_mail import weekly_mail

    letters = weekly_mail(teller, clock)
    _require_possible(letters)
    to = letters.arrived(which)
    letters.tell()
    say(f"noted: {', '.join(to)}" if to else "of nobody was it uncertain")


def _require_possible(letters: "WeeklyMail") -> None:
    if letters.post is None:
        complain("qc: nobody is named; write weekly_report: {to: [...]} and mail: {...} into config.yaml")
        raise typer.Exit(FAULTS_FOUND)
    if letters.is_held:
        complain("qc: the database was restored and nothing leaves; look at qc status, then: qc release")
        raise typer.Exit(FAULTS_FOUND)


def _told(teller: "Teller", one: "Mail", *, is_old: bool) -> str:
    from qc_engine.explain.voice import Voice

    voice = Voice("en", teller.settings.timezone)
    again = f"It is tried again {voice.time(one.again_at)}"
    if is_old:
        again = "An old week is not tried again by itself: give the same command later"
    words = {
        "sent": f"sent {voice.time(one.at)}",
        "waiting": f"not sent: {voice.error(one.reason)}. {again}",
        "refused": f"refused: {voice.error(one.reason)}. Is the address right?",
        "uncertain": f"may have it: {voice.error(one.reason)}. Ask there; then --arrived, or --again",
        "sending": f"is being sent since {voice.time(one.at)}",
    }
    return f"{one.to}: {words[one.state]}"
