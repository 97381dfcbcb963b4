"""A deal stands where a scenario starts: make its case, with everything that the messages will need."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from qc_engine.core.case import Branch, Case, State
from qc_engine.core.events import Deal, StartAsked
from qc_engine.core.rules.starting import values_at_start
from qc_engine.core.scenario import Scenario
from qc_engine.core.wording.known_values import language_of
from qc_engine.flow.forgetting import Forgotten
from qc_engine.flow.versions import shadows
from qc_engine.flow.versions.library import Library
from qc_engine.ids import Ids
from qc_engine.store import cases, links, points

UNNAMED = "api"  # who asked, when nobody said a name


@dataclass(frozen=True)
class Branches:
    """The branches of one portal, by every value of the deal field that means one of them."""

    by_value: Mapping[str, Branch]
    fallback: Branch

    def of(self, deal: Deal) -> tuple[Branch, bool]:
        """The branch of this deal, and whether the deal named one that config.yaml knows."""
        found = self.by_value.get(deal.branch_value or "")
        return found or self.fallback, found is not None


@dataclass
class Beginning:
    """What a new case takes from its portal.

    `branches` may be replaced while the engine runs: one case takes them once, all of the same reading.
    """

    library: Library
    branches: Branches
    public_url: str
    ids: Ids
    normalise_phone: Callable[[str], str]
    invite: Mapping[str, Callable[[str], str]] = field(default_factory=dict)  # channel -> token -> its link
    seal: Callable[[str], str] = lambda code: ""  # code of an answer page -> what seals links to it
    forgotten: Forgotten | None = None  # who was erased, and must not be asked again
    test_phones: frozenset[str] = frozenset()  # of the company's own people

    @property
    def portal(self) -> str:
        return self.library.portal

    def begin(
        self,
        session: Session,
        deal: Deal,
        scenario: Scenario,
        now: datetime,
        asked: StartAsked | None = None,
        round: int = 1,  # noqa: A002 (the case calls it so)
    ) -> Case:
        """The case and its review links, both prepared ahead of the message.

        `asked`: who asked for it, where the deal's stage did not.
        """
        branch, branch_known = self.branches.of(deal)
        scenario = self.library.version_for(scenario, deal.deal_id, branch.name)
        here = scenario.at_branch(branch.name)
        entered_at = asked.at if asked else deal.entered_at
        codes = {platform: self.ids.code() for platform in branch.review_pages}
        answer_code, survey_code = self.ids.code(), self.ids.code()
        phone = self.normalise_phone(deal.phone or "")
        tokens = {channel: self.ids.code() for channel in self.invite if phone}
        case = Case(
            id=self.ids.case_id(),
            portal=self.portal,
            deal_id=deal.deal_id,
            deal_title=deal.title,
            scenario=scenario.name,
            version=scenario.version,
            round=round,
            state=State.WAITING,
            step="",
            entered_at=entered_at,
            step_at=now,
            deal_stage=deal.stage,
            client=cases.client(session, phone),
            branch=branch,
            branch_known=branch_known,
            client_name=deal.client_name or "",
            contact_id=deal.contact_id,
            links={platform: f"{self.public_url}/r/{code}" for platform, code in codes.items()},
            answer_url=f"{self.public_url}/a/{answer_code}#{self.seal(answer_code)}".rstrip("#"),
            survey_url=f"{self.public_url}/s/{survey_code}",
            invitations={channel: self.invite[channel](token) for channel, token in tokens.items()},
            wake_at=entered_at + here.start.wait,
            values=values_at_start(here.values, deal, asked.values if asked else {}),
            language=language_of(here.contact, deal),
            started_by=(asked.by or asked.event or UNNAMED) if asked else "",
            is_test=phone in self.test_phones,
        )
        cases.create(session, case, answer_code, now, survey_code)
        points.invite(session, tokens, case.id, case.client.phone, now)
        for platform, code in codes.items():
            links.add(session, code, case.id, platform, branch.review_pages[platform], now)
        self.library.remember(session, scenario, now)
        tried = self.library.candidates.get(scenario.name)
        if tried and tried.is_shadow:
            shadows.begin(session, case, tried.scenario, now)
        return case
