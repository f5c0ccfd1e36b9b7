"""What was made where: good parts by design, as a facility's and a machine's page tell of them."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from registry.ids import FacilityId, MachineId
from registry.store import orders as store

MOST_LISTED = 50


@dataclass(frozen=True)
class MadeHere:
    """Good parts of one version."""

    version: str
    """`namespace/name@version`"""
    title: str
    parts: int
    latest: datetime


def made_in(connection: sa.Connection, facility: FacilityId) -> tuple[MadeHere, ...]:
    """In a facility that the caller may see, the latest first."""
    return _made(store.made_at(connection, MOST_LISTED, facility=facility))


def made_on(connection: sa.Connection, machine: MachineId) -> tuple[MadeHere, ...]:
    """On a machine that the caller may see, the latest first."""
    return _made(store.made_at(connection, MOST_LISTED, machine=machine))


def _made(rows: list[sa.RowMapping]) -> tuple[MadeHere, ...]:
    return tuple(MadeHere(row["version"], row["title"], row["parts"], row["latest"]) for row in rows)
