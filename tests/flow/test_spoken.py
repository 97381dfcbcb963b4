"""In whose words a case speaks: the client's language, the branch's values, the texts that it began with."""

from dataclasses import replace
from pathlib import Path

import pytest

from qc_engine.clock import FixedClock
from qc_engine.core.events import AnswerReceived, Deal, DealSeen
from qc_engine.flow.starts.begin import Branches
from qc_engine.ports import Arrival
from qc_engine.store.cases import MAIN
from qc_engine.store.database import Database
from tests.flow.fakes import BRANCH, NAMES, PHONE, Flow, Site

VISIT = """\
scenario: visit
title: Visit
include: [shared/polite.yaml]
parameters:
  good_from: {is: number, default: 8}
  pause: {is: span, default: 1 h}
branches:
  На Сатпаева: {good_from: 5, pause: 3 h}
values:
  event_date: {deal_field: Дата, is: date}
start: {deal_in_stage: Закрыть заказ/наряд, wait: $pause, not_later_than: 1 day}
contact:
  quiet_hours: none
  at_most_once_in: 0 s
  pause_after_operator: 0 s
  language_field: Язык
questions:
  quality:
    text:
      ru: "Здравствуйте! {event_date:day_month|Скоро} всё в силе?"
      kk: {text: "Сәлем! {event_date:day_month|Жақында} бәрі дұрыс па?", template: visit|kk}
    scale: 1-10
    template: visit|ru
    template_variables: [branch]
steps:
  ask:
    do: [survey: {ask: quality}]
    rules:
      - {name: good, when: {average_at_least: $good_from}, do: [say: well_done, end: good]}
      - {name: bad, when: {average_below: $good_from}, do: [end: bad]}
      - {name: silent, when: {silent_for: 1 day}, do: [end: silent]}
"""
POLITE = "texts:\n  well_done: {ru: Спасибо!, kk: Рақмет!}\n"
DATE, LANGUAGE = "UF_DATE", "UF_LANGUAGE"
FAR = replace(BRANCH, name="На Сатпаева")


@pytest.fixture
def flow(database: Database, clock: FixedClock, tmp_path: Path) -> Flow:
    write(tmp_path, POLITE)
    return open_flow(database, clock, tmp_path)


def write(folder: Path, polite: str) -> None:
    (folder / "visit.yaml").write_text(VISIT, encoding="utf-8")
    (folder / "shared").mkdir(exist_ok=True)
    (folder / "shared" / "polite.yaml").write_text(polite, encoding="utf-8")


def open_flow(database: Database, clock: FixedClock, folder: Path) -> Flow:
    names = replace(
        NAMES,
        fields={**NAMES.fields, "Дата": DATE},
        contact_fields={**NAMES.contact_fields, "Язык": LANGUAGE},
        branches=(BRANCH.name, FAR.name),
    )
    flow = Flow(database, clock, {MAIN: Site(folder, names)})
    flow.beginnings[MAIN].branches = Branches({"abay": BRANCH, "far": FAR}, BRANCH)
    return flow


def seen(flow: Flow, language: str = "", date: str = "", branch: str = "abay") -> None:
    """The portal shows the deal as it is at this moment; it entered its stage when it was first seen."""
    now = flow.clock.now()
    began = getattr(flow, "began", now)
    flow.began = began  # type: ignore[attr-defined]
    deal = Deal(4312, "Заказ", "FINAL_INVOICE", began, branch, 77, "Айгуль", f"+{PHONE}",
                fields={DATE: date} if date else {},
                contact_fields={LANGUAGE: language} if language else {})  # fmt: skip
    flow.arrive(Arrival(f"deal:4312:{now.isoformat()}", DealSeen(deal)))
    flow.settle()


def says(flow: Flow, text: str) -> None:
    now = flow.clock.now()
    flow.arrive(Arrival(f"inbox:{now.isoformat()}", AnswerReceived(PHONE, text, now, int(now.timestamp()))))
    flow.settle()


@pytest.mark.parametrize(
    ("language", "date", "first", "last"),
    [
        ("Қазақ", "2026-03-10", "Сәлем! 10 наурыз бәрі дұрыс па?", "Рақмет!"),
        ("русский", "2026-03-10T00:00:00+03:00", "Здравствуйте! 10 марта всё в силе?", "Спасибо!"),
        ("английский", "не решено", "Здравствуйте! Скоро всё в силе?", "Спасибо!"),
        ("", "", "Здравствуйте! Скоро всё в силе?", "Спасибо!"),
    ],
)
def test_a_client_is_spoken_to_in_their_language(
    flow: Flow, language: str, date: str, first: str, last: str
) -> None:
    seen(flow, language, date)
    flow.later(hours=1)
    says(flow, "9")
    assert flow.world.texts == [first, last]


def test_what_has_changed_while_the_case_waited_counts(flow: Flow) -> None:
    seen(flow, "русский", "2026-03-10")
    flow.later(minutes=30)
    seen(flow, "Қазақ", "2026-03-12")
    flow.later(minutes=30)
    assert flow.world.texts == ["Сәлем! 12 наурыз бәрі дұрыс па?"]


@pytest.mark.parametrize(
    ("branch", "hours", "score", "texts"),
    [("abay", 1, "6", 1), ("abay", 1, "8", 2), ("far", 1, "6", 0), ("far", 3, "6", 2), ("far", 3, "4", 1)],
)
def test_each_branch_has_its_own_pause_and_threshold(
    flow: Flow, branch: str, hours: int, score: str, texts: int
) -> None:
    seen(flow, branch=branch)
    flow.later(hours=hours)
    if flow.world.texts:
        says(flow, score)
    assert len(flow.world.texts) == texts


def test_a_running_case_keeps_what_it_included(database: Database, clock: FixedClock, tmp_path: Path) -> None:
    """The included file is another one now; whoever was asked before reads the words of that time."""
    write(tmp_path, POLITE)
    before = open_flow(database, clock, tmp_path)
    seen(before, branch="far")
    before.later(hours=3)
    write(tmp_path, POLITE.replace("Спасибо!", "Благодарим!"))
    after = open_flow(database, clock, tmp_path)
    assert after.libraries[MAIN].active["visit"].version != before.libraries[MAIN].active["visit"].version
    says(after, "6")
    assert after.world.texts == ["Спасибо!"]
