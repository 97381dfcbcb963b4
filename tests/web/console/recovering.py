"""A house whose scenario asks a client again after a complaint was settled."""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from starlette.testclient import TestClient

from qc_engine.clock import FixedClock
from qc_engine.flow.versions.library import Library
from qc_engine.ids import RandomIds
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from qc_engine.telling.console import console_of
from qc_engine.telling.teller import Teller
from qc_engine.wiring import Installation
from tests.flow.fakes import NAMES, ROOT, Flow, Site
from tests.web.console.house import House, csrf, phone_of
from tests.web.console.house import _asked as asked
from tests.web.console.house import _says as says

PATH = "/console/dissatisfied"
EXAMPLE = ROOT / "scenarios" / "examples" / "complaint_recovery.yaml"
SETTLED_STAGE = "C7:DONE"
FIELDS = {
    "Причина недовольства": "UF_CAUSE",
    "Что сделано по жалобе": "UF_DONE",
    "Повторная оценка": "UF_AGAIN",
}
SITE_NAMES = replace(
    NAMES,
    stages={**NAMES.stages, "Недовольные клиенты / Улажено": SETTLED_STAGE},
    fields={**NAMES.fields, **FIELDS},
)


_READ: dict[str, Library] = {}


class ReadOnce(Site):
    """Reading a scenario takes longer than most stories about it."""

    def library(self, portal: str) -> Library:
        text = (self.folder / EXAMPLE.name).read_text("utf-8")
        if text not in _READ:
            _READ[text] = super().library(portal)
        return replace(_READ[text])


def recovering(
    database: Database, now: datetime, settings: Installation, folder: Path, old: str = "", new: str = ""
) -> House:
    """The shipped example over this database, with `new` in the place of `old`."""
    example = EXAMPLE.read_text("utf-8")
    assert old in example
    text = example.replace(old, new) if old else example
    (folder / EXAMPLE.name).write_text(text, "utf-8")
    flow = Flow(database, FixedClock(now), {MAIN: ReadOnce(folder=folder, names=SITE_NAMES)})
    # A chain has other branches too; here is where the story plays.
    console = console_of(Teller(settings, database, flow.libraries), flow.clock, RandomIds())
    return House(flow, settings, replace(console, wall=FixedClock(now)))


def unhappy(house: House, deal: int, score: str = "3") -> str:
    """A client gives a low score; the id of the case."""
    asked(house.flow, deal)
    says(house.flow, deal, score)
    return house.case(deal).id


def complaint_of(house: House, deal: int) -> dict[str, object]:
    found: dict[str, object] = house.case(deal).body["complaint"]
    return found


def press(client: TestClient, case_id: str, do: str, **fields: str) -> tuple[int, str]:
    """A button of the page as it stands now: status and the page that comes back."""
    page = client.get(f"{PATH}/{case_id}").text
    form = {"csrf": csrf(page), "seen": hidden(page, "seen"), "do": do, **fields}
    answer = client.post(f"{PATH}/{case_id}", data=form)
    return answer.status_code, answer.text


def hidden(page: str, name: str) -> str:
    """What a hidden field of the page carries; '' where there is none."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""


__all__ = [
    "PATH",
    "SETTLED_STAGE",
    "complaint_of",
    "hidden",
    "phone_of",
    "press",
    "recovering",
    "says",
    "unhappy",
]
