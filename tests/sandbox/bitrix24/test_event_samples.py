"""Events, the offline queue and the OAuth server's answers have the shapes of the vendor's own samples."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "connectors" / "bitrix24" / "samples"
KEYS = {"client_id": "local.5f", "client_secret": "hush"}
ADDRESSES = {"redirect": "http://engine/back", "install": "http://engine/install"}
# Now and then in the samples, now and then here: the sheet calls both optional.
OPTIONAL = {"event_handler_id", "auth[refresh_token]"}

Send = Callable[..., httpx.Response]
Control = Callable[..., Any]


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def form_keys(value: Any, name: str = "") -> Iterator[str]:
    """The keys under which PHP's http_build_query sends a structure."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from form_keys(inner, f"{name}[{key}]" if name else key)
    else:
        yield name


@pytest.fixture
def pair(send: Send, control: Control) -> dict[str, Any]:
    """The first tokens of a local application whose events go to the engine."""
    control("application", **KEYS, **ADDRESSES, handler="http://engine/hooks", events=EVENTS)
    answer = send("POST", "/oauth/authorize/?client_id=local.5f&state=s", data={"user": "1"})
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    asked = KEYS | {"grant_type": "authorization_code", "code": code}
    return dict(send("GET", "/oauth/token/", params=asked).json())


EVENTS = ["ONCRMDEALADD", "ONCRMDEALMOVETOCATEGORY", "ONTASKUPDATE"]


def same_keys(posted: Any, event: str, name: str) -> None:
    theirs = set(form_keys(sample(name)))
    (ours, *_) = [set(form) - {"url", "delay"} for form in posted.named(event)]
    assert ours - OPTIONAL == theirs - OPTIONAL


def test_an_outgoing_webhook(posted: Any, control: Control) -> None:
    control("hooks", bitrix24={"url": "http://engine", "application_token": "t", "events": ["ONCRMDEALADD"]})
    control("deals", deals=[{"client": "Иван", "phone": "+77015550001", "branch": "Шинный центр на Абая"}])
    same_keys(posted, "ONCRMDEALADD", "event-outgoing-webhook-oncrmdealadd")
    form = (SAMPLES / "event-outgoing-webhook-oncrmdealadd.form.txt").read_text(encoding="utf-8")
    body = "".join(line.strip() for line in form.splitlines() if line and not line.startswith("#"))
    theirs = {key for key, _ in parse_qsl(body.replace("\n", ""), keep_blank_values=True)}
    assert set(posted.named("ONCRMDEALADD")[0]) - {"url", "delay"} == theirs


def test_an_application(posted: Any, send: Send, control: Control, pair: dict[str, Any], order: int) -> None:
    added = {"fields": {"TITLE": "Сделка"}, "auth": pair["access_token"]}
    send("POST", "/rest/crm.deal.add", json=added)
    control(f"deals/{order}/stage", stage="C7:NEW", by=1)
    same_keys(posted, "ONCRMDEALADD", "event-app-oncrmdealadd")
    same_keys(posted, "ONCRMDEALMOVETOCATEGORY", "event-oncrmdealmovetocategory")


def test_a_task(posted: Any, send: Send, control: Control, pair: dict[str, Any], order: int) -> None:
    fields = {"TITLE": "Проверить", "RESPONSIBLE_ID": 201, "UF_CRM_TASK": [f"D_{order}"]}
    made = send("POST", "/rest/tasks.task.add", json={"fields": fields, "auth": pair["access_token"]}).json()
    control(f"tasks/{made['result']['task']['id']}/complete", by=201)
    same_keys(posted, "ONTASKUPDATE", "event-ontaskupdate")


def test_an_installation(posted: Any, control: Control) -> None:
    control("application", **KEYS, **ADDRESSES)
    control("application/install")
    same_keys(posted, "ONAPPINSTALL", "event-onappinstall")


def test_tokens(send: Send, pair: dict[str, Any]) -> None:
    asked = KEYS | {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    fresh = send("GET", "/oauth/token/", params=asked).json()
    for ours, name in ((pair, "oauth-token-response"), (fresh, "oauth-refresh-response")):
        theirs = sample(name)
        assert {key: type(value) for key, value in ours.items()} == {
            key: type(value) for key, value in theirs.items()
        }


def test_the_offline_queue(send: Send, pair: dict[str, Any], order: int) -> None:
    auth = {"auth": pair["access_token"]}
    bound = send("POST", "/rest/event.bind", json={"event": "ONCRMDEALADD", "event_type": "offline", **auth})
    assert bound.json()["result"] is True
    send("POST", "/rest/crm.deal.add", json={"fields": {"TITLE": "Сделка"}, **auth})
    ours = send("POST", "/rest/event.offline.get", json=auth).json()["result"]
    theirs = sample("event-offline-get-response")["result"]
    assert set(ours) == set(theirs)
    assert [set(row) for row in ours["events"]] == [set(theirs["events"][0])]
