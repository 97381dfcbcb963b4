"""What a way to reach clients can do; which of them a scenario uses, and in which order, stands there."""

from dataclasses import dataclass

MAIN = ""  # the channel that every installation has
FORM = "form"  # the survey's own page: what is said there is read there


@dataclass(frozen=True)
class Channel:
    """A channel as a decision must know it. `name` is what config.yaml and scenarios call it."""

    name: str
    by_phone: bool = True  # False: only to those who have opened our chat there
    answers: bool = True  # False: clients cannot answer there, they get the address of a page
    receipts: bool = True  # it tells whether a message has arrived
    window: bool = False  # outside 24 hours after the client's words it takes approved templates alone
    longest: int = 4096  # signs in one message
    longest_wide: int = 0  # if not all of them are ASCII, as in an SMS; 0: the same

    def room(self, text: str) -> int:
        """How many signs of this text it takes."""
        return self.longest if text.isascii() or not self.longest_wide else self.longest_wide
