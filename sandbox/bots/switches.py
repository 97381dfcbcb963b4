"""Every point of a messenger's behaviour that a trial may want otherwise, and faults of its webhooks."""

from dataclasses import asdict, dataclass, fields


@dataclass(slots=True)
class Switches:
    """One field per switch. Zero turns a limit off; a second is a second of the sandbox's clock."""

    requests_per_second: float = 30.0
    chat_messages_per_second: float = 1.0

    # How webhooks travel. Percent of deliveries, 0-100.
    hook_duplicate_percent: float = 0.0
    hook_drop_percent: float = 0.0
    hook_reorder_percent: float = 0.0
    hook_reorder_seconds: float = 2.0
    hook_delay_seconds: float = 0.0
    hook_wrong_secret: bool = False

    # The real messenger calls https only.
    plain_http: bool = True

    def all(self) -> dict[str, bool | float]:
        return asdict(self)

    def set(self, name: str, value: object) -> None:
        """KeyError for a name that is not a switch, ValueError for a value of another type or range."""
        if name not in NAMES:
            raise KeyError(name)
        if isinstance(getattr(self, name), bool) != isinstance(value, bool) or not isinstance(
            value, bool | int | float
        ):
            raise ValueError(f"{name} cannot be {value!r}")
        highest = 100.0 if name.endswith("_percent") else float("inf")
        if not 0 <= value <= highest:
            raise ValueError(f"{name} must be between 0 and {highest}")
        setattr(self, name, value if isinstance(value, bool) else float(value))


NAMES = frozenset(field.name for field in fields(Switches))
