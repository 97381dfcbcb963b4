"""Every point of the gateways' behaviour that can be turned."""

from dataclasses import asdict, dataclass, fields


@dataclass(slots=True)
class Switches:
    """One field per switch; seconds are seconds of the sandbox's clock unless said otherwise."""

    # The network.
    sent_delay_seconds: float = 2.0
    delivery_delay_seconds: float = 10.0

    # The account: money in the gateway's currency; names of senders by comma, empty: any name is taken.
    price_per_part: float = 4.0
    senders: str = ""

    # SMSC takes no second request like one of the last minute; zero turns that off.
    duplicate_seconds: float = 60.0
    # SMSC's word for a message that it does not know.
    unknown_status: int = -3

    # Real seconds before every answer.
    answer_delay_seconds: float = 0.0

    # Percent of callbacks that are lost, and how often each is told, 1 and more.
    hooks_lost_percent: float = 0.0
    hook_copies: int = 1

    def all(self) -> dict[str, float | int | str]:
        return asdict(self)

    def set(self, name: str, value: object) -> None:
        """KeyError for a name that is not a switch, ValueError for a value that does not fit."""
        if name not in NAMES:
            raise KeyError(name)
        setattr(self, name, _like(name, getattr(self, name), value))


NAMES = frozenset(field.name for field in fields(Switches))


def _like(name: str, old: object, value: object) -> object:
    match old, value:
        case str(), str():
            return value
        case float(), int() | float() if not isinstance(value, bool) and 0 <= value < float("inf"):
            return float(value)
        case int(), int() if not isinstance(value, bool):
            return value
    raise ValueError(f"{name} must be {type(old).__name__}, not {value!r}")
