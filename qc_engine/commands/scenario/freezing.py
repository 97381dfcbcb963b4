"""qc scenario freeze, thaw: stop at once, see what was done, take back what can be, go on."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qc_engine.commands.scenario.opening import (
    DEFAULT,
    Because,
    By,
    InPortal,
    Name,
    Yes,
    explained,
    opened,
    who,
)
from qc_engine.commands.shared import WRONG_USE, AsJson, Config, answer, complain, say

if TYPE_CHECKING:
    from qc_engine.flow.versions.freezing import Held
    from qc_engine.telling.scenarios.opened import Opened

Told = dict[str, Any]
Since = Annotated[str, typer.Option("--since", help="How far back to list: '24h', '30 min', '2 days'.")]
SHOWN = 20


def freeze(
    name: Name,
    by: By = "",
    because: Because = "",
    since: Since = "24h",
    undo: Annotated[
        bool,
        typer.Option("--undo", help="Take back in the CRM what can be taken back; with --yes it is done."),
    ] = False,
    yes: Yes = False,
    portal: InPortal = "",
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Stop a scenario at once: no message and no CRM write of it leaves any more, its cases stand still.

    Nothing is lost: effects wait in the outbox, events in the inbox. Then all is listed that it did lately.
    With --undo: moved deals go back if they still stand where we put them, tasks that nobody touched are
    closed. Deals that we created are listed for a person; messages cannot be called back.

    Examples:

      qc scenario freeze tyre_centre --by Maria --because "it asks the wrong people"

      qc scenario freeze tyre_centre --since 2h --undo --yes --by Maria
    """
    span = _span(since)
    with explained():
        one, said_by = opened(config, name, portal), who(by)
        with one.database.transaction() as session:
            from qc_engine.flow.versions.freezing import freeze as stop
            from qc_engine.telling.scenarios.done import did

            begun = stop(session, one.row(session), said_by, because, one.now())
        with one.database.reading() as session:
            document = did(session, one, span)
        if undo:
            document |= _undo(one, span, said_by, because, really=yes)
    document = {"scenario": name, "portal": one.portal, "state": "frozen", "begun": begun, **document}
    answer(document) if as_json else say(_did_as_text(document, since))


def thaw(
    name: Name,
    by: By = "",
    because: Because = "",
    yes: Yes = False,
    portal: InPortal = "",
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Let a frozen scenario go on. First what was held is listed; with --yes it goes out.

    What became too late meanwhile is dropped, by the scenario's own not_later_than.

    Examples:

      qc scenario thaw tyre_centre

      qc scenario thaw tyre_centre --yes --by Maria
    """
    from qc_engine.flow.versions.freezing import held
    from qc_engine.flow.versions.freezing import thaw as go_on

    with explained():
        one = opened(config, name, portal)
        said_by = who(by) if yes else ""
        with one.database.transaction() as session:
            waiting = held(session, one.portal, name, one.now())
            done = yes and go_on(session, one.row(session), said_by, because, one.now())
            state = one.row(session).state
    if as_json:
        answer({"scenario": name, "state": state, "thawed": done, "held": waiting.document()})
        return
    say(_held_as_text(waiting))
    if done:
        say(f"{name}: {state}")
    elif state == "frozen":
        say(f"Nothing was changed. Let it go on: qc scenario thaw {name} --yes --by NAME")
    else:
        say(f"{name} is {state}: there is nothing to thaw")


def _span(said: str) -> timedelta:
    from qc_engine.settings import parse_span

    compact = said.strip()
    number = compact.rstrip("abcdefghijklmnopqrstuvwxyz ")
    unit = {"d": "days", "w": "weeks", "m": "min"}.get(compact[len(number) :].strip(), "")
    try:
        return parse_span(f"{number} {unit or compact[len(number) :].strip()}")
    except ValueError as fault:
        complain(f"qc: --since: {fault}")
        raise typer.Exit(WRONG_USE) from None


def _held_as_text(waiting: "Held") -> str:
    counted = ", ".join(f"{kind} {count}" for kind, count in sorted(waiting.effects.items())) or "nothing"
    lines = [
        f"held: {counted}",
        f"too late meanwhile, will be dropped: {waiting.too_late} message(s)",
        f"timers that rang: {waiting.timers}; events put aside: {waiting.events}",
    ]
    if waiting.on_their_way:
        lines.append(f"had left before the freeze and are not yet known: {waiting.on_their_way}")
    return "\n".join(lines)


# --- what it did ------------------------------------------------------------------------------


def _did_as_text(document: Told, since: str) -> str:
    begun = "" if document["begun"] else " (it was already)"
    counted = ", ".join(f"{kind} {count}" for kind, count in document["did"].items()) or "nothing"
    lines = [f"{document['scenario']}: frozen{begun}", f"it did in the last {since}: {counted}"]
    for told in document["cases"][:SHOWN]:
        lines.append(f"  case {told['case_id']}, deal {told['deal_id']}")
        lines += [f"    {' '.join(deed['text'].split())}" for deed in told["deeds"]]
    if len(document["cases"]) > SHOWN:
        lines.append(f"  and {len(document['cases']) - SHOWN} more cases: --json has all")
    if document["held"]["on_their_way"]:
        lines.append(f"on their way already: {document['held']['on_their_way']}")
    return "\n".join([*lines, *_undo_as_text(document)])


# --- taking back ------------------------------------------------------------------------------


def _undo(one: "Opened", span: timedelta, by: str, because: str, *, really: bool) -> Told:
    from qc_engine.telling.scenarios.taking_back import plans, take_back, told

    with one.database.transaction() as session:
        found = plans(session, one, span)
        planned = take_back(session, one, found, by, because) if really else 0
    return {"undo": {"done": really, "planned": planned, **told(one, found)}}


def _undo_as_text(document: Told) -> list[str]:
    if "undo" not in document:
        return []
    told = document["undo"]
    what = (
        f"{told['moves']} deal(s) back to their stage before, {told['tasks']} untouched task(s) closed, "
        f"{told['fields']} field(s) back to their value before"
    )
    lines = [f"taken back: {what}" if told["done"] else f"can be taken back: {what}"]
    lines += [f"  case {left['case_id']}: {left['text']}" for left in told["for_a_person"][:SHOWN]]
    if not told["done"]:
        lines.append("Nothing was taken back yet: add --yes")
    return lines
