"""A new version tried on a season that the real flow has lived through."""

import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text as sql
from sqlmodel import select

from qc_engine.core.events import Deal, DealSeen, StartAsked
from qc_engine.explain.voice import Voice
from qc_engine.store.database import Database
from qc_engine.store.tables import METADATA, CaseRow
from qc_engine.trying import exports
from qc_engine.trying.candidates import candidate_for
from qc_engine.trying.past import Fact, Person, Season
from qc_engine.trying.printing import as_text
from qc_engine.trying.reading import looking, people_of
from tests.trying.season import Seasoned, Way, phone
from tests.trying.trials import TEXT, changed, roads, season_and_people, texts, tried

HIGHER = (
    ("average_at_least: 8", "average_at_least: 9"),
    ("average_below: 8", "average_below: 9"),
    ("score_below: 8", "score_below: 9"),
)
Past = tuple[Season, list[Person]]


@pytest.fixture(scope="module")
def past(seasoned: Seasoned) -> Past:
    return season_and_people(seasoned.flow)


def whose(seasoned: Seasoned, past: Past) -> dict[str, Way]:
    """By case: how its client behaves."""
    ways = {phone(number): way for number, way in enumerate(seasoned.ways)}
    return {one.case.id: ways[person.client.phone] for person in past[1] for one in person.cases}


# --- the two promises -------------------------------------------------------------------------


def test_the_same_file_changes_nothing(past: Past) -> None:
    report = tried(*past, changed())
    assert report.whole.cases == len(past[1]) == past[0].count
    assert (report.people, report.whole.outcome_differs, report.whole.changed) == ([], 0, 0)
    assert report.whole.old == report.whole.new
    assert (dict(report.not_carried), dict(report.never_asked)) == ({}, {})


def test_a_higher_threshold_changes_exactly_the_clients_between(seasoned: Seasoned, past: Past) -> None:
    """By what stands in the database: both scores with such a mean, or a single one before the silence."""
    with seasoned.flow.database.reading() as session:
        rows = session.exec(select(CaseRow).where(CaseRow.outcome != "stopped_by_hand")).all()
    scores = {row.id: [Decimal(one) for one in row.body["scores"].values()] for row in rows}
    between = {id_ for id_, given in scores.items() if given and 8 <= sum(given) / len(given) < 9}
    report = tried(*past, changed(*HIGHER))
    assert len(between) > 10
    assert {one.case_id for one in report.people} == between
    assert {one.new for one in report.people} == {"dissatisfied"}
    assert report.whole.outcome_differs == len(report.clients_differ) == len(between)


def test_the_model_does_what_really_happened(past: Past, seasoned: Seasoned) -> None:
    """The same outcome for every case, and the very messages that the world has seen."""
    report = tried(*past, changed())
    assert report.compared == report.as_it_was == report.whole.cases
    sent = Counter(text for old, _ in roads(*past, changed()).values() for text in texts(old))
    assert sent == Counter(seasoned.flow.world.texts)


# --- answers belong to their questions --------------------------------------------------------


def test_in_another_order_every_answer_finds_its_question(seasoned: Seasoned, past: Past) -> None:
    pairs = roads(*past, changed(("ask: [quality, service]", "ask: [service, quality]")))
    both = [id_ for id_, way in whose(seasoned, past).items() if way.name == "both"]
    assert both
    for id_ in both:
        old, new = pairs[id_]
        assert dict(old.case.scores) == dict(new.case.scores)
        assert list(old.case.scores) == list(reversed(new.case.scores))
        assert old.outcome == new.outcome


def test_what_has_no_question_any_more_is_said(seasoned: Seasoned, past: Past) -> None:
    head, tail = TEXT.split("  service:\n")
    one = head + tail[tail.index("\nanytime:") :]
    shorter = changed(
        ("[quality, service]", "[quality]"),
        ("{score_service|нет}", "нет"),
        (" и {score_service}", ""),
        text=one,
    )
    report = tried(*past, shorter)
    answered_both = [way for way in seasoned.ways if way.name in ("both", "unclear", "by_hand")]
    assert report.not_carried["AnswerReceived"] == len(answered_both)
    assert any("нет вопроса" in line for line in _told(report))


def test_a_question_that_was_never_put_has_no_answer(past: Past) -> None:
    comment = "  words:\n    text: Что нам улучшить?\n    kind: comment\n\nanytime:"
    longer = changed(("\nanytime:", comment), ("[quality, service]", "[quality, service, words]"))
    report = tried(*past, longer)
    old = tried(*past, changed())
    finished = old.outcomes["happy", "happy"] + old.outcomes["review_confirmed", "review_confirmed"]
    assert report.never_asked["words"] >= finished > 0
    assert any("«words»" in line for line in _told(report))


def test_stop_is_heard_whatever_is_asked_first(past: Past) -> None:
    report = tried(*past, changed(("ask: [quality, service]", "ask: [service, quality]")))
    assert not [pair for pair in report.outcomes if "opted_out" in pair and pair[0] != pair[1]]


def test_later_by_a_day_the_same_is_said_a_day_later(seasoned: Seasoned, past: Past) -> None:
    pairs = roads(*past, changed(("wait: 1 day", "wait: 2 days")))
    for id_, way in whose(seasoned, past).items():
        if way.name == "both" and not way.clicks_at:
            old, new = pairs[id_]
            assert (old.outcome, texts(old)) == (new.outcome, texts(new))
            first = [next(road.asked[name] for name in ("quality",)) for road in (old, new)]
            assert (first[1] - first[0]).days == 1


def test_a_scenario_of_another_stage_begins_nothing(past: Past) -> None:
    report = tried(*past, changed(("deal_in_stage: Закрыть заказ/наряд", "deal_in_stage: Сделка успешна")))
    assert {new for _, new in report.outcomes} == {"not_begun"}
    assert report.whole.new.total() == 0
    assert any("с другой стадии" in line for line in _told(report))


# --- what is told -----------------------------------------------------------------------------


def _told(report) -> list[str]:  # type: ignore[no-untyped-def]
    voice = Voice("ru", "Asia/Almaty", report.season.titles)
    return as_text(report, voice, "было", "стало", "qc simulate new.yaml", 3).splitlines()


def test_the_report_begins_with_three_numbers(past: Past) -> None:
    report = tried(*past, changed(*HIGHER))
    lines = _told(report)
    messages, tasks = report.whole.new["messages"], report.whole.new["tasks"]
    headline = next(line for line in lines if "с другим итогом" in line)
    assert str(messages) in headline
    assert str(tasks) in headline
    assert str(len(report.clients_differ)) in headline
    assert any("«клиент доволен»" in line and "стало «клиент недоволен»" in line for line in lines)
    assert sum("•••" in line for line in lines) == 3
    assert not any(person.client.phone in line for line in lines for person in past[1])


def test_the_document_sums_up(past: Past) -> None:
    document = json.loads(json.dumps(tried(*past, changed(*HIGHER)).document()))
    branches = document["branches"]
    assert sum(one["cases"] for one in branches) == sum(one["cases"] for one in document["outcomes"])
    assert sum(one["new"]["messages"] for one in branches) == document["new"]["messages"]
    assert len(document["people"]) == document["changed"]
    assert document["people"][0]["first_difference"]


# --- nothing is written -----------------------------------------------------------------------


def _everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.reading() as session:
        return {
            table.name: [tuple(row) for row in session.execute(table.select())]
            for table in METADATA.sorted_tables
        }


def test_no_table_changes(seasoned: Seasoned) -> None:
    before = _everything(seasoned.flow.database)
    tried(*season_and_people(seasoned.flow), changed(*HIGHER))
    assert _everything(seasoned.flow.database) == before


def test_whoever_looks_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"readonly|read-only"), looking(database) as session:
        session.execute(sql("DELETE FROM cases"))
    with database.transaction() as session:  # the next one may again
        session.execute(sql("DELETE FROM cases"))


# --- an export --------------------------------------------------------------------------------


def test_an_export_tells_the_same_and_names_nobody(seasoned: Seasoned, past: Past, tmp_path: Path) -> None:
    file = tmp_path / "season.jsonl"
    season, people = past
    assert exports.write(file, season, people) == len(people)
    written = file.read_text("utf-8")
    assert not any(secret in written for secret in ("Айгуль", "qc.example", "770100", "Алло"))
    again = exports.read_season(file), list(exports.read_people(file))
    new = tmp_path / "new.yaml"
    text = TEXT
    for old, after in HIGHER:
        text = text.replace(old, after)
    new.write_text(text, "utf-8")
    assert again[0].active == season.active
    first, second = tried(*past, changed(*HIGHER)), tried(*again, candidate_for(again[0], new))
    assert {one.case_id: (one.old, one.new) for one in first.people} == {
        one.case_id: (one.old, one.new) for one in second.people
    }
    assert first.whole.new == second.whole.new
    assert tried(*again, changed()).people == []


def test_an_export_keeps_what_scenarios_read_and_no_name_of_staff(past: Past, tmp_path: Path) -> None:
    """A deal that is seen again before its survey must bring the same values as it did."""
    season, people = past
    one = people[0]
    began = one.cases[0]
    case = replace(
        began.case, started_by="Мария Ким", values={"event": "2026-03-09", "call": "+7 701 000 11 22"}
    )
    fields = {"UF_EVENT": "2026-03-09", "UF_CALL": "+7 701 000 11 22"}
    deal = Deal(
        case.deal_id, "Айгуль", "NEW", began.began_at, fields=fields, contact_fields={"UF_LANG": "қазақ"}
    )
    asked = StartAsked(case.deal_id, began.began_at, scenario="visit", by="Мария Ким")
    facts = (Fact(began.began_at, DealSeen(deal, asked), case.id),)
    person = replace(one, cases=(replace(began, case=case),), facts=facts)
    file = tmp_path / "season.jsonl"
    exports.write(file, season, [person])
    assert not any(secret in file.read_text("utf-8") for secret in ("Мария", "Айгуль", "701 000"))
    (read,) = exports.read_people(file)
    assert read.cases[0].case.started_by
    assert read.cases[0].case.values["event"] == "2026-03-09"
    (fact,) = read.facts
    assert isinstance(fact.event, DealSeen)
    assert fact.event.deal.fields["UF_EVENT"] == "2026-03-09"
    assert fact.event.deal.contact_fields == {"UF_LANG": "қазақ"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", ":1: not a line of JSON"),
        ("[]\n", ":1: not an object"),
        ('{"format": "else"}\n', ":1: not an export"),
        ('{"format": "qc-season-1"}\n', ":1: scenario: Field required"),
    ],
)
def test_what_is_no_export_is_told_so(text: str, fault: str, tmp_path: Path) -> None:
    file = tmp_path / "season.jsonl"
    file.write_text(text, "utf-8")
    with pytest.raises(exports.NotASeason, match=fault):
        exports.read_season(file)


# --- a part of it -----------------------------------------------------------------------------


def test_one_case_brings_its_person_alone(seasoned: Seasoned, past: Past) -> None:
    season, people = past
    wanted = people[3].cases[0].case.id
    with looking(seasoned.flow.database) as session:
        found = list(people_of(session, season, case_id=wanted))
    assert found == [people[3]]


def test_of_another_branch_there_is_nobody(seasoned: Seasoned, past: Past) -> None:
    with looking(seasoned.flow.database) as session:
        assert not list(people_of(session, past[0], branch="Elsewhere"))
    assert tried(*past, changed(), branch="Elsewhere").whole.cases == 0
