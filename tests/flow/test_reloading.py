"""A scenario is edited while cases run: what takes effect, when, and what stands when it is broken."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest
from sqlmodel import col, select

from qc_engine.clock import FixedClock
from qc_engine.core.events import AnswerReceived
from qc_engine.core.scenario import MoveDealTo
from qc_engine.explain.overview import as_text
from qc_engine.explain.voice import Voice
from qc_engine.flow.versions.library import Library
from qc_engine.flow.watching.status import status
from qc_engine.ports import Arrival
from qc_engine.scenario_files.load import BadScenarios, load_text
from qc_engine.store import notebook, scenarios
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow
from qc_engine.wiring import reloading
from qc_engine.wiring.reloading import Watched
from tests.flow.fakes import NAMES, PHONE
from tests.flow.running import SCENARIO, Running

TYPO = ("average_below: 8", "average_bellow: 8")
STORY = """\
of: small
tests:
  - name: доволен
    story:
      - client: "9"
      - expect: {said: Спасибо!, end: happy}
"""


@pytest.fixture
def running(database: Database, clock: FixedClock, tmp_path: Path) -> Running:
    return Running(database, clock, tmp_path / "scenarios")


def says(running: Running, phone: str, text: str, number: int) -> None:
    arrival = Arrival(f"inbox:{number}", AnswerReceived(phone, text, running.flow.clock.now(), number))
    running.flow.arrive(arrival, portal="")
    running.flow.settle()


def versions(running: Running) -> dict[int, str]:
    with running.database.reading() as session:
        rows = session.exec(select(CaseRow).order_by(col(CaseRow.deal_id))).all()
        return {row.deal_id: row.version for row in rows}


def test_the_first_start_takes_the_folder_down(running: Running) -> None:
    (entry,) = running.log
    assert (entry.what, entry.by, entry.to_version) == ("activated", "file", running.version)
    assert (running.row.version, running.row.file_version) == (running.version, running.version)


def test_new_cases_take_the_new_text_and_running_ones_keep_theirs(running: Running) -> None:
    first = running.version
    running.flow.close_order(1, "77010000001")
    running.flow.later(hours=1)
    running.edit("Спасибо!", "Большое спасибо!")
    running.flow.close_order(2, "77010000002")
    running.flow.later(hours=1)
    says(running, "77010000001", "10", 5001)
    says(running, "77010000002", "10", 5002)
    assert versions(running) == {1: first, 2: running.version}
    assert running.flow.world.texts[-2:] == ["Спасибо!", "Большое спасибо!"]
    assert [(one.by, one.from_version, one.to_version) for one in running.log][1:] == [
        ("file", first, running.version)
    ]


def test_a_broken_edit_changes_nothing_and_is_told_until_it_is_mended(running: Running) -> None:
    before = running.version
    running.edit(*TYPO)
    assert running.version == before
    alarm = running.alarm
    assert alarm is not None
    line = SCENARIO.splitlines().index("        when: {average_below: 8}") + 1
    assert (alarm["file"], alarm["line"], alarm["portal"]) == (str(running.path), str(line), "main")
    assert "average_bellow" in alarm["text"]
    running.flow.close_order(1, PHONE)
    assert versions(running) == {1: before}
    running.edit(*reversed(TYPO))
    assert (running.alarm, running.version) == (None, before)


def test_one_broken_file_holds_the_whole_folder_back(running: Running) -> None:
    before = running.version
    (running.folder / "other.yaml").write_text("scenario: other\n", "utf-8")
    running.edit("Спасибо!", "Благодарим!")
    assert running.version == before
    (running.folder / "other.yaml").unlink()
    running.beat()
    assert running.version != before
    assert running.alarm is None


# --- the tests of a scenario ------------------------------------------------------------------


def with_story(running: Running, text: str = STORY) -> Path:
    path = running.folder / "small.tests.yaml"
    path.write_text(text, "utf-8")
    running.beat()
    return path


def test_what_its_own_tests_refuse_changes_nothing(running: Running) -> None:
    story, before = with_story(running), running.version
    running.edit("say: Спасибо!", "say: Благодарим!")
    alarm = running.alarm
    assert alarm is not None
    assert (running.version, alarm["file"], alarm["line"]) == (before, str(story), "6")
    assert "доволен" in alarm["text"]
    running.start()
    assert (running.version, running.alarm is None) == (before, False)
    with_story(running, STORY.replace("Спасибо!", "Благодарим!"))
    assert (running.alarm, running.version == before) == (None, False)
    assert [(one.what, one.by) for one in running.log] == [("activated", "file")] * 2


def test_tests_in_the_file_itself_count_too(running: Running) -> None:
    before, own = running.version, STORY.partition("\n")[2]
    running.path.write_text(SCENARIO + own.replace("end: happy", "end: unanswered"), "utf-8")
    running.beat()
    assert (running.version, (running.alarm or {}).get("file")) == (before, str(running.path))
    running.path.write_text(SCENARIO + own, "utf-8")
    running.beat()
    assert (running.alarm, running.version == before) == (None, False)


def test_a_slip_in_a_test_holds_the_change_back(running: Running) -> None:
    before = running.version
    with_story(running, STORY.replace("client:", "clinet:"))
    running.edit("say: Спасибо!", "say: Благодарим!")
    assert (running.version, "clinet" in (running.alarm or {}).get("text", "")) == (before, True)


def test_tests_of_what_has_not_changed_hold_nothing_back(running: Running) -> None:
    """Somebody activated it although they fail: another file is not to wait for that."""
    running.edit("say: Спасибо!", "say: Благодарим!")
    with_story(running)
    other = SCENARIO.replace("scenario: small", "scenario: other\ninstead_of: small")
    (running.folder / "other.yaml").write_text(other, "utf-8")
    running.beat()
    assert (running.alarm, set(running.flow.libraries[MAIN].active)) == (None, {"small", "other"})


def test_a_first_start_with_failing_tests_is_refused(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "small.tests.yaml").write_text(STORY.replace("happy", "unanswered"), "utf-8")
    with pytest.raises(BadScenarios, match=r"small\.tests\.yaml:6"):
        Running(database, clock, folder)


def test_by_hand_the_tests_are_for_activate_to_play(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    running = Running(database, clock, tmp_path / "scenarios", by_hand=True)
    with_story(running)
    running.edit("say: Спасибо!", "say: Благодарим!")
    assert [one.what for one in running.log] == ["activated", "waiting"]
    assert running.alarm is None


# --- what stands while it is broken -----------------------------------------------------------


def test_a_restart_with_a_broken_folder_goes_on_with_the_last_good_one(running: Running) -> None:
    before = running.version
    running.flow.close_order(1, "77010000001")
    running.path.write_text(SCENARIO.replace(*TYPO), "utf-8")
    running.start()
    assert running.version == before
    assert running.alarm is not None
    running.flow.close_order(2, "77010000002")
    running.flow.later(hours=1)
    assert versions(running) == {1: before, 2: before}
    assert running.flow.world.texts == ["Оцените от 1 до 10"] * 2
    running.edit(*reversed(TYPO))
    assert running.alarm is None


def test_a_first_start_with_a_broken_folder_is_refused(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "small.yaml").write_text(SCENARIO, "utf-8")
    with pytest.raises(BadScenarios):
        Running(database, clock, folder, SCENARIO.replace(*TYPO))


def test_by_hand_a_new_version_waits(database: Database, clock: FixedClock, tmp_path: Path) -> None:
    running = Running(database, clock, tmp_path / "scenarios", by_hand=True)
    before = running.version
    running.edit("Спасибо!", "Большое спасибо!")
    assert running.version == before
    with database.reading() as session:
        (waiting,) = scenarios.waiting(session, MAIN)
        kept = notebook.version(session, MAIN, waiting.file_version)
    assert kept is not None
    assert "Большое спасибо!" in kept.source
    assert [one.what for one in running.log] == ["activated", "waiting"]
    running.start()
    assert running.version == before
    activated(running, waiting.file_version)
    assert running.version == waiting.file_version


def activated(running: Running, version: str) -> None:
    """As `qc scenario activate` writes it, from another process."""
    with running.database.transaction() as session:
        row = scenarios.get(session, MAIN, "small")
        assert row is not None
        row.version = version
        scenarios.note(session, row, "activated", "Мария", running.flow.clock.now(), after=version)
    running.beat()


def test_an_older_version_stays_until_the_file_changes_again(running: Running) -> None:
    first = running.version
    running.edit("Спасибо!", "Большое спасибо!")
    activated(running, first)
    running.start()
    assert running.version == first
    running.flow.close_order(1, PHONE)
    running.flow.later(hours=1)
    says(running, PHONE, "9", 5001)
    assert running.flow.world.texts[-1] == "Спасибо!"
    running.edit("Большое спасибо!", "Огромное спасибо!")
    assert running.version not in (first, "")
    assert running.version == running.row.file_version


def test_a_file_that_is_gone_begins_nothing_and_running_cases_go_on(running: Running) -> None:
    running.flow.close_order(1, PHONE)
    running.flow.later(hours=1)
    running.path.rename(running.folder / "small.yaml.bak")
    (running.folder / "other.yaml").write_text(
        SCENARIO.replace("scenario: small", "scenario: other"), "utf-8"
    )
    running.beat()
    assert set(running.flow.libraries[MAIN].active) == {"other"}
    says(running, PHONE, "9", 5001)
    assert running.flow.world.texts[-1] == "Спасибо!"
    assert [one.what for one in running.log] == ["activated", "file_gone"]


def test_a_file_is_read_when_it_has_come_to_rest(running: Running) -> None:
    watched = Watched(running.folder)
    assert not watched.has_changed()
    running.path.write_text(SCENARIO[:200], "utf-8")
    assert not watched.has_changed()
    running.path.write_text(SCENARIO + "\n", "utf-8")
    assert not watched.has_changed()
    assert watched.has_changed()
    assert not watched.has_changed()


def test_a_folder_that_is_gone_is_told_and_the_last_good_one_leads(running: Running) -> None:
    before = running.version
    running.folder.rename(running.folder.with_name("elsewhere"))
    running.beat()
    assert (running.version, (running.alarm or {}).get("file")) == (before, str(running.folder))
    running.folder.with_name("elsewhere").rename(running.folder)
    running.beat()
    assert (running.version, running.alarm) == (before, None)


def test_a_reading_that_met_a_fault_is_made_again(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database may be busy at that very moment: the change must not be forgotten."""
    before = running.version

    def busy(*_: object, **__: object) -> None:
        raise TimeoutError

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(reloading, "take_note", busy)
        with pytest.raises(TimeoutError):
            running.edit("Спасибо!", "Благодарим!")
    assert running.version == before
    running.beat()
    assert running.version != before


def test_the_alarm_does_not_wait_until_the_portal_has_told_its_names(running: Running) -> None:
    told: list[dict[str, str] | None] = []
    running.reloading.ask_names = lambda: told.append(running.alarm)
    running.edit("Спасибо!", "Благодарим!")
    assert told == []
    running.edit(*TYPO)
    assert [alarm is not None for alarm in told] == [True]
    running.beat()
    assert len(told) == 1


def test_a_name_made_at_the_portal_a_moment_ago_is_known_at_once(running: Running) -> None:
    known = replace(NAMES, stages={**NAMES.stages, "Только что": "UC_NEW"})

    def ask() -> None:
        running.site = replace(running.site, names=known)
        running.reloading.renamed(lambda _: None)

    running.edit("move_deal: Оценка качества", "move_deal: Только что")
    assert running.alarm is not None
    running.reloading.ask_names = ask
    running.edit("say: Спасибо!", "say: Благодарим!")
    assert running.alarm is None
    step = running.flow.libraries[MAIN].active["small"].steps["ask"]
    assert next(one.stage for one in step.do if isinstance(one, MoveDealTo)) == "UC_NEW"


def test_a_start_with_a_folder_that_names_what_is_not_there_yet(running: Running) -> None:
    running.path.write_text(SCENARIO.replace("move_deal: Оценка качества", "move_deal: Только что"), "utf-8")
    running.start()
    assert running.alarm is not None
    known = replace(NAMES, stages={**NAMES.stages, "Только что": "UC_NEW"})
    running.site = replace(running.site, names=known)
    running.reloading.renamed(lambda _: None)
    assert running.alarm is None


def test_a_pause_holds_although_a_version_cannot_be_read(running: Running) -> None:
    with running.database.transaction() as session:
        row = scenarios.get(session, MAIN, "small")
        assert row is not None
        row.candidate, row.mode = "nobody_keeps_it", scenarios.RAMP
        session.add(row)
    paused(running)
    assert running.flow.libraries[MAIN].resting == {"small"}


def test_what_was_renamed_stays_renamed_when_somebody_pauses(running: Running) -> None:
    """Names come by another way than files and commands, and neither undoes the other."""
    renamed = replace(NAMES, stages={**NAMES.stages, "Оценка качества": "UC_OTHER"})

    def learn(library: Library) -> None:
        texts = library.sources.items()
        library.active = {name: load_text(text, name, renamed) for name, text in texts}

    learn(running.flow.libraries[MAIN])
    running.reloading.names = lambda: asdict(renamed)
    running.reloading.renamed(learn)
    paused(running)
    assert running.flow.libraries[MAIN].resting == {"small"}
    step = running.flow.libraries[MAIN].active["small"].steps["ask"]
    assert next(one.stage for one in step.do if isinstance(one, MoveDealTo)) == "UC_OTHER"


def paused(running: Running) -> None:
    with running.database.transaction() as session:
        row = scenarios.get(session, MAIN, "small")
        assert row is not None
        row.state = scenarios.PAUSED
        session.add(row)
    running.beat()


def test_status_tells_what_waits_and_what_rests(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    running = Running(database, clock, tmp_path / "scenarios", by_hand=True)
    running.edit("Спасибо!", "Большое спасибо!")
    paused(running)
    document = status(database, clock)
    assert [(one["what"], one["version"]) for one in document["scenarios"]] == [
        ("waiting", running.row.file_version),
        ("paused", running.version),
    ]
    text = as_text(document, Voice("ru", "Asia/Almaty"))
    short = running.row.file_version[:8]
    assert f"Сценарий small: новая версия {short} проверена и ждёт: qc scenario activate small" in text
    assert "Сценарий small на паузе" in text
