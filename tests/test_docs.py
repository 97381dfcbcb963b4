"""The pages say what is true: links lead somewhere, commands exist, examples do what stands under them."""

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from qc_engine.__main__ import app
from qc_engine.commands.check import examine
from qc_engine.config_files.environment import read_environment
from qc_engine.scenario_files.yaml.source import plain
from qc_engine.scenario_files.yaml.strict import read_file
from qc_engine.wiring import Installation
from qc_engine.wiring.installation import stand_ins
from sandbox.__main__ import cli as sandbox_cli
from sandbox.demo.__main__ import cli as demo_cli

ROOT = Path(__file__).parents[1]
READMES = [ROOT / "README.md", ROOT / "README.ru.md"]
CONSOLE_PAGES = [ROOT / "docs" / "console.md", ROOT / "docs" / "console.ru.md"]
PAGES = [*READMES, *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("connectors/*/README.md"))]
CONFIG = ROOT / "config.yaml"
SCENARIO = "tyre_centre.yaml"
LARGEST_IMAGE = 300_000
LINK = re.compile(r'\]\(([^)\s]+)\)|src="([^"]+)"')
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
COMMAND = re.compile(r"(?:^|[\s(])(?:\./qc|qc-engine|qc) ([a-z0-9-]+)((?: [^\s`#]+)*)", re.MULTILINE)
VARIABLE = re.compile(r"\bQC_[A-Z0-9_]*[A-Z0-9]\b")
FIELD = re.compile(r"UF_CRM_QC_\w+")
HANDED_OVER = {"demo": demo_cli, "sandbox": sandbox_cli}
NOT_SETTINGS = {"QC_CONFIG", "QC_UV", "QC_CHROMIUM"}
PACKAGE = re.compile(r"^\| ([a-z0-9.-]+) \|", re.MULTILINE)
NAME = re.compile(r"[A-Za-z0-9._-]+")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
each_readme = pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)


def without_blocks(text: str) -> str:
    return BLOCK.sub("", text)


def blocks(page: Path, language: str) -> list[str]:
    return [body for name, body in BLOCK.findall(page.read_text(encoding="utf-8")) if name == language]


def code(page: Path) -> str:
    """Everything on the page that is set as code."""
    text = page.read_text(encoding="utf-8")
    return "\n".join([body for _, body in BLOCK.findall(text)] + INLINE.findall(without_blocks(text)))


# --- links, pictures, folders -----------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    titles = HEADING.findall(without_blocks(page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    found = [one or other for one, other in LINK.findall(without_blocks(page.read_text(encoding="utf-8")))]
    for link in (link for link in found if "://" not in link):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_pictures_are_shown_and_small() -> None:
    pictures = sorted((ROOT / "docs" / "images").iterdir())
    console = [picture for picture in pictures if picture.name.startswith("console_")]
    for page in (*READMES, *CONSOLE_PAGES):
        expected = console if page in CONSOLE_PAGES else [one for one in pictures if one not in console]
        found = [one or other for one, other in LINK.findall(page.read_text(encoding="utf-8"))]
        assert set(expected) <= {(page.parent / link).resolve() for link in found}, page
    assert all(picture.stat().st_size < LARGEST_IMAGE for picture in pictures)


@each_readme
def test_tree_names_every_folder(page: Path) -> None:
    (tree,) = (block for block in blocks(page, "text") if block.startswith("qc  "))
    named = {line.split()[0] for line in tree.splitlines()}
    assert all((ROOT / name).exists() for name in named), named
    parts = (ROOT / one.name for one in ROOT.iterdir() if one.is_dir())
    ours = {
        f"{one.name}/" for one in parts if not one.name.startswith((".", "_")) and any(one.glob("**/*.*"))
    }
    assert ours - {"var/", "dist/", "build/", "trial/"} == {name for name in named if name.endswith("/")}


@each_readme
def test_files_of_the_walks_exist(page: Path) -> None:
    paths = re.findall(r"`([a-z_0-9]+/[\w/]+\.py)`", page.read_text(encoding="utf-8"))
    assert len(paths) >= 7
    assert [path for path in paths if not (ROOT / path).exists()] == []


# --- both languages ---------------------------------------------------------------------------


def skeleton(page: Path) -> list[str]:
    """Levels of headings and kinds of blocks in their order."""
    text = page.read_text(encoding="utf-8")
    marks = re.finditer(r"^ *```(\w*)\n.*?^ *```$|^(#+) |^(\d)\. |^(- )", text, re.MULTILINE | re.DOTALL)
    return [next(filter(None, mark.groups()), "") for mark in marks]


def test_both_readmes_are_built_alike() -> None:
    assert skeleton(READMES[0]) == skeleton(READMES[1])


@pytest.mark.parametrize("language", ["diff", "ini"])
def test_examples_are_the_same_in_both(language: str) -> None:
    assert blocks(READMES[0], language) == blocks(READMES[1], language)


# --- commands and settings --------------------------------------------------------------------


def commands_on(page: Path) -> Iterator[tuple[str, list[str]]]:
    for name, rest in COMMAND.findall(code(page)):
        yield name, rest.split()


def options_of(command: Any) -> set[str]:
    return {name for one in command.params for name in one.opts + one.secondary_opts} | {"--help"}


def command_of(name: str, words: list[str]) -> Any:
    """The command that is meant, of a group the one inside; None when there is no such command."""
    if name in HANDED_OVER:
        return typer.main.get_command(HANDED_OVER[name])
    found = typer.main.get_command(app)
    for word in [name, *words]:
        # Typer may bring a click of its own: what counts is that it has commands.
        inner = getattr(found, "commands", None)
        if inner is None:
            break
        if word not in inner:
            return None
        found = inner[word]
    return found


@each_page
def test_commands_and_their_options_exist(page: Path) -> None:
    for name, words in commands_on(page):
        command = command_of(name, words)
        assert command is not None, f"qc {name} {' '.join(words)}"
        given = {word for word in words if re.fullmatch(r"--?[a-z][a-z-]*", word)}
        if name == "test":
            parsers = (ROOT / "tests" / "all_checks.py", *sorted((ROOT / "tests" / "proofs").glob("*.py")))
            checks = "".join(one.read_text(encoding="utf-8") for one in parsers)
            assert all(f'"{option}"' in checks for option in given)
        else:
            assert given <= options_of(command), f"qc {name}: {given}"


@each_readme
def test_every_command_is_told_of(page: Path) -> None:
    names = set(getattr(typer.main.get_command(app), "commands", {}))
    assert names == {name for name, _ in commands_on(page)}


@pytest.mark.parametrize("path", [*READMES, ROOT / ".env.example", CONFIG], ids=lambda path: path.name)
def test_variables_are_settings(path: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    fields = {name.removeprefix("UF_CRM_") for name in FIELD.findall(CONFIG.read_text(encoding="utf-8"))}
    names = set(VARIABLE.findall(path.read_text(encoding="utf-8"))) - NOT_SETTINGS - fields
    assert names
    for name in names:
        value = str(tmp_path / "secret") if name.endswith("_FILE") else "1"
        given = read_environment(Installation, {name: value})
        assert given.problems == []
        assert list(given.names.values()) == [name]


def test_every_secret_has_its_line() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert {name for name, _ in stand_ins(CONFIG)} <= set(VARIABLE.findall(example))


# --- examples ---------------------------------------------------------------------------------


def hunks(diff: str) -> Iterator[tuple[str, str]]:
    """(old lines, new lines), each as text that ends with a line end."""
    for old, new in re.findall(r"((?:^-.*\n)+)((?:^\+.*\n)+)", diff, re.MULTILINE):
        yield re.sub("^-", "", old, flags=re.MULTILINE), re.sub(r"^\+", "", new, flags=re.MULTILINE)


def check_with(diff: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What `./qc check` prints when the example scenario is changed so."""
    text = (ROOT / "scenarios" / SCENARIO).read_text(encoding="utf-8")
    changes = list(hunks(diff))
    assert sum(part.count("\n") for change in changes for part in change) == diff.count("\n")
    for old, new in changes:
        assert text.count(old) == 1, f"stands not once in the scenario: {old}"
        text = text.replace(old, new)
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / SCENARIO).write_text(text, encoding="utf-8")
    (folder / "config.yaml").write_bytes(CONFIG.read_bytes())
    monkeypatch.chdir(folder)
    problems = examine(Path("config.yaml"), with_secrets=False).problems
    return [*map(str, problems), f"{len(problems)} fault(s)"] if problems else []


def examples() -> list[tuple[str, list[str]]]:
    """Every diff of the README, and the output of `check` under it."""
    found = BLOCK.findall(READMES[0].read_text(encoding="utf-8"))
    pairs = zip(found, [*found[1:], ("", "")], strict=True)
    return [
        (body, output.splitlines()[1:] if output.startswith("$ ./qc check") else [])
        for (language, body), (_, output) in pairs
        if language == "diff"
    ]


@pytest.mark.parametrize(("diff", "output"), examples())
def test_change_of_the_scenario_is_judged_as_shown(
    diff: str, output: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("QC_")]:
        monkeypatch.delenv(name)
    assert check_with(diff, tmp_path, monkeypatch) == output


def test_outputs_are_the_same_in_both() -> None:
    shown = [[body for body in blocks(page, "text") if body.startswith("$ ./qc check")] for page in READMES]
    assert shown[0] == shown[1]
    assert len(shown[0]) == 2


def templates_of(node: object) -> Iterator[tuple[str, str, list[str]]]:
    """(name, text, variables) of every text that has an approved template."""
    if isinstance(node, dict):
        if "template" in node:
            yield node["template"].partition("|")[0], node["text"].strip(), node.get("template_variables", [])
        node = list(node.values())
    for one in node if isinstance(node, list) else ():
        yield from templates_of(one)


@each_readme
def test_templates_have_the_texts_of_the_scenario(page: Path) -> None:
    shown = page.read_text(encoding="utf-8")
    found = list(templates_of(plain(read_file(ROOT / "scenarios" / SCENARIO).root)))
    assert len({name for name, _, _ in found}) == 3
    for name, text, variables in found:
        for number, variable in enumerate(variables, 1):
            text = text.replace(f"{{{variable}}}", f"{{{{{number}}}}}")
        assert f"| `{name}` | {text.replace(chr(10), '<br>')} |" in shown


# --- dependencies -----------------------------------------------------------------------------


def project() -> dict[str, list[str]]:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    develop = [one for group in told["dependency-groups"].values() for one in group]
    extras = [one for extra in told["project"]["optional-dependencies"].values() for one in extra]
    groups = {"run": [*told["project"]["dependencies"], *extras], "dev": develop}
    return {name: [m[0] for one in wanted if (m := NAME.match(one))] for name, wanted in groups.items()}


def test_every_dependency_has_its_reason() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    to_run, to_develop = page.split("## To develop")
    names = [{name for name in PACKAGE.findall(part) if name != "package"} for part in (to_run, to_develop)]
    assert names == [set(project()["run"]), set(project()["dev"])]


def test_requirements_are_as_fresh_as_the_lock() -> None:
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    versions: dict[str, set[str]] = {}
    for one in locked:
        versions.setdefault(one["name"], set()).add(one.get("version", ""))
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    written = {
        (name, version) for name, version in re.findall(r"^([a-z0-9-]+)==([^\s;]+)", text, re.MULTILINE)
    }
    assert written == {(name, version) for name in needed(locked) for version in versions[name]}
    assert re.findall(r"^-|https?://", text, re.MULTILINE) == []


def needed(locked: list[dict[str, Any]]) -> set[str]:
    """Names of all packages that the product needs to run, with those that they need in turn."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for one in locked:
        by_name.setdefault(str(one["name"]), []).append(one)
    seen: set[tuple[str, str]] = set()
    todo = [("qc-engine", "")]
    while todo:
        name, extra = todo.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        for package in by_name[name]:
            todo += links(package, extra)
    return {name for name, _ in seen} - {"qc-engine"}


def links(package: dict[str, Any], extra: str) -> Iterator[tuple[str, str]]:
    optional = package.get("optional-dependencies", {})
    wanted = optional.get(extra, []) if extra else package.get("dependencies", [])
    for one in wanted:
        yield one["name"], ""
        yield from ((one["name"], inner) for inner in one.get("extra", ()))
