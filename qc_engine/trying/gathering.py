"""From rows to people with their past."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from qc_engine.core.case import Case, Client, State
from qc_engine.core.effects import SendMessage
from qc_engine.core.events import AnswerReceived, Deal, DealDeleted, DealMoved, DealSeen, Event, StaffWrote
from qc_engine.phones import zones_of
from qc_engine.store.tables import ClientRow
from qc_engine.trying.causes import DONE, Behind, Heard
from qc_engine.trying.past import Fact, Past, Person, Point, Season
from qc_engine.trying.rows import Known, Rows, Stray, read_rows


def gathered(
    session: Session, season: Season, groups: Sequence[Sequence[str]], stray: Stray
) -> Iterator[Person]:
    """The person of each group of case ids, in the order of the groups."""
    tried = {id_ for group in groups for id_ in group}
    rows = read_rows(session, season, tried)
    by_case = {one.id: key for key, known in rows.cases.items() for one in known}
    for group in groups:
        key = by_case[group[0]]
        yield _Whole(season, rows.cases[key], tried, rows, stray.get(key, ())).person(key)


@dataclass(frozen=True)
class _Whole:
    """All that is known of one person."""

    season: Season
    known: Sequence[Known]
    tried: Collection[str]
    rows: Rows
    stray: Sequence[Heard]

    def person(self, key: str) -> Person:
        first = min(one.began_at for one in self.mine)
        facts = sorted(self._facts(), key=lambda one: one.at)
        surveyed = sorted(self._surveyed_elsewhere())
        elsewhere = {one.id for one in self.others}
        phone = self.mine[0].case.client.phone
        return Person(
            client=self._client(phone, first, facts, [at for at in surveyed if at < first]),
            cases=tuple(self._past(one) for one in self.mine),
            facts=tuple(one for one in facts if one.at >= first),
            zones=zones_of(phone) if phone else (),
            points=tuple(_before(one, first) for one in self.rows.points.get(key, ())),
            surveyed=tuple(at for at in surveyed if at >= first),
            complaints=tuple(
                (one.case.complaint.at, one.case.complaint.settled_at)
                for one in self.others
                if one.case.complaint
            ),
            bonuses=tuple(one for one in self.rows.bonuses.get(key, ()) if one.case_id in elsewhere),
        )

    @property
    def mine(self) -> list[Known]:
        return [one for one in self.known if one.id in self.tried]

    @property
    def others(self) -> list[Known]:
        return [one for one in self.known if one.id not in self.tried]

    def _facts(self) -> Iterator[Fact]:
        heard = [*self.stray, *(line for one in self.known for line in self.rows.heard.get(one.id, ()))]
        for line in heard:
            if isinstance(line.event, StaffWrote) or (
                isinstance(line.event, AnswerReceived) and line.case_id not in self.tried
            ):
                yield Fact(line.at, line.event)
                continue
            for one in self._concerned(line):
                if fact := self._behind(one).fact(replace(line, case_id=one.id)):
                    yield fact

    def _concerned(self, line: Heard) -> list[Known]:
        """News of a deal concern every case of it, everything else the case that was told."""
        deal_id = _deal_of(line.event)
        if deal_id is None:
            return [one for one in self.mine if one.id == line.case_id]
        return [one for one in self.mine if one.case.deal_id == deal_id and line.at > one.began_at]

    def _behind(self, one: Known) -> Behind:
        return Behind(one.case, self.rows.made.get(one.id, ()))

    def _past(self, one: Known) -> Past:
        behind, deal = self._behind(one), self._first_seen(one)
        return Past(
            case=_as_it_began(one, deal),
            began_at=one.began_at,
            outcome=one.outcome,
            start_stage=deal.stage if deal else "",
            fates=behind.fates(),
            moves_refused=behind.moves_refused(),
            our_moves=behind.our_moves(),
            asked=behind.asked(),
        )

    def _first_seen(self, one: Known) -> Deal | None:
        """The deal as it was read when the case began."""
        seen = [
            line.event.deal
            for other in self.known
            for line in self.rows.heard.get(other.id, ())
            if isinstance(line.event, DealSeen) and line.at <= one.began_at
        ]
        return next((deal for deal in reversed(seen) if deal.deal_id == one.case.deal_id), None)

    def _surveyed_elsewhere(self) -> Iterator[datetime]:
        for one in self.others:
            asked = (
                made.left_at
                for made in self.rows.made.get(one.id, ())
                if made.kind == SendMessage.__name__ and made.state == DONE and made.payload["question"]
            )
            if first := min(filter(None, asked), default=None):
                yield first

    def _client(
        self, phone: str, first: datetime, facts: Sequence[Fact], surveyed: Sequence[datetime]
    ) -> Client:
        """As known when the first case began."""
        row = self.rows.clients.get(phone) or ClientRow(phone=phone)
        before = [one for one in facts if one.at < first]
        wrote = [one.at for one in before if isinstance(one.event, AnswerReceived)]
        staff = [one.at for one in before if isinstance(one.event, StaffWrote)]
        return Client(
            phone,
            opted_out_at=_latest([row.opted_out_at], first),
            surveyed_at=_latest([*surveyed, row.surveyed_at], first),
            wrote_at=_latest([*wrote, row.wrote_at], first),
            operator_at=_latest([*staff, row.operator_at], first),
        )


def _latest(moments: Sequence[datetime | None], first: datetime) -> datetime | None:
    return max((at for at in moments if at and at < first), default=None)


def _before(point: Point, first: datetime) -> Point:
    """What was written later is written again in the trial."""
    return point if point.wrote_at and point.wrote_at < first else replace(point, wrote_at=None)


def _deal_of(event: Event) -> int | None:
    match event:
        case DealSeen(deal):
            return deal.deal_id
        case DealMoved(deal_id=deal_id) | DealDeleted(deal_id):
            return deal_id
        case _:
            return None


def _as_it_began(known: Known, deal: Deal | None) -> Case:
    now = known.case
    return Case(
        id=now.id,
        portal=now.portal,
        deal_id=now.deal_id,
        deal_title=deal.title if deal else now.deal_title,
        scenario=now.scenario,
        version=now.version,
        round=now.round,
        state=State.WAITING,
        step="",
        # Asked for by somebody, it begins then, wherever the deal stands and since when.
        entered_at=deal.entered_at if deal and not now.started_by else now.entered_at,
        started_by=now.started_by,
        step_at=known.began_at,
        deal_stage=deal.stage if deal else "",
        client=Client(now.client.phone),
        branch=now.branch,
        branch_known=now.branch_known,
        client_name=(deal.client_name if deal else now.client_name) or "",
        contact_id=now.contact_id,
        links=now.links,
        answer_url=now.answer_url,
        survey_url=now.survey_url,
        invitations=now.invitations,
        language=now.language,
        values=now.values,
    )
