"""A key is changed while the engine goes on: nothing is lost, nothing is readable, nobody is forgotten."""

import json
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from qc_engine.__main__ import app
from qc_engine.clock import FixedClock, SystemClock
from qc_engine.phones import normalise
from qc_engine.store import backup, resealing, two_steps, workers
from qc_engine.store.console_tables import TwoStepRow
from qc_engine.store.database import Database
from qc_engine.store.erasure import record
from qc_engine.store.memory import DatabaseMemory, Seal
from qc_engine.web.console import codes
from qc_engine.wiring.installation import Installation, read_installation
from qc_engine.wiring.keeping import CannotChange, Keeper, findings
from qc_engine.wiring.keys import WrongKey, key_file, keys_of, lasting_secret, secret_of
from qc_engine.wiring.portals import fingerprints
from qc_engine.wiring.workforce import this_worker
from tests.conftest import NOON

ROOT = Path(__file__).resolve().parents[2]
TOKEN, STEP, FIRST, SECOND = (
    "refresh-c4n4ry",
    b"step-c4n4ry-of-20-by",
    "first-key-c4n4ry",
    "second-key-c4n4ry",
)
PHONE = "77015550001"


def settings_of(database: Database, now: str = "", former: str = "") -> Installation:
    given = read_installation(ROOT / "config.yaml", with_secrets=False)
    url = database.engine.url.render_as_string(hide_password=False)
    keys = {"secret_key": SecretStr(now), "previous_secret_key": SecretStr(former)}
    return given.model_copy(update={"database_url": url, **keys})


def keeper(database: Database, now: str = "", former: str = "") -> Keeper:
    return Keeper(settings_of(database, now, former), database, FixedClock(NOON))


def filled(database: Database, clock: FixedClock, key: str, notes: int = 3) -> None:
    """An installation that has run with this key: tokens, a second step, what lasts, and what is no secret."""
    memory = DatabaseMemory(database, clock, key, "bitrix24:")
    for number in range(notes):
        memory.write(f"tokens{number}", TOKEN, sealed=True)
    memory.write("origin", "plain")
    lasting_secret(settings_of(database, key), database, clock)
    with database.transaction() as session:
        two_steps.begin(session, "anna", codes.sealed(Seal(key), "anna", STEP), clock.now())


def opened(database: Database, clock: FixedClock, key: str) -> tuple[str, bytes, str]:
    memory = DatabaseMemory(database, clock, key, "bitrix24:")
    with database.reading() as session:
        step = session.get_one(TwoStepRow, "anna").secret
    return memory.read("tokens0"), codes.opened(Seal(key), "anna", step), memory.read("origin")


# --- from one key to the next -----------------------------------------------------------------


def test_everything_moves_to_the_new_key_and_the_old_one_may_go(
    database: Database, clock: FixedClock
) -> None:
    filled(database, clock, FIRST)
    both = keeper(database, SECOND, FIRST)
    before = both.stand()
    assert (before.fresh, len(before.old), before.lost) == (0, 5, [])
    told: list[tuple[int, int]] = []
    after = both.rotate(lambda *one: told.append(one))
    assert (after.fresh, after.old, after.lost, told) == (5, [], [], [(5, 5)])
    assert opened(database, clock, SECOND) == (TOKEN, STEP, "plain")
    assert both.rotate(lambda *one: told.append(one)).fresh == 5
    assert len(told) == 1, "nothing is sealed twice"


def test_broken_off_in_the_middle_it_goes_on(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "AT_ONCE", 2)
    filled(database, clock, FIRST)

    def killed(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keeper(database, SECOND, FIRST).rotate(killed)
    assert len(keeper(database, SECOND, FIRST).stand().old) == 3
    assert keeper(database, SECOND, FIRST).rotate(lambda *_: None).old == []
    assert opened(database, clock, SECOND) == (TOKEN, STEP, "plain")


def test_what_the_engine_writes_meanwhile_stays(
    database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh between the reading and the writing: the older token must not come back."""
    monkeypatch.setattr(resealing, "AT_ONCE", 1)
    filled(database, clock, FIRST)
    seal, engine = Seal(SECOND, [FIRST]), DatabaseMemory(database, clock, SECOND, "bitrix24:", [FIRST])

    def meanwhile(done: int, _: int) -> None:
        if done == 1:
            engine.write("tokens1", "renewed", sealed=True)

    assert resealing.reseal(database, seal, meanwhile).old == []
    assert [engine.read(f"tokens{number}") for number in range(3)] == [TOKEN, "renewed", TOKEN]


def test_nothing_is_sealed_anew_while_somebody_could_not_read_it(
    database: Database, clock: FixedClock
) -> None:
    filled(database, clock, FIRST)
    before = this_worker("worker", FIRST)
    with database.transaction() as session:
        workers.say(session, before, workers.moment(session, SystemClock()))
    with pytest.raises(CannotChange, match=rf"\({os.getpid()}\)"):
        keeper(database, SECOND, FIRST).rotate(lambda *_: None)
    assert opened(database, clock, FIRST)[0] == TOKEN
    with database.transaction() as session:
        workers.leave(session, before.id, NOON)
        workers.say(session, this_worker("worker", SECOND), workers.moment(session, SystemClock()))
    assert keeper(database, SECOND, FIRST).rotate(lambda *_: None).old == []


# --- what must not change ---------------------------------------------------------------------


def test_marks_and_fingerprints_outlive_every_key(database: Database, clock: FixedClock) -> None:
    """Else tasks would be made twice, and who was erased would be asked again."""
    first, both, last = (
        settings_of(database, *one) for one in ((FIRST,), (SECOND, FIRST), ("third", SECOND))
    )
    assert lasting_secret(first, database, clock) == FIRST
    mark = fingerprints(first, database, clock)(normalise(PHONE))
    for settings in (both, last):
        Keeper(settings, database, clock).rotate(lambda *_: None)
        assert lasting_secret(settings, database, clock) == FIRST
        assert fingerprints(settings, database, clock)(normalise(PHONE)) == mark
    assert secret_of(last) == "third"


def test_an_installation_of_before_begins_with_its_oldest_key(
    sqlite_database: Database, clock: FixedClock
) -> None:
    """It had no such note, and gets a new key and this program at one moment."""
    database = sqlite_database
    assert lasting_secret(settings_of(database, SECOND, FIRST), database, clock) == FIRST


def test_a_wrong_key_is_refused_and_nothing_is_lost(sqlite_database: Database, clock: FixedClock) -> None:
    database = sqlite_database
    filled(database, clock, FIRST)
    wrong = keeper(database, SECOND)
    for do in (
        lambda: lasting_secret(wrong.settings, database, clock),
        lambda: wrong.rotate(lambda *_: None),
    ):
        with pytest.raises(WrongKey, match="QC_PREVIOUS_SECRET_KEY") as caught:
            do()
        assert "c4n4ry" not in str(caught.value)
    now = wrong.stand()
    assert (now.fresh, now.old, len(now.lost)) == (0, [], 5)
    assert opened(database, clock, FIRST) == (TOKEN, STEP, "plain")


def test_a_lost_key_is_given_up_by_a_person(sqlite_database: Database, clock: FixedClock) -> None:
    database = sqlite_database
    filled(database, clock, FIRST)
    keeper(database, SECOND).give_up()
    assert lasting_secret(settings_of(database, SECOND), database, clock) == SECOND
    assert len(keeper(database, SECOND).stand().lost) == 4, "their owners give them anew"


# --- nobody reads them ------------------------------------------------------------------------


def test_neither_the_rows_nor_a_backup_show_a_secret(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """A backup is a copy of every row, of PostgreSQL too."""
    filled(database, clock, FIRST)
    keeper(database, SECOND, FIRST).rotate(lambda *_: None)
    with database.transaction() as session:
        record(
            session,
            fingerprints(settings_of(database, SECOND), database, clock)(PHONE),
            "Анна",
            "",
            "",
            {},
            NOON,
        )
    copy = tmp_path / "copies" / "backup.db"
    copy.parent.mkdir()
    backup.back_up(database, copy, NOON)
    held = copy.read_bytes()
    if database.path:
        held += b"".join(one.read_bytes() for one in database.path.parent.glob("qc.db*"))
    assert b"plain" in held, "it is looked for where rows are"
    for canary in (TOKEN, FIRST, SECOND, PHONE, STEP.decode(), STEP.hex()):
        assert canary.encode() not in held


# --- the doctor -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "former", "ok", "said"),
    [
        (FIRST, "", True, "зашифрованы нынешним ключом: 5"),
        (FIRST, "older", True, "прежние ключи больше не нужны: уберите QC_PREVIOUS_SECRET_KEY"),
        (SECOND, FIRST, False, "Под прежним ключом ещё 5 из 5"),
        (SECOND, f"other {FIRST}", False, "qc secrets rotate"),
        (SECOND, "", False, "qc secrets give-up"),
    ],
)
def test_the_doctor_tells_how_the_keys_stand(
    sqlite_database: Database, clock: FixedClock, now: str, former: str, ok: bool, said: str
) -> None:
    filled(sqlite_database, clock, FIRST)
    (found,) = findings(settings_of(sqlite_database, now, former), sqlite_database)
    assert (found.ok, said in f"{found.what} {found.remedy}") == (ok, True), found
    assert "c4n4ry" not in f"{found}"


# --- the file beside the database -------------------------------------------------------------


def test_a_file_of_keys_is_made_once_and_for_us_alone(sqlite_database: Database) -> None:
    settings = settings_of(sqlite_database)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(secret_of(settings))) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert len(found) == 8
    assert len(set(found)) == 1, "of those who start together all have one key"
    path = key_file(settings)
    assert (path.stat().st_mode & 0o777, len(found[0])) == (0o600, 64)
    assert [one.name for one in path.parent.glob("qc.key*")] == ["qc.key"]
    path.chmod(0o644)
    assert any("chmod 600" in one.remedy for one in findings(settings, sqlite_database))


def test_commands_lead_from_one_key_to_the_next(sqlite_database: Database, clock: FixedClock) -> None:
    settings = settings_of(sqlite_database)
    path = key_file(settings)
    config = path.with_name("config.yaml")
    lines = (
        (ROOT / "config.yaml")
        .read_text("utf-8")
        .replace("scenarios: scenarios", f"scenarios: {ROOT}/scenarios")
    )
    rest = [one for one in lines.splitlines() if not one.startswith("database_url:")]
    config.write_text("\n".join([f"database_url: {settings.database_url}", *rest]), "utf-8")
    filled(sqlite_database, clock, secret_of(settings))
    before = keys_of(settings).now
    assert json.loads(qc(config, "status", "--json").stdout)["sealed_with_this_key"] == 5
    assert qc(config, "new").exit_code == 0
    known = keys_of(settings)
    assert (known.former, known.now != before, path.stat().st_mode & 0o777) == ((before,), True, 0o600)
    early = qc(config, "drop")
    assert (early.exit_code, "qc secrets rotate" in early.stderr) == (1, True)
    assert qc(config, "status").exit_code == 1
    done = qc(config, "rotate")
    assert (done.exit_code, "5 of 5" in done.stderr, "under the key of today: 5" in done.stdout) == (
        0,
        True,
        True,
    )
    assert "former keys taken out: 1" in qc(config, "drop").stdout
    assert keys_of(settings) == replace(known, former=())
    assert opened(sqlite_database, clock, known.now) == (TOKEN, STEP, "plain")
    assert before not in done.output + early.output


def test_lost_for_ever_is_said_by_a_person(sqlite_database: Database) -> None:
    assert CliRunner().invoke(app, ["secrets", "give-up"]).exit_code == 2


def test_a_configured_key_is_not_ours_to_write(sqlite_database: Database) -> None:
    for do in (keeper(sqlite_database, FIRST).begin, keeper(sqlite_database, FIRST).drop):
        with pytest.raises(CannotChange, match="QC_PREVIOUS_SECRET_KEY"):
            do()
    assert not key_file(settings_of(sqlite_database)).exists()


def qc(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["secrets", *words, "--config", str(config)])
