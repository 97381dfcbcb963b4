"""The commands of `qc scenario`, in the order in which people meet them."""

import typer

from qc_engine.commands.scenario import diffing, freezing, lists, migrating, ramping, shadowing, switching

app = typer.Typer(
    no_args_is_help=True,
    help="Versions of scenarios: which are in force, switch, try, stop, take back. Works beside the engine.",
)
app.command(name="list")(lists.list_all)
app.command()(lists.show)
app.command()(diffing.diff)
app.command()(switching.activate)
app.command()(switching.pause)
app.command()(switching.resume)
app.command()(shadowing.shadow)
app.command()(ramping.ramp)
app.command()(migrating.migrate)
app.command()(freezing.freeze)
app.command()(freezing.thaw)
app.command()(lists.log)
