"""The log's tree kept up to date and signed: by the sweeper, and at once where a proof is asked for."""

from registry.actions import log_tree
from registry.actions.log import last_entry
from registry.errors import Unavailable
from registry.parts import State
from registry.store.clock import database_now
from registry.store.log_tree import read_tree

MOST_ROUNDS = 64
"""Of one request: a registry with a long log that was just brought up to date is folded by its sweeper."""


async def fold_once(parts: State) -> bool:
    """Take some entries into the tree; True when there may be more. A process without the key leaves it to others."""
    signer = parts.signer
    if signer is None:
        return False
    if not await parts.db.read(lambda connection: log_tree.is_behind(connection, database_now(connection))):
        return False
    return await parts.db.write(
        lambda connection: log_tree.fold(connection, signer.checkpoint, database_now(connection))
    )


async def fold_through(parts: State) -> None:
    """See to it that everything that is in the log now is in its signed tree. Raises Unavailable."""
    wanted = await parts.db.read(last_entry)
    for _ in range(MOST_ROUNDS):
        tree = await parts.db.read(read_tree)
        if tree.checkpoint is not None and tree.through >= wanted:
            return
        if parts.signer is None:
            break
        await fold_once(parts)
    raise Unavailable("the log's tree is not up to date: try again in a moment", code="log_unsigned")
