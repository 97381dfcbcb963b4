"""What one process does of an installation."""

from enum import StrEnum


class Role(StrEnum):
    """Everything, only the doors, or only the loops."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"
