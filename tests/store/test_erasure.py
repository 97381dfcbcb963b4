"""Everything about one person is gone: from every column of every table, and from the database's own file."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import inspect, text
from sqlmodel import col, select

from qc_engine.clock import FixedClock
from qc_engine.core.case import Branch, Case, Client, EnteredScore, State, Still
from qc_engine.core.events import AnswerReceived, ChannelJoined, Deal, DealSeen, LinkClicked, StaffWrote
from qc_engine.core.recovery.complaints import Cause, Complaint, SecondRating, Turn
from qc_engine.core.trace import Phrase
from qc_engine.flow.forgetting import Forgotten, forget
from qc_engine.ports import Arrival, Done, OutcomeUnknown
from qc_engine.store import audit, cases, codec, erasure, inbox, links, outbox
from qc_engine.store.bare import bare, bare_case, without
from qc_engine.store.console_tables import HandledRow
from qc_engine.store.database import Database
from qc_engine.store.links import Click
from qc_engine.store.lock import DECIDING, has_turn
from qc_engine.store.persons import is_held, look_ahead, person
from qc_engine.store.tables import (
    CaseRow,
    ClientRow,
    ContactPointRow,
    DeliveryRow,
    EffectRow,
    ErasureRow,
    InboxRow,
    LinkRow,
    WatchedRow,
)
from tests.conftest import NOON
from tests.flow.fakes import Flow

PHONE, OTHER = "77015551234", "77029998877"
NAME, WORDS = "Айгуль Серикбаева", "шиномонтажник нахамил, колёса кривые"
SECRETS = (PHONE, PHONE[1:], "701 555-12-34", "%2B77015551234", "Айгуль", "Серикбаева", "нахамил", "chat-77")
FINGERPRINT = "f" * 64


@pytest.fixture
def flow(sqlite_database: Database, clock: FixedClock) -> Flow:
    return _flow(sqlite_database, clock)


@pytest.fixture
def each_flow(database: Database, clock: FixedClock) -> Flow:
    """The same over either kind of database."""
    return _flow(database, clock)


def _flow(database: Database, clock: FixedClock) -> Flow:
    flow = Flow(database, clock)
    for beginning in flow.beginnings.values():
        beginning.forgotten = Forgotten(lambda raw: raw.strip("+"), lambda _: FINGERPRINT)
    return flow


def lived(flow: Flow) -> None:
    """Two visits of the person, one of somebody else, and everything that can be kept of them."""
    _visit(flow, 1, PHONE, NAME)
    flow.later(days=1)
    for words in ("9", f"3, {WORDS}"):
        _says(flow, PHONE, words)
    code = next(iter(_case(flow, 1).links.values())).rpartition("/")[2]
    now = flow.clock.now()
    with flow.database.transaction() as session:
        links.add_clicks(
            session, [Click(code, now, "person", "browser", "Safari of Айгуль", "https://y", "hash")]
        )
    flow.arrive(Arrival("click", LinkClicked(code, "yandex", now)))
    flow.settle()
    flow.later(days=31)
    _visit(flow, 2, PHONE, NAME)
    flow.world.answer = lambda job: (
        OutcomeUnknown("ReadTimeout") if job.effect.lane.value == "channel" else Done()
    )
    _visit(flow, 3, OTHER, "Борис")
    flow.later(days=1)
    flow.world.answer = lambda _: Done()
    _beside(flow)


def _visit(flow: Flow, deal_id: int, phone: str, name: str) -> None:
    now = flow.clock.now()
    deal = Deal(deal_id, f"Заказ: {name}", "FINAL_INVOICE", now, "abay", 77, name, f"+{phone}")
    with flow.database.transaction() as session:
        arrival = Arrival(f"deal:{deal_id}", DealSeen(deal))
        typed = f"+7 {phone[1:4]} {phone[4:7]}-{phone[7:9]}-{phone[9:]}"
        inbox.add(session, "bitrix24", arrival, now, f'{{"PHONE": "{typed}", "N": "{name}"}}', "main")
    flow.settle()


def _says(flow: Flow, phone: str, words: str) -> None:
    flow.clock.advance(timedelta(minutes=1))
    now = flow.clock.now()
    number = int(now.timestamp())
    with flow.database.transaction() as session:
        arrival = Arrival(f"inbox:{number}", AnswerReceived(phone, words, now, number, address="chat-77"))
        inbox.add(session, "chat2desk", arrival, now, f"phone=%2B{phone}&text={words}")
    flow.settle()


def _beside(flow: Flow) -> None:
    """What stands in the other tables."""
    now, case = flow.clock.now(), _case(flow, 1)
    with flow.database.transaction() as session:
        inbox.add_unreadable(session, "chat2desk", f'{{"from": "{PHONE}", "name": "{NAME}', "cut off", now)
        inbox.add(session, "x", Arrival(f"staff:{PHONE}", StaffWrote(PHONE, now, 5, WORDS)), now)
        audit.note(session, "unclear.handled", now, thing=f"unclear:{case.id}:3", details={"note": WORDS})
        audit.note(
            session, "case.answer", now, thing=f"case:{case.id}", details={"reason": f"звонила {NAME}"}
        )
        key = f"unclear:{case.id}:3"
        audit.handle(session, HandledRow(key=key, at=now, user_id="u", name="Анна", note=f"{NAME} успокоена"))
        session.add(WatchedRow(portal="main", deal_id=1, field="UF_1", value=NAME, seen_at=now))
        done = session.exec(
            select(EffectRow).where(EffectRow.kind == "SendMessage", EffectRow.state == "done")
        )
        for number, row in enumerate(done.all()):
            told = DeliveryRow(
                channel="", message_id=row.result, state=f"failed{number}", at=now, reason=PHONE
            )
            session.add(told)


def _case(flow: Flow, deal_id: int) -> Case:
    with flow.database.reading() as session:
        row = session.exec(select(CaseRow).where(CaseRow.deal_id == deal_id)).one()
        return codec.load_case(row.body)


def everything(database: Database) -> Iterator[tuple[str, str]]:
    """Every row of every table, as text."""
    with database.reading() as session:
        for table in inspect(session.connection()).get_table_names():
            for row in session.execute(text(f'SELECT * FROM "{table}"')):
                # JSON may be kept with its letters escaped.
                yield table, " ".join(map(str, row)).encode().decode("unicode_escape", "ignore") + str(row)


def hits(database: Database, *words: str) -> set[tuple[str, str]]:
    return {(table, word) for table, row in everything(database) for word in words if word in row}


def erase(flow: Flow, phone: str = PHONE, reason: str = "письмо") -> None:
    forget(flow.database, phone, FINGERPRINT, "Анна", "u1", reason, flow.clock.now())


def test_the_scan_finds_what_there_is(each_flow: Flow) -> None:
    lived(each_flow)
    assert {word for _, word in hits(each_flow.database, *SECRETS)} == set(SECRETS)
    tables = {table for table, _ in hits(each_flow.database, *SECRETS)}
    assert tables >= {"cases", "clients", "contact_points", "inbox", "effects", "traces", "audit", "handled"}
    assert tables >= {"watched_fields", "deliveries", "clicks"}


def test_nothing_of_the_person_is_left(each_flow: Flow) -> None:
    lived(each_flow)
    erase(each_flow, reason=f"письмо от {NAME}, +7 701 555 12 34")
    assert hits(each_flow.database, *SECRETS) == set()
    if (path := each_flow.database.path) is not None:
        files = [one for one in path.parent.iterdir() if one.is_file() and one.name.startswith(path.name)]
        content = b"".join(one.read_bytes() for one in files)
        for word in SECRETS:
            escaped = word.encode("unicode_escape")
            assert word.encode() not in content, word
            assert escaped not in content, word
        assert "Борис".encode() in content or "Борис".encode("unicode_escape") in content


def test_everybody_else_is_untouched(each_flow: Flow) -> None:
    lived(each_flow)
    before = [row for row in everything(each_flow.database) if OTHER in row[1] or "Борис" in row[1]]
    assert before
    erase(each_flow)
    after = [row for row in everything(each_flow.database) if OTHER in row[1] or "Борис" in row[1]]
    assert after == before


def test_what_counts_stays(flow: Flow) -> None:
    lived(flow)
    before = _case(flow, 1)
    erase(flow)
    after, running = _case(flow, 1), _case(flow, 2)
    assert (after.scores, after.outcome, after.branch) == (before.scores, before.outcome, before.branch)
    assert after.scores
    assert (running.outcome, running.client.phone) == ("erased", "")
    with flow.database.reading() as session:
        clicked = links.clicks_of_case(session, after.id)
        assert len(clicked) == 1, "that there was a visit, and of which kind"
        left = session.exec(select(EffectRow).where(EffectRow.case_id == after.id)).all()
        assert all(codec.load_effect(row.kind, row.payload) for row in left), "still to be read"


def test_nothing_of_it_leaves_any_more_and_links_lead_nowhere(flow: Flow) -> None:
    lived(flow)
    erase(flow)
    before = [job.key for job in flow.world.ledger]
    flow.later(days=9)
    theirs = {_case(flow, deal).id for deal in (1, 2)}
    assert [job.key for job in flow.world.ledger[len(before) :] if job.key.partition(":")[0] in theirs] == []
    with flow.database.reading() as session:
        rows = session.exec(select(EffectRow).where(EffectRow.case_id == _case(flow, 2).id)).all()
        assert {row.state for row in rows} <= {outbox.DONE, outbox.CANCELLED}
        codes = session.exec(select(LinkRow.code).where(LinkRow.case_id == _case(flow, 1).id)).all()
        assert links.find_many(session, codes) == {}


def test_the_record_names_nobody(flow: Flow) -> None:
    lived(flow)
    erase(flow, reason="письмо")
    with flow.database.reading() as session:
        (row,) = session.exec(select(ErasureRow)).all()
        assert (row.by, row.user_id, row.reason, row.fingerprint) == ("Анна", "u1", "письмо", FINGERPRINT)
        assert row.details["cases"] == 2
        assert erasure.erased_at(session, [FINGERPRINT]) == row.at
        assert erasure.erased_at(session, ["0" * 64]) is None


def test_done_twice_finds_nothing(flow: Flow) -> None:
    lived(flow)
    erase(flow)
    with flow.database.reading() as session:
        assert not is_held(session, PHONE)
    erase(flow)
    with flow.database.reading() as session:
        assert next(iter(erasure.records(session))).details == {}


def test_who_was_erased_is_never_asked_again(each_flow: Flow) -> None:
    lived(each_flow)
    erase(each_flow)
    asked = len(each_flow.world.texts)
    each_flow.later(days=60)
    asked = len(each_flow.world.texts)
    _visit(each_flow, 4, PHONE, NAME)
    each_flow.later(days=9)
    assert len(each_flow.world.texts) == asked
    assert hits(each_flow.database, *SECRETS) == set(), "what the CRM tells anew is not kept"
    assert _case(each_flow, 4).state == "ended"


def test_a_repeated_webhook_is_known(flow: Flow) -> None:
    lived(flow)
    with flow.database.reading() as session:
        told = session.exec(select(InboxRow).where(InboxRow.source == "chat2desk")).all()
        keys = [row.key for row in told if row.kind == "AnswerReceived"]
    erase(flow)
    now = flow.clock.now()
    with flow.database.transaction() as session:
        again = [
            inbox.add(session, "chat2desk", Arrival(key, AnswerReceived(PHONE, WORDS, now, 1)), now)
            for key in keys
        ]
    assert keys
    assert not any(again)


def test_a_key_tells_no_address_and_two_erased_people_do_not_collide(each_flow: Flow) -> None:
    """A bot's news are known by the writer's number there; the same second may bring two people."""
    now = each_flow.clock.now()
    for phone, address in ((PHONE, "chat-77"), (OTHER, "chat-88")):
        with each_flow.database.transaction() as session:
            session.add(ContactPointRow(channel="max", address=address, phone=phone, joined_at=now))
            for key in (f"started:{address}:1700", f"staff:{phone}"):
                inbox.add(session, "max", Arrival(key, ChannelJoined(address, "", now)), now)
        erase(each_flow, phone)
    assert hits(each_flow.database, *SECRETS, "chat-88", OTHER) == set()


def test_an_effect_without_its_person_can_be_read(flow: Flow) -> None:
    lived(flow)
    with flow.database.reading() as session:
        rows = session.exec(select(EffectRow)).all()
    assert {row.kind for row in rows} >= {"SendMessage", "MoveDeal", "SetFields", "CreateDeal", "CreateTask"}
    for row in rows:
        codec.load_effect(row.kind, bare(row.payload))


@pytest.mark.parametrize(
    ("reason", "plain"),
    [
        ("письмо 12 от 03.03.2026", "письмо 12 от 03.03.2026"),
        ("просил по +7 701 555-12-34", "просил по •••"),
        (f"{NAME.lower()} просила", "••• просила"),
        ("Серикбаева просила", "••• просила"),
    ],
)
def test_a_reason_names_nobody(flow: Flow, reason: str, plain: str) -> None:
    lived(flow)
    with flow.database.reading() as session:
        assert without(reason, person(session, PHONE)) == plain


def test_a_stranger_who_only_wrote(each_flow: Flow) -> None:
    """No case at all, and yet something is held; also what colleagues wrote beside these words."""
    _says(each_flow, PHONE, WORDS)
    with each_flow.database.transaction() as session:
        assert is_held(session, PHONE)
        assert session.get(ClientRow, PHONE)
        key, now = f"unmatched:{session.exec(select(InboxRow)).one().id}", each_flow.clock.now()
        audit.handle(session, HandledRow(key=key, at=now, user_id="u", name="Анна", note=f"{NAME}, ошиблась"))
        audit.note(session, "unmatched.handled", now, thing=key, details={"note": f"{NAME}, ошиблась"})
    erase(each_flow)
    assert hits(each_flow.database, *SECRETS) == set()


def test_what_is_in_somebodys_hands_is_taken_out_of_them(flow: Flow) -> None:
    _visit(flow, 1, PHONE, NAME)
    flow.clock.advance(timedelta(days=1))
    for _ in range(3):
        flow.settle()
    with flow.database.transaction() as session:
        row = session.exec(select(EffectRow).order_by(col(EffectRow.id).desc())).first()
        assert row is not None
        row.state = outbox.PLANNED
        claimed = outbox.claim(row, flow.clock.now(), timedelta(minutes=1))
    erase(flow)
    with flow.database.reading() as session:
        assert outbox.held(session, [claimed]) == {}


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)  # SQLite lets nobody read meanwhile
def test_who_decides_by_what_was_read_before_the_erasure_is_too_late(each_flow: Flow) -> None:
    """Two processes: what one has in its hands must not bring the person back."""
    _visit(each_flow, 1, PHONE, NAME)
    with each_flow.database.reading() as session:
        row = session.exec(select(CaseRow)).one()
        case = cases.load(session, row)
        erase(each_flow)
        with pytest.raises(cases.SomebodyWasQuicker):
            cases.save(session, case, replace(case, words=(WORDS,)), each_flow.clock.now())
        session.rollback()
    assert hits(each_flow.database, *SECRETS) == set()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_nobody_decides_during_an_erasure(each_flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both lock what came in and its cases, in whatever order: each would wait for the other."""
    _visit(each_flow, 1, PHONE, NAME)
    really, could_decide = erasure.erase, []

    def watched(*args: Any, **more: Any) -> Any:
        with each_flow.database.transaction() as other:
            could_decide.append(has_turn(other, DECIDING))
        return really(*args, **more)

    monkeypatch.setattr(erasure, "erase", watched)
    erase(each_flow)
    assert could_decide
    assert not any(could_decide)


def test_a_complaint_keeps_its_course_and_nobodys_words() -> None:
    now = NOON
    complaint = Complaint(
        now, causes=(Cause("price", WORDS, f"звонили {NAME}", now, "Анна"),),
        turns=(Turn("settled", now, "page", "Анна", WORDS),),
        ratings=(SecondRating(now, comments={"more": WORDS}),),
    )  # fmt: skip
    case = Case(
        "A", 1, NAME, "s", "v", 1, State.ENDED, "ask", now, now, "WON", Client(PHONE),
        Branch("На Абая", "Asia/Almaty", 1, 2), complaint=complaint, words=(WORDS,), values={"car": NAME},
        still=Still(now, "Анна", WORDS), entered=(EnteredScore("quality", Decimal(3), "Анна", WORDS, now),),
        ended_why=Phrase("end.stopped", {"by": "Анна", "reason": WORDS}),
    )  # fmt: skip
    left = bare_case(case, now)
    told = str(codec.dump_case(left))
    assert [word for word in SECRETS if word in told] == []
    assert left.complaint
    assert [one.cause for one in left.complaint.causes] == ["price"]
    assert [one.result for one in left.complaint.ratings] == ["not_asked"]
    assert left.entered[0].score == 3


def test_no_field_of_a_case_is_forgotten() -> None:
    """Whoever gives a case a new field with words in it says here whether it may outlive the person."""
    stays = {
        "id", "scenario", "version", "step", "deal_stage", "channel", "task_key", "review", "portal",
        "started_by", "language", "our_stages",
    }  # fmt: skip
    base = Case(
        "A", 1, "", "s", "v", 1, State.ENDED, "ask", NOON, NOON, "WON", Client(PHONE),
        Branch("На Абая", "Asia/Almaty", 1, 2),
    )  # fmt: skip
    filled = {"str": WORDS, "tuple[str, ...]": (WORDS,), "Mapping[str, str]": {"name": WORDS}}
    shapes = {one.name: str(one.type) for one in fields(Case)}
    told = {name: filled[_shape(shape)] for name, shape in shapes.items() if _shape(shape) in filled}
    left = bare_case(replace(base, **told), NOON)  # type: ignore[arg-type]
    assert {name for name in told if WORDS in str(getattr(left, name))} - {"outcome"} == stays


def _shape(annotation: str) -> str:
    return annotation.removeprefix("<class '").removesuffix("'>").replace("collections.abc.", "")


def test_what_comes_between_the_look_and_the_erasure(flow: Flow) -> None:
    lived(flow)
    with flow.database.reading() as session:
        ahead = look_ahead(session, PHONE)
    _says(flow, PHONE, WORDS)
    with flow.database.transaction() as session:
        erasure.erase(session, PHONE, flow.clock.now(), ahead)
    assert hits(flow.database, *SECRETS) == set()
