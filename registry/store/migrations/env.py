"""Run by Alembic. The connection, with its transaction already begun, comes from registry.store.migrate."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from registry.store import tables  # noqa: F401  (defines the tables on the metadata)
from registry.store.tables.columns import Counter, Json, Moment, metadata

HAND_MADE = ("design_search",)
"""Tables of the full-text search, which differ between the databases."""


def _ours(item: object, name: str | None, kind: str, reflected: bool, counterpart: object) -> bool:
    return not (kind == "table" and name is not None and name.startswith(HAND_MADE))


def _render(kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """Write our own column types by their names (the template imports them)."""
    if kind != "type":
        return False
    if isinstance(item, Moment):
        return "Moment()"
    return "Json" if item is Json else "Counter" if item is Counter else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,
    include_object=_ours,
    render_item=_render,
)
context.run_migrations()
