"""Every REST method of the simulated account, one module per section of the vendor's reference."""

from collections.abc import Callable
from typing import Any

from sandbox.chat2desk.call import Call
from sandbox.chat2desk.desk import Desk
from sandbox.chat2desk.methods import (
    clients,
    company,
    dialogs,
    messages,
    moving,
    operators,
    reference,
    tags,
    tickets,
    webhooks,
)

Method = Callable[[Desk, Call], Any]

METHODS: dict[str, Method] = {
    **company.METHODS,
    **clients.METHODS,
    **messages.METHODS,
    **moving.METHODS,
    **reference.METHODS,
    **dialogs.METHODS,
    **tags.METHODS,
    **operators.METHODS,
    **tickets.METHODS,
    **webhooks.METHODS,
}
