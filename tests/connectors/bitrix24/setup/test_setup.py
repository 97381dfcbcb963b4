"""Setup: what is missing is planned, made once whatever gets lost, and can be taken back."""

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors.bitrix24.calls.client import Client
from connectors.bitrix24.names.book import CONTACT, DEAL, Book
from connectors.bitrix24.names.directory import Directory, FieldOfPortal, Former, Pipeline, Stage, Unread
from connectors.bitrix24.names.directory_reading import read_directory
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.setup import (
    Journal,
    Plan,
    Progress,
    StartStage,
    WantedField,
    WantedStage,
    Wish,
    carry_out,
    plan,
)
from connectors.bitrix24.setup.changes import (
    DropStage,
    NewField,
    NewPipeline,
    NewStage,
    RenameStage,
    ShiftStage,
)
from connectors.bitrix24.setup.codes import code_of
from connectors.bitrix24.setup.stages import inserted, renewed, usual_stages
from qc_engine.clock import FixedClock
from qc_engine.ports import OutcomeUnknown, Refused, TryLater
from sandbox.bitrix24.company import bare_portal, tyre_chain
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.running import run

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
COMPLAINTS = "Недовольные клиенты"
START = StartStage("Финальный счет")
FIELDS = [
    WantedField(DEAL, "Оценка работы", "UF_CRM_QC_SCORE_1", "integer"),
    WantedField(DEAL, "Средняя оценка", kind="double"),
    WantedField(CONTACT, "Не писать", "QC_OPT_OUT", "boolean"),
]
STAGES = [
    WantedStage(None, "Оценка качества", after="Финальный счет"),
    WantedStage(None, "Подтверждение наличия отзыва", after="Оценка качества"),
    WantedStage(COMPLAINTS, "Новая жалоба", color="#FF5752"),
    WantedStage(COMPLAINTS, "Разбираемся"),
    WantedStage(COMPLAINTS, "Урегулировано", semantics="S"),
    WantedStage(COMPLAINTS, "Не удалось", semantics="F"),
]
WISHES: Sequence[Wish] = [START, *STAGES, *FIELDS]


# --- a portal of the sandbox, in process -------------------------------------------------------------


class Notes:
    """A memory that lasts as long as the test."""

    def __init__(self) -> None:
        self._notes: dict[str, str] = {}

    def read(self, name: str) -> str:
        return self._notes.get(name, "")

    def write(self, name: str, value: str, *, sealed: bool = False) -> None:
        self._notes[name] = value

    def alone(self, name: str) -> AbstractContextManager[None]:
        return nullcontext()


class Nobody:
    """No event is sent anywhere."""

    def post(self, *_: object, **__: object) -> None: ...


class Living:
    """A sandbox portal behind a client; answers of single methods can be lost, calls refused or counted."""

    def __init__(self, company: Any) -> None:
        self.clock = FixedClock(NOW)
        self.portal = Portal(self.clock, Nobody(), "secret", company)
        self.memory = Notes()
        self.calls: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()  # carried out, and the answer never comes
        self.dropped: Counter[str] = Counter()  # never carried out, and nobody knows
        self.busy: Counter[str] = Counter()  # refused for now
        self.forbidden: set[str] = set()
        settings = Bitrix24Settings(webhook_url="https://portal.example/rest/1/secret/")
        http = httpx.Client(transport=httpx.MockTransport(self._answer))
        self.client = Client(settings, self.clock, Unhurried(), http)
        self._settings, self._names = settings, Book(self.client, settings)

    def directory(self, before: Directory | None = None) -> Directory:
        return read_directory(self.client, self._settings, self._names, self.clock.now(), before)

    def plan(self, wishes: Sequence[Wish] = WISHES) -> Plan:
        """As the command does it."""
        directory, journal = self.directory(), Journal(self.memory)
        journal.settle(directory)
        return plan(directory, wishes, journal.unfinished())

    def set_up(self, wishes: Sequence[Wish] = WISHES) -> list[Progress]:
        return list(carry_out(self.client, self.plan(wishes).steps, Journal(self.memory), self.clock))

    def stages(self, pipeline: str) -> list[tuple[str, str]]:
        """(name, semantics) in the order in which people see them."""
        found = next(one for one in self.portal.company.pipelines if one.name == pipeline)
        return [(one.name, one.semantics or "") for one in sorted(found.stages, key=lambda one: one.sort)]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        method = request.url.path.rsplit("/", 1)[1].lower()
        self.calls[method] += 1
        if self._takes(self.busy, method):
            return httpx.Response(
                503, json={"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many"}
            )
        if self._takes(self.dropped, method):
            raise httpx.ReadTimeout("nothing came", request=request)
        if method in self.forbidden:
            return httpx.Response(400, json={"error": "ACCESS_DENIED", "error_description": "Access denied."})
        try:
            timed = run(self.portal, method, json.loads(request.content), 1)
        except Say as no:
            return httpx.Response(no.status, json=no.body())
        if self._takes(self.lost, method):
            raise httpx.ReadTimeout("the answer was lost", request=request)
        return httpx.Response(200, json={"result": timed.answer.result, "time": timed.time})

    @staticmethod
    def _takes(faults: Counter[str], method: str) -> bool:
        faults[method] -= 1
        return faults[method] >= 0


class Unhurried:
    """A pace that never waits."""

    def slot(self, urgent: bool = False) -> None: ...
    def answered(self) -> None: ...
    def pause(self, seconds: float) -> None: ...


@pytest.fixture
def bare() -> Living:
    return Living(bare_portal())


# --- stories -----------------------------------------------------------------------------------------


def test_a_bare_portal_gets_all_of_it(bare: Living) -> None:
    lines = bare.set_up()
    assert {one.state for one in lines} == {"begun", "done"}
    assert bare.stages(COMPLAINTS) == [
        ("Новая жалоба", ""), ("Разбираемся", ""), ("Урегулировано", "S"), ("Не удалось", "F"),
    ]  # fmt: skip
    assert bare.stages("Общая")[4:8] == [
        ("Финальный счет", ""), ("Оценка качества", ""), ("Подтверждение наличия отзыва", ""), ("Сделка успешна", "S"),
    ]  # fmt: skip
    assert bare.portal.company.deal_fields["UF_CRM_QC_SCORE_1"].label == "Оценка работы"
    assert bare.portal.company.deal_fields["UF_CRM_QC_SREDNYAYA_OTSENKA"].kind == "double"
    assert bare.portal.company.contact_fields["UF_CRM_QC_OPT_OUT"].kind == "boolean"


def test_what_was_made_is_understood_by_the_names_of_the_wishes(bare: Living) -> None:
    bare.set_up()
    book = Book(bare.client, bare._settings, bare.directory())
    stages, fields = book.resolver.stages(), book.resolver.deal_fields()
    wished = {one.name for one in STAGES}
    assert wished <= set(stages)
    assert not wished & set(book.resolver.ambiguous("stage"))
    assert fields["Оценка работы"] == "UF_CRM_QC_SCORE_1"


def test_the_second_run_writes_nothing(bare: Living) -> None:
    bare.set_up()
    again, before = bare.plan(), bare.calls.copy()
    assert (again.steps, again.problems) == ((), ())
    assert list(carry_out(bare.client, again.steps, Journal(bare.memory), bare.clock)) == []
    assert bare.calls == before


def test_a_finished_installation_needs_nothing() -> None:
    chain = Living(tyre_chain())
    found = chain.plan([
        StartStage("Закрыть заказ/наряд"),
        *(WantedStage(None, name) for name in ("Оценка качества", "Подтверждение наличия отзыва", "Сделка успешна")),
        WantedStage(COMPLAINTS, "новая  Жалоба"),
        WantedField(DEAL, "средняя оценка", kind="double"),
        WantedField(DEAL, "Балл мастера", "UF_CRM_QC_SCORE_1", "integer", by_code=True),
        WantedField(CONTACT, "Бонус за отзыв", kind="boolean"),
    ])  # fmt: skip
    assert (found.steps, found.problems) == ((), ())
    title = chain.portal.company.deal_fields["UF_CRM_QC_SCORE_1"].label
    assert f"Поле сделки «Балл мастера» (UF_CRM_QC_SCORE_1, на портале «{title}»)" in found.present


@pytest.mark.parametrize("stop_after", range(1, 21))
def test_stopped_anywhere_the_next_run_does_the_rest(stop_after: int) -> None:
    whole, stopped = Living(bare_portal()), Living(bare_portal())
    whole.set_up()
    lines = carry_out(stopped.client, stopped.plan().steps, Journal(stopped.memory), stopped.clock)
    for _ in zip(range(stop_after), lines, strict=False):
        pass
    lines.close()  # type: ignore[attr-defined]
    stopped.set_up()
    assert _picture(stopped) == _picture(whole)
    assert all(one.finished for one in Journal(stopped.memory).entries())
    assert stopped.plan().steps == ()


ADDS = ["crm.category.add", "crm.status.add", "crm.deal.userfield.add", "crm.contact.userfield.add"]
WRITES = [*ADDS, "crm.status.update", "crm.status.delete"]


@pytest.mark.parametrize("method", WRITES)
def test_a_lost_answer_makes_nothing_twice(bare: Living, method: str) -> None:
    whole = Living(bare_portal())
    whole.set_up()
    bare.lost[method] = 1
    bare.set_up()
    assert _picture(bare) == _picture(whole)
    if method in ADDS:
        assert bare.calls[method] == whole.calls[method]


@pytest.mark.parametrize("method", ADDS)
def test_when_nobody_knows_a_later_run_looks_and_then_makes_it(bare: Living, method: str) -> None:
    bare.dropped[method] = 1
    with pytest.raises(OutcomeUnknown):
        bare.set_up()
    begun = [one for one in Journal(bare.memory).entries() if not one.finished]
    assert len(begun) == 1
    bare.set_up()
    whole = Living(bare_portal())
    whole.set_up()
    assert _picture(bare) == _picture(whole)
    assert all(one.finished for one in Journal(bare.memory).entries())


def test_a_field_that_appears_a_minute_later_is_found(bare: Living) -> None:
    """A big portal drops the call at 60 s and goes on making the field."""
    looks = []

    def late(request: httpx.Request) -> httpx.Response:
        method = request.url.path.rsplit("/", 1)[1].lower()
        if method == "crm.deal.userfield.add":
            raise httpx.ReadTimeout("60 s", request=request)
        if method == "crm.deal.userfield.list" and "FIELD_NAME" in json.loads(request.content).get(
            "filter", {}
        ):
            looks.append(bare.clock.now())
            if (bare.clock.now() - NOW).total_seconds() >= 50 and not bare.portal.company.deal_fields:
                field = {"FIELD_NAME": "QC_SCORE_1", "USER_TYPE_ID": "integer", "LABEL": "Оценка работы"}
                run(bare.portal, "crm.deal.userfield.add", {"fields": field}, 1)
        return bare._answer(request)

    client = Client(
        bare._settings, bare.clock, Unhurried(), httpx.Client(transport=httpx.MockTransport(late))
    )
    steps = bare.plan(FIELDS[:1]).steps
    assert [one.state for one in carry_out(client, steps, Journal(bare.memory), bare.clock)] == [
        "begun",
        "done",
    ]
    assert len(looks) == 5  # before, and four times after
    assert [one.finished for one in Journal(bare.memory).entries()] == [True]


def test_a_busy_portal_is_waited_for_and_then_left(bare: Living) -> None:
    bare.busy["crm.deal.userfield.add"] = 2
    assert bare.set_up(FIELDS[:1])[-1].state == "done"
    bare.busy["crm.deal.userfield.add"] = 99
    with pytest.raises(TryLater):
        bare.set_up(FIELDS[:2])
    assert [one.finished for one in Journal(bare.memory).entries()] == [True]


def test_a_refusal_leaves_no_trace_in_the_journal(bare: Living) -> None:
    bare.forbidden = {"crm.category.add"}
    with pytest.raises(Refused):
        bare.set_up()
    assert [one for one in Journal(bare.memory).entries() if one.kind == "pipeline"] == []


def test_a_stage_with_deals_is_not_taken_away(bare: Living) -> None:
    bare.lost["crm.category.add"] = 1
    lines = carry_out(bare.client, bare.plan(STAGES[2:]).steps, Journal(bare.memory), bare.clock)
    next(lines), next(lines)  # the pipeline is there, its stages are still the portal's
    run(
        bare.portal,
        "crm.item.add",
        {"entityTypeId": 2, "fields": {"categoryId": 1, "stageId": "C1:EXECUTING"}},
        1,
    )
    kept = [one.what for one in lines if one.state == "kept"]
    assert kept == ["Убрать стадию «В работе», которую портал создал сам (если в ней нет сделок)"]
    assert bare.calls["crm.status.delete"] == 3  # it was not even tried
    assert ("В работе", "") in bare.stages(COMPLAINTS)
    assert bare.plan(STAGES[2:]).steps == ()


def test_a_pipeline_made_by_hand_meanwhile_keeps_its_stages(bare: Living) -> None:
    steps = bare.plan(STAGES[2:]).steps
    run(bare.portal, "crm.category.add", {"entityTypeId": 2, "fields": {"name": COMPLAINTS}}, 1)
    before = bare.stages(COMPLAINTS)
    assert [one.state for one in carry_out(bare.client, steps, Journal(bare.memory), bare.clock)] == [
        "begun",
        "there",
    ]
    assert bare.stages(COMPLAINTS) == before
    assert Journal(bare.memory).entries() == []


def test_stages_renamed_by_people_later_stay_theirs(bare: Living) -> None:
    """A finished pipeline is the company's: setup neither renames it back nor adds the old name again."""
    bare.set_up()
    before = bare.directory()
    row = next(one for one in bare.portal.company.stages.values() if one.name == "Разбираемся")
    run(bare.portal, "crm.status.update", {"id": row.number, "fields": {"NAME": "Звоним клиенту"}}, 1)
    bare.clock.sleep(60)
    planned = plan(bare.directory(before), WISHES, Journal(bare.memory).unfinished())
    assert (planned.steps, planned.problems) == ((), ())
    assert any("на портале «Звоним клиенту»" in one for one in planned.present)


def test_everything_made_is_listed_with_the_way_back(bare: Living) -> None:
    bare.set_up()
    made = Journal(bare.memory).entries()
    assert [one.kind for one in made] == ["stage", "stage", "pipeline", "field", "field", "field"]
    assert all(one.id and one.id in one.undo and one.at == NOW for one in made)
    pipeline = next(one for one in made if one.kind == "pipeline")
    assert f'crm.category.delete {{"entityTypeId": 2, "id": {pipeline.id}}}' in pipeline.undo


def _picture(one: Living) -> object:
    company = one.portal.company
    fields = {**company.deal_fields, **company.contact_fields}.values()
    return (
        sorted((each.name, each.kind, each.label) for each in fields),
        {pipeline.name: one.stages(pipeline.name) for pipeline in company.pipelines},
        len(company.pipelines),
    )


# --- tables: fields ----------------------------------------------------------------------------------

MAIN_STAGES = (
    Stage("NEW", "Новая", 0, "", 10), Stage("FINAL", "Закрыть заказ/наряд", 0, "", 20),
    Stage("WON", "Сделка успешна", 0, "S", 30), Stage("LOSE", "Отказ", 0, "F", 40),
)  # fmt: skip
PORTAL = Directory(NOW, (Pipeline(0, "Заказы", 100, True),), MAIN_STAGES)


def field(code: str, title: str, kind: str, **more: Any) -> FieldOfPortal:
    return FieldOfPortal(code, title, kind, **more)


@pytest.mark.parametrize(
    ("there", "wish", "told"),
    [
        ([field("UF_CRM_1", "Ёмкость", "integer")], WantedField(DEAL, "емкость ", kind="integer"), "present"),
        ([field("UF_CRM_1", "Оценка", "double")], WantedField(DEAL, "Оценка", kind="integer"), "present"),
        ([field("UF_CRM_1", "Слова", "enumeration")], WantedField(DEAL, "Слова"), "present"),
        ([field("comments", "Комментарий", "text")], WantedField(DEAL, "comments"), "present"),
        ([field("UF_CRM_1", "Оценка", "string")], WantedField(DEAL, "Оценка", kind="integer"), "другого вида"),
        ([field("UF_CRM_1", "Оценка", "integer")], WantedField(DEAL, "Оценка", kind="double"), "другого вида"),
        ([field("UF_CRM_1", "Оценка", "integer", many=True)], WantedField(DEAL, "Оценка", kind="integer"), "несколько значений"),
        ([field("UF_CRM_1", "Оценка", "integer", read_only=True)], WantedField(DEAL, "Оценка", kind="integer"), "только для чтения"),
        ([field("UF_CRM_QC", "Другое", "integer")], WantedField(DEAL, "Оценка", "QC", "integer"), "занят полем «Другое»"),
        ([field("UF_CRM_QC", "Другое", "integer")], WantedField(DEAL, "Оценка", "QC", "integer", by_code=True), "present"),
        ([field("UF_CRM_1", "Оценка", "integer"), field("UF_CRM_2", "оценка", "integer")], WantedField(DEAL, "Оценка", kind="integer"), "таких 2 (UF_CRM_1, UF_CRM_2)"),
        ([], WantedField(DEAL, "Пробег", only_read=True), "сценарий его только читает"),
        ([field("UF_CRM_1", "Пробег", "double", read_only=True)], WantedField(DEAL, "Пробег", only_read=True), "present"),
        ([], WantedField(DEAL, "UF_CRM_LOST"), "поля с таким кодом нет"),
        ([], WantedField(DEAL, "Оценка", "ОЦЕНКА"), "портал не примет"),
        ([], WantedField(DEAL, "Оценка", "A" * 44), "портал не примет"),
        ([], WantedField(DEAL, "Оценка", "A" * 43), "UF_CRM_" + "A" * 43),
        ([], WantedField(DEAL, "Средняя оценка, %"), "UF_CRM_QC_SREDNYAYA_OTSENKA"),
        ([field("UF_CRM_QC_OTSENKA", "Ценность", "string")], WantedField(DEAL, "Оценка"), "UF_CRM_QC_OTSENKA_2"),
    ],
)  # fmt: skip
def test_a_wished_field(there: list[FieldOfPortal], wish: WantedField, told: str) -> None:
    planned = plan(replace(PORTAL, deal_fields=tuple(there)), [wish])
    if told == "present":
        assert (planned.steps, planned.problems, len(planned.present)) == ((), (), 1)
    elif told.startswith("UF_"):
        change = planned.steps[0].change
        assert isinstance(change, NewField)
        assert (change.code, planned.problems) == (told, ())
    else:
        assert planned.steps == ()
        assert told in planned.problems[0].what
        assert planned.problems[0].remedy


def test_a_former_title_counts_and_one_field_is_made_for_two_wishes() -> None:
    former = (Former("deal_field", "UF_CRM_1", "Балл", NOW),)
    there = replace(PORTAL, deal_fields=(field("UF_CRM_1", "Оценка", "integer"),), former=former)
    assert plan(there, [WantedField(DEAL, "балл", kind="integer")]).steps == ()
    read = WantedField(DEAL, "Балл", only_read=True)
    assert len(plan(PORTAL, [read, WantedField(DEAL, "балл", kind="double")]).steps) == 1, (
        "another one writes it"
    )
    both = plan(PORTAL, [WantedField(DEAL, "Балл", kind="integer"), WantedField(DEAL, "балл", kind="double")])
    assert [(one.change.kind, one.change.title) for one in both.steps] == [("double", "Балл")]  # type: ignore[union-attr]


def test_the_same_title_of_deal_and_contact_are_two_fields() -> None:
    planned = plan(PORTAL, [WantedField(DEAL, "Балл"), WantedField(CONTACT, "Балл")])
    assert [one.commands[0].method for one in planned.steps] == [
        "crm.deal.userfield.add",
        "crm.contact.userfield.add",
    ]
    sent = planned.steps[0].commands[0].params["fields"]
    assert isinstance(sent, dict)
    assert (sent["FIELD_NAME"], sent["EDIT_FORM_LABEL"], sent["SHOW_IN_LIST"]) == ("QC_BALL", "Балл", "Y")


@pytest.mark.parametrize(
    ("part", "wish"),
    [
        ("deal_fields", WantedField(DEAL, "Балл")),
        ("contact_fields", WantedField(CONTACT, "Балл")),
        ("stages", WantedStage(None, "Оценка")),
        ("pipelines", WantedStage(COMPLAINTS, "Новая жалоба")),
    ],
)
def test_what_could_not_be_read_is_not_made(part: str, wish: Wish) -> None:
    planned = plan(replace(PORTAL, unread=(Unread(part, "ACCESS_DENIED"),)), [wish])
    assert planned.steps == ()
    assert "ACCESS_DENIED" in planned.problems[0].what


def test_what_was_begun_is_not_forgotten_while_the_portal_hides_it(bare: Living) -> None:
    bare.dropped["crm.deal.userfield.add"] = 1
    with pytest.raises(OutcomeUnknown):
        bare.set_up(FIELDS[:1])
    journal = Journal(bare.memory)
    journal.settle(replace(PORTAL, unread=(Unread("deal_fields", "ACCESS_DENIED"),)))
    assert len(journal.entries()) == 1
    journal.settle(PORTAL)
    assert journal.entries() == []


def test_codes_are_latin_short_and_free() -> None:
    assert code_of("Қанағат ёлка — щи", 50, ()) == "QC_KANAGAT_ELKA_SHCHI"
    assert code_of("Оценка", 10, {"QC_OTSENKA", "QC_OTSEN_2"}) == "QC_OTSEN_3"
    assert code_of("!!!", 20, ()) == "QC_FIELD"


# --- tables: stages ----------------------------------------------------------------------------------


def rows(*stages: tuple[str, str, int]) -> list[Stage]:
    return [Stage(name, name, 0, semantics, sort) for name, semantics, sort in stages]


@pytest.mark.parametrize(
    ("there", "wishes", "order"),
    [
        # between neighbours
        (rows(("A", "", 10), ("B", "", 20), ("W", "S", 30)), [("N", "A", "")], "A10 N15 B20 W30"),
        # two share the room
        (rows(("A", "", 10), ("W", "S", 40)), [("N", "A", ""), ("M", "N", "")], "A10 N20 M30 W40"),
        # no room: those behind move up, and success stays behind work
        (rows(("A", "", 1), ("B", "", 2), ("W", "S", 3), ("L", "F", 30)), [("N", "A", "")], "A1 N11 B21 W31 L41"),
        # after nothing, or after what is not there: the last one at work
        (rows(("A", "", 10), ("W", "S", 20)), [("N", "", "")], "A10 N15 W20"),
        (rows(("A", "", 10), ("W", "S", 20)), [("N", "X", "")], "A10 N15 W20"),
        # a failure never stands before the success
        (rows(("A", "", 10), ("W", "S", 20)), [("N", "A", "F")], "A10 W20 N30"),
        (rows(("A", "", 10), ("W", "S", 20), ("L", "F", 30)), [("N", "L", "F")], "A10 W20 L30 N40"),
        # nothing is there at all
        ([], [("N", "", ""), ("M", "", "S")], "N10 M20"),
        # equal numbers of the company are its own business
        (rows(("A", "", 10), ("B", "", 10), ("W", "S", 20)), [("N", "B", "")], "A10 B10 N15 W20"),
    ],
)  # fmt: skip
def test_where_a_new_stage_stands(there: list[Stage], wishes: list[tuple[str, str, str]], order: str) -> None:
    wanted = [WantedStage(None, name, after or None, semantics) for name, after, semantics in wishes]
    changes = inserted(0, there, wanted)
    sorts = {one.name: one.sort for one in there}
    for change in changes:
        assert isinstance(change, ShiftStage | NewStage)
        sorts[change.name] = change.sort
        groups = {one.name: one.semantics for one in [*there, *wanted]}
        works = [sort for name, sort in sorts.items() if groups[name] == ""]
        ends = [sort for name, sort in sorts.items() if groups[name] != ""]
        assert not works or not ends or max(works) < min(ends)  # after every single change
    placed = sorted(sorts.items(), key=lambda one: one[1])
    assert " ".join(f"{name}{sort}" for name, sort in placed) == order


def test_a_new_pipeline_reuses_its_own_stages_and_keeps_no_stranger() -> None:
    changes = renewed(7, COMPLAINTS, usual_stages(), STAGES[2:], set())
    assert [(one.stage, one.name) for one in changes if isinstance(one, RenameStage)] == [
        ("NEW", "Новая жалоба"), ("PREPARATION", "Разбираемся"), ("WON", "Урегулировано"), ("LOSE", "Не удалось"),
    ]  # fmt: skip
    dropped = [one.stage for one in changes if isinstance(one, DropStage)]
    assert dropped == ["PREPAYMENT_INVOICE", "EXECUTING", "FINAL_INVOICE", "APOLOGY"]
    assert not any(isinstance(one, NewStage | ShiftStage) for one in changes)


def test_more_wishes_than_stages_and_stages_that_would_blur_a_name() -> None:
    wishes = [WantedStage(COMPLAINTS, f"Шаг {n}") for n in range(1, 7)]
    changes = renewed(7, COMPLAINTS, usual_stages(), wishes, {"сделка успешна"})
    assert [one.name for one in changes if isinstance(one, NewStage)] == ["Шаг 6"]
    renames = {one.old: one.name for one in changes if isinstance(one, RenameStage)}
    assert renames["Сделка успешна"] == "Сделка успешна (Недовольные клиенты)"
    assert "Сделка провалена" not in renames


def test_wishes_follow_one_another_whatever_their_order() -> None:
    wishes = [WantedStage("X", "А"), WantedStage("X", "В"), WantedStage("X", "Б", after="А")]
    changes = renewed(7, "X", usual_stages()[:3], wishes, set())
    assert [one.name for one in changes if isinstance(one, RenameStage)] == ["А", "Б", "В"]


OTHER = (
    Pipeline(5, "Контроль", 200),
    Stage("C5:NEW", "Оценка качества", 5),
    Stage("C5:WON", "Готово", 5, "S"),
)
WITH_OTHER = replace(PORTAL, pipelines=(*PORTAL.pipelines, OTHER[0]), stages=(*MAIN_STAGES, *OTHER[1:]))
CLOSED = StartStage("Закрыть заказ / наряд")


@pytest.mark.parametrize(
    ("directory", "wishes", "told"),
    [
        (PORTAL, [CLOSED], "present"),
        (PORTAL, [StartStage("Заказы / Закрыть заказ/наряд")], "present"),
        (PORTAL, [StartStage("FINAL")], "present"),
        (PORTAL, [StartStage("Закрыть заказ")], "на портале такой нет"),
        (WITH_OTHER, [CLOSED, WantedStage(None, "Оценка качества")], "present"),  # the word means that one
        (WITH_OTHER, [StartStage("Нет такой"), WantedStage(None, "Новая стадия")], "неясно, в какой воронке"),
        (PORTAL, [CLOSED, WantedStage(None, "Успех", semantics="S")], "успешная стадия в воронке одна"),
        (PORTAL, [CLOSED, WantedStage(None, "Отказ", semantics="S")], "другого вида"),
        (PORTAL, [CLOSED, WantedStage(None, "Сделка успешна")], "present"),
        (PORTAL, [CLOSED, WantedStage(None, "UC_LOST")], "стадии с таким кодом нет"),
        (WITH_OTHER, [WantedStage(COMPLAINTS, "Оценка качества")], "present"),  # a second one would blur it
        (replace(PORTAL, pipelines=(Pipeline(0, "А"), Pipeline(1, "Б"), Pipeline(2, "б"))), [WantedStage("Б", "Х")], "таких 2"),
        (replace(PORTAL, stages=(*MAIN_STAGES, Stage("NEW2", "новая", 0))), [WantedStage(None, "Новая")], "таких несколько"),
        (replace(PORTAL, former=(Former("stage", "NEW", "Первая", NOW),)), [WantedStage(None, "первая")], "present"),
        (PORTAL, [WantedStage("X", "А", semantics="S"), WantedStage("X", "Б", semantics="S")], "бывает одна"),
    ],
)  # fmt: skip
def test_a_wished_stage(directory: Directory, wishes: Sequence[Wish], told: str) -> None:
    planned = plan(directory, wishes)
    assert planned.steps == ()
    if told == "present":
        assert planned.problems == ()
    else:
        assert any(told in one.what for one in planned.problems)
        assert all(one.remedy for one in planned.problems)


def test_a_former_name_of_a_pipeline_counts() -> None:
    former = (Former("pipeline", "5", COMPLAINTS, NOW),)
    planned = plan(replace(WITH_OTHER, former=former), [WantedStage(COMPLAINTS, "Новая жалоба")])
    assert [type(one.change) for one in planned.steps] == [ShiftStage, NewStage]
    assert planned.steps[1].commands[0].params["fields"] == {
        "ENTITY_ID": "DEAL_STAGE_5", "STATUS_ID": "QC_NOVAYA_ZHALOBA", "NAME": "Новая жалоба",
        "SORT": 10, "COLOR": "#55D0E0", "SEMANTICS": "",
    }  # fmt: skip


def test_the_plan_says_in_words_and_commands_what_it_will_do() -> None:
    planned = plan(PORTAL, [CLOSED, *STAGES, *FIELDS])
    assert [one.what for one in planned.steps] == [
        "Создать стадию «Оценка качества» (в работе) после «Закрыть заказ/наряд»",
        "Создать стадию «Подтверждение наличия отзыва» (в работе) после «Оценка качества»",
        "Создать воронку «Недовольные клиенты» со стадиями",
        "Создать поле сделки «Оценка работы» (целое число), код UF_CRM_QC_SCORE_1",
        "Создать поле сделки «Средняя оценка» (число), код UF_CRM_QC_SREDNYAYA_OTSENKA",
        "Создать поле контакта «Не писать» (да/нет), код UF_CRM_QC_OPT_OUT",
    ]
    pipeline = planned.steps[2]
    assert isinstance(pipeline.change, NewPipeline)
    assert pipeline.details[0] == "Стадии: Новая жалоба → Разбираемся → Урегулировано → Не удалось"
    assert [one.method for one in pipeline.commands][:2] == ["crm.category.add", "crm.status.update"]
    assert all(one.undo and one.commands for one in planned.steps)
