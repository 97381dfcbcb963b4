"""Alembic's entry: the caller gives an open connection in `config.attributes`."""

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel

from qc_engine.store import tables


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Our own column types are written by what they are in the database."""
    if kind == "type" and isinstance(item, tables.Moment):
        return "sa.DateTime(timezone=True)"
    return False


def tell_each(ctx: Any, step: Any, heads: Any, run_args: Any) -> None:
    """Of a large database one revision may take minutes."""
    if tell := context.config.attributes.get("tell"):
        tell(f"{step.up_revision_id}: {step.up_revision.doc}")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    render_item=render_item,
    compare_type=True,
    on_version_apply=tell_each,
)
with context.begin_transaction():
    context.run_migrations()
