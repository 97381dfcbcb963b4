"""The schema goes up and down on both databases, and says what the tables in code say."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import inspect, text
from sqlmodel import select

from qc_engine.store import codec, inbox, notebook, outbox, schema
from qc_engine.store.database import Database
from qc_engine.store.tables import AlarmRow, CaseRow, EffectRow, InboxRow, NoteRow, TraceRow, VersionRow

NOW = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
# What 0001 had to have in every row; the rest is filled in by the test.
CASE = {"scenario": "tyre_centre", "round": 1, "version": "v1", "state": "active", "step": "ask"} | {
    "branch": "", "phone": "77015551234", "task_id": None, "answer_code": "", "outcome": "", "wake_at": NOW,
    "rev": 3, "body": "{}", "created_at": NOW, "updated_at": NOW,
}  # fmt: skip
EVENT = {"kind": "DealChanged", "is_hint": True, "event": '{"deal_id": 7}', "raw": "", "received_at": NOW} | {
    "process_at": NOW, "processed_at": None, "result": "", "reason": "", "attempts": 0, "case_id": "",
}  # fmt: skip
EFFECT = {"kind": "MoveDeal", "state": "planned", "waits_for": "", "priority": 5, "run_at": NOW} | {
    "payload": '{"deal_id": 7, "stage": "WON", "expected": [], "fields": {}}', "attempts": 0, "fence": 0,
    "first_tried_at": None, "lease_until": None, "looks": 0, "recreated": 0, "result": "", "error": "",
    "created_at": NOW, "done_at": None,
}  # fmt: skip
TRACE = {"rev": 1, "at": NOW, "version": "v1", "step": "ask", "body": "{}"}
VERSION = {"version": "v1", "name": "tyre_centre", "source": "text", "names": "{}", "first_used_at": NOW}


def test_code_and_database_agree(database: Database) -> None:
    assert schema.differences(database) == []
    schema.require_current(database)


def test_down_and_up_again(database: Database) -> None:
    schema.downgrade(database, "base")
    assert schema.current(database) is None
    with pytest.raises(schema.WrongSchema, match="qc db upgrade"):
        schema.require_current(database)
    schema.upgrade(database)
    assert schema.differences(database) == []


def test_a_newer_database_is_refused(database: Database) -> None:
    with database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(schema.WrongSchema, match="update the program"):
        schema.require_current(database)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="needs a file"):
        Database(url)


# --- from one portal to several ---------------------------------------------------------------


def put(database: Database, table: str, **values: Any) -> None:
    """As an older program would have written it: by names of columns, not by today's tables."""
    columns, places = ", ".join(values), ", ".join(f":{name}" for name in values)
    with database.engine.begin() as connection:
        connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({places})"), values)


def every(database: Database, table: Any) -> list[Any]:
    with database.reading() as session:
        return list(session.exec(select(table)).all())


def partial_indexes(database: Database, table: str) -> dict[str, tuple[Any, str]]:
    """Name -> columns and condition, of the indexes that have one."""
    kind = "sqlite_where" if database.is_sqlite else "postgresql_where"
    return {
        str(one["name"]): (one["column_names"], str(where))
        for one in inspect(database.engine).get_indexes(table)
        if (where := one.get("dialect_options", {}).get(kind)) is not None
    }


def lived_in(database: Database) -> None:
    """A database of 0001 in the middle of its work."""
    schema.downgrade(database, "0001")
    put(database, "cases", id="MAIN0001", portal="main", deal_id=7, **CASE)
    for source in ("bitrix24", "chat2desk", "outbox"):
        put(database, "inbox", source=source, key="k", **EVENT)
    put(database, "effects", key="MAIN0001:1:0", case_id="MAIN0001", lane="crm", **EFFECT)
    put(database, "traces", case_id="MAIN0001", **TRACE)
    put(database, "scenario_versions", **VERSION)


def test_an_upgrade_keeps_everything_and_says_whose_it_was(database: Database) -> None:
    lived_in(database)
    partial = partial_indexes(database, "effects") | partial_indexes(database, "inbox")
    schema.upgrade(database)
    assert schema.differences(database) == []
    assert {row.source: row.portal for row in every(database, InboxRow)} == {
        "bitrix24": "main",
        "chat2desk": "",
        "outbox": "",
    }
    (effect,) = every(database, EffectRow)
    assert (effect.key, effect.lane, effect.run_at) == ("MAIN0001:1:0", "crm", NOW)
    assert codec.load_effect(effect.kind, effect.payload).stage == "WON"
    (version,) = every(database, VersionRow)
    assert (version.portal, version.version, version.source) == ("main", "v1", "text")
    assert [row.id for row in every(database, CaseRow)] == ["MAIN0001"]
    assert len(partial) == 3
    now = partial_indexes(database, "effects") | partial_indexes(database, "inbox")
    assert {name: now[name] for name in partial} == partial


def test_the_work_of_before_goes_on_after_an_upgrade(database: Database) -> None:
    lived_in(database)
    schema.upgrade(database)
    with database.reading() as session:
        assert [row.key for row in outbox.ready(session, "crm", NOW, 5)] == ["MAIN0001:1:0"]
        assert [row.source for row in inbox.next_hints(session, "main", NOW, 5)] == ["bitrix24"]
        assert notebook.version(session, "main", "v1") is not None
        assert notebook.version(session, "almaty", "v1") is None


def test_one_text_may_mean_other_things_in_another_portal(database: Database) -> None:
    with database.transaction() as session:
        for portal, stage in (("main", "WON"), ("almaty", "C4:WON"), ("almaty", "never read")):
            notebook.remember_version(session, portal, "v1", "visit", "text", {"stages": {"X": stage}}, NOW)
            session.flush()
    with database.reading() as session:
        kept = {portal: notebook.version(session, portal, "v1") for portal in ("main", "almaty")}
    assert {portal: row.names["stages"]["X"] for portal, row in kept.items() if row} == {
        "main": "WON",
        "almaty": "C4:WON",
    }


def test_the_older_program_gets_no_deal_of_a_further_portal(database: Database) -> None:
    """It would take deal 7 of any portal for the main one's."""
    lived_in(database)
    schema.upgrade(database)
    put(database, "cases", id="ALMA0001", portal="almaty", deal_id=7, **CASE)
    put(database, "effects", key="ALMA0001:1:0", case_id="ALMA0001", lane="crm:" + "a" * 60, **EFFECT)
    put(database, "traces", case_id="ALMA0001", **TRACE)
    put(database, "inbox", source="bitrix24-almaty", portal="almaty", key="k", **EVENT)
    put(database, "scenario_versions", portal="almaty", **VERSION)
    put(database, "notes", name="n", value="v", sealed=False, updated_at=NOW)
    put(database, "alarms", key="a", phrase="p", params="{}", since=NOW, seen_at=NOW)
    assert len(every(database, NoteRow)) == len(every(database, AlarmRow)) == 1
    schema.downgrade(database, "0001")
    schema.upgrade(database)
    assert schema.differences(database) == []
    assert [row.id for row in every(database, CaseRow)] == ["MAIN0001"]
    assert [row.lane for row in every(database, EffectRow)] == ["crm"]
    assert [row.case_id for row in every(database, TraceRow)] == ["MAIN0001"]
    assert sorted(row.source for row in every(database, InboxRow)) == ["bitrix24", "chat2desk", "outbox"]
    assert [row.portal for row in every(database, VersionRow)] == ["main"]


def test_the_older_program_gets_nothing_that_it_cannot_read(database: Database) -> None:
    """It knows neither reopened tasks nor corrections, and would stumble over them for ever."""
    put(database, "cases", id="MAIN0001", portal="main", deal_id=7, survey_code="", **CASE)
    for number, kind in enumerate(("ReopenTask", "UpdateTask", "CallWebhook", "MoveDeal")):
        put(
            database,
            "effects",
            key=f"K:1:{number}",
            case_id="MAIN0001",
            lane="crm",
            **EFFECT | {"kind": kind},
        )
    for kind in ("ReviewCorrected", "BonusTakenBack", "DealChanged"):
        put(database, "inbox", source="web", portal="", key=kind, **EVENT | {"kind": kind})
    schema.downgrade(database, "0005")
    schema.upgrade(database)
    assert schema.differences(database) == []
    assert [row.kind for row in every(database, EffectRow)] == ["MoveDeal"]
    assert [row.kind for row in every(database, InboxRow)] == ["DealChanged"]
