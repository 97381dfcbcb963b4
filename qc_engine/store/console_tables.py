"""The console's own tables: who may come in, who is in, and what they did."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Text, false
from sqlmodel import Field, SQLModel

from qc_engine.store.tables import Counter, Moment


class UserRow(SQLModel, table=True):
    """Somebody who may come into the console: by a password, the identity provider, or a one-time link."""

    __tablename__ = "users"
    __table_args__ = (Index("ix_users_identity", "issuer", "subject", unique=True),)
    id: str = Field(primary_key=True, max_length=22)
    login: str | None = Field(default=None, max_length=80, unique=True)  # folded; None until it is chosen
    name: str = Field(max_length=80)
    role: str = Field(max_length=16)
    # [[portal, branch], ...]; None: every branch, also future ones
    branches: list[list[str]] | None = Field(default=None, sa_type=JSON)
    password: str = Field(default="", max_length=200)  # as argon2 writes it
    created_at: datetime = Field(sa_type=Moment)
    closed_at: datetime | None = Field(default=None, sa_type=Moment)  # since when nobody comes in by it
    seen_at: datetime | None = Field(default=None, sa_type=Moment)  # to the minute; None: never was here
    # Who they are to the identity provider; None: to none.
    issuer: str | None = Field(default=None, max_length=300)
    subject: str | None = Field(default=None, max_length=255)

    @property
    def can_come_in(self) -> bool:
        """Without a one-time link."""
        return bool(self.password or self.subject)


class SessionRow(SQLModel, table=True):
    """A browser that is signed in. The cookie's token itself is nowhere stored."""

    __tablename__ = "sessions"
    id: str = Field(primary_key=True, max_length=22)
    token_hash: str = Field(max_length=64, unique=True)
    user_id: str = Field(max_length=22, index=True)
    created_at: datetime = Field(sa_type=Moment)
    seen_at: datetime = Field(sa_type=Moment)
    address: str = Field(default="", max_length=64)
    agent: str = Field(default="", max_length=200)
    by_provider: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class SpentStateRow(SQLModel, table=True):
    """A way to the identity provider from which somebody has come back: it leads in once."""

    __tablename__ = "spent_states"
    state_hash: str = Field(primary_key=True, max_length=64)
    at: datetime = Field(sa_type=Moment)


class OneTimeLinkRow(SQLModel, table=True):
    """A link by which a user chooses a password, once."""

    __tablename__ = "one_time_links"
    token_hash: str = Field(primary_key=True, max_length=64)
    user_id: str = Field(max_length=22, index=True)
    created_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    used_at: datetime | None = Field(default=None, sa_type=Moment)


class TwoStepRow(SQLModel, table=True):
    """The second step of somebody's login: codes that an application on their phone shows."""

    __tablename__ = "two_steps"
    user_id: str = Field(primary_key=True, max_length=22)
    secret: str = Field(sa_type=Text)  # sealed with a key that is not in the database
    begun_at: datetime = Field(sa_type=Moment)
    confirmed_at: datetime | None = Field(
        default=None, sa_type=Moment
    )  # None: nobody is asked for a code yet
    last_used: int = Field(
        default=0, sa_type=BigInteger
    )  # the half minute of the last code: none works twice


class RecoveryCodeRow(SQLModel, table=True):
    """A code that lets in once without the phone."""

    __tablename__ = "recovery_codes"
    code_hash: str = Field(primary_key=True, max_length=64)
    user_id: str = Field(max_length=22, index=True)
    used_at: datetime | None = Field(default=None, sa_type=Moment)


class HalfLoginRow(SQLModel, table=True):
    """Somebody has given the right password, and not the code yet."""

    __tablename__ = "half_logins"
    token_hash: str = Field(primary_key=True, max_length=64)
    user_id: str = Field(max_length=22)
    how: str = Field(max_length=40)  # what the audit will call it
    created_at: datetime = Field(sa_type=Moment)


class ApiTokenRow(SQLModel, table=True):
    """What lets another system into /api. The token itself is nowhere stored."""

    __tablename__ = "api_tokens"
    id: str = Field(primary_key=True, max_length=22)
    token_hash: str = Field(max_length=64, unique=True)
    name: str = Field(max_length=80)
    scopes: list[str] = Field(sa_type=JSON)
    branches: list[list[str]] | None = Field(default=None, sa_type=JSON)  # portal and branch; None: all
    made_by: str = Field(max_length=80)  # a person's name
    created_at: datetime = Field(sa_type=Moment)
    used_at: datetime | None = Field(default=None, sa_type=Moment)  # to the minute
    closed_at: datetime | None = Field(default=None, sa_type=Moment)


class LoginTryRow(SQLModel, table=True):
    """An attempt to sign in that has not succeeded; kept as long as it counts."""

    __tablename__ = "login_tries"
    __table_args__ = (
        Index("ix_login_tries_account", "account", "at"),
        Index("ix_login_tries_address", "address", "at"),
        Index("ix_login_tries_at", "at"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Counter)
    at: datetime = Field(sa_type=Moment)
    account: str = Field(max_length=64)  # a hash: people type passwords into the wrong field
    address: str = Field(default="", max_length=64)


class AuditRow(SQLModel, table=True):
    """Who did what in the console, and when. Rows are only added; an erasure empties details."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_thing", "thing", "id"),
        Index("ix_audit_user", "user_id", "id"),
        Index("ix_audit_action", "action", "id"),
        Index("ix_audit_at", "at"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Counter)
    at: datetime = Field(sa_type=Moment)
    user_id: str = Field(default="", max_length=22)  # "": nobody who is signed in
    name: str = Field(default="", max_length=80)  # as it was then
    action: str = Field(max_length=40)
    thing: str = Field(default="", max_length=80)  # case:K7Q2W9XR, effect:812, user:...
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # no phone, no secret
    address: str = Field(default="", max_length=64)


class HandledRow(SQLModel, table=True):
    """What a person has looked after, where the engine itself has nothing to do about it."""

    __tablename__ = "handled"
    key: str = Field(primary_key=True, max_length=120)
    at: datetime = Field(sa_type=Moment)
    user_id: str = Field(max_length=22)
    name: str = Field(max_length=80)
    note: str = Field(default="", sa_type=Text)


class ViewRow(SQLModel, table=True):
    """A list of cases that somebody comes back to: the filters of its address, and never what is in it."""

    __tablename__ = "console_views"
    __table_args__ = (Index("ix_console_views_shared", "shared"),)
    id: str = Field(primary_key=True, max_length=22)
    user_id: str = Field(max_length=22, index=True)
    made_by: str = Field(max_length=80)  # the name, as it was then
    name: str = Field(max_length=80)
    filters: dict[str, str] = Field(sa_type=JSON)  # no search: that is somebody's phone or name
    shared: bool = False  # with everybody
    created_at: datetime = Field(sa_type=Moment)
    removed_at: datetime | None = Field(default=None, sa_type=Moment)  # may come back for a while


METADATA = SQLModel.metadata  # with the tables of the engine
