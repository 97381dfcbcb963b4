"""A running installation: the loops on threads, the doors in front, in one process or in two."""

from qc_engine.serving.roles import Role, serve

__all__ = ["Role", "serve"]
