"""User agents as they come: no machine is taken for a person, and hardly a person for a machine."""

import csv
import time
from pathlib import Path

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from redirect.agents import machine_by_name
from redirect.visitors import of_request

TABLE = Path(__file__).parent / "agents.tsv"
ASKED = {b"accept": b"text/html,*/*;q=0.8", b"accept-language": b"ru"}
# The public list holds two real browsers of people inside Meta's applications, and an editor's window.
NO_MACHINES = ("MetaIAB Facebook", "AP3A\\.240617\\.008", "Code\\/1\\.")


def table(kind: str) -> list[str]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row["agent"] for row in rows if row["kind"] == kind]


def kind_of(agent: str) -> str:
    return of_request("GET", ASKED | {b"user-agent": agent.encode("latin-1", "replace")}).kind


def test_the_table_is_large() -> None:
    assert len(table("person")) >= 180
    assert len(table("machine")) >= 120
    assert len(set(table("person") + table("machine"))) == len(table("person") + table("machine")) >= 300


@pytest.mark.parametrize("agent", table("machine"))
def test_no_machine_is_taken_for_a_person(agent: str) -> None:
    assert kind_of(agent) == "machine"


def test_hardly_a_person_is_taken_for_a_machine() -> None:
    persons = table("person")
    wrong = {agent: machine_by_name(agent) for agent in persons if kind_of(agent) != "person"}
    assert len(wrong) <= len(persons) // 100, wrong


def test_every_agent_of_the_public_list_is_a_machine() -> None:
    agents = [
        agent
        for entry in CRAWLER_USER_AGENTS_DATA
        for agent in entry.get("instances", [])
        if entry["pattern"] not in NO_MACHINES
    ]
    assert len(agents) > 1000
    assert [agent for agent in agents if kind_of(agent) == "person"] == []


@pytest.mark.parametrize(
    "part", ["x-", "a.", "+a.", "@a-", "(Linux; Android ", "compatible; ", "Viber", "bot ", "1 "]
)
def test_a_strange_agent_holds_nobody_up(part: str) -> None:
    agent = ("Mozilla/5.0 (" + part * 5000)[:400]
    began = time.perf_counter()
    machine_by_name(agent)
    assert time.perf_counter() - began < 0.1
