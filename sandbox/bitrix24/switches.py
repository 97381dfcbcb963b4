"""Every point that the vendor's documents leave open, and every nuisance, as a named switch."""

from typing import Any

# name: (default, allowed values or None when any value of the same type will do, what it decides)
TABLE: dict[str, tuple[Any, tuple[Any, ...] | None, str]] = {
    "rate_plan": ("standard", ("standard", "enterprise", "off"), "50/2, 250/5 or no request limit"),
    "rejected_counts": (False, None, "a rejected request fills the bucket too"),
    "operating_limit_seconds": (480.0, None, "run time of one method in ten minutes; 0 = no limit"),
    "operating_cost_seconds": (0.0, None, "pretended run time of one command"),
    "operating_costs": ({}, None, "the same by method name, seconds"),
    "latency_seconds": (0.0, None, "virtual seconds that each HTTP request takes"),
    "moved_time_filterable": (True, None, "movedTime is allowed in a filter"),
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
    "event_keys_encoded": (True, None, "brackets of event keys are percent-encoded"),
}


class Switches:
    """The positions of all switches of one portal."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {name: row[0] for name, row in TABLE.items()}

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def all(self) -> dict[str, Any]:
        return dict(self._values)

    def set(self, name: str, value: Any) -> None:
        """KeyError for an unknown name, ValueError for a value that the switch cannot take."""
        default, allowed, _ = TABLE[name]
        if allowed is not None and value not in allowed:
            raise ValueError(f"{name} is one of {', '.join(map(str, allowed))}")
        if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not type(default):
            raise ValueError(f"{name} takes a value like {default!r}")
        self._values[name] = value
