"""Pages that are executed: what the blocks of a page mean, and what really comes out of them.

    yaml       a whole file; the text before it ends in its name: `trial/visit.yaml`:
    diff       changes the file that the text before it names, or the one changed last
    console    commands behind '$ ', and what they print; '...' on a line of its own stands for any lines
    text       a conversation, played with the scenario of the file changed last, see phone.py

A heading of the second level is a section. The blocks of one section follow one another in one folder, which begins
with the shipped config.yaml and scenarios; on a page that goes on from section to section, so do all blocks of the page.
"""

import io
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import typer.main

from qc_engine import wiring
from qc_engine.__main__ import app
from qc_engine.commands.check import examine
from qc_engine.wiring.installation import portals_of
from tests.docs.phone import play

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`([\w./]+\.yaml)`:\s*$")
SHIPPED = "scenarios/tyre_centre.yaml"
ANY = "..."


@dataclass(frozen=True)
class Block:
    """One block: where it stands on the page, and the file that the text before it names."""

    kind: str
    body: str
    file: str
    line: int
    section: str


def blocks_of(text: str) -> list[Block]:
    """All blocks of a page in their order."""
    found, before = [], 0
    for fence in FENCE.finditer(text):
        named = NAMED.search(text[before : fence.start()])
        before = fence.end()
        headings = re.findall(r"^## (.+)$", FENCE.sub("", text[: fence.start()]), re.MULTILINE)
        line = text[: fence.start()].count("\n") + 2
        section = headings[-1] if headings else ""
        found.append(Block(fence[1], fence[2], named[1] if named else "", line, section))
    return found


@dataclass
class Desk:
    """A folder in which the blocks of a page are carried out one after the other. It is the current folder."""

    language: str
    file: str = SHIPPED
    scenario: str = SHIPPED  # the one changed last
    unjudged: bool = False  # something was changed, and nobody has looked at it yet

    def carry_out(self, block: Block) -> str:
        """What should stand in this block."""
        self.file = block.file or self.file
        self.scenario = self.file if _is_scenario(self.file) else self.scenario
        match block.kind:
            case "yaml":
                Path(self.file).parent.mkdir(parents=True, exist_ok=True)
                Path(self.file).write_text(block.body, encoding="utf-8")
                self.unjudged = True
                return block.body
            case "diff":
                self._change(block.body)
                self.unjudged = True
                return block.body
            case "console":
                return "".join(self._run(command) for command in commands(block.body))
            case "text":
                return self._played(block.body)
            case _:
                raise AssertionError(
                    f"line {block.line}: nobody knows what to do with a block '{block.kind}'"
                )

    def judge(self) -> list[str]:
        """The faults that `check` finds now."""
        self.unjudged = False
        return list(map(str, examine(Path("config.yaml"), with_secrets=False).problems))

    def _change(self, diff: str) -> None:
        text = Path(self.file).read_text(encoding="utf-8")
        for old, new in hunks(diff):
            assert f"\n{text}".count(f"\n{old}") == 1, f"stands not once in {self.file}:\n{old}"
            text = f"\n{text}".replace(f"\n{old}", f"\n{new}", 1)[1:]
        Path(self.file).write_text(text, encoding="utf-8")

    def _run(self, command: str) -> str:
        program, *rest = shlex.split(command)
        printed = ""
        match program:
            case "./qc":
                printed = run(rest)
                self.unjudged = self.unjudged and rest[:1] != ["check"]
            case "export":
                os.environ.update(dict(re.findall("(\\w+)=(.*)", "\n".join(rest))))
            case "mkdir":
                Path(rest[0]).mkdir()
            case "touch":
                Path(rest[0]).touch()
                self.file = rest[0]
            case "cp":
                shutil.copy(*rest)
            case _:
                raise AssertionError(f"nobody knows the command {command}")
        return f"$ {command}\n{printed}"

    def _played(self, story: str) -> str:
        settings = wiring.read_installation(Path("config.yaml"), with_secrets=False)
        library, portal = wiring.libraries_of(settings)["main"], portals_of(settings)["main"]
        (name,) = (one for one, file in library.files.items() if file == Path(self.scenario).name)
        scenario = library.active[name]
        contact = replace(scenario.contact, holidays=library.holidays, known=library.channels)
        return play(story, replace(scenario, contact=contact), portal.branches[0], self.language)


def _is_scenario(file: str) -> bool:
    """Not a file of texts that scenarios include."""
    return file != "config.yaml" and not file.endswith(".tests.yaml") and file.count("/") < 2


def hunks(diff: str) -> Iterator[tuple[str, str]]:
    """(old lines, new lines) of each piece; pieces are divided by '@@'."""
    for piece in re.split(r"^@@.*\n", diff, flags=re.MULTILINE):
        # An empty line is context: its blank is easily lost.
        lines = [" \n" if line == "\n" else line for line in piece.splitlines(keepends=True)]
        old = "".join(line[1:] for line in lines if line[0] in " -")
        new = "".join(line[1:] for line in lines if line[0] in " +")
        assert old != new, f"nothing is changed:\n{piece}"
        yield old, new


def commands(body: str) -> list[str]:
    return [line.removeprefix("$ ") for line in body.splitlines() if line.startswith("$ ")]


def run(arguments: list[str]) -> str:
    """What a command prints, both streams in their order."""
    printed = io.StringIO()
    # What it printed says more than its exit code.
    with redirect_stdout(printed), redirect_stderr(printed), suppress(typer.Exit, SystemExit):
        typer.main.get_command(app)(arguments, prog_name="./qc", standalone_mode=False)
    return printed.getvalue()


def alike(shown: str, real: str) -> bool:
    """Is this what came out, where '...' stands for any lines?"""
    parts = [re.escape(line) for line in shown.splitlines()]
    pattern = "\n".join(".*" if part.strip() == re.escape(ANY) else part for part in parts)
    return re.fullmatch(pattern, real.rstrip("\n"), re.DOTALL) is not None


def rewritten(text: str, block: Block, real: str) -> str:
    """The page with what came out."""
    return text.replace(f"```{block.kind}\n{block.body}```", f"```{block.kind}\n{real}```", 1)
