"""What is counted of every asked case, in narrow rows: nobody has to read the cases themselves to count."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from qc_engine.store.console_tables import METADATA as KNOWN
from qc_engine.store.tables import Moment


class FactRow(SQLModel, table=True):
    """One case whose first question has left. It is written with the case, in one transaction."""

    __tablename__ = "facts"
    __table_args__ = (
        Index("ix_facts_day", "day", "portal", "branch"),
        Index("ix_facts_branch", "portal", "branch", "day"),
        Index(
            "ix_facts_unrolled", "day", "portal", "branch",
            sqlite_where=text("rolled = 0"), postgresql_where=text("NOT rolled"),
        ),
    )  # fmt: skip
    case_id: str = Field(primary_key=True, max_length=16)
    portal: str = Field(max_length=64)
    branch: str = Field(max_length=200)
    scenario: str = Field(max_length=64)
    asked_at: datetime = Field(sa_type=Moment)  # the first time
    day: date  # of that, where the branch is
    weekday: int  # of that day; 0 is Monday
    # The mean of the case's scores; None: not answered (yet).
    average_in_thousandths: int | None = Field(default=None, sa_type=BigInteger)
    mark: int | None = None  # the whole number under the average
    clicked: bool = False  # a person opened a review page
    review_day: date | None = Field(
        default=None, index=True
    )  # since when a manager says that the review exists
    employee: str = Field(default="", max_length=100)
    service: str = Field(default="", max_length=100)
    rolled: bool = False  # the rollup of its day knows it as it stands here


class ScoreRow(SQLModel, table=True):
    """One score of such a case."""

    __tablename__ = "scores"
    case_id: str = Field(primary_key=True, max_length=16)
    question: str = Field(primary_key=True, max_length=64)
    value_in_thousandths: int = Field(sa_type=BigInteger)
    mark: int
    day: date = Field(index=True)  # that of the case: a period is read without the other scores


METADATA = KNOWN  # with all the other tables
