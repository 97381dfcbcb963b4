"""Facts added up by day and by month: what analytics reads where nothing has changed since."""

from datetime import date

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from qc_engine.store.fact_tables import METADATA as KNOWN

IN_ORDER = {"sqlite_with_rowid": False}  # a period is one piece of the file


class _Place(SQLModel):
    """Cases asked on one day, or in one month, in one branch by one scenario."""

    day: date = Field(primary_key=True)  # of a month the first one
    is_month: bool = Field(primary_key=True)
    portal: str = Field(primary_key=True, max_length=64)
    branch: str = Field(primary_key=True, max_length=200)
    scenario: str = Field(primary_key=True, max_length=64)


class _Cases(SQLModel):
    """How many of them; as facts have it, and tallies tell it."""

    asked: int = Field(sa_type=BigInteger)
    answered: int = Field(sa_type=BigInteger)
    total: int = Field(sa_type=BigInteger)  # of the averages, in thousandths
    squares: int = Field(sa_type=BigInteger)  # of the same, in millionths
    clicked: int = Field(sa_type=BigInteger)
    reviewed: int = Field(sa_type=BigInteger)


class _Marks(SQLModel):
    """How many of them stand under each mark."""

    mark_0: int = Field(sa_type=BigInteger)
    mark_1: int = Field(sa_type=BigInteger)
    mark_2: int = Field(sa_type=BigInteger)
    mark_3: int = Field(sa_type=BigInteger)
    mark_4: int = Field(sa_type=BigInteger)
    mark_5: int = Field(sa_type=BigInteger)
    mark_6: int = Field(sa_type=BigInteger)
    mark_7: int = Field(sa_type=BigInteger)
    mark_8: int = Field(sa_type=BigInteger)
    mark_9: int = Field(sa_type=BigInteger)
    mark_10: int = Field(sa_type=BigInteger)


class DayRollup(_Marks, _Cases, _Place, table=True):
    """All of them; those of a month by weekday."""

    __tablename__ = "rolled_days"
    __table_args__ = (IN_ORDER,)
    weekday: int = Field(primary_key=True)


class ServedRollup(_Cases, _Place, table=True):
    """Those of one employee; and the same cases once more, those of one service."""

    __tablename__ = "rolled_served"
    __table_args__ = (IN_ORDER,)
    kind: str = Field(primary_key=True, max_length=8)  # the name of a column of facts
    name: str = Field(primary_key=True, max_length=100)


class QuestionRollup(_Marks, _Place, table=True):
    """The scores of one question."""

    __tablename__ = "rolled_questions"
    __table_args__ = (IN_ORDER,)
    question: str = Field(primary_key=True, max_length=64)
    scores: int = Field(sa_type=BigInteger)
    total: int = Field(sa_type=BigInteger)  # in thousandths
    squares: int = Field(sa_type=BigInteger)
    example: str = Field(max_length=16)  # one of the cases


METADATA = KNOWN  # with all the other tables
