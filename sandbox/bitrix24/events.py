"""Raises events: to the outgoing webhook made by hand, and to what applications have bound."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.bitrix24.applications import ACCESS_SECONDS, Application, Applications
from sandbox.bitrix24.bindings import Binding, Bindings, OfflineQueue
from sandbox.bitrix24.delivery import Delivery, Posts
from sandbox.bitrix24.switches import Switches

ALL = (
    "ONCRMDEALADD",
    "ONCRMDEALUPDATE",
    "ONCRMDEALDELETE",
    "ONCRMCONTACTADD",
    "ONCRMCONTACTUPDATE",
    "ONCRMCONTACTDELETE",
    "ONTASKADD",
    "ONTASKUPDATE",
    "ONTASKDELETE",
    "ONTASKCOMMENTADD",
)
# Only applications hear of these; an outgoing webhook cannot be made for them.
OF_APPLICATIONS = (
    "ONCRMDEALMOVETOCATEGORY",
    "ONCRMTIMELINECOMMENTADD",
    "ONAPPTEST",
    "ONAPPUPDATE",
    "ONAPPINSTALL",
    "ONAPPUNINSTALL",
    "ONOFFLINEEVENT",
)
KNOWN = (*ALL, *OF_APPLICATIONS)
HANDLER_ID = "975"
OAUTH_SERVER = "https://oauth.bitrix24.tech/rest/"
WITHOUT_HANDLER_ID = ("ONTASK", "ONAPP", "ONOFFLINE")

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Hook:
    """One outgoing webhook as made by hand in the portal."""

    url: str
    application_token: str
    events: frozenset[str]

    @classmethod
    def read(cls, wish: dict[str, Any]) -> "Hook":
        """ValueError when the URL is missing or an event is not offered to outgoing webhooks."""
        events = frozenset(str(name).upper() for name in wish.get("events") or ALL)
        if not wish.get("url"):
            raise ValueError("an outgoing webhook needs a url")
        if unknown := events - set(ALL):
            raise ValueError(f"not offered to outgoing webhooks: {', '.join(sorted(unknown))}")
        return cls(str(wish["url"]), str(wish.get("application_token", "")), events)


class Events:
    """The events of one portal. `cause` is the user behind what happens now, None a robot."""

    def __init__(
        self, sender: Posts, switches: Switches, now: Callable[[], datetime], applications: Applications
    ) -> None:
        self._switches, self._now, self._applications = switches, now, applications
        self._delivery = Delivery(sender, switches, now)
        self.domain = "sandbox.bitrix24.kz"
        self.hook: Hook | None = None
        self.bindings, self.offline = Bindings(), OfflineQueue()
        self.cause: int | None = None
        self.connector = ""  # auth_connector of the call that causes what happens now
        self.raised = 0

    def deal(self, what: str, number: int) -> None:
        self._raise(f"ONCRMDEAL{what}", {"FIELDS": {"ID": number}})

    def deal_moved(self, number: int, pipeline: int, stage: str) -> None:
        """To another pipeline: only applications hear of it."""
        fields = {"ID": number, "CATEGORY_ID": pipeline, "STAGE_ID": stage}
        self._raise("ONCRMDEALMOVETOCATEGORY", {"FIELDS": fields})

    def contact(self, what: str, number: int) -> None:
        self._raise(f"ONCRMCONTACT{what}", {"FIELDS": {"ID": number}})

    def timeline_comment(self, number: int) -> None:
        self._raise("ONCRMTIMELINECOMMENTADD", {"FIELDS": {"ID": number}})

    def task_added(self, number: int) -> None:
        self._raise("ONTASKADD", _task("undefined", {"ID": number}, "N"))

    def task_changed(self, number: int) -> None:
        self._raise("ONTASKUPDATE", _task({"ID": number}, {"ID": number}, "undefined"))

    def task_deleted(self, number: int) -> None:
        self._raise("ONTASKDELETE", _task({"ID": number}, "undefined", "Y"))

    def task_comment(self, task: int, comment: int) -> None:
        self._raise("ONTASKCOMMENTADD", {"FIELDS_AFTER": {"ID": comment, "TASK_ID": task}})

    def test(self, client_id: str, query: Data) -> None:
        """ONAPPTEST, to the application that asked for it."""
        for binding in self.bindings.of("ONAPPTEST"):
            if binding.client_id == client_id:
                self._tell(binding, {"QUERY": query, "LANGUAGE_ID": "ru"})

    def installed(self, application: Application, user: int) -> None:
        """ONAPPINSTALL with both tokens, to the application's install address."""
        pair = self._applications.issue(application.client_id, user)
        auth = self._auth_of(application, pair.access) | {"refresh_token": pair.refresh}
        data = {"VERSION": "1", "ACTIVE": "Y", "INSTALLED": "Y", "LANGUAGE_ID": "ru"}
        self._delivery.post(application.install, _form("ONAPPINSTALL", data, auth))

    def uninstalled(self, application: Application, clean: bool) -> None:
        """ONAPPUNINSTALL without tokens, to whoever has bound it."""
        bound = [one.handler for one in self.bindings.of("ONAPPUNINSTALL") if self._is_of(one, application)]
        if not bound and application.install and self._switches["uninstall_tells_install_address"]:
            bound = [application.install]
        data = {"LANGUAGE_ID": "ru", "CLEAN": int(clean)}
        for url in bound:
            self._delivery.post(url, _form("ONAPPUNINSTALL", data, self._auth_of(application)))

    def _is_of(self, binding: Binding, application: Application) -> bool:
        return binding.client_id == application.client_id

    def _raise(self, name: str, data: Data) -> None:
        if not self._switches["events_on"]:
            return
        if self.hook is not None and name in self.hook.events:
            self.raised += 1
            self._delivery.send(self.hook.url, _form(name, data, self._auth_of_hook(self.hook), HANDLER_ID))
        for binding in self.bindings.of(name):
            if self._applications.known[binding.client_id].installed:
                self.raised += 1
                (self._queue if binding.offline else self._tell)(binding, data)

    def _tell(self, binding: Binding, data: Data, wait: float = 0.0) -> None:
        application = self._applications.known[binding.client_id]
        auth = self._auth_of(application, self._token_for(binding))
        form = _form(binding.event, data, auth, str(binding.id))
        self._delivery.send(binding.handler, form, wait)

    def _queue(self, binding: Binding, data: Data) -> None:
        if binding.connector and binding.connector == self.connector:
            return
        now = self._now()
        self.offline.put(binding, data, now)
        for bell in self.bindings.of("ONOFFLINEEVENT"):
            if bell.client_id == binding.client_id and bell.wakes_at <= now.timestamp():
                bell.wakes_at = now.timestamp() + bell.min_timeout
                self._tell(bell, {}, bell.min_timeout)

    def _token_for(self, binding: Binding) -> str:
        # A robot has no token to lend (event pages).
        user = binding.auth_type or self.cause
        if self.cause is None or user is None:
            return ""
        return self._applications.access_only(binding.client_id, user)

    def _auth_of_hook(self, hook: Hook) -> Data:
        return {
            "domain": self.domain,
            "client_endpoint": f"https://{self.domain}/rest/",
            "server_endpoint": OAUTH_SERVER,
            "member_id": self._switches["member_id"],
            "application_token": hook.application_token,
        }

    def _auth_of(self, application: Application, access_token: str = "") -> Data:
        token: Data = {}
        if access_token:
            scope = ",".join(application.scopes)
            token = {"access_token": access_token, "expires_in": ACCESS_SECONDS, "scope": scope}
        return {
            **token,
            "domain": application.base.partition("//")[2],
            "server_endpoint": OAUTH_SERVER,
            "status": "L",
            "client_endpoint": f"{application.base}/rest/",
            "member_id": self._switches["member_id"],
            "application_token": application.application_token,
        }


def _form(name: str, data: Data, auth: Data, handler_id: str = "") -> Callable[[int], Data]:
    told = {} if not handler_id or name.startswith(WITHOUT_HANDLER_ID) else {"event_handler_id": handler_id}
    return lambda leaves: {"event": name, **told, "data": data, "ts": str(leaves), "auth": auth}


def _task(before: Any, after: Any, accessible_before: str) -> Data:
    return {
        "FIELDS_BEFORE": before,
        "FIELDS_AFTER": after,
        "IS_ACCESSIBLE_BEFORE": accessible_before,
        "IS_ACCESSIBLE_AFTER": "undefined",
    }
