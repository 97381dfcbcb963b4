"""The command line of the proofs."""

import argparse
import os

from tests.proofs import fuzz, kills, one_seed, season, seeds, sensitivity

SIMULATION = """\
The real code with a hand-moved clock, failing vendors that keep a ledger of what really happened, and a process
that dies at any statement; after every step the promises of docs/proofs.md are checked. One seed decides all.

examples:
  ./qc test simulation --seeds 10000            seeds 0 to 9999 on all processors
  ./qc test simulation --seeds 500 --from 10000 500 others
  ./qc test simulation --seed 123 --trace       one seed, and all that happened in it
  ./qc test simulation --planted                every planted bug, until it is found
  ./qc test simulation --planted --only night   those whose name has this word

ends with 1 when a promise is broken, or when a planted bug is not found."""


FUZZ = """\
Damaged samples and grammar for every reader of strangers' bytes: forms, JSON of every vendor, replies, YAML, and all
of the HTTP API as it describes itself. Nothing may raise but the stated refusals, nothing may take a second,
what is stored must be the same in either database.

examples:
  ./qc test fuzz                          5000 inputs for each part
  ./qc test fuzz --minutes 60             all parts, so long
  ./qc test fuzz --only api --minutes 5   one part: form, json, answers, yaml or api
  ./qc test fuzz --only yaml --examples 500 --seed 42   the same inputs again

ends with 1 when something broke; the smallest input that breaks it is printed."""

KILL = """\
Real processes: the engine over HTTP with the sandbox's vendors, clients who answer and open links, and webhooks
without a pause. The engine is killed with SIGKILL and started again, many times within one load; in the end the
vendors' ledger is compared with what should be there.

examples:
  ./qc test kill --moments 200                  on SQLite and PostgreSQL, random moments alone
  ./qc test kill --moments 200 --points         and every fail-point three times
  ./qc test kill --moments 20 --database sqlite --seed 7

ends with 1 when an acknowledged event is lost, when anything came twice, or when a fail-point was not reached."""


def main() -> int:
    options = parse()
    code: int = options.run(options)
    return code


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./qc test", description="Proofs that take longer than tests.")
    parts = parser.add_subparsers(required=True)
    _simulation(parts.add_parser("simulation", description=SIMULATION, formatter_class=RAW))
    _fuzzing(parts.add_parser("fuzz", description=FUZZ, formatter_class=RAW))
    _whole_season(parts.add_parser("season", description=season.__doc__, formatter_class=RAW))
    _kill(parts.add_parser("kill", description=KILL, formatter_class=RAW))
    return parser.parse_args()


RAW = argparse.RawDescriptionHelpFormatter


def _simulation(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--seeds", type=int, default=500, metavar="N", help="how many seeds are played (500)")
    add("--from", type=int, default=0, metavar="SEED", dest="first", help="the first of them (0)")
    add("--seed", type=int, metavar="SEED", help="only this one")
    add("--trace", action="store_true", help="with --seed: tell all that happened")
    add("--planted", action="store_true", help="plant a bug, and play seeds until it is found; then the next")
    add("--only", default="", metavar="WORD", help="with --planted: only bugs whose name has this word")
    add("--most", type=int, default=2000, metavar="N", help="with --planted: so many seeds at most (2000)")
    _common(parser)
    parser.set_defaults(run=_simulate)


def _fuzzing(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--minutes", type=float, default=0, metavar="N", help="for so long, whatever --examples says")
    add("--examples", type=int, default=5000, metavar="N", help="inputs of each part (5000)")
    add("--only", default="", choices=("", *fuzz.PARTS), help="one part")
    add("--seed", type=int, default=1, metavar="N", help="decides all inputs (1)")
    parser.set_defaults(run=lambda given: fuzz.prove(given.only, given.examples, given.minutes, given.seed))


def _kill(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--moments", type=int, default=20, metavar="N", help="kills at random moments (20)")
    add("--points", action="store_true", help="and at every fail-point, each three times")
    add("--database", choices=(*kills.BOTH, "both"), default="both", help="of the engine (both)")
    add("--seed", type=int, default=1, metavar="SEED", help="of the moments and of the clients (1)")
    add(
        "--clients",
        type=int,
        default=12,
        metavar="N",
        help="in a wave; waves come until all kills are done (12)",
    )
    add("--json", default="", metavar="FILE", help="all figures, for machines")
    parser.set_defaults(run=_killed)


def _whole_season(parser: argparse.ArgumentParser) -> None:
    season.add_arguments(parser)
    parser.set_defaults(run=season.prove)


def _common(parser: argparse.ArgumentParser) -> None:
    jobs = os.cpu_count() or 1
    parser.add_argument("--jobs", type=int, default=jobs, metavar="N", help=f"processes ({jobs})")
    parser.add_argument("--json", default="", metavar="FILE", help="all figures, for machines")


def _simulate(options: argparse.Namespace) -> int:
    if options.planted:
        return sensitivity.prove(options.only, options.most, options.jobs, options.json)
    if options.seed is not None:
        return one_seed.tell(options.seed, everything=options.trace)
    return seeds.prove(options.first, options.seeds, options.jobs, options.json)


def _killed(options: argparse.Namespace) -> int:
    databases = kills.BOTH if options.database == "both" else (options.database,)
    return kills.prove(
        databases, options.moments, options.seed, options.clients, options.json, points=options.points
    )
