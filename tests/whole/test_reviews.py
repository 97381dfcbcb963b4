"""Every way in which it can stand with a review, by every way to say so, over HTTP and both kinds of database."""

from pathlib import Path

import httpx

from qc_engine.store.database import Database
from sandbox.demo.headless import final_account
from sandbox.demo.people import ANSWER_LINK, CAST
from tests.whole.installation import Installation, clients, installation, send_events, served, vendors

KINDS = tuple(one.kind for one in CAST if one.looks and not one.way)
OUTCOMES = {
    "happy": "review_confirmed",
    "review not found": "review_not_found",
    "both at once": "review_confirmed",
    "a preview, a guard, then the client": "review_confirmed",
    "stars without words": "review_score_only",
    "in moderation, then found": "review_confirmed",
    "the review has gone": "review_vanished",
}


def test_the_cast_answers_in_every_way() -> None:
    looks = [look for one in CAST for look in one.looks]
    assert {look.way for look in looks} == {"link", "task", "deal", "correction"}
    assert {look.answer for look in looks} == {
        "found",
        "score_only",
        "in_moderation",
        "not_found",
        "vanished",
    }


def test_all_outcomes(tmp_path: Path, database: Database) -> None:
    with vendors(tmp_path) as up, installation(up) as here:
        here.config["database_url"] = database.url
        here.write()
        send_events(up, here)
        here.start_engine()
        play = served(here, clients(here, *KINDS))
        play.run()
        account = final_account(here, play)
        assert account["ok"], account
        assert {row["kind"]: row["outcome"] for row in account["results"]} == OUTCOMES
        assert play.clicked == len(KINDS)
        assert here.status(full=True)["clicks"]["person"] == len(KINDS), "one visit of each is a person's"
        links_are_sealed(here)


def links_are_sealed(here: Installation) -> None:
    tasks = here.vendors.get("tasks", after=0)["tasks"]
    links = {page: link for task in tasks for link, page, _ in ANSWER_LINK.findall(task["description"])}
    assert len(links) == len(KINDS)
    page, link = next(iter(links.items()))
    _, other = list(links.values())[:2]
    with httpx.Client() as http:
        assert http.get(link).status_code == 200
        for changed in (page, link[:-1], f"{page}?answer=found", page + other[other.index("?") :]):
            assert http.get(changed).status_code == 404, changed
            assert http.post(changed, data={"answer": "found"}).status_code == 404, changed
        assert http.post(link, data={"answer": "not_found"}).status_code == 409, (
            "without the page's own token"
        )
