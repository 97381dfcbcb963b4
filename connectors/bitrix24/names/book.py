"""The names of one portal while the engine runs: read now and then, shared by all who read and write."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from connectors.bitrix24.calls.client import Client
from connectors.bitrix24.names.directory import Directory
from connectors.bitrix24.names.resolving import FIELDS, Resolver
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.wire import as_map

DEAL = 2
CONTACT = 3


class Book:
    """What the portal calls things, and how it spells the codes of its fields.

    UF_CRM_X is UF_CRM_X since CRM 25.0.0; an older box has its own camel case, told by its list of fields.
    """

    def __init__(
        self, client: Client, settings: Bitrix24Settings, directory: Directory | None = None
    ) -> None:
        self._client = client
        self._settings = settings
        self._original = settings.use_original_uf_names
        self._open(directory)

    @property
    def directory(self) -> Directory | None:
        """The last reading of the portal; None until there is one."""
        return self._directory

    @directory.setter
    def directory(self, directory: Directory | None) -> None:
        self._open(directory)

    @property
    def resolver(self) -> Resolver:
        """Words to ids and back, over the last reading."""
        return self._resolver

    def _open(self, directory: Directory | None) -> None:
        self._directory = directory
        self._resolver = Resolver(self._settings, directory)

    # --- spelling --------------------------------------------------------------------------------

    @property
    def flags(self) -> Mapping[str, object]:
        """What every crm.item.* call carries besides its own parameters."""
        return {"useOriginalUfNames": "Y"} if self._original else {}

    def spelled(self, entity: int, field: str) -> str:
        """The name that the portal knows this field by. May read the portal, once."""
        if self._original:
            return field
        known = self._resolver.field(FIELDS[entity], field)
        return known.spelling or field if known else self._spelling[entity].get(field, field)

    def written(self, entity: int, values: Mapping[str, str]) -> dict[str, object]:
        """Fields with their values, ready to be sent. Raises Refused for a value that a field cannot hold."""
        return {
            self.spelled(entity, code): self._resolver.written(entity, code, text)
            for code, text in values.items()
        }

    @cached_property
    def _spelling(self) -> Mapping[int, Mapping[str, str]]:
        return {entity: self._read(entity) for entity in (DEAL, CONTACT)}

    def _read(self, entity: int) -> Mapping[str, str]:
        answer = self._client.read("crm.item.fields", {"entityTypeId": entity})
        fields = as_map(as_map(answer.result).get("fields"))
        return {str(as_map(about).get("upperName")): name for name, about in fields.items()}

    def list_params(
        self, entity: int, select: Sequence[str], where: Mapping[str, object], newest_first: bool = False
    ) -> dict[str, object]:
        """Parameters of one page of crm.item.list in id order, without the costly count."""
        return {
            "entityTypeId": entity,
            "select": list(select),
            "filter": dict(where),
            "order": {"id": "DESC" if newest_first else "ASC"},
            "start": -1,
            **self.flags,
        }
