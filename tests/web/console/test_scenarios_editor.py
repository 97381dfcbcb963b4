"""The editor: what it says while somebody writes, when it writes the file, and when it refuses."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from qc_engine.store import notebook
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.telling.scenarios import saving, switching
from qc_engine.web.console.policy import Role
from qc_engine.wiring import Installation
from tests.web.console.house import csrf
from tests.web.console.shop import BROKEN, PATH, STRICTER, THANKS, WHY, Shop, opened, send


@pytest.fixture
def shop(sqlite_database: Database, settings: Installation, tmp_path: Path) -> Shop:
    return opened(sqlite_database, settings, tmp_path / "scenarios")


@pytest.fixture
def each_shop(database: Database, settings: Installation, tmp_path: Path) -> Shop:
    """The same over either kind of database."""
    return opened(database, settings, tmp_path / "scenarios")


def stamp(client: TestClient) -> str:
    """Of the file as the editor has opened it."""
    return client.get(f"{PATH}/edit").text.split('name="stamp" value="', 1)[1].split('"', 1)[0]


def changed(shop: Shop, *changes: tuple[str, str]) -> str:
    """The text with these changes, as a browser sends it."""
    text = shop.text
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return text.replace("\n", "\r\n")


def places(page: str) -> Sequence[tuple[str, str]]:
    return re.findall(r'data-line="(\d+)" data-column="(\d+)"', page)


def files(shop: Shop) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in shop.folder.iterdir()}


# --- while somebody writes --------------------------------------------------------------------


def test_the_text_as_it_is_with_a_number_for_each_line(shop: Shop) -> None:
    page = shop.house.signed_in().get(f"{PATH}/edit").text
    text = page.split("<textarea", 1)[1].split(">\n", 1)[1].split("</textarea>", 1)[0]
    assert text.replace("&#34;", '"').replace("&#39;", "'") == shop.text
    numbers = page.split("data-numbers>", 1)[1].split("<", 1)[0].split()
    assert numbers == [str(number + 1) for number in range(shop.text.count("\n") + 1)]


@pytest.mark.parametrize(
    ("change", "at", "says"),
    [
        (BROKEN, ("13", "32"), "did you mean &#39;average_at_least&#39;"),
        (("go_to: unhappy", "go_to: nowhere"), ("19", "20"), "nowhere"),
        (("scenario: small", "scenario: other"), ("1", "11"), "this is the file of scenario"),
        (("title: ", "title: [[["), ("3", "6"), "a bracket is opened"),
        (("steps:", "include: [../../etc/passwd.yaml]\nsteps:"), ("7", "11"), "leads out of the folder"),
        (("steps:", "tests:\n  - {name: x, story: []}\nsteps:"), ("8", "22"), "nothing is expected"),
    ],
)
def test_faults_are_told_with_their_places(
    shop: Shop, change: tuple[str, str], at: tuple[str, str], says: str
) -> None:
    before = files(shop)
    status, page = send(shop.house.signed_in(), "/check", text=changed(shop, change))
    assert (status, "<html" in page, "Ошибок:" in page, says in page) == (200, False, True, True)
    assert at in places(page)
    assert str(shop.folder) not in page
    assert files(shop) == before


def test_no_faults_are_told_too(shop: Shop) -> None:
    status, page = send(shop.house.signed_in(), "/check", text=changed(shop, THANKS))
    assert (status, "Ошибок нет" in page, "data-notice" in page) == (200, True, False)


def test_what_follows_from_a_fault_is_not_told(shop: Shop) -> None:
    text = changed(shop, ("end: happy", "end: glad"), ("go_to: unhappy", "go_to: nowhere"))
    page = send(shop.house.signed_in(), "/check", text=text)[1]
    assert ("small.tests.yaml" in page, places(page)) == (False, [("19", "20")])


def test_the_tests_beside_are_read_with_it(shop: Shop) -> None:
    page = send(shop.house.signed_in(), "/check", text=changed(shop, ("end: happy", "end: glad")))[1]
    assert "small.tests.yaml" in page, "they expect an end that there is no more"


@pytest.mark.parametrize("text", ["", "[", "\x00", "\ud800", "x" * 200_000, "- " * 9000])
def test_nothing_that_is_typed_breaks_it(shop: Shop, text: str) -> None:
    client = shop.house.signed_in()
    form = {"text": text.encode("utf-8", "surrogatepass"), "csrf": csrf(client.get(PATH).text)}
    answer = client.post(f"{PATH}/check", data=form)
    assert (answer.status_code, "Ошибок:" in answer.text) == (200, True)


def test_there_is_an_end_to_what_is_taken(shop: Shop) -> None:
    client = shop.house.signed_in()
    assert [send(client, path, text="я" * 200_000)[0] for path in ("/check", "/edit")] == [413, 413]


# --- saving -----------------------------------------------------------------------------------


def test_it_is_saved_and_in_force(each_shop: Shop) -> None:
    client, before, old = each_shop.house.signed_in(Role.INTEGRATOR), each_shop.row.version, each_shop.text
    text = changed(each_shop, THANKS)
    each_shop.file.chmod(0o640)
    status, page = send(client, "/edit", text=text, stamp=stamp(client), reason=WHY)
    assert (status, "Файл записан" in page) == (200, True)
    assert each_shop.text == old.replace(*THANKS), "with the line ends of files"
    assert sorted(files(each_shop)) == ["small.tests.yaml", "small.yaml", "small.yaml.before"]
    assert files(each_shop)["small.yaml.before"] == old
    assert each_shop.file.stat().st_mode & 0o777 == 0o640
    now = each_shop.row
    assert now.version == now.file_version != before
    assert each_shop.log[-1] == ("activated", "Анна", WHY)
    assert each_shop.audit() == [("Анна", "scenario.save", "scenario:main:small")]
    with each_shop.house.database.reading() as session:
        kept = [row.version for row in notebook.versions_of(session, MAIN, "small")]
    assert sorted(kept) == sorted([before, now.version])
    assert each_shop.noticed(by_hand=False) == now.version
    assert each_shop.log[-1][1] == "Анна", "the engine finds nothing new in the folder"


def test_a_broken_file_can_be_mended_here(shop: Shop) -> None:
    good = changed(shop, THANKS)
    shop.file.write_text("scenario: small\nsteps: [", "utf-8")
    client = shop.house.signed_in()
    assert send(client, "/edit", text=good, stamp=stamp(client), reason=WHY)[0] == 200
    assert files(shop)["small.yaml.before"] == "scenario: small\nsteps: ["


def another_file(shop: Shop) -> None:
    (shop.folder / "other.yaml").write_text("scenario: [", "utf-8")


def edited(shop: Shop) -> None:
    shop.file.write_text(shop.text + "# somebody was here\n", "utf-8")


def same(shop: Shop) -> None:
    pass


REFUSALS: Sequence[tuple[str, list[tuple[str, str]], Callable[[Shop], None], str]] = [
    ("a fault", [BROKEN], same, "small.yaml:13:32"),
    ("a test that fails", [STRICTER], same, "small.tests.yaml:6:"),
    ("a fault of a neighbour", [THANKS], another_file, "other.yaml:1:"),
    ("somebody edited the file", [THANKS], edited, "Файл тем временем изменил кто-то другой"),
    ("another scenario", [("scenario: small", "scenario: other")], same, "small.yaml:1:11"),
    ("nothing has changed", [], same, "менять нечего"),
]


@pytest.mark.parametrize(
    ("changes", "meanwhile", "says"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS]
)
def test_nothing_is_written_when(
    shop: Shop, changes: list[tuple[str, str]], meanwhile: Callable[[Shop], None], says: str
) -> None:
    client, row = shop.house.signed_in(), shop.row
    text, opened_as = changed(shop, *changes), stamp(client)
    meanwhile(shop)
    before = files(shop)
    status, page = send(client, "/edit", text=text, stamp=opened_as, reason=WHY)
    assert (status, "Не сохранено" in page, says in page) == (409, True, True)
    assert all(after in page for _, after in changes), "what was typed is still there"
    assert f'value="{WHY}"' in page
    assert (files(shop), shop.row, shop.audit()) == (before, row, [])


def test_a_reason_is_needed(shop: Shop) -> None:
    client, before = shop.house.signed_in(), files(shop)
    status, page = send(client, "/edit", text=changed(shop, THANKS), stamp=stamp(client), reason=" ")
    assert (status, "Напишите причину" in page, "Большое спасибо!" in page) == (409, True, True)
    assert files(shop) == before


def test_a_file_that_changes_in_the_last_moment(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    client, row, put = shop.house.signed_in(), shop.row, switching.put

    def quicker(*given: object) -> str:
        edited(shop)
        return put(*given)  # type: ignore[arg-type]

    text, opened_as = changed(shop, THANKS), stamp(client)
    monkeypatch.setattr(saving, "put", quicker)
    status, page = send(client, "/edit", text=text, stamp=opened_as, reason=WHY)
    assert (status, "кто-то другой" in page) == (409, True)
    assert shop.text.endswith("# somebody was here\n")
    assert (shop.row, shop.audit()) == (row, [])


def test_a_folder_that_cannot_be_written(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    client, row, before = shop.house.signed_in(), shop.row, files(shop)
    monkeypatch.setattr(saving, "_write", full)
    form = {"text": changed(shop, THANKS), "stamp": stamp(client), "reason": WHY}
    status, page = send(client, "/edit", **form)
    assert (status, "не удаётся записать" in page) == (409, True)
    assert (files(shop), shop.row, shop.audit()) == (before, row, [])


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"\xff\xfe", "UTF-8"), (b"#" * 100_001, "100 000"), (None, "нет файла")],
    ids=["no text", "too long", "gone"],
)
def test_what_cannot_be_edited_here(shop: Shop, content: bytes | None, says: str) -> None:
    text = changed(shop, THANKS)
    if content is None:
        shop.file.unlink()
    else:
        shop.file.write_bytes(content)
    client = shop.house.signed_in()
    page = client.get(f"{PATH}/edit")
    assert (page.status_code, says in page.text, "<textarea" in page.text) == (200, True, False)
    assert send(client, "/edit", text=text, stamp="", reason=WHY)[0] == 409


def test_a_link_of_the_disk_is_followed(shop: Shop, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere.yaml"
    shop.file.rename(real)
    shop.file.symlink_to(real)
    client = shop.house.signed_in()
    assert send(client, "/edit", text=changed(shop, THANKS), stamp=stamp(client), reason=WHY)[0] == 200
    assert (shop.file.is_symlink(), "Большое спасибо!" in real.read_text("utf-8")) == (True, True)
