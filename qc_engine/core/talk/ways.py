"""The ways to a client: which channels a scenario may use now, and which comes after one that failed."""

from collections.abc import Sequence

from qc_engine.core.case import Case, Client
from qc_engine.core.channel import FORM, MAIN, Channel
from qc_engine.core.scenario import ContactRules

# Where nothing is known of channels there is one, and it keeps the messenger's window.
ALONE = Channel(MAIN, window=True)
PAGE = Channel(FORM, receipts=False)


def channel(key: str, rules: ContactRules) -> Channel:
    """What this channel can do."""
    return PAGE if key == FORM else rules.known.get(key, ALONE)


def ways(client: Client, rules: ContactRules) -> Sequence[str]:
    """The scenario's channels in which this client can be written to now, in its order."""
    wanted = rules.channels or (MAIN,)
    return [key for key in wanted if _is_known(key, rules) and reaches(key, client, rules)]


def way_after(key: str, case: Case, rules: ContactRules) -> str | None:
    """The next one after a channel that failed; one that was tried before it is not tried again."""
    wanted = list(rules.channels or (MAIN,))
    left = wanted[wanted.index(key) + 1 :] if key in wanted else wanted
    return next((one for one in ways(case.client, rules) if one in left), None)


def reaches(key: str, client: Client, rules: ContactRules) -> bool:
    """May we write there? By phone to everybody, elsewhere to those who have opened our chat."""
    return channel(key, rules).by_phone or client.point(key) is not None


def address(key: str, client: Client) -> str:
    """Of the client in this channel; empty where the phone is the address."""
    point = client.point(key)
    return point.address if point and point.address != client.phone else ""


def _is_known(key: str, rules: ContactRules) -> bool:
    """A channel taken out of config.yaml is no way for running cases either."""
    return key == MAIN or key in rules.known
