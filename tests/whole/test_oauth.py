"""A local application instead of a webhook: let in by a browser, surveying with tokens that end in mid-run."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.demo.headless import final_account
from tests.whole.installation import Installation, clients, installation, served, until, vendors

CLIENT = {"client_id": "local.quality", "client_secret": "the-key-of-the-application"}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Installation]:
    with vendors(tmp_path) as up, installation(up) as made:
        made.environment = {
            name: value for name, value in made.environment.items() if "QC_BITRIX24" not in name
        } | {"QC_BITRIX24__OAUTH__CLIENT_SECRET": CLIENT["client_secret"]}
        access = {"portal": up.url, "client_id": CLIENT["client_id"], "server": up.url}
        made.config["bitrix24"]["oauth"] = access
        made.write()
        back = f"{made.engine_url}/connect/bitrix24"
        install = f"{made.engine_url}/hooks/bitrix24/install"
        up.post("application", {**CLIENT, "redirect": back, "install": install})
        up.post("switches", {"oauth_allow_at_once": True})
        yield made


def test_let_in_by_a_browser(here: Installation) -> None:
    # Names are read at the first start, so nobody starts before the portal has let us in.
    before = here.qc("run")
    assert before.code == 3, before
    assert "qc bitrix24 connect" in before.err

    page = connected_by_a_browser(here)
    assert "Портал подключён" in page
    here.start_engine()
    everybody_as_expected(here)
    no_token_in_clear(here)


def connected_by_a_browser(here: Installation) -> str:
    """`qc bitrix24 connect` prints an address; an administrator opens it. The page at the end."""
    command = here.begun("bitrix24", "connect")
    assert command.stdout
    printed = ""
    while "Жду" not in printed:
        line = command.stdout.readline().decode()
        assert line, printed
        printed += line
    address = re.search(r"https?://\S+/oauth/authorize/\S+", printed)
    assert address, printed
    page = httpx.get(address[0], follow_redirects=True)
    assert page.status_code == 200, page.text
    rest, _ = command.communicate(timeout=30)
    assert command.returncode == 0, rest.decode()
    assert "Подключено" in rest.decode()
    return page.text


def everybody_as_expected(here: Installation) -> None:
    """Two rounds of clients: in the first all tokens end at once, before the second the engine restarts."""
    here.vendors.post("application/install", {})  # only an installation tells what events are signed with
    play = served(here, clients(here, "happy", "unhappy", "just below"))
    until(lambda: ledger(here)["by_method"].get("crm.item.list"), "the orders are read")
    all_tokens_end_at_once(here)
    play.run()  # a day passes, and what lives for an hour ends by itself
    account = final_account(here, play)
    assert account["ok"], account

    here.stop_engine()
    here.start_engine()
    play = served(here, clients(here, "unhappy", first=10))
    play.run()
    account = final_account(here, play)
    assert account["ok"], account
    assert ledger(here)["tokens_given"] == 1  # nobody had to be let in again


def all_tokens_end_at_once(here: Installation) -> None:
    """Every loop of the engine is refused, and one of them gets new tokens for all."""
    before = ledger(here)
    here.vendors.post("application/expire-tokens", {})
    enough = before["requests"] + 10
    until(lambda: ledger(here)["requests"] > enough, "the engine goes on asking the portal")
    assert ledger(here)["tokens_refreshed"] == before["tokens_refreshed"] + 1


def no_token_in_clear(here: Installation) -> None:
    """Whoever steals the database alone, or reads the log, opens nothing."""
    kept = here.vendors.get("save")
    tokens = secrets_of(kept)
    assert len(tokens) >= 4
    files = [one for one in here.plan.folder.iterdir() if one.suffix != ".key"]
    for file in files:
        content = file.read_bytes()
        assert not [one for one in tokens if one.encode() in content], file.name


def secrets_of(saved: Any) -> set[str]:
    """Every token of the portal's applications, the key of the application too."""
    found = {CLIENT["client_secret"]}
    for part in _parts(saved, "access"), _parts(saved, "refresh"):
        found |= {token for table in part for token in table}
    return found


def _parts(node: Any, name: str) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == name and isinstance(value, dict):
                yield value
            yield from _parts(value, name)
    elif isinstance(node, list):
        for one in node:
            yield from _parts(one, name)


def ledger(here: Installation) -> dict[str, Any]:
    found: dict[str, Any] = here.vendors.get("ledger")["bitrix24"]
    return found
