"""The doctor: what is wrong with a portal, and what to do about it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from connectors.bitrix24.connector import Bitrix24
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.ports import Finding


@pytest.fixture
def healthy(portal: Any, sample: Any) -> Any:
    stages = {
        "DEAL_STAGE": sample("crm-status-list-deal-stage-response.json"),
        "DEAL_STAGE_1": [{"STATUS_ID": "C1:ASK"}, {"STATUS_ID": "C1:WON"}],
        "DEAL_STAGE_7": [{"STATUS_ID": "NEW"}],
    }
    deal = {
        "title": {"upperName": "TITLE"},
        "UF_CRM_SCORE": {},
        "ufCrmBranch": {"upperName": "UF_CRM_BRANCH"},
    }
    fields = {"2": deal, "3": {"UF_CRM_BONUS": {"upperName": "UF_CRM_BONUS"}}}
    portal.on("profile", {"ID": "1", "ADMIN": True, "NAME": "Admin", "LAST_NAME": "One"})
    portal.on("scope", ["crm", "task", "user_basic", "im"])
    portal.on("server.time", "2026-03-04T13:00:30+03:00")
    portal.on("crm.status.list", lambda p: stages[p["filter"]["ENTITY_ID"]])
    portal.on("crm.item.fields", lambda p: {"fields": fields[p["entityTypeId"]]})
    portal.on("user.get", sample("user-get-response.json"))
    return portal


def wrong(bitrix: Bitrix24, people: tuple[int, ...] = ()) -> list[Finding]:
    return [finding for finding in bitrix.doctor(people) if not finding.ok]


def test_a_healthy_portal_in_one_request(healthy: Any, bitrix: Bitrix24) -> None:
    findings = bitrix.doctor((1,))
    assert [finding for finding in findings if not finding.ok] == []
    assert len(findings) == 11
    assert len(healthy.requests) == 1


@pytest.mark.parametrize(
    ("method", "answer", "what", "remedy"),
    [
        ("profile", {"ID": "5", "ADMIN": False}, "5", "администратора"),
        ("scope", ["crm", "user"], "task", "tasks"),
        ("server.time", "2026-03-04T14:00:00+03:00", "3600", "NTP"),
        ("server.time", [], "времени", "server.time"),
        ("crm.status.list", [{"STATUS_ID": "C1:ASKED"}], "C1:ASK", "C1:ASKED"),
        ("crm.status.list", [], "C7:NEW", "ничего"),
        ("crm.item.fields", {"fields": {"UF_CRM_SCORES": {}}}, "UF_CRM_SCORE", "UF_CRM_SCORES"),
        ("crm.item.fields", {"fields": {"X": {}}}, "branch_field", "config.yaml"),
        ("user.get", [{"ID": "3", "ACTIVE": False, "NAME": "Gone"}], "уволен", "Назначьте"),
        ("user.get", [], "Сотрудника 3", "номер"),
    ],
)
def test_findings(
    healthy: Any, bitrix: Bitrix24, method: str, answer: object, what: str, remedy: str
) -> None:
    healthy.on(method, answer)
    assert any(what in finding.what and remedy in finding.remedy for finding in wrong(bitrix))


@pytest.mark.parametrize(
    "method", ["profile", "scope", "server.time", "crm.status.list", "crm.item.fields", "user.get"]
)
def test_what_cannot_be_asked_is_a_finding_too(
    healthy: Any, bitrix: Bitrix24, failed: Any, method: str
) -> None:
    healthy.on(method, failed("insufficient_scope"))
    findings = wrong(bitrix)
    assert findings
    assert all("insufficient_scope".upper() in finding.what for finding in findings)


def test_a_dead_webhook_is_one_finding_and_no_secret(wire: Any, bitrix: Bitrix24) -> None:
    wire.post(url__regex=".*").mock(return_value=httpx.Response(401, json={"error": "INVALID_CREDENTIALS"}))
    [finding] = bitrix.doctor()
    assert not finding.ok
    assert "INVALID_CREDENTIALS" in finding.what
    assert "s3cr3tcanary" not in finding.what


def test_a_missing_application_token_is_told(
    healthy: Any, settings: Bitrix24Settings, clock: Any, pace: Any
) -> None:
    bare = Bitrix24Settings(webhook_url=settings.webhook_url)
    [finding] = wrong(Bitrix24(bare, clock, pace))
    assert "application_token" in finding.remedy


def test_clocks_are_compared_at_the_moment_of_the_answer(healthy: Any, bitrix: Bitrix24, clock: Any) -> None:
    clock.advance(timedelta(minutes=10))
    [finding] = wrong(bitrix)
    assert "570" in finding.what
