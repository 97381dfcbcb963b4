"""qc bitrix24: make on a portal what is missing, copy its names, let a local application in."""

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qc_engine.commands.portal.access import Tools, opened, told
from qc_engine.commands.shared import FAULTS_FOUND, WRONG_USE, AsJson, Config, answer, complain, say

if TYPE_CHECKING:
    from connectors.bitrix24.setup import Journal, Plan
    from qc_engine.clock import Clock

DEFAULT = Path("config.yaml")
CONNECT_WITHIN = timedelta(minutes=10)  # as long as the address works
LOOK_EVERY_SECONDS = 2.0
CANNOT_ASK = (
    "Спросить некого: это не терминал. Добавьте --yes, чтобы создать, или --dry-run, чтобы посмотреть."
)
Portal = Annotated[str, typer.Option("--portal", "-p", help="Which portal of config.yaml.")]

app = typer.Typer(no_args_is_help=True, help="The Bitrix24 portal: set it up, copy its names, connect to it.")


class Kind(StrEnum):
    """What `names` can list."""

    STAGES = "stages"
    FIELDS = "fields"
    CONTACT_FIELDS = "contact_fields"
    USERS = "users"
    DEPARTMENTS = "departments"


@app.command()
def setup(
    config: Config = DEFAULT,
    portal: Portal = "main",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be made; make nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    undo_list: Annotated[
        bool, typer.Option("--undo-list", help="Show what setup has made here and how to remove each.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make what the scenarios need and the portal lacks: fields, pipelines, stages.

    Shows the plan and asks first. What is there already, or has been renamed, stays as it is. Stop it at any
    time and run it again: it goes on where it stopped. Exit 1 when something is left for a person.

    Examples: qc bitrix24 setup --dry-run        qc bitrix24 setup --portal moscow --yes --json
    """
    from connectors.bitrix24.setup import Journal, plan
    from qc_engine.commands.portal import plan as planning

    with told():
        settings, tools, clock = opened(config, portal)
        journal = Journal(tools.memory)
        if undo_list:
            made_before = journal.entries()
            answer(planning.undo_document(made_before)) if as_json else say(planning.undo(made_before))
            return
        directory = tools.read_directory()
        if not dry_run:
            journal.settle(directory)
        planned = plan(directory, tools.wishes, journal.unfinished())
        if not as_json:
            say(planning.as_text(planned, portal))
        made = [] if dry_run else _made(planned, tools, journal, clock, yes=yes, quiet=as_json)
    by_hand = planning.by_hand(planned, settings.public_url, portal, is_application=bool(tools.connects))
    if as_json:
        answer(planning.document(planned, portal, made, by_hand))
    elif not dry_run:
        say(planning.ending(made, by_hand))
    if planned.problems:
        raise typer.Exit(FAULTS_FOUND)


def _made(
    planned: "Plan", tools: Tools, journal: "Journal", clock: "Clock", *, yes: bool, quiet: bool
) -> Sequence[str]:
    """What was made, in words. Ends the command when nobody allows it."""
    from connectors.bitrix24.setup import carry_out
    from qc_engine.commands.portal.plan import progress

    if planned.steps and not yes:
        _ask(quiet)
    made: list[str] = []
    try:
        for one in carry_out(tools.client, planned.steps, journal, clock):
            made += [one.what] if one.state == "done" else []
            if not quiet:
                say(progress(one, planned.steps[one.number - 1].what))
    except KeyboardInterrupt:
        complain("Остановлено. Запустите ещё раз: сделанное останется, продолжится с этого места.")
        raise typer.Exit(FAULTS_FOUND) from None
    return made


def _ask(quiet: bool) -> None:
    if quiet or not _is_terminal():
        complain(CANNOT_ASK)
        raise typer.Exit(WRONG_USE)
    if not typer.confirm("Создать?", default=False):
        complain("Ничего не создано.")
        raise typer.Exit(FAULTS_FOUND)


def _is_terminal() -> bool:
    return sys.stdin.isatty()


@app.command()
def names(
    config: Config = DEFAULT,
    portal: Portal = "main",
    kind: Annotated[Kind | None, typer.Option("--kind", "-k", help="Only these.")] = None,
    find: Annotated[str, typer.Option("--find", "-f", help="Only what contains this text.")] = "",
    as_json: AsJson = False,
) -> None:
    """List what may be written in scenarios and config.yaml, as the portal calls it, with the ids behind.

    Copy the first column. Names that mean several things, and former names, are marked. Exit 1 when nothing
    is found.

    Examples: qc bitrix24 names --kind stages        qc bitrix24 names --find оценка --json
    """
    from qc_engine.commands.portal import names as naming

    with told():
        _, tools, _ = opened(config, portal)
        directory = tools.read_directory()
    every = naming.listed(directory, kind.value if kind else "")
    found = [one for one in every if naming.contains(one, find)]
    unread = naming.unread(directory)
    if as_json:
        answer({"portal": portal, "names": [vars(one) for one in found], "unread": unread})
    else:
        say(naming.as_text(found, unread) if found else naming.nothing(every, find, unread))
    if not found:
        raise typer.Exit(FAULTS_FOUND)


@app.command()
def connect(config: Config = DEFAULT, portal: Portal = "main") -> None:
    """Let the engine into a portal as a local application (OAuth): prints the address, waits for the tokens.

    The portal sends the browser back to public_url: to the running engine or, before its first start, to this
    very command. Ctrl+C ends the waiting.

    Example: qc bitrix24 connect --portal moscow
    """
    from qc_engine.commands.portal.door import receiving
    from qc_engine.wiring import connector_name

    with told():
        settings, tools, clock = opened(config, portal)
        if tools.connects is None:
            say(f"Портал {portal} подключён входящим вебхуком: здесь ничего делать не нужно.")
            return
        before, name = _let_in_at(tools, clock), connector_name(portal)
        with receiving(settings, name, tools.connects) as here:
            say(f"Откройте в браузере под администратором портала:\n\n  {tools.connects.begin()}\n")
            say(f"Адрес возврата в настройках приложения: {settings.public_url.rstrip('/')}/connect/{name}")
            say(f"Его принимает {'эта команда' if here else 'запущенный qc run'}. Жду до 10 минут...")
            sys.stdout.flush()
            _wait(tools, clock, before, clock.now() + CONNECT_WITHIN)
    say(f"Подключено: портал {portal}. Дальше: qc doctor, потом qc bitrix24 setup.")


def _wait(tools: Tools, clock: "Clock", before: int, until: datetime) -> None:
    """Ends the command when nobody came, or when the person does not want to wait."""
    try:
        while clock.now() < until:
            clock.sleep(LOOK_EVERY_SECONDS)
            if _let_in_at(tools, clock) not in (0, before):
                return
        complain("За 10 минут портал не ответил. Ведёт ли public_url сюда или к qc run? Повторите команду.")
    except KeyboardInterrupt:
        complain("Больше не жду. Уже открытую страницу можно закончить, только если работает qc run.")
    raise typer.Exit(FAULTS_FOUND)


def _let_in_at(tools: Tools, clock: "Clock") -> int:
    """Unix time at which the portal let us in; 0 when it has not, or when nobody can read the tokens."""
    from connectors.bitrix24.access.keyring import Keyring
    from qc_engine.ports import Broken

    try:
        tokens = Keyring(tools.memory, clock).tokens()
    except Broken:
        return 0
    return tokens.since if tokens else 0
