"""Every table of the engine. Times are aware UTC; the shapes inside JSON columns are the core's own types."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Dialect,
    Index,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy import DateTime as SqlDateTime
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

# One naming rule, so that Alembic can name what it drops on both databases.
SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention


class Moment(TypeDecorator[datetime]):
    """An aware UTC time; SQLite gives naive ones back, and a naive one going in is our bug."""

    impl = SqlDateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without its zone must not reach the database")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite counts only INTEGER primary keys by itself.
Counter = BigInteger().with_variant(Integer, "sqlite")


class ClientRow(SQLModel, table=True):
    """One person by phone: consent, and when somebody last spoke with them."""

    __tablename__ = "clients"
    phone: str = Field(primary_key=True, max_length=20)
    opted_out_at: datetime | None = Field(default=None, sa_type=Moment)
    surveyed_at: datetime | None = Field(default=None, sa_type=Moment)
    wrote_at: datetime | None = Field(default=None, sa_type=Moment)
    operator_at: datetime | None = Field(default=None, sa_type=Moment)


class ContactPointRow(SQLModel, table=True):
    """Where one person can be met: a channel and the address there, which may be the phone itself."""

    __tablename__ = "contact_points"
    channel: str = Field(primary_key=True, max_length=64)  # "" is the main channel
    address: str = Field(primary_key=True, max_length=64)
    phone: str = Field(primary_key=True, max_length=20, index=True)  # a family may share one messenger
    joined_at: datetime = Field(sa_type=Moment)
    wrote_at: datetime | None = Field(default=None, sa_type=Moment)
    left_at: datetime | None = Field(default=None, sa_type=Moment)


class InvitationRow(SQLModel, table=True):
    """A link with which a client opens our chat in a messenger; it binds one address, the first."""

    __tablename__ = "invitations"
    token: str = Field(primary_key=True, max_length=32)
    channel: str = Field(max_length=64)
    case_id: str = Field(max_length=16, index=True)
    phone: str = Field(max_length=20)
    created_at: datetime = Field(sa_type=Moment)
    used_by: str = Field(default="", max_length=64)
    used_at: datetime | None = Field(default=None, sa_type=Moment)


class CaseRow(SQLModel, table=True):
    """A case: what is searched for in columns, the whole in `body`."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("portal", "deal_id", "scenario", "round"),
        Index(
            "ix_cases_wake_at_due",
            "wake_at",
            sqlite_where=text("wake_at IS NOT NULL"),
            postgresql_where=text("wake_at IS NOT NULL"),
        ),
        Index("ix_cases_phone_state", "phone", "state"),
        Index("ix_cases_search", "client_name", "phone", "deal_id", "id"),
        Index("ix_cases_created", "created_at"),
        Index("ix_cases_branch", "portal", "branch", "created_at"),
        Index(
            "ix_cases_board",
            "scenario",
            "state",
            "step",
            "created_at",
            "id",
            "portal",
            "branch",
            sqlite_where=text("state <> 'ended'"),
            postgresql_where=text("state <> 'ended'"),
        ),
        # All that a board of a scenario is counted by: the rows themselves are large.
        Index(
            "ix_cases_stand",
            "scenario",
            "state",
            "step",
            "outcome",
            "portal",
            "branch",
            "created_at",
        ),
        Index(
            "ix_cases_active",
            "id",
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
        Index(
            "ix_cases_still",
            "id",
            sqlite_where=text("still_since IS NOT NULL"),
            postgresql_where=text("still_since IS NOT NULL"),
        ),
        Index(
            "ix_cases_complaint_due",
            "complaint_due",
            sqlite_where=text("complaint_due IS NOT NULL"),
            postgresql_where=text("complaint_due IS NOT NULL"),
        ),
    )
    id: str = Field(primary_key=True, max_length=16)
    portal: str = Field(default="main", max_length=64)
    deal_id: int = Field(sa_type=BigInteger)
    scenario: str = Field(max_length=64)
    round: int = 1
    version: str = Field(max_length=64)
    state: str = Field(max_length=16)
    step: str = Field(max_length=64)
    branch: str = Field(default="", max_length=200)
    phone: str = Field(default="", max_length=20)
    client_name: str = Field(default="", max_length=200)  # folded, to be searched in
    task_id: int | None = Field(default=None, sa_type=BigInteger, index=True)
    answer_code: str = Field(default="", max_length=32, index=True)
    survey_code: str = Field(default="", max_length=32, index=True)  # of the page on which the client answers
    outcome: str = Field(default="", max_length=64)
    wake_at: datetime | None = Field(default=None, sa_type=Moment)
    still_since: datetime | None = Field(default=None, sa_type=Moment)  # a person lets it stand still
    complaint_due: datetime | None = Field(default=None, sa_type=Moment)  # of an open complaint's task
    rev: int = 0
    body: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=Moment)
    updated_at: datetime = Field(sa_type=Moment)

    @declared_attr.directive
    def __mapper_args__(cls: Any) -> dict[str, Any]:  # noqa: N805 (a class method, to SQLAlchemy)
        """Nobody writes over a revision that they have not read: else StaleDataError."""
        return {"version_id_col": cls.__table__.c.rev, "version_id_generator": False}


class InboxRow(SQLModel, table=True):
    """Everything that came in, once; a row ends as applied, ignored or quarantined, with the reason."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("source", "key"),
        Index(
            "ix_inbox_open",
            "is_hint",
            "process_at",
            "id",
            sqlite_where=text("processed_at IS NULL"),
            postgresql_where=text("processed_at IS NULL"),
        ),
        Index(
            "ix_inbox_quarantined",
            "id",
            sqlite_where=text("result = 'quarantined'"),
            postgresql_where=text("result = 'quarantined'"),
        ),
        Index(
            "ix_inbox_unmatched",
            "id",
            sqlite_where=text("result = 'ignored' AND kind = 'AnswerReceived'"),
            postgresql_where=text("result = 'ignored' AND kind = 'AnswerReceived'"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Counter)
    source: str = Field(max_length=64)
    portal: str = Field(default="", max_length=64)  # whose deals and tasks it speaks of; "": a channel's
    key: str = Field(max_length=200)
    kind: str = Field(max_length=32)  # the event's type, or 'unreadable'
    is_hint: bool = False
    event: dict[str, Any] = Field(sa_type=JSON)
    raw: str = Field(default="", sa_type=Text)
    received_at: datetime = Field(sa_type=Moment)
    process_at: datetime = Field(sa_type=Moment)  # later than received_at: held for a while
    processed_at: datetime | None = Field(default=None, sa_type=Moment)
    result: str = Field(default="", max_length=16)  # applied, ignored, quarantined
    reason: str = Field(default="", sa_type=Text)
    attempts: int = 0
    case_id: str = Field(default="", max_length=16, index=True)


class EffectRow(SQLModel, table=True):
    """The outbox: what is to be done outside, and how it went."""

    __tablename__ = "effects"
    __table_args__ = (
        Index(
            "ix_effects_ready",
            "lane",
            "priority",
            "run_at",
            sqlite_where=text("state IN ('planned', 'unknown')"),
            postgresql_where=text("state IN ('planned', 'unknown')"),
        ),
        Index(
            "ix_effects_leased",
            "lease_until",
            sqlite_where=text("state = 'sending'"),
            postgresql_where=text("state = 'sending'"),
        ),
        Index("ix_effects_case", "case_id", "lane", "id"),
        Index(
            "ix_effects_for_a_person",
            "id",
            sqlite_where=text("state IN ('review', 'failed')"),
            postgresql_where=text("state IN ('review', 'failed')"),
        ),
        Index(
            "ix_effects_webhooks",
            "id",
            sqlite_where=text("lane = 'webhook'"),
            postgresql_where=text("lane = 'webhook'"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Counter)
    key: str = Field(max_length=64, unique=True)  # case:rev:n
    case_id: str = Field(max_length=16)
    lane: str = Field(max_length=80)  # channel; crm; crm:NAME for a further portal
    kind: str = Field(max_length=32)
    payload: dict[str, Any] = Field(sa_type=JSON)
    state: str = Field(default="planned", max_length=16)
    waits_for: str = Field(default="", max_length=64)  # key of an effect in another lane
    priority: int = 5  # smaller goes first: answers and low scores before bulk
    run_at: datetime = Field(sa_type=Moment)
    attempts: int = 0
    first_tried_at: datetime | None = Field(default=None, sa_type=Moment)
    lease_until: datetime | None = Field(default=None, sa_type=Moment)
    fence: int = 0
    looks: int = 0  # searches that proved absence, after an uncertain attempt
    recreated: int = 0
    result: str = Field(default="", max_length=64, index=True)  # the vendor's id of what was made
    error: str = Field(default="", sa_type=Text)
    created_at: datetime = Field(sa_type=Moment)
    done_at: datetime | None = Field(default=None, sa_type=Moment)


class DeliveryRow(SQLModel, table=True):
    """What a channel told of a message that it had accepted: one row for each state that it came to."""

    __tablename__ = "deliveries"
    channel: str = Field(primary_key=True, max_length=64)
    message_id: str = Field(
        primary_key=True, max_length=64, index=True
    )  # the channel's number, as in effects.result
    state: str = Field(primary_key=True, max_length=16)  # sent, delivered, read, failed
    at: datetime = Field(sa_type=Moment)
    code: str = Field(default="", max_length=40)  # why it failed, a stable word
    reason: str = Field(default="", sa_type=Text)  # why it failed, in the channel's or the company's words


class TraceRow(SQLModel, table=True):
    """Per decision: the event, the version, every condition with its verdict, what was decided."""

    __tablename__ = "traces"
    __table_args__ = (UniqueConstraint("case_id", "rev"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=Counter)
    case_id: str = Field(max_length=16)
    rev: int
    at: datetime = Field(sa_type=Moment)
    version: str = Field(max_length=64)
    step: str = Field(max_length=64)  # before the decision
    body: dict[str, Any] = Field(sa_type=JSON)  # event, checked, notes, effects, step after


class LaneRow(SQLModel, table=True):
    """One rate-limited door: how full its bucket is, and until when it is closed."""

    __tablename__ = "lanes"
    key: str = Field(primary_key=True, max_length=64)
    level: float = 0.0
    level_at: datetime = Field(sa_type=Moment)
    paused_until: datetime | None = Field(default=None, sa_type=Moment)
    broken: str = Field(default="", sa_type=Text)  # why nothing can pass until somebody acts


class LinkRow(SQLModel, table=True):
    """A short link of one case to one platform."""

    __tablename__ = "links"
    code: str = Field(primary_key=True, max_length=32)
    case_id: str = Field(max_length=16, index=True)
    platform: str = Field(max_length=32)
    target: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Moment)
    erased_at: datetime | None = Field(default=None, sa_type=Moment)  # since then as if it had never existed


class ClickRow(SQLModel, table=True):
    """A visit of a short link, by a person or a machine, with the reasons for that verdict.

    An index over random codes costs a hot writer more than all the rest, so a visit enters it later.
    """

    __tablename__ = "clicks"
    __table_args__ = (
        Index("ix_clicks_filed", "code", sqlite_where=text("filed = 1"), postgresql_where=text("filed = 1")),
        Index("ix_clicks_unfiled", "id", sqlite_where=text("filed = 0"), postgresql_where=text("filed = 0")),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Counter)
    code: str = Field(max_length=32)
    at: datetime = Field(sa_type=Moment)
    grade: str = Field(max_length=16)  # person, likely (a person who has still to prove it), machine
    reason: str = Field(max_length=200)
    agent: str = Field(default="", max_length=300)
    target: str = Field(default="", sa_type=Text)  # where the link led at that moment
    address: str = Field(default="", max_length=16)  # a keyed hash: tells visitors apart, names none
    filed: int = 0  # a number, because both databases must find the very words of the indexes' conditions


class BonusRow(SQLModel, table=True):
    """The ledger: a bonus that a person got by a rule of a scenario, and whether it was taken back."""

    __tablename__ = "bonuses"
    # Two decisions at one moment must not both be the third bonus of this rule.
    __table_args__ = (UniqueConstraint("portal", "person", "rule", "turn"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=Counter)
    portal: str = Field(max_length=64)
    person: str = Field(max_length=40)  # the phone as in clients; of a case without one, 'case:' and its id
    rule: str = Field(max_length=40)
    turn: int
    case_id: str = Field(max_length=16, index=True)
    contact_id: int | None = Field(default=None, sa_type=BigInteger)
    amount: str = Field(default="", max_length=20)
    confirmed_at: datetime = Field(sa_type=Moment)
    taken_back_at: datetime | None = Field(default=None, sa_type=Moment)
    reason: str = Field(default="", sa_type=Text)
    taken_back_by: str = Field(default="", max_length=80)


class CursorRow(SQLModel, table=True):
    """How far a poll has read, or a walk through our own rows has come."""

    __tablename__ = "cursors"
    name: str = Field(primary_key=True, max_length=64)
    value: str = Field(sa_type=Text)


class VersionRow(SQLModel, table=True):
    """A scenario as it was when a case first began with it; running cases stay on it."""

    __tablename__ = "scenario_versions"
    portal: str = Field(default="main", primary_key=True, max_length=64)
    version: str = Field(primary_key=True, max_length=64)
    name: str = Field(max_length=64)
    source: str = Field(sa_type=Text)
    names: dict[str, Any] = Field(sa_type=JSON)  # what the names in it meant then: stages, fields, users
    first_used_at: datetime = Field(sa_type=Moment)


class ScenarioRow(SQLModel, table=True):
    """How a scenario of a portal stands: which version is in force, and what is tried beside it."""

    __tablename__ = "scenarios"
    portal: str = Field(primary_key=True, max_length=64)
    name: str = Field(primary_key=True, max_length=64)
    state: str = Field(default="active", max_length=16)  # active, paused, frozen
    version: str = Field(default="", max_length=64)  # with which new cases begin; "": with none
    file_version: str = Field(default="", max_length=64)  # of the file when it was last taken note of
    candidate: str = Field(default="", max_length=64)  # the version that is tried
    mode: str = Field(default="", max_length=16)  # shadow, ramp; "": nothing is tried
    share: float = 0.0  # of new cases that begin with the candidate, in per cent
    branches: list[str] = Field(default_factory=list, sa_type=JSON)  # or all new cases of these
    stop_if: list[str] = Field(default_factory=list, sa_type=JSON)  # as they were typed
    stop_after: int = 0  # cases before the conditions are looked at
    tried_since: datetime | None = Field(default=None, sa_type=Moment)
    errors: int = 0  # exceptions in silent decisions of the candidate
    changed_by: str = Field(default="", max_length=80)
    changed_at: datetime = Field(sa_type=Moment)
    reason: str = Field(default="", sa_type=Text)


class ScenarioLogRow(SQLModel, table=True):
    """Who changed what about a scenario, and why. Rows are only added."""

    __tablename__ = "scenario_log"
    __table_args__ = (Index("ix_scenario_log_name", "portal", "name", "id"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=Counter)
    portal: str = Field(max_length=64)
    name: str = Field(max_length=64)
    at: datetime = Field(sa_type=Moment)
    by: str = Field(max_length=80)  # a person's name; 'file', 'engine'
    what: str = Field(max_length=32)  # activated, waiting, paused, frozen, ramp_stopped ...
    from_version: str = Field(default="", max_length=64)
    to_version: str = Field(default="", max_length=64)
    reason: str = Field(default="", sa_type=Text)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class ShadowRow(SQLModel, table=True):
    """What a candidate would have made of a case: it hears the same, and nothing of it leaves."""

    __tablename__ = "shadow_cases"
    __table_args__ = (
        Index("ix_shadow_cases_scenario", "portal", "scenario", "version"),
        Index(
            "ix_shadow_cases_due",
            "wake_at",
            sqlite_where=text("wake_at IS NOT NULL"),
            postgresql_where=text("wake_at IS NOT NULL"),
        ),
    )
    case_id: str = Field(primary_key=True, max_length=16)
    version: str = Field(primary_key=True, max_length=64)
    portal: str = Field(max_length=64)
    scenario: str = Field(max_length=64)
    state: str = Field(default="follows", max_length=16)  # follows, parted, failed
    differs: str = Field(default="", max_length=200)  # kinds of difference so far, by commas
    wake_at: datetime | None = Field(default=None, sa_type=Moment)
    body: dict[str, Any] = Field(sa_type=JSON)  # the case, its turns beside the real ones, where they part
    created_at: datetime = Field(sa_type=Moment)
    updated_at: datetime = Field(sa_type=Moment)


class WatchedRow(SQLModel, table=True):
    """What a deal field held when it was last seen, for scenarios that start when it changes."""

    __tablename__ = "watched_fields"
    portal: str = Field(primary_key=True, max_length=64)
    deal_id: int = Field(primary_key=True, sa_type=BigInteger)
    field: str = Field(primary_key=True, max_length=64)  # the field's code
    value: str = Field(sa_type=Text)
    before: str = Field(default="", sa_type=Text)  # what it held before that
    turn: int = 0  # how many times it has changed
    seen_at: datetime = Field(sa_type=Moment)  # when the deal was last changed, by the CRM's clock


class ScheduleRow(SQLModel, table=True):
    """How far the last turn of a scheduled scenario is."""

    __tablename__ = "schedules"
    portal: str = Field(primary_key=True, max_length=64)
    scenario: str = Field(primary_key=True, max_length=64)
    schedule: str = Field(max_length=64)  # in one line: with another one the past is past
    occurs_at: datetime = Field(sa_type=Moment)
    after: str = Field(default="", sa_type=Text)  # where the next page of deals begins
    begun: int = 0  # deals handed in for this turn
    done_at: datetime | None = Field(default=None, sa_type=Moment)  # None: its pages are not read to the end
    next_at: datetime | None = Field(default=None, sa_type=Moment)  # None: the scenario begins no cases now


class NoteRow(SQLModel, table=True):
    """What a connector must not forget over a restart; `sealed` values are encrypted."""

    __tablename__ = "notes"
    name: str = Field(primary_key=True, max_length=120)
    value: str = Field(sa_type=Text)
    sealed: bool = False
    updated_at: datetime = Field(sa_type=Moment)


class ErasureRow(SQLModel, table=True):
    """That a person's data were erased, and why; nothing here leads back to them. Rows are only added."""

    __tablename__ = "erasures"
    id: int | None = Field(default=None, primary_key=True, sa_type=Counter)
    at: datetime = Field(sa_type=Moment)
    fingerprint: str = Field(max_length=64, index=True)  # of the phone, by the installation's key
    by: str = Field(max_length=80)  # a person's name
    user_id: str = Field(default="", max_length=22)  # "": by a command
    reason: str = Field(sa_type=Text)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # table -> how many rows


class AlarmRow(SQLModel, table=True):
    """Something that is wrong with the whole, not with one case; it is cleared when it passes."""

    __tablename__ = "alarms"
    key: str = Field(primary_key=True, max_length=120)  # silence:main, names:main, reconcile:main ...
    phrase: str = Field(max_length=64)  # key of the text in explain/locale
    params: dict[str, Any] = Field(sa_type=JSON)
    since: datetime = Field(sa_type=Moment)
    seen_at: datetime = Field(sa_type=Moment)


METADATA = SQLModel.metadata
