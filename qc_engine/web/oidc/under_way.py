"""What a browser keeps while its user is at the provider: sealed, so that it can be neither read nor made."""

import hmac
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Self

from qc_engine.ids import Ids
from qc_engine.store.memory import Seal
from qc_engine.store.users import STATE_LIVES

PURPOSE = "oidc: under way"
LONGEST = 2000


@dataclass(frozen=True)
class UnderWay:
    """One way to the provider and back."""

    state: str
    nonce: str
    verifier: str
    at: str  # ISO 8601
    link: str = ""  # the one-time link that they came by
    session: str = ""  # of whoever is signed in and wants to be recognised there from now on

    @classmethod
    def begun(cls, ids: Ids, now: datetime, link: str = "", session: str = "") -> Self:
        """Each of the three from the system's randomness: 128 bits and more."""
        state, nonce, verifier = (ids.code() + ids.code() for _ in range(3))
        return cls(state, nonce, verifier, now.isoformat(), link, session)

    def sealed(self, seal: Seal) -> str:
        return seal.close(PURPOSE, json.dumps(asdict(self)))

    @classmethod
    def opened(cls, seal: Seal, cookie: str, state: str, now: datetime) -> Self | None:
        """None for what we did not make, what is too old, and the way of another state."""
        text = seal.open(PURPOSE, cookie) if len(cookie) <= LONGEST else None
        if text is None:
            return None
        one = cls(**json.loads(text))
        is_in_time = now < datetime.fromisoformat(one.at) + STATE_LIVES
        return one if is_in_time and hmac.compare_digest(one.state.encode(), state.encode()) else None
