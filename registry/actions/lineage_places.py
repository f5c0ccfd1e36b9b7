"""A place in the lineage for each version that is published: its family, its line and its generation."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from designs.snapshot import ParentKind
from registry.core.lineage_lines import ParentPlace, place_version
from registry.ids import VersionId
from registry.store import lineage_places as store


@dataclass(frozen=True)
class TakenPlace:
    """What is written with the version."""

    family: str
    line: str
    generation: int


def take_place(
    connection: sa.Connection, version: VersionId, parents: Iterable[tuple[ParentKind, VersionId]]
) -> TakenPlace:
    """Find the place of a new version, join the families of its parents, and keep the crossings to their lines.

    A version that comes from no other, or only uses others, begins a family. The caller holds the lineage's lock.
    """
    descent = sorted({(kind, parent) for kind, parent in parents if kind is not ParentKind.USES})
    ids = {parent for _, parent in descent}
    places = store.places_of(connection, ids)
    tips = store.tips_of(connection, {place.line for place in places.values()})
    place, crossings = place_version(
        version,
        [
            ParentPlace(k, places[parent], tips[places[parent].line] == places[parent].generation)
            for k, parent in descent
        ],
    )
    store.add_crossings(connection, crossings)
    return TakenPlace(_family(connection, version, ids), place.line, place.generation)


def _family(connection: sa.Connection, version: VersionId, parents: set[VersionId]) -> str:
    roots = set(store.roots_of(connection, parents).values())
    if not roots:
        store.begin_family(connection, version)
        return version
    return roots.pop() if len(roots) == 1 else store.join_families(connection, roots)
