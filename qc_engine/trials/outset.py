"""How a trial begins: one deal, one client, one branch, none of them real."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from qc_engine.core.case import Branch, Case, Client, ContactPoint, State
from qc_engine.core.events import Deal
from qc_engine.core.scenario import Scenario
from qc_engine.core.wording.texts import PLATFORMS
from qc_engine.trials.trial import Given

ZONE = ZoneInfo("Asia/Almaty")  # no change of clocks there: every day of a story has 24 hours
DAY = date(2026, 3, 4)  # a Wednesday
HEAD, MANAGER = 900_000_001, 900_000_002  # no portal has so many people
PHONE, DEAL_ID, CONTACT_ID = "77010000000", 1, 1
URL = "https://qc.example"
TITLE = "Сделка"
STARTED_BY = "trial"  # who asked for a case that no stage begins


def new_case(scenario: Scenario, given: Given, due: datetime, platforms: frozenset[str]) -> Case:
    pages = {name: f"{URL}/{name}" for name in sorted(platforms | PLATFORMS.keys())}
    entered = due - scenario.start.wait
    return Case(
        id="TRIAL",
        deal_id=DEAL_ID,
        deal_title=TITLE,
        scenario=scenario.name,
        version=scenario.version,
        round=1,
        state=State.WAITING,
        step="",
        entered_at=entered,
        step_at=entered,
        deal_stage=scenario.start.stage or given.stage,
        started_by="" if scenario.start.stage else STARTED_BY,
        client=_client(given, due),
        branch=Branch(given.branch, ZONE.key, HEAD, MANAGER, pages),
        client_name=given.client_name,
        language=given.language,
        values=given.values,
        contact_id=CONTACT_ID,
        links={name: f"{URL}/r/{name}" for name in pages},
        answer_url=f"{URL}/a/answer",
        survey_url=f"{URL}/s/survey",
        invitations={
            one.name: f"{URL}/{one.name}" for one in scenario.contact.known.values() if not one.by_phone
        },
        wake_at=due,
    )


def deal_at(stage: str, now: datetime) -> Deal:
    """The deal of every story as it would be read now."""
    return Deal(DEAL_ID, TITLE, stage, now)


def _client(given: Given, due: datetime) -> Client:
    return Client(
        PHONE if given.has_phone else "",
        opted_out_at=due - timedelta(days=1) if given.opted_out else None,
        surveyed_at=due - given.asked_before if given.asked_before else None,
        points=tuple(ContactPoint(key, f"{key}:1", due) for key in given.channels),
    )
