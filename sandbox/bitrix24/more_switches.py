"""Switches of single methods: what the vendor's pages leave open, or say in two ways."""

from typing import Any

# name: (default, allowed values or None when any value of the same type will do, what it decides)
MORE_SWITCHES: dict[str, tuple[Any, tuple[Any, ...] | None, str]] = {
    "scope_status": (401, (401, 403), "HTTP status of insufficient_scope"),
    "scope_needed": (True, None, "a method outside the scopes of its key is refused"),
    "rights_checked": (True, None, "people who are no administrators see only what is theirs"),
    "enum_text": ("refused", ("refused", "ignored"), "a text where the id of a list value belongs"),
    "enum_numbers": (True, None, "crm.item.* shows list values and elements as numbers"),
    "upper_id": (True, None, "crm.item.list knows the field ID in order and filter"),
    "empty_many": ("list", ("list", "false"), "crm.deal.* shows an empty multiple field as [] or false"),
    "required_code": ("CRM_FIELD_ERROR_REQUIRED", None, "code of a required field that is empty"),
    "element_names_in_fields": (False, None, "crm.item.fields lists the elements of a list field too"),
    "empty_files": ("list", ("list", "map"), "FILES of a comment without files: [] or {}"),
    "task_uf_names": ("camel", ("camel", "upper"), "own field UF_QC_OK in a task: ufQcOk or UF_QC_OK"),
}
