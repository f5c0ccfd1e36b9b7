"""`make bench-lineage`: how long questions of the lineage take, from a thousand versions to a million.

    python -m bench.lineage [--sizes 1000,10000,100000,1000000] [--page]

Each question is asked through the same functions that the API calls, beside networkx with the whole registry in memory
and beside the plain recursive query (no lines, no limits). Writes bench/out/lineage.json; the registries stay in
bench/out and are made again when the tables change.
"""

import argparse
import gc
import hashlib
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import sqlalchemy as sa

from bench.figures import Row, quantile, times_faster, write_rows
from bench.lineage_world import World, make_world, write_world
from designs.snapshot import ParentKind
from registry.actions import lineage, upstream
from registry.actions.lineage_views import Part
from registry.ids import DesignName, NamespaceName, VersionId
from registry.store.sqlite import open_sqlite

OUT = Path(__file__).parent / "out"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
ASKED = 300
"""Times that each question is asked of each registry, each time of other versions."""
ASKED_SLOWLY = 40
"""The same for what it is compared with."""
BAR_MS = 10.0

CLOCK = time.thread_time_ns if os.environ.get("BENCH_CLOCK") == "processor" else time.perf_counter_ns
"""`BENCH_CLOCK=processor` counts what the processor did, for work on a machine that others use."""

Ask = Callable[[sa.Connection, VersionId, VersionId], object]

_PAST = """past_{0}(id) AS (
  SELECT :{0} UNION SELECT edges.parent_id FROM past_{0} JOIN edges ON edges.child_id = past_{0}.id
  WHERE edges.kind <> 'uses')"""
_COMMON = (
    "WITH RECURSIVE "  # noqa: S608  (own words)
    + _PAST.format("one")
    + ", "
    + _PAST.format("other")
    + """, common(id) AS (SELECT id FROM past_one INTERSECT SELECT id FROM past_other)
  SELECT id FROM common WHERE id NOT IN (
    SELECT edges.parent_id FROM common JOIN edges ON edges.child_id = common.id WHERE edges.kind <> 'uses')"""
)
_BELOW = """WITH RECURSIVE below(id) AS (
  SELECT :one UNION SELECT edges.child_id FROM below JOIN edges ON edges.parent_id = below.id
  WHERE edges.kind {kinds}) SELECT id FROM below"""


@dataclass(frozen=True)
class Question:
    """What is asked, and how else it can be answered."""

    name: str
    ask: Ask
    plain: str | None = None
    """SQL with :one and :other."""
    in_memory: Callable[["Graphs", VersionId, VersionId], object] | None = None


@dataclass(frozen=True)
class Graphs:
    """The whole registry in networkx: what versions come from, and what they use. Edges point from parent to child."""

    descent: "nx.DiGraph[VersionId]"
    uses: "nx.DiGraph[VersionId]"


@dataclass(frozen=True)
class Figures:
    """Milliseconds of one question on one registry."""

    ours: Sequence[float]
    plain: Sequence[float]
    in_memory: Sequence[float]


def _ancestors(graphs: Graphs, one: VersionId, _: VersionId) -> object:
    return nx.ancestors(graphs.descent, one)


def _descendants(graphs: Graphs, one: VersionId, _: VersionId) -> object:
    return nx.descendants(graphs.descent, one)


def _users(graphs: Graphs, one: VersionId, _: VersionId) -> object:
    return nx.descendants(graphs.uses, one) if one in graphs.uses else set()


def _bases(graphs: Graphs, one: VersionId, other: VersionId) -> object:
    graph = graphs.descent
    common = (nx.ancestors(graph, one) | {one}) & (nx.ancestors(graph, other) | {other})
    return {node for node in common if not any(child in common for child in graph.successors(node))}


FIRST = Part(limit=50)
QUESTIONS = (
    Question(
        "ancestors",
        lambda connection, one, _: lineage.ancestors(connection, one, FIRST),
        "WITH RECURSIVE " + _PAST.format("one") + " SELECT id FROM past_one",  # noqa: S608  (own words)
        _ancestors,
    ),
    Question(
        "descendants",
        lambda connection, one, _: lineage.descendants(connection, one, FIRST),
        _BELOW.format(kinds="<> 'uses'"),
        _descendants,
    ),
    Question(
        "users",
        lambda connection, one, _: lineage.users(connection, one, FIRST),
        _BELOW.format(kinds="= 'uses'"),
        _users,
    ),
    Question("merge_base", lineage.merge_bases, _COMMON, _bases),
    Question("news", lambda connection, one, _: upstream.upstream_news(connection, _design_of(connection, one))),
    Question("drift", lambda connection, one, _: upstream.drift(connection, _design_of(connection, one))),
)
_HEADLINE = ("ancestors", "descendants", "users", "merge_base", "news")


def _design_of(connection: sa.Connection, version: VersionId) -> DesignName:
    query = sa.text("SELECT design_id FROM versions WHERE id = :version")
    return DesignName(NamespaceName("bench"), connection.execute(query, {"version": version}).scalar_one())


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description="How long questions of the lineage take.")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="versions of the registries, with commas")
    parser.add_argument("--page", action="store_true", help="only how soon the page of 2,000 versions can be used")
    told = parser.parse_args()
    sizes = [] if told.page else [int(size) for size in str(told.sizes).split(",")]
    if sizes:
        worst: dict[int, float] = {}
        for size in sizes:
            world = make_world(size)
            with _sqlite(world, size) as connection:
                worst[size] = _measure(connection, world, size)
            del world
            gc.collect()
        _write(_headlines(worst))
    if told.page or max(SIZES) in sizes:
        _write(_page_rows())
    print(f"written to {OUT / 'lineage.json'}")


def _write(rows: Sequence[Row]) -> None:
    for row in rows:
        print(f"  {row.name:<44}{row.value:>10.4g} {row.unit:<6} reference {row.reference}, ratio {row.ratio}")
    write_rows(rows, OUT / "lineage.json")


def _headlines(worst: Mapping[int, float]) -> list[Row]:
    """`lineage_p95_ms` of the largest registry, and how it grew from the smallest."""
    small, large = min(worst), max(worst)
    rows = [Row("lineage_p95_ms", worst[large], "ms", BAR_MS, worst[large] / BAR_MS)] if large == max(SIZES) else []
    if small < large:
        growth = worst[large] / worst[small]
        rows.append(Row("lineage_growth", growth, "times", large / small, growth / (large / small)))
    return rows


def _page_rows() -> list[Row]:
    from bench.lineage_page import page_rows  # a browser's driver, for this alone

    return list(page_rows())


def _measure(connection: sa.Connection, world: World, size: int) -> float:
    """Ask everything, write rows, and return the greatest p95 of the questions that have a bar, in ms."""
    graphs = _graphs(world)
    pairs = _pairs(world, ASKED)
    worst, rows = 0.0, []
    print(f"{size:,} versions, {len(world.edges):,} edges")
    for question in QUESTIONS:
        found = _figures(question, connection, graphs, pairs)
        p95 = quantile(found.ours, 0.95)
        worst = max(worst, p95 if question.name in _HEADLINE else 0.0)
        name = f"lineage_{question.name}_{size}"
        rows.append(Row(f"{name}_p50", quantile(found.ours, 0.5), "ms"))
        rows.append(Row(f"{name}_p95", p95, "ms", BAR_MS, p95 / BAR_MS))
        for other, samples in (("plain", found.plain), ("networkx", found.in_memory)):
            if samples:
                slow = quantile(samples, 0.95)
                rows.append(Row(f"{name}_p95_vs_{other}", p95, "ms", slow, times_faster(p95, slow)))
    _write(rows)
    return worst


def _figures(
    question: Question,
    connection: sa.Connection,
    graphs: Graphs,
    pairs: Sequence[tuple[VersionId, VersionId]],
) -> Figures:
    for one, other in pairs[:20]:
        question.ask(connection, one, other)
    ours = [_time(lambda: question.ask(connection, one, other)) for one, other in pairs]  # noqa: B023
    few = pairs[:: max(1, len(pairs) // ASKED_SLOWLY)]
    plain, in_memory = question.plain, question.in_memory
    return Figures(
        ours,
        [_time(lambda: _rows_of(connection, plain, one, other)) for one, other in few] if plain else [],  # noqa: B023
        [_time(lambda: in_memory(graphs, one, other)) for one, other in few] if in_memory else [],  # noqa: B023
    )


def _rows_of(connection: sa.Connection, plain: str, one: VersionId, other: VersionId) -> object:
    values = {"one": one, "other": other} if ":other" in plain else {"one": one}
    return connection.execute(sa.text(plain), values).all()


def _time(call: Callable[[], object]) -> float:
    begun = CLOCK()
    call()
    return (CLOCK() - begun) / 1e6


def _graphs(world: World) -> Graphs:
    descent, uses = nx.DiGraph(), nx.DiGraph()
    descent.add_nodes_from(world.places)
    descent.add_edges_from((parent, child) for child, parent, kind in world.edges if kind is not ParentKind.USES)
    uses.add_edges_from((parent, child) for child, parent, kind in world.edges if kind is ParentKind.USES)
    return Graphs(descent, uses)


def _pairs(world: World, count: int) -> list[tuple[VersionId, VersionId]]:
    """Two versions of one family each time; a third of the pairs from the family of forks, a third from the one of
    long lines (a tenth of the registry each), a third from anywhere."""
    chance = random.Random(1)  # noqa: S311
    families: dict[str, list[VersionId]] = {}
    for version, family in world.family.items():
        families.setdefault(family, []).append(version)
    large = sorted(families.values(), key=len, reverse=True)[:2]
    everything = list(world.family)
    pairs = []
    for number in range(count):
        one = chance.choice(everything if number % 3 == 2 else large[number % 3])
        pairs.append((one, chance.choice(families[world.family[one]])))
    return pairs


@contextmanager
def _sqlite(world: World, size: int) -> Iterator[sa.Connection]:
    """The registry of this size in a file, made if it is not there yet."""
    OUT.mkdir(exist_ok=True)
    path = OUT / f"lineage-{size}-{_tables_digest()}.sqlite"
    if not path.exists():
        for old in OUT.glob(f"lineage-{size}-*.sqlite*"):
            old.unlink()
        write_world(world, path)
    engine = open_sqlite(sa.make_url(f"sqlite:///{path}"), writing=False, connections=1)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _tables_digest() -> str:
    """Names the tables, the generator and their seeds."""
    root = Path(__file__).parents[1]
    files = [*sorted((root / "registry/store/migrations/versions").glob("*.py")), root / "bench/lineage_world.py"]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


if __name__ == "__main__":
    os.nice(5)
    main()
