"""Registries of a thousand to a million versions: families of many sizes that fork, merge and use each other.

A tenth of the versions (at most 100,000) is one family of many forks, a tenth one of few designs with very long
histories that merge from each other again and again; the others are families of 1 to 2,000 versions, most of them
small. The same number gives the same registry each time.
"""

import hashlib
import json
import random
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from designs.snapshot import ParentKind
from registry.core.lineage_lines import Crossing, ParentPlace, Place, place_version
from registry.ids import VersionId
from registry.store.database import Database

LARGEST = 100_000
_START = datetime(2020, 1, 1, tzinfo=UTC)
_MANIFEST = json.dumps(
    {
        "design": {"name": "part", "title": "Part", "description": "A part", "licence": "CERN-OHL-S-2.0",
                   "authors": ["A"], "engine": "cadquery", "source": "part.py"},
        "parameters": [], "relations": [], "presets": [], "print": {"process": "fdm", "material": "PLA"},
    }
)  # fmt: skip
_SNAPSHOT = hashlib.sha256(b"snapshot").hexdigest()


@dataclass
class Design:
    """A design while it grows."""

    number: int
    origin: VersionId | None
    versions: list[VersionId] = field(default_factory=list)


@dataclass
class World:
    """Everything that is written, and the edges again for those who count by other means."""

    chance: random.Random
    designs: list[Design] = field(default_factory=list)
    places: dict[VersionId, Place] = field(default_factory=dict)
    tips: dict[str, int] = field(default_factory=dict)
    crossings: list[Crossing] = field(default_factory=list)
    edges: list[tuple[VersionId, VersionId, ParentKind]] = field(default_factory=list)
    family: dict[VersionId, str] = field(default_factory=dict)
    owner: dict[VersionId, Design] = field(default_factory=dict)
    popular: list[VersionId] = field(default_factory=list)
    """What others use."""

    def begin(self, origin: VersionId | None) -> Design:
        design = Design(len(self.designs), origin)
        self.designs.append(design)
        return design

    def publish(self, design: Design, parents: list[tuple[ParentKind, VersionId]]) -> VersionId:
        """One version more, with what it uses drawn by lot."""
        version = VersionId(f"ver_{self.chance.getrandbits(80):020x}")
        parents = [(kind, parent) for kind, parent in dict.fromkeys(parents)]
        if self.popular and self.chance.random() < 0.1:
            used = self.popular[int(len(self.popular) * self.chance.random() ** 3)]
            if self.owner[used] is not design:
                parents.append((ParentKind.USES, used))
        named = [
            ParentPlace(
                kind, self.places[parent], self.tips[self.places[parent].line] == self.places[parent].generation
            )
            for kind, parent in parents
        ]
        self.places[version], crossings = place_version(version, named)
        self.tips[self.places[version].line] = self.places[version].generation
        self.crossings.extend(crossings)
        self.edges += [(version, parent, kind) for kind, parent in parents]
        above = [self.family[parent] for kind, parent in parents if kind is not ParentKind.USES]
        self.family[version] = above[0] if above else version
        self.owner[version] = design
        design.versions.append(version)
        return version


def grow_forks(world: World, size: int) -> None:
    """A family of `size` versions: many forks, of which some are merged back and some merge what is new."""
    chance, family = world.chance, [world.begin(None)]
    world.popular.append(world.publish(family[0], []))
    for _ in range(size - 1):
        dice = chance.random()
        design = family[int(len(family) * chance.random() ** 2)]
        if dice < 0.35:
            version = chance.choice(design.versions)
            family.append(world.begin(version))
            world.publish(family[-1], [(ParentKind.FORKS, version)])
            continue
        parents = [(ParentKind.REVISES, design.versions[-1 if dice < 0.95 else chance.randrange(len(design.versions))])]
        other = chance.choice(family)
        if dice > 0.8 and other is not design:
            parents.append((ParentKind.MERGES, other.versions[-1]))
        world.publish(design, parents)


def grow_lines(world: World, size: int, designs: int) -> None:
    """A family of few designs with long histories, each merging from the first every hundred versions."""
    chance, family = world.chance, [world.begin(None)]
    world.publish(family[0], [])
    for number in range(size - 1):
        if len(family) < designs and number % (size // (4 * designs) + 1) == 0:
            version = family[0].versions[-1]
            family.append(world.begin(version))
            world.publish(family[-1], [(ParentKind.FORKS, version)])
            continue
        design = chance.choice(family)
        parents = [(ParentKind.REVISES, design.versions[-1])]
        if design is not family[0] and chance.random() < 0.01:
            parents.append((ParentKind.MERGES, family[0].versions[-1]))
        world.publish(design, parents)


def make_world(versions: int) -> World:
    """A registry of so many versions, in memory."""
    world = World(random.Random(versions))  # noqa: S311  (the same registry each time)
    large = min(LARGEST, versions // 10)
    grow_forks(world, large)
    grow_lines(world, large, designs=max(2, large // 5000))
    while len(world.places) < versions:
        size = min(int(1 + 2000 * world.chance.random() ** 8), versions - len(world.places))
        grow_forks(world, size)
    return world


def write_world(world: World, path: Path) -> None:
    """Make the database, all tables and indexes included. What is not about lineage is there once, for all."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    database = Database(f"sqlite:///{unfinished}")
    database.migrate()
    database.close()
    with sqlite3.connect(unfinished) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -400000")
        kept = list(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"))
        for name, _ in kept:
            connection.execute(f'DROP INDEX "{name}"')
        _write_all(connection, world)
        for _, statement in kept:
            connection.execute(statement)
        connection.execute("PRAGMA optimize")
        connection.execute("ANALYZE")
        connection.commit()
    unfinished.rename(path)


def tables_of(world: World) -> Iterator[tuple[str, Iterator[tuple[object, ...]]]]:
    """Every table and its rows, in the order of the columns that `COLUMNS` names."""
    moments = {version: _moment(number) for number, version in enumerate(world.places)}
    first, last = _moment(0), _moment(len(moments))
    yield "members", iter([("mem", "bench", "Bench", "", False, first)])
    yield "namespaces", iter([("bench", "mem", first)])
    yield "blobs", iter([(_SNAPSHOT, 1000, first)])
    yield "designs", (
        (_design(d), "bench", _design(d), "Part", "", "CERN-OHL-S-2.0", "cadquery", "[]", d.versions[-1], d.origin,
         first, last)
        for d in world.designs
    )  # fmt: skip
    numbers: dict[int, int] = defaultdict(int)

    def rows() -> Iterator[tuple[object, ...]]:
        for version, place in world.places.items():
            design = world.owner[version]
            numbers[design.number] += 1
            number = f"1.{numbers[design.number]}.0"
            yield (version, _design(design), number, number, _SNAPSHOT, _MANIFEST, "CERN-OHL-S-2.0", "",
                   world.family[version], place.generation, place.line, "mem", moments[version])  # fmt: skip

    yield "versions", rows()
    yield "edges", ((child, parent, kind.value) for child, parent, kind in world.edges)
    yield "families", iter(sorted({(name, name) for name in world.family.values()}))
    yield (
        "crossings",
        ((c.child.line, c.child.generation, c.parent.line, c.parent.generation, c.starts) for c in world.crossings),
    )


COLUMNS = {
    "members": "id, name, display_name, password_hash, admin, created_at",
    "namespaces": "name, owner_id, created_at",
    "blobs": "sha256, size, created_at",
    "designs": "id, namespace, name, title, description, licence, engine, tags, latest_id, origin_id, created_at, "
    "updated_at",
    "versions": "id, design_id, version, version_key, snapshot, manifest, licence, changelog, family, generation, "
    "line, published_by, published_at",
    "edges": "child_id, parent_id, kind",
    "families": "name, root",
    "crossings": "child_line, child_generation, parent_line, parent_generation, starts",
}


def _write_all(connection: sqlite3.Connection, world: World) -> None:
    for table, rows in tables_of(world):
        columns = COLUMNS[table]
        marks = ", ".join("?" for _ in columns.split(","))
        connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608  (own names)


def _design(design: Design) -> str:
    return f"part-{design.number}"


def _moment(number: int) -> str:
    return (_START + timedelta(seconds=number * 60)).strftime("%Y-%m-%d %H:%M:%S.%f")
