"""How the commands of qc bitrix24 reach one portal, and tell what it answers instead."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import typer

from qc_engine.commands.shared import CANNOT_RUN, FAULTS_FOUND, WRONG_USE, complain, faults_explained

if TYPE_CHECKING:
    from connectors.bitrix24.calls.client import Client
    from connectors.bitrix24.names.directory import Directory
    from connectors.bitrix24.setup import Wish
    from qc_engine.clock import Clock
    from qc_engine.ports import Connects, Memory
    from qc_engine.wiring import Installation


NO_PORTAL = "Такого портала в config.yaml нет. Есть: {}."
BUSY = "Портал сейчас занят или недоступен ({}). Повторите позже: сделанное останется."
CLOSED = "Портал нас не пускает ({}). Проверьте доступ и права: qc doctor."
REFUSED = "Портал отказал ({}). Настраивать CRM может только администратор портала: qc doctor."
UNKNOWN = "Портал не ответил, сделано ли ({}). Повторите через несколько минут: дважды не создастся."


class Tools(Protocol):
    """What wiring.portal_tools gives: one portal, ready to be spoken with."""

    @property
    def client(self) -> "Client": ...
    @property
    def memory(self) -> "Memory": ...
    @property
    def wishes(self) -> "Sequence[Wish]": ...
    @property
    def connects(self) -> "Connects | None": ...
    def read_directory(self) -> "Directory": ...


def opened(config: Path, portal: str) -> "tuple[Installation, Tools, Clock]":
    """The portal of this name. Raises what `told` tells."""
    from qc_engine.store import schema
    from qc_engine.store.database import Database
    from qc_engine.wiring import clock_of, portal_tools, read_installation

    settings = read_installation(config)
    database, clock = Database(settings.database_url), clock_of(settings)
    schema.make_ready(database)  # these commands come before the first start
    return settings, portal_tools(settings, database, clock, portal), clock


@contextmanager
def told() -> Iterator[None]:
    """What the portal may answer instead, in one sentence with what to do, and an exit code."""
    from qc_engine.ports import Broken, OutcomeUnknown, Refused, TryLater
    from qc_engine.wiring import UnknownPortal

    with faults_explained():
        try:
            yield
        except UnknownPortal as unknown:
            trouble, code = NO_PORTAL.format(", ".join(unknown.names)), WRONG_USE
        except TryLater as failure:
            trouble, code = BUSY.format(failure), CANNOT_RUN
        except Broken as failure:
            trouble, code = CLOSED.format(failure), CANNOT_RUN
        except Refused as failure:
            trouble, code = REFUSED.format(failure), FAULTS_FOUND
        except OutcomeUnknown as failure:
            trouble, code = UNKNOWN.format(failure), FAULTS_FOUND
        else:
            return
        complain(trouble)
        raise typer.Exit(code)
