"""The console's own tables: who may come in, who is in, and what they did."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Text
from sqlmodel import Field, SQLModel

from qc_engine.store.tables import Counter, Moment


class UserRow(SQLModel, table=True):
    """Somebody who may come into the console; without a password only by a one-time link."""

    __tablename__ = "users"
    id: str = Field(primary_key=True, max_length=22)
    login: str | None = Field(default=None, max_length=80, unique=True)  # folded; None until it is chosen
    name: str = Field(max_length=80)
    role: str = Field(max_length=16)
    # [[portal, branch], ...]; None: every branch, also future ones
    branches: list[list[str]] | None = Field(default=None, sa_type=JSON)
    password: str = Field(default="", max_length=200)  # as argon2 writes it
    created_at: datetime = Field(sa_type=Moment)
    closed_at: datetime | None = Field(default=None, sa_type=Moment)  # since when nobody comes in by it


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


class OneTimeLinkRow(SQLModel, table=True):
    """A link by which a user chooses a password, once."""

    __tablename__ = "one_time_links"
    token_hash: str = Field(primary_key=True, max_length=64)
    user_id: str = Field(max_length=22, index=True)
    created_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    used_at: datetime | None = Field(default=None, sa_type=Moment)


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
    """Who did what in the console, and when. Rows are only added."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_thing", "thing", "id"),)
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


METADATA = SQLModel.metadata  # with the tables of the engine
