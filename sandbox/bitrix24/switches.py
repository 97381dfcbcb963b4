"""Every point that the vendor's documents leave open, and every nuisance, as a named switch."""

from copy import deepcopy
from typing import Any

from sandbox.bitrix24.more_switches import MORE_SWITCHES

# name: (default, allowed values or None when any value of the same type will do, what it decides)
TABLE: dict[str, tuple[Any, tuple[Any, ...] | None, str]] = {
    "kind": ("cloud", ("cloud", "box"), "sets both limits: 50/2 and 480 s, or none at all"),
    "member_id": ("d897063e1ce7c5eb9f04b9751eef5915", None, "by which several portals are told apart"),
    "missing_methods": ([], None, "methods that this box does not have yet, by name"),
    "https_required": (False, None, "plain http is answered with INVALID_REQUEST"),
    "rate_plan": ("standard", ("standard", "enterprise", "off"), "50/2, 250/5 or no request limit"),
    "rejected_counts": (False, None, "a rejected request fills the bucket too"),
    "operating_limit_seconds": (480.0, None, "run time of one method in ten minutes; 0 = no limit"),
    "operating_cost_seconds": (0.0, None, "pretended run time of one command"),
    "operating_costs": ({}, None, "the same by method name, seconds"),
    "latency_seconds": (0.0, None, "virtual seconds that each HTTP request takes"),
    "moved_time_filterable": (True, None, "movedTime is allowed in a filter"),
    "updated_time_filterable": (True, None, "updatedTime is allowed in a filter"),
    "stage_history_strings": (False, None, "stage history gives strings, as recorded in 2022"),
    "task_tags_accepted": (True, None, "TAGS is read when a task is added"),
    "task_xml_id_accepted": (True, None, "XML_ID is read when a task is added"),
    "task_list_no_count": (True, None, "start=-1 works in tasks.task.list"),
    "deadline_zone": ("portal", ("portal", "user"), "zone of a moment written without an offset"),
    "search_lag_seconds": (0.0, None, "how long a new object stays out of lists and searches"),
    "contact_flat_phones": (True, None, "crm.item.get of a contact shows phone, phoneWork ..."),
    "department_head_present": (True, None, "department.get answers with UF_HEAD"),
    "automatic_closed": (True, None, "closed follows the stage"),
    "original_uf_names": (True, None, "useOriginalUfNames is known (CRM 25.0.0 and later)"),
    "letters_only_uf": ("camel", ("camel", "simple"), "UF_CRM_BRANCH -> ufCrmBranch or ufCrm_BRANCH"),
    "uf_labels_need_lang": (True, None, "labels of user fields come only when LANG is given"),
    "legacy_boolean_digits": (True, None, "crm.deal.* shows boolean user fields as 1/0"),
    "bad_reference": ("empty", ("empty", "text"), "a $result that leads nowhere"),
    "duplicates_empty": ("list", ("list", "map"), "findbycomm without a hit: [] or {CONTACT: []}"),
    "tag_without_client_id": ("refused", ("refused", "ignored", "accepted"), "TAG needs CLIENT_ID"),
    "move_raises_update": (False, None, "a move to another pipeline raises ONCRMDEALUPDATE too"),
    "events_on": (True, None, "the portal sends events at all"),
    "event_drop_rate": (0.0, None, "share of events that are lost"),
    "event_duplicate_rate": (0.0, None, "share of events that come twice"),
    "event_delay_min_seconds": (1.0, None, "virtual seconds"),
    "event_delay_max_seconds": (3.0, None, "virtual seconds"),
    "event_late_rate": (0.0, None, "share of events that come late, so out of order"),
    "event_late_seconds": (60.0, None, "how late, virtual seconds"),
    "event_reorder_rate": (0.0, None, "share of events that the ones after them overtake"),
    "event_burst_every_seconds": (0.0, None, "events gather and leave all at once, this often; 0 = at once"),
    "event_keys_encoded": (True, None, "brackets of event keys are percent-encoded"),
    "offline_event_data": ("fields", ("fields", "false"), "EVENT_DATA of an offline event"),
    "application_context_status": (403, (400, 403), "a webhook calls what only applications may"),
    "crm_access_denied_status": (400, (400, 403), "a person may not do this in the CRM"),
    "handler_exists_status": (400, (200, 400), "the same handler is bound again"),
    "oauth_allow_at_once": (False, None, "the page of the application does not ask the person"),
    "old_refresh_token_seconds": (0.0, None, "how long a replaced refresh token still works"),
    "removed_application": (
        "APPLICATION_NOT_FOUND",
        ("APPLICATION_NOT_FOUND", "ERROR_OAUTH", "NOT_INSTALLED"),
        "a call with the token of an application that is gone",
    ),
    "subscription_ended": (False, None, "applications are answered with PAYMENT_REQUIRED"),
    "uninstall_tells_install_address": (True, None, "ONAPPUNINSTALL goes there when nothing is bound to it"),
    **MORE_SWITCHES,
}
# A box counts no requests, and no run time unless its owner switches that on (then 420 s).
OF_KIND: dict[str, dict[str, Any]] = {
    "cloud": {"rate_plan": "standard", "operating_limit_seconds": 480.0},
    "box": {"rate_plan": "off", "operating_limit_seconds": 0.0},
}


class Switches:
    """The positions of all switches of one portal."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {name: deepcopy(row[0]) for name, row in TABLE.items()}

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def all(self) -> dict[str, Any]:
        return dict(self._values)

    def dump(self) -> dict[str, Any]:
        return self.all()

    def restore(self, kept: dict[str, Any]) -> None:
        """Switches that nobody knows any more are passed over."""
        self._values.update({name: value for name, value in kept.items() if name in self._values})

    def set(self, name: str, value: Any) -> None:
        """KeyError for an unknown name, ValueError for a value that the switch cannot take."""
        default, allowed, _ = TABLE[name]
        if allowed is not None and value not in allowed:
            raise ValueError(f"{name} is one of {', '.join(map(str, allowed))}")
        if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not type(default):
            raise ValueError(f"{name} takes a value like {default!r}")
        if name == "missing_methods":
            value = [str(method).lower() for method in value]
        self._values[name] = value
        if name == "kind":
            self._values.update(OF_KIND[value])
