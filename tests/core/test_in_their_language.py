"""Which of a text's languages leaves: the client's own, unless only another one may be sent now."""

from datetime import UTC, datetime, time, timedelta

import pytest

from qc_engine.core.case import Branch, Case, Client, State
from qc_engine.core.channel import MAIN, Channel
from qc_engine.core.draft import Draft
from qc_engine.core.effects import SendMessage, Template
from qc_engine.core.events import TimerDue
from qc_engine.core.scenario import ContactRules, Scenario, Start, Text

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
DAYS = "{entered_date:weekday}"
RU = Text(f"Ждём, {DAYS}", "wait|ru", ("branch", "client_name|друг"))
BARE = Text(f"Күтеміз, {DAYS}")
APPROVED = Text(f"Күтеміз, {DAYS}", "wait|kk", ("client_name:upper_first|дос",))


def said(
    text: Text, language: str, wrote_hours_ago: int | None = None, own: str = "ru", longest: int = 4096
) -> SendMessage:
    rules = ContactRules(
        time(0), time(0), timedelta(), timedelta(), known={MAIN: Channel("c", window=True, longest=longest)}
    )
    scenario = Scenario("s", "S", "v", Start("X"), rules, {}, {}, language=own)
    wrote = None if wrote_hours_ago is None else NOW - timedelta(hours=wrote_hours_ago)
    case = Case(
        id="c", deal_id=1, deal_title="D", scenario="s", version="v", round=1, state=State.ACTIVE, step="",
        entered_at=NOW, step_at=NOW, deal_stage="X", client=Client("77011234567", wrote_at=wrote),
        branch=Branch("Абай", "Asia/Almaty", 1, 2), language=language,
    )  # fmt: skip
    draft = Draft(case, TimerDue("c", NOW), scenario, NOW)
    draft.say(text, "reply")
    [planned] = draft.planned
    assert isinstance(planned.effect, SendMessage)
    return planned.effect


IN_RUSSIAN, IN_KAZAKH = "Ждём, среда", "Күтеміз, сәрсенбі"
TEMPLATE_RU = Template("wait", "ru", ("Абай", "друг"))
TEMPLATE_KK = Template("wait", "kk", ("дос",))


@pytest.mark.parametrize(
    ("kazakh", "language", "wrote_hours_ago", "text", "template"),
    [
        (APPROVED, "kk", None, IN_KAZAKH, TEMPLATE_KK),
        (APPROVED, "kk", 1, IN_KAZAKH, None),
        (BARE, "kk", 1, IN_KAZAKH, None),
        (BARE, "kk", 30, IN_RUSSIAN, TEMPLATE_RU),  # the window is closed, and only this text is approved
        (APPROVED, "ru", None, IN_RUSSIAN, TEMPLATE_RU),
        (APPROVED, "en", None, IN_RUSSIAN, TEMPLATE_RU),
        (APPROVED, "", 1, IN_RUSSIAN, None),
    ],
)
def test_the_language_of_what_leaves(
    kazakh: Text, language: str, wrote_hours_ago: int | None, text: str, template: Template | None
) -> None:
    both = Text(RU.body, RU.template, RU.template_variables, {"kk": kazakh})
    message = said(both, language, wrote_hours_ago)
    assert (message.text, message.template) == (text, template)


def test_a_scenario_of_another_language_speaks_that_one() -> None:
    assert said(Text(DAYS), "", own="kk").text == "сәрсенбі"
    assert said(Text(DAYS), "ru", own="en").text == "Wednesday"


def test_what_a_channel_does_not_take_is_cut() -> None:
    assert said(Text("Отзыв: https://qc.example/r/abcdefgh"), "", longest=20).text == "Отзыв:…"
