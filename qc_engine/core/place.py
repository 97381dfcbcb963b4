"""Where an installation lives, and whether a database that is started here has lived elsewhere."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

ADDRESS, MACHINE = "address", "machine"
# Names that lead nowhere outside of this machine, by their standards.
OF_THIS_MACHINE = ("localhost", "test")


@dataclass(frozen=True)
class Place:
    """What can be told of it. `machine` is a fingerprint, '' where machines come and go."""

    address: str  # public_url
    machine: str = ""


@dataclass(frozen=True)
class Known:
    """What a database knows of its installation. `is_trial`: a person said that it is a copy for trying."""

    id: str
    place: Place
    is_trial: bool = False


def differs(known: Place, here: Place) -> str:
    """ADDRESS or MACHINE when the database comes from elsewhere; '' when it is at home.

    Who was reached on his own machine alone has tried the product out: such a database may go anywhere.
    """
    if is_of_this_machine(known.address):
        return ""
    if _door(known.address) != _door(here.address):
        return ADDRESS
    return MACHINE if known.machine and here.machine and known.machine != here.machine else ""


def is_of_this_machine(address: str) -> bool:
    """Can nobody but a program on this machine be behind it? '' is no address."""
    host = urlsplit(address).hostname or ""
    if host.rpartition(".")[2] in OF_THIS_MACHINE:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _door(address: str) -> str:
    """The same with and without TLS, a closing slash, capitals."""
    parts = urlsplit(address)
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}"
