"""A client's phone and the CRM beside it: plays a conversation with the pure core and writes down what is seen.

A story begins with one line about the client, then one line for each thing that happens:

    Айгуль, +7 701 555 12 34, order closed 03.03 12:00            (or: ..., speaks kk, order closed ...)
    04.03 12:00  us        [visit_quality] Здравствуйте, Айгуль! ...
    04.03 12:05  client    9

What those in ACTING do is told to the core; everything else is what came of it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from qc_engine.core.case import Branch, Case, Client, State
from qc_engine.core.decide import decide
from qc_engine.core.draft import Planned
from qc_engine.core.effects import (
    AddComment,
    CreateDeal,
    CreateTask,
    Effect,
    MoveDeal,
    NotifyStaff,
    SendMessage,
    SetFields,
    UpdateContact,
)
from qc_engine.core.events import (
    AnswerReceived,
    EffectDone,
    EffectFailed,
    Event,
    LinkClicked,
    ReviewChecked,
    TimerDue,
)
from qc_engine.core.scenario import Scenario
from qc_engine.core.talk.gate import Open, Shut, Wait, gate, outlived, overtaken
from qc_engine.phones import zones_of

ZONE = ZoneInfo("Asia/Almaty")
FIRST = re.compile(
    r"(?P<name>[^,]+), (?P<phone>\+[\d ]+), (?:\S+ (?P<speaks>kk|en), )?.*?(?P<closed>\d\d\.\d\d \d\d:\d\d)(.* (?P<angry>\d\d\.\d\d))?"
)
LINE = re.compile(r"(?P<at>\d\d\.\d\d \d\d:\d\d)  (?P<who>\S.*?)  +(?P<what>.*)")
WIDTH = 10
INDENT = " " * (len("04.03 12:00  ") + WIDTH)
HEAD, MANAGER = 1, 2
LABELS = {
    "us": "мы",
    "client": "клиент",
    "click": "клик",
    "manager": "менеджер",
    "refused": "отказ",
    "unsent": "не ушло",
    "deal": "сделка",
    "fields": "поля",
    "card": "карточка",
    "new deal": "новая",
    "task": "задача",
    "notice": "уведомл.",
    "comment": "запись",
    "outcome": "итог",
}
ACTING = ("client", "click", "manager", "refused")
TO = {"en": {HEAD: "the head", MANAGER: "the manager"}, "ru": {HEAD: "руководителю", MANAGER: "менеджеру"}}


@dataclass
class Phone:
    """One client, one case, and a clock that goes from line to line."""

    scenario: Scenario
    case: Case
    language: str
    now: datetime
    lines: list[str] = field(default_factory=list)
    waiting: list[tuple[datetime, Planned]] = field(default_factory=list)
    last: Planned | None = None
    messages: int = 100

    def until(self, moment: datetime) -> None:
        """Everything that is due by then happens."""
        while (due := min(self._ahead(), default=None)) is not None and due <= moment:
            self.now = max(self.now, due)
            if self.case.wake_at and self.case.wake_at <= self.now:
                self._on(TimerDue(self.case.id, self.now))
            self._send_what_waited()
        self.now = moment

    def does(self, who: str, what: str) -> None:
        """One of ACTING does something; anybody else does nothing."""
        self.messages += 1
        match who:
            case "client":
                self._on(AnswerReceived(self.case.client.phone, what, self.now, self.messages))
            case "click":
                self._on(LinkClicked("abc", what, self.now, self.case.branch.review_pages[what]))
            case "manager":
                self._on(ReviewChecked(self.case.id, what, self.now))
            case "refused":
                assert self.last is not None
                assert isinstance(self.last.effect, SendMessage)
                failed = EffectFailed(self.last.key, "SendMessage", what, what, self.now, self.last.effect)
                self._on(failed)
            case _:
                pass

    def _ahead(self) -> Iterator[datetime]:
        if self.case.wake_at and self.case.state is not State.ENDED:
            yield self.case.wake_at
        yield from (at for at, _ in self.waiting)

    def _on(self, event: Event) -> None:
        before = self.case
        decision = decide(before, event, self.scenario, self.now)
        self.case = replace(decision.case, rev=before.rev + 1)
        if decision.cancel:
            self.waiting = [one for one in self.waiting if not isinstance(one[1].effect, decision.cancel)]
        for planned in decision.effects:
            self._perform(planned)
        if self.case.state is State.ENDED and before.state is not State.ENDED:
            self._show("outcome", self.case.outcome)

    def _send_what_waited(self) -> None:
        ready = [planned for at, planned in self.waiting if at <= self.now]
        self.waiting = [one for one in self.waiting if one[0] > self.now]
        for planned in ready:
            self._perform(planned)

    def _perform(self, planned: Planned) -> None:
        effect = planned.effect
        if not isinstance(effect, SendMessage):
            self._told(effect)
            self._on(EffectDone(planned.key, str(5000 + self.case.rev), self.now))
            return
        if outlived(planned.key, effect, self.case) or overtaken(planned.key, effect, self.case):
            return
        match gate(effect, self.case, self.scenario.contact, self.now):
            case Wait(until):
                self.waiting.append((until, planned))
            case Shut(code):
                self._show("unsent", code)
                self._on(EffectFailed(planned.key, "SendMessage", code, code, self.now, effect))
            case Open():
                self._leave(effect, planned)

    def _leave(self, message: SendMessage, planned: Planned) -> None:
        self.messages += 1
        self.last = planned
        template = f"[{message.template.name}] " if message.template else ""
        channel = f" ({message.channel})" if message.channel else ""
        self._show("us", template + message.text, more=channel)
        self._on(EffectDone(planned.key, str(self.messages), self.now))

    def _told(self, effect: Effect) -> None:
        to = TO[self.language]
        match effect:
            case MoveDeal(stage=stage):
                self._show("deal", stage)
            case SetFields(fields=fields):
                self._show("fields", _values(fields))
            case UpdateContact(fields=fields):
                self._show("card", _values(fields))
            case CreateDeal(title=title, assigned_to=user):
                self._show("new deal", f"{title} → {to.get(user, user)}")
            case CreateTask(title=title, responsible=user):
                self._show("task", f"{title} → {to.get(user, user)}")
            case NotifyStaff(user=user, text=text):
                self._show("notice", f"{text} → {to.get(user, user)}")
            case AddComment(text=text):
                self._show("comment", text)
            case _:
                pass

    def _show(self, label: str, text: str, more: str = "") -> None:
        who = (label if self.language == "en" else LABELS[label]) + more
        first, *rest = text.split("\n")
        at = self.now.astimezone(ZONE)
        self.lines += [f"{at:%d.%m %H:%M}  {who:<{WIDTH}}{first}".rstrip(), *(INDENT + line for line in rest)]


def play(story: str, scenario: Scenario, branch: Any, language: str) -> str:
    """The story as it goes with this scenario. `branch`: its settings in config.yaml."""
    first, *lines = story.splitlines()
    phone = _phone(first, scenario, branch, language)
    acting = {name if language == "en" else LABELS[name]: name for name in ACTING}
    for found in filter(None, map(LINE.fullmatch, lines)):
        if found["who"] in acting:
            phone.until(_moment(found["at"]))
            phone.lines.append(found[0])
            phone.does(acting[found["who"]], found["what"])
    shown = [found["at"] for found in map(LINE.fullmatch, lines) if found]
    phone.until(max(map(_moment, shown), default=phone.now))
    return "\n".join([first, *phone.lines]) + "\n"


def _phone(first: str, scenario: Scenario, branch: Any, language: str) -> Phone:
    found = FIRST.fullmatch(first)
    assert found, f"a story begins with: name, phone, order closed 03.03 12:00; not: {first}"
    closed, digits = _moment(found["closed"]), re.sub(r"\D", "", found["phone"])
    scenario = scenario.at_branch(branch.name)
    zones = zones_of(digits) if scenario.contact.quiet_hours_of == "client" else ()
    angry = _moment(f"{found['angry']} 12:00") if found["angry"] else None
    pages: Mapping[str, str] = dict(branch.review_pages)
    case = Case(
        id="K7Q2W9XR",
        deal_id=4312,
        deal_title="Заказ",
        scenario=scenario.name,
        version=scenario.version,
        round=1,
        state=State.WAITING,
        step="",
        entered_at=closed,
        step_at=closed,
        deal_stage=scenario.start.stage,
        client=Client(digits, zones=zones, complained_at=angry),
        branch=Branch(branch.name, branch.timezone, HEAD, MANAGER, pages),
        client_name=found["name"],
        language=found["speaks"] or "",
        contact_id=77,
        links={name: f"https://qc.example.kz/r/{name}" for name in pages},
        answer_url="https://qc.example.kz/a/4312",
        survey_url="https://qc.example.kz/s/4312",
        wake_at=closed + scenario.start.wait,
    )
    return Phone(scenario, case, language, closed)


def _moment(text: str) -> datetime:
    return datetime.strptime(f"{text} 2026", "%d.%m %H:%M %Y").replace(tzinfo=ZONE)


def _values(fields: Mapping[str, str]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in fields.items())
