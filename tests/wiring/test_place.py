"""What an installation knows of its place by config.yaml and the machine."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from qc_engine.clock import FixedClock
from qc_engine.flow.duties import Alone
from qc_engine.flow.standing import Guarded
from qc_engine.ids import RandomIds
from qc_engine.store import workers
from qc_engine.store.database import Database
from qc_engine.wiring import engine, place
from qc_engine.wiring.installation import Installation, read_installation
from tests.conftest import NOON

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def settings() -> Installation:
    return read_installation(ROOT / "config.yaml", with_secrets=False)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(place, "MACHINE_FILE", tmp_path / "machine-id")
    monkeypatch.setattr(place, "OF_CONTAINERS", (tmp_path / ".dockerenv",))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    return tmp_path


def test_a_machine_is_known_by_a_fingerprint(settings: Installation, machine: Path, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/qc.db")
    assert place.here(settings, database).machine == "", "there is no number"
    (machine / "machine-id").write_text("0123456789abcdef\n")
    one = place.here(settings, database).machine
    assert len(one) == 32
    assert "0123456789abcdef" not in one
    (machine / "machine-id").write_text("0123456789abcdee\n")
    assert place.here(settings, database).machine not in ("", one)


def test_containers_and_servers_have_no_machine(
    settings: Installation, machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (machine / "machine-id").write_text("0123456789abcdef\n")
    file, server = Database(f"sqlite:///{tmp_path}/qc.db"), Database("postgresql://nowhere.test/qc")
    assert place.here(settings, server).machine == ""
    (machine / ".dockerenv").touch()
    assert place.here(settings, file).machine == ""
    (machine / ".dockerenv").unlink()
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    assert place.here(settings, file).machine == ""


def test_doors_are_open_for_a_copy_only_where_they_lead_to_this_machine(settings: Installation) -> None:
    assert place.sandboxed(settings) == {"form"}, "of real addresses none"
    crm = settings.bitrix24.model_copy(
        update={"webhook_url": SecretStr("http://127.0.0.1:9001/rest/1/secret/"), "oauth": None}
    )
    chat = settings.chat2desk.model_copy(update={"base_url": "http://localhost:9002"})
    local = settings.model_copy(update={"bitrix24": crm, "chat2desk": chat})
    assert place.sandboxed(local) == {"form", "bitrix24", "chat2desk"}


def test_a_worker_elsewhere_says_nothing_and_takes_nothing(
    settings: Installation, database: Database, clock: FixedClock
) -> None:
    """As the engine puts it together: also its first beat, that of a server, is left out."""
    url = database.engine.url.render_as_string(hide_password=False)
    home = settings.model_copy(update={"database_url": url, "secret_key": SecretStr("k" * 16)})
    away = home.model_copy(update={"public_url": "https://staging.example.kz"})
    for given, lives in ((home, True), (away, False)):
        standing = place.standing_of(given, database)
        sharing = engine._shared(standing, given, RandomIds(), clock, "worker")
        assert isinstance(sharing, Guarded)
        sharing.beat()
        with database.reading() as session:
            seen = [one.worker.id for one in workers.seen(session, NOON)]
        assert (sharing.id in seen) is lives
    assert isinstance(engine._shared(standing, away, RandomIds(), clock, ""), Alone)
