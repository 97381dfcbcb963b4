"""People rename things at the portal while the engine runs: what it works by follows, and nothing breaks."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from connectors.bitrix24.names.directory import Choice, Department, Directory, FieldOfPortal, Stage, User
from connectors.bitrix24.names.former import with_former
from connectors.bitrix24.names.resolving import Resolver
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.core.scenario import MoveDealTo
from qc_engine.flow.starts.begin import Beginning
from qc_engine.settings import BranchSettings
from qc_engine.wiring.installation import PortalSettings
from qc_engine.wiring.naming import branches_of, library_of, names_of
from qc_engine.wiring.portals import Portal

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
SCENARIO = """\
scenario: small
title: T
start: {deal_in_stage: Закрыт, wait: 0 s, not_later_than: 1 day}
contact: {quiet_hours: none, at_most_once_in: 0 s, pause_after_operator: 0 s}
steps:
  one:
    do: [move_deal: Опрос, end: done]
"""
DIRECTORY = Directory(
    NOW,
    stages=(Stage("UC_A", "Закрыт", 0), Stage("UC_B", "Опрос", 0)),
    deal_fields=(FieldOfPortal("UF_CRM_P", "Филиал", "enumeration", choices=(Choice("41", "Абая"),)),),
    users=(User(3, "Анна Белова"), User(4, "Олег Ли")),
    departments=(Department(10, "На Абая", head=3),),
)


@pytest.fixture
def portal(tmp_path: Path) -> Portal:
    (tmp_path / "small.yaml").write_text(SCENARIO, encoding="utf-8")
    crm = Bitrix24Settings.model_validate(
        {"webhook_url": "https://portal.example/rest/1/abc/", "branch_field": "Филиал"}
    )
    branch = BranchSettings.model_validate(
        {"name": "Абая", "crm_value": "Абая", "department": "На Абая", "timezone": "Asia/Almaty"}
    )
    settings = PortalSettings(bitrix24=crm, scenarios=tmp_path, branches=[branch])
    resolver = Resolver(crm, DIRECTORY)
    library = library_of("main", tmp_path, names_of(resolver, complete=True))
    beginning: Any = Beginning(library, branches_of(settings, resolver), "https://qc", None, str)  # type: ignore[arg-type]
    book: Any = SimpleNamespace(book=SimpleNamespace(resolver=resolver))
    return Portal("main", settings, book, library, beginning, None)  # type: ignore[arg-type]


def change(portal: Portal, **parts: Any) -> None:
    after = with_former(DIRECTORY, replace(DIRECTORY, **parts), NOW)
    portal.crm.book.resolver = Resolver(portal.settings.bitrix24, after)  # type: ignore[misc]
    portal.renamed(after)


def move_of(portal: Portal) -> str:
    (move,) = [one for one in portal.library.active["small"].steps["one"].do if isinstance(one, MoveDealTo)]
    return move.stage


def heads(portal: Portal) -> set[int]:
    return {one.head for one in portal.beginning.branches.by_value.values()}


def test_a_new_head_gets_the_next_complaints(portal: Portal) -> None:
    assert heads(portal) == {3}
    change(portal, departments=(Department(10, "На Абая", head=4),))
    assert heads(portal) == {4}


def test_a_stage_made_anew_under_its_old_name_is_the_one_that_is_meant(portal: Portal) -> None:
    change(portal, stages=(Stage("UC_A", "Закрыт", 0), Stage("UC_NEW", "Опрос", 0)))
    assert move_of(portal) == "UC_NEW"


@pytest.mark.parametrize(
    "stages",
    [(Stage("UC_A", "Закрыт", 0), Stage("UC_B", "Вопросы", 0)), (Stage("UC_A", "Закрыт", 0),)],
    ids=["renamed", "deleted"],
)
def test_a_name_that_is_no_longer_there_means_what_it_meant(
    portal: Portal, stages: tuple[Stage, ...]
) -> None:
    change(portal, stages=stages)
    assert move_of(portal) == "UC_B"


def test_where_names_no_longer_fit_all_stays_as_it_was(portal: Portal) -> None:
    """Two stages of that name: nobody can tell which is meant."""
    before = portal.library.active
    stages = (*DIRECTORY.stages, Stage("C7:UC_B", "Опрос", 7))
    change(portal, stages=stages, departments=(Department(10, "На Абая", head=4),))
    assert portal.library.active is before
    assert heads(portal) == {3}


def test_a_file_that_is_being_edited_comes_by_another_way(portal: Portal, tmp_path: Path) -> None:
    version = portal.library.active["small"].version
    (tmp_path / "small.yaml").write_text(SCENARIO.replace("title: T", "title: Other"), encoding="utf-8")
    change(portal, departments=(Department(10, "На Абая", head=4),))
    assert portal.library.active["small"].version == version
    assert portal.library.active["small"].title == "T"
