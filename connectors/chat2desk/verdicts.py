"""What the channel says of our messages, carried to those who decide about the next ones."""

from dataclasses import dataclass

from connectors.chat2desk.approval import Approval
from connectors.chat2desk.letters import TEMPLATE, Letters
from connectors.chat2desk.limits import Limits
from qc_engine.core.events import Event, MessageRefused, MessageStatus

ARRIVED = ("delivered", "read")


@dataclass(frozen=True)
class Verdicts:
    """Told of every event of the channel, in the order in which they come."""

    letters: Letters
    limits: Limits
    approval: Approval

    def heed(self, event: Event) -> None:
        match event:
            case MessageRefused(message_id=number, code=code, reason=reason, at=at):
                self.limits.refused(code, at)
                if number is not None:
                    self.letters.failed(number, at)
                    if code == TEMPLATE:
                        self.approval.refused(self.letters.template_of(number), reason, at)
            case MessageStatus(message_id=int() as number, state=state) if state in ARRIVED:
                self.letters.arrived(number)
                self.approval.arrived(self.letters.template_of(number))
            case _:
                return
