"""How this portal spells the codes of user fields: as we do, or in its own camel case on old boxes."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from connectors.bitrix24.client import Client
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.wire import as_map

DEAL = 2
CONTACT = 3


class FieldNames:
    """UF_CRM_X is UF_CRM_X since CRM 25.0.0; before that the portal's own list of fields is asked once."""

    def __init__(self, client: Client, settings: Bitrix24Settings) -> None:
        self._client = client
        self._original = settings.use_original_uf_names

    @property
    def flags(self) -> Mapping[str, object]:
        """What every crm.item.* call carries besides its own parameters."""
        return {"useOriginalUfNames": "Y"} if self._original else {}

    def spelled(self, entity: int, field: str) -> str:
        """The name that the portal knows this field by. May read the portal, once."""
        return field if self._original else self._spelling[entity].get(field, field)

    def spelled_all(self, entity: int, values: Mapping[str, str]) -> dict[str, object]:
        """Fields with their values, ready to be written."""
        return {self.spelled(entity, name): value for name, value in values.items()}

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
