"""The console's own catalogue: three languages, no key missing, no key idle."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qc_engine.flow.versions.undoing import GROUPS
from qc_engine.store.dissatisfied import STATES as STATES_OF_COMPLAINTS
from qc_engine.store.funnel import STAGES
from qc_engine.store.tallies import REACHED
from qc_engine.telling.scenarios.sides import KINDS as KINDS_DIFFERING
from qc_engine.web.calls.problems import KINDS as PROBLEMS
from qc_engine.web.console import behind, words
from qc_engine.web.console.policy import Role, Scope
from qc_engine.web.console.staff import STATES
from qc_engine.web.pages.analytics.files import COLUMNS as FIGURES
from qc_engine.web.pages.analytics.shown import TABLES as TABLES_OF_FIGURES
from qc_engine.web.pages.cases.board import MARKS
from qc_engine.web.pages.cases.doable import ACTS
from qc_engine.web.pages.cases.view_acts import DOES as DOES_TO_VIEWS
from qc_engine.web.pages.dissatisfied.page import COLUMNS as DISSATISFIED
from qc_engine.web.pages.dissatisfied.shown import ENDED
from qc_engine.web.pages.reviews.listing import TABS
from qc_engine.web.pages.reviews.page import COLUMNS as REVIEWS
from qc_engine.web.pages.scenarios import view
from qc_engine.web.pages.scenarios.acts import DOES
from qc_engine.web.pages.scenarios.page import SPANS
from qc_engine.web.pages.scenarios.pasts import DAYS
from qc_engine.web.pages.scenarios.trial_plan import MODES, STOPS
from qc_engine.web.pages.settings.log import COLUMNS as AUDIT
from qc_engine.web.pages.settings.log import DONE
from qc_engine.web.pages.settings.people_acts import DOES as DOES_TO_PEOPLE
from qc_engine.web.pages.settings.tabs import TABS as TABS_OF_SETTINGS
from qc_engine.web.pages.today.items import KINDS

WEB = Path(words.__file__).resolve().parents[1]
NOW = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
SCENARIOS = {
    *(f"by_{one}" for one in view.NOBODY), *(f"log_{one}" for one in view.LOGGED), *(f"do_{one}" for one in DOES),
    *(f"done_{one}" for one in DOES if one != "freeze"), *(f"state_{one}" for one in ("active", "paused", "frozen")),
    *(f"means_{one}" for one in ("active", "paused", "frozen", "shadow", "ramp")), "mode_shadow", "mode_ramp",
    *(f"measure_{one}" for one in ("cases", "asked", "average", *view.MEASURES)), "before", "after",
    *(f"is_{one}" for one in ("in_force", "waiting", "candidate")), *(f"span_{one}" for one in SPANS),
    *(f"kind_{one}" for one in (*KINDS_DIFFERING, "new", "gone", "order")), *(f"group_{one}" for one in (*GROUPS, "other")),
    *(f"why_{one}" for one in ("no_reason", "faults", "changed", "same", "changed_on_disk", "cannot_write", "no_file",
                               "unreadable", "too_large", "known", "nothing_in_force", "starts_otherwise", "no_condition",
                               "stands_otherwise", "no_version", "no_cases", "busy", "text_lost", "our_fault")),
    *(f"{what}_{mode}" for what in ("makes_way", "do_begin", "done") for mode in ("shadow", "ramp")), "done_promote",
    *(f"sure_{mode}{known}" for mode in MODES for known in ("", "_unknown")), *(f"stops_{one.measure}" for one in STOPS),
    *(f"wrong_{one}" for one in ("mode", "share", "branches", "stop", "after")), *(f"days_{one}" for one in DAYS),
}  # fmt: skip
# Made of parts in the code.
MADE = {
    *(f"role.{one}" for one in Role), *(f"kind.{one}" for one in KINDS),
    *(f"today.{what}{do}" for what in ("done_", "did_", "") for do in ("happened", "again", "drop", "replay", "dismiss", "handled")),
    *(f"count.{thing}.{form}" for thing in ("item", "ago_minute", "ago_hour", "ago_day") for form in ("one", "few", "many")),
    *(f"language.{one}" for one in words.LANGUAGES), *(f"theme.{one}" for one in ("auto", "light", "dark")),
    *(f"cases.{one}" for one in ("branch", "state", "scenario", "step", "outcome", "since", "until")),
    *(f"case.who_{one}" for one in ("client", "us", "staff")), *(f"grade.{one}" for one in ("person", "likely", "machine")),
    *(f"oidc.{one}" for one in ("refused", "not_ours", "again", "not_proved", "unreachable", "too_many", "unknown", "link",
                                "taken", "needs_code", "sign_in_again")),
    *(f"mail.{one}" for one in ("subject", "console", "why")),  # of the letter that telling/mailing writes
    "banner.demo", "banner.copy", "banner.no_tls", *(f"{page}.{part}" for page in ("used_up", "forbidden", "not_found", "not_so") for part in ("title", "text")),
     "page.today", "page.cases", "page.reviews", "page.dissatisfied",
    *(f"reviews.tab_{one}" for one in TABS), *(f"reviews.stage_{one}" for one in STAGES),
    *(f"reviews.col_{one}" for one in REVIEWS), *(f"dissatisfied.col_{one}" for one in DISSATISFIED),
    *(f"reviews.way_{one}" for one in ("page", "task", "deal", "correction")),
    *(f"dissatisfied.span_{one}" for one in ("days", "hours", "minutes")),
    *(f"dissatisfied.state_{one}" for one in ("all", *STATES_OF_COMPLAINTS)),
    *(f"dissatisfied.stands_{one}" for one in ("open", "reopened", "settled", "recovered")),
    *(f"dissatisfied.happened_{one}" for one in ("cause", "settled", "reopened", "asked", *ENDED.values())),
    *(f"dissatisfied.way_{one}" for one in ("task", "deal", "page", "rating")),
    *(f"act.{part}{do}" for part in ("", "did_", "about_") for do in ACTS),
    *(f"act.{one}" for one in ("lost_lost", "lost_unknown", "unsent_stop", "unsent_pause")),
    *(f"board.mark_{one}" for one in MARKS), *(f"views.done_{one}" for one in ("save", *DOES_TO_VIEWS)),
    "page.privacy", *(f"privacy.{one}_at" for one in ("opted_out", "surveyed", "wrote", "operator")),
    "page.scenarios", *(f"scenarios.{one}" for one in SCENARIOS),
    "page.analytics", *(f"analytics.by_{one}" for one in TABLES_OF_FIGURES), "analytics.since", "analytics.until",
    *(f"analytics.col_{one}" for one in FIGURES), *(f"reached.{one}" for one in REACHED),
    *(f"behind.{one}" for one in behind.NAMES), *(f"weekday.{one}" for one in range(7)),
    "page.settings", *(f"settings.{tab.name}{part}" for tab in TABS_OF_SETTINGS for part in ("", "_text")),
    *(f"people.{what}_{do}" for what in ("do", "confirm", "done") for do in DOES_TO_PEOPLE),
    *(f"people.role_{one}" for one in Role), *(f"people.state_{one}" for one in STATES),
    *(f"api.{what}_{status}" for what in ("title", "todo") for status in PROBLEMS),
    "connections.portals", "connections.channels", *(f"tokens.may_{one}" for one in Scope),
    *(f"webhooks.{what}_{do}" for what in ("do", "confirm") for do in ("again", "now")), *(f"audit.col_{one}" for one in AUDIT), *(f"audit.did_{one.replace('.', '_')}" for one in DONE),
}  # fmt: skip


def said() -> set[str]:
    """Every key that stands in the code and the templates of the console."""
    files = [*WEB.glob("console/*.py"), *WEB.glob("calls/*.py"), *WEB.glob("pages/templates/*.html")]
    files += [
        one
        for page in (
            "today",
            "cases",
            "reviews",
            "dissatisfied",
            "scenarios",
            "entry",
            "account",
            "settings",
            "analytics",
            "privacy",
        )
        for one in (WEB / "pages" / page).rglob("*.*")
    ]
    text = "\n".join(one.read_text("utf-8") for one in files if one.suffix in (".py", ".html"))
    known = words.catalogue("ru")
    return {key for key in re.findall(r"""["']([a-z_]+(?:\.[a-z_]+)?)["']""", text) if key in known}


def test_every_language_has_the_same_keys() -> None:
    keys = {language: set(words.catalogue(language)) for language in words.LANGUAGES}
    assert keys["kk"] == keys["en"] == keys["ru"]


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_same_places_stand_in_every_language(language: str) -> None:
    for key, sentence in words.catalogue("ru").items():
        assert set(words.PLACE.findall(words.catalogue(language)[key])) == set(
            words.PLACE.findall(sentence)
        ), key


def test_no_key_is_idle() -> None:
    assert set(words.catalogue("ru")) - said() - MADE == set()
    assert set(words.catalogue("ru")) >= MADE


def test_an_unknown_key_is_our_bug() -> None:
    with pytest.raises(KeyError):
        words.say("ru", "nothing.like.that")
    with pytest.raises(KeyError):
        words.catalogue("../../secret")


@pytest.mark.parametrize(
    ("passed", "told"),
    [
        (timedelta(seconds=59), "только что"),
        (timedelta(minutes=1), "1 минуту назад"),
        (timedelta(minutes=3), "3 минуты назад"),
        (timedelta(minutes=11), "11 минут назад"),
        (timedelta(minutes=21), "21 минуту назад"),
        (timedelta(hours=2), "2 часа назад"),
        (timedelta(hours=47), "1 день назад"),
        (timedelta(days=14), "14 дней назад"),
        (timedelta(minutes=-5), "только что"),
    ],
)
def test_ages(passed: timedelta, told: str) -> None:
    assert words.ago("ru", NOW - passed, NOW) == told


def test_a_value_is_never_read_as_a_place() -> None:
    assert words.say("ru", "enter.hello", name="{csrf}").startswith("Здравствуйте, {csrf}!")
