"""qc console: who may come into the web console. Nobody has a password that somebody else knows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qc_engine.commands.shared import FAULTS_FOUND, AsJson, Config, answer, complain, faults_explained, say
from qc_engine.web.console.policy import Role

if TYPE_CHECKING:
    from sqlmodel import Session

    from qc_engine.store.console_tables import UserRow
    from qc_engine.web.console.staff import By
    from qc_engine.wiring import Installation

DEFAULT = Path("config.yaml")
app = typer.Typer(no_args_is_help=True, help="The web console: who may come in.")
Who = Annotated[
    str, typer.Argument(help="The login, or the beginning of the id that `qc console users` shows.")
]
Branches = Annotated[
    list[str] | None, typer.Option("--branch", help="As config.yaml calls it; may be repeated.")
]
NAME = "qc console"  # in the audit


@app.command()
def invite(
    role: Annotated[Role, typer.Option("--role", help="What they are in the company.")],
    name: Annotated[str, typer.Option("--name", help="As colleagues see it beside what was done.")],
    branch: Branches = None,
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Print a link by which a new person chooses a login and a password. It works once, for 24 hours.

    A head and a manager need at least one --branch and see nothing else; owner and admin see every branch.

    Example: qc console invite --role head --name "Анна Ким" --branch "Шинный центр на Абая"
    """
    from qc_engine.telling.console import invite as invited

    with _opened(config) as (session, settings, now), _objections():
        row, link = invited(session, settings, now, role, name, branch or ())
    _tell(row, link, as_json)


@app.command()
def link(who: Who, config: Config = DEFAULT, as_json: AsJson = False) -> None:
    """Print a new link for somebody who has lost the password or the first link. Until it is used all stays.

    Example: qc console link anna
    """
    from qc_engine.telling.console import link_for

    with _opened(config) as (session, settings, now):
        row = _found(session, who)
        address = link_for(session, settings, now, row)
    _tell(row, address, as_json)


@app.command()
def users(config: Config = DEFAULT, as_json: AsJson = False) -> None:
    """List everybody who may come in, and who no longer may.

    Example: qc console users
    """
    from qc_engine.store import users as kept
    from qc_engine.web.console import staff

    with _opened(config) as (session, _, now):
        links = kept.open_links(session, now)
        rows = [dict(staff.told(row, links.get(row.id))) for row in kept.all_users(session)]
    if as_json:
        answer({"users": rows})
    else:
        say("\n".join(_line(row) for row in rows) or "Nobody yet: qc console invite --role owner --name ...")


@app.command()
def close(who: Who, config: Config = DEFAULT) -> None:
    """Let somebody in no more, and sign them out everywhere. What they did stays in the audit.

    The last owner who can come in stays: invite another one first.

    Example: qc console close anna
    """
    from qc_engine.web.console import staff

    _do(config, who, "closed", staff.close)


@app.command("open")
def reopen(who: Who, config: Config = DEFAULT) -> None:
    """Let somebody in again, with the password and the role that they had.

    Example: qc console open anna
    """
    from qc_engine.web.console import staff

    _do(config, who, "may come in again", staff.reopen, closed=True)


@app.command("sign-out")
def sign_out(who: Who, config: Config = DEFAULT) -> None:
    """Sign somebody out of every browser; the password stays.

    Example: qc console sign-out anna
    """
    from qc_engine.web.console import staff

    _do(config, who, "signed out everywhere", staff.sign_out)


@app.command("forget-two-steps")
def forget_two_steps(who: Who, config: Config = DEFAULT) -> None:
    """Let somebody who lost the phone come in by the password alone; they can set the second step up anew.

    Example: qc console forget-two-steps anna
    """
    from qc_engine.web.console import staff

    _do(config, who, "no second step any more, signed out everywhere", staff.forget_two_steps)


@app.command()
def role(
    who: Who,
    role: Annotated[Role, typer.Option("--role", help="What they are from now on.")],
    branch: Branches = None,
    config: Config = DEFAULT,
) -> None:
    """Give somebody another role and other branches; in force with the next page that they open.

    Example: qc console role anna --role manager --branch "Шинный центр на Абая"
    """
    from qc_engine.telling.console import place_called
    from qc_engine.web.console import staff

    with _opened(config) as (session, settings, now), _objections():
        row = _found(session, who)
        places = [place_called(settings, one) for one in branch or ()]
        staff.change(session, staff.By(NAME), row, role, places, now)
    say(f"{row.name}: {role}")


@contextmanager
def _opened(config: Path) -> "Iterator[tuple[Session, Installation, datetime]]":
    from qc_engine.clock import SystemClock
    from qc_engine.store import schema
    from qc_engine.store.database import Database
    from qc_engine.wiring import read_installation

    with faults_explained():
        settings = read_installation(config, with_secrets=False)
        database = Database(settings.database_url)
        schema.make_ready(database)
        with database.transaction() as session:
            yield session, settings, SystemClock().now()


@contextmanager
def _objections() -> Iterator[None]:
    """What makes no sense ends the command with a sentence, and changes nothing."""
    try:
        yield
    except ValueError as reason:
        _give_up(str(reason))


def _do(
    config: Path,
    who: str,
    done: str,
    act: "Callable[[Session, By, UserRow, datetime], None]",
    closed: bool = False,
) -> None:
    from qc_engine.web.console.staff import By

    with _opened(config) as (session, _, now), _objections():
        row = _found(session, who, closed)
        act(session, By(NAME), row, now)
    say(f"{row.name}: {done}")


def _found(session: "Session", who: str, closed: bool = False) -> "UserRow":
    from qc_engine.store import users as kept
    from qc_engine.web.console.entering import login_of

    meant = [row for row in kept.all_users(session) if (row.closed_at is not None) is closed]
    found = [row for row in meant if row.login == login_of(who) or (len(who) > 3 and row.id.startswith(who))]
    if len(found) != 1:
        _give_up(f"'{who}' is {'nobody' if not found else 'several people'}: see qc console users")
    return found[0]


def _give_up(why: str) -> None:
    complain(f"qc: {why}")
    raise typer.Exit(FAULTS_FOUND) from None


def _tell(row: "UserRow", link: str, as_json: bool) -> None:
    if as_json:
        answer({"user": row.id, "name": row.name, "role": row.role, "link": link, "hours": 24})
        return
    say(link)
    complain(
        f"For {row.name} ({row.role}): works once, for 24 hours. Hand it over where nobody else reads it."
    )


def _line(row: dict[str, object]) -> str:
    branches = row["branches"]
    where = ", ".join(branches) if isinstance(branches, list) else "every branch"
    who = f"{str(row['id'])[:8]}  {row['login'] or '-':<20} {row['role']:<10} {row['state']:<8}"
    return f"{who} {row['name']}  [{where}]"
