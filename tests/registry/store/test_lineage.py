"""Whatever happens to designs and versions, the lineage stays one DAG, and SQL says of it what networkx says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import networkx as nx
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from designs.snapshot import ParentKind
from registry.actions import lineage
from registry.actions.lineage_places import take_place
from registry.actions.lineage_views import Part
from registry.core.lineage import DESCENT
from registry.ids import DesignId, VersionId
from registry.settings import Settings
from registry.store import designs as design_store
from registry.store import lineage_places as places
from registry.store.migrate import upgrade
from registry.store.tables.designs import blobs, designs, versions
from registry.store.tables.members import members, namespaces

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
SNAPSHOT = "f" * 64
NUMBERS = st.integers(0, 10_000)


@pytest.fixture
def connection(database_url: str) -> Iterator[sa.Connection]:
    """In one transaction that is never committed."""
    engine = sa.create_engine(Settings(database_url=database_url).database)
    upgrade(engine)
    with engine.connect() as opened:
        opened.execute(
            sa.insert(members).values(
                id="mem", name="ada", display_name="Ada", password_hash="", admin=True, created_at=MOMENT
            )
        )
        for name in ("ada", "grace"):
            opened.execute(sa.insert(namespaces).values(name=name, owner_id="mem", created_at=MOMENT))
        opened.execute(sa.insert(blobs).values(sha256=SNAPSHOT, size=1, created_at=MOMENT))
        yield opened
    engine.dispose()


class Commons(RuleBasedStateMachine):
    """People publish, fork, merge, use, withdraw, rename and hand over, in any order."""

    def __init__(self, connection: sa.Connection) -> None:
        super().__init__()
        self.connection = connection
        self.savepoint = connection.begin_nested()
        self.graph: nx.DiGraph[VersionId] = nx.DiGraph()
        self.uses: nx.DiGraph[VersionId] = nx.DiGraph()
        self.owner: dict[VersionId, DesignId] = {}
        self.designs = 0

    def teardown(self) -> None:
        self.savepoint.rollback()

    def publish(self, design: DesignId, parents: list[tuple[ParentKind, VersionId]]) -> None:
        new = VersionId(f"ver_{len(self.owner):04}")
        place = take_place(self.connection, new, parents)
        number = f"1.{len(self.owner)}.0"
        values = {
            "id": new, "design_id": design, "version": number, "version_key": number, "snapshot": SNAPSHOT,
            "manifest": {}, "licence": "MIT", "changelog": "", "published_by": "mem",
            "published_at": MOMENT + timedelta(minutes=len(self.owner)), **vars(place),
        }  # fmt: skip
        rows = [{"child_id": new, "parent_id": parent, "kind": kind} for kind, parent in sorted(set(parents))]
        design_store.add_version(self.connection, values, [], rows)
        design_store.change_design(self.connection, design, {"latest_id": new})
        self.owner[new] = design
        self.graph.add_node(new)
        self.graph.add_edges_from((parent, new) for kind, parent in parents if kind in DESCENT)
        self.uses.add_node(new)
        self.uses.add_edges_from((parent, new) for kind, parent in parents if kind is ParentKind.USES)

    def begin(self, origin: VersionId | None = None) -> DesignId:
        self.designs += 1
        design = DesignId(f"des_{self.designs}")
        values = {
            "id": design, "namespace": "ada", "name": design, "title": "Box", "description": "", "licence": "MIT",
            "engine": "cadquery", "tags": [], "origin_id": origin, "created_at": MOMENT, "updated_at": MOMENT,
        }  # fmt: skip
        design_store.add_design_if_new(self.connection, values)
        return design

    def any(self, number: int) -> VersionId:
        return sorted(self.owner)[-1 - number % min(6, len(self.owner))]

    @rule()
    def start(self) -> None:
        self.publish(self.begin(), [])

    @precondition(lambda self: self.owner)
    @rule(number=NUMBERS, other=NUMBERS, kind=st.sampled_from([None, ParentKind.MERGES, ParentKind.USES]))
    def revise(self, number: int, other: int, kind: ParentKind | None) -> None:
        version = self.any(number)
        parents = [(ParentKind.REVISES, version)]
        if kind is not None and self.any(other) != version:
            parents.append((kind, self.any(other)))
        self.publish(self.owner[version], parents)

    @precondition(lambda self: self.owner)
    @rule(number=NUMBERS)
    def fork(self, number: int) -> None:
        origin = self.any(number)
        self.publish(self.begin(origin), [(ParentKind.FORKS, origin)])

    @precondition(lambda self: self.owner)
    @rule(number=NUMBERS, recalled=st.booleans())
    def withdraw(self, number: int, recalled: bool) -> None:
        if recalled:
            change = sa.update(versions).where(versions.c.id == self.any(number)).values(recalled_at=MOMENT)
            self.connection.execute(change)
        else:
            design_store.yank(self.connection, self.any(number), "bad", MOMENT)

    @precondition(lambda self: self.owner)
    @rule(number=NUMBERS, renamed=st.booleans())
    def hand_over(self, number: int, renamed: bool) -> None:
        design = self.owner[self.any(number)]
        named = {"name": f"{design}-renamed"} if renamed else {"namespace": "grace"}
        self.connection.execute(sa.update(designs).where(designs.c.id == design).values(**named))

    @invariant()
    def families_are_what_hangs_together(self) -> None:
        roots = places.roots_of(self.connection, set(self.owner))
        for component in nx.weakly_connected_components(self.graph):
            assert len({roots[version] for version in component}) == 1
        assert len(set(roots.values())) == nx.number_weakly_connected_components(self.graph)

    @invariant()
    def nothing_goes_in_circles(self) -> None:
        found = places.places_of(self.connection, set(self.owner))
        assert len(set(found.values())) == len(self.owner)
        assert all(found[parent].generation < found[child].generation for parent, child in self.graph.edges)
        assert nx.is_directed_acyclic_graph(nx.compose(self.graph, self.uses))

    @precondition(lambda self: self.owner)
    @invariant()
    def sql_says_what_the_graph_says(self) -> None:
        one, other = self.any(0), self.any(3)
        everything = Part(limit=500)
        for walked, expected in (
            (lineage.ancestors, nx.single_source_shortest_path_length(self.graph.reverse(), one)),
            (lineage.descendants, nx.single_source_shortest_path_length(self.graph, one)),
            (lineage.users, nx.single_source_shortest_path_length(self.uses, other)),
        ):
            start = other if walked is lineage.users else one
            found = walked(self.connection, start, everything).relatives
            assert {each.node.id: each.steps for each in found} == {k: v for k, v in expected.items() if k != start}
            assert [each.steps for each in found] == sorted(each.steps for each in found)
        common = (nx.ancestors(self.graph, one) | {one}) & (nx.ancestors(self.graph, other) | {other})
        nearest = {each for each in common if not common & nx.descendants(self.graph, each)}
        assert set(lineage.merge_bases(self.connection, one, other)) == nearest


def test_the_lineage_stays_whole(connection: sa.Connection):
    run_state_machine_as_test(
        lambda: Commons(connection),
        settings=settings(
            max_examples=12, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_joining_writes_the_beginnings_of_the_smaller_family_alone(connection: sa.Connection):
    commons = Commons(connection)
    for _ in range(3):
        commons.start()
    first, second, third = sorted(commons.owner)
    design = commons.owner[first]
    commons.publish(design, [(ParentKind.REVISES, first), (ParentKind.MERGES, second)])
    joined = places.roots_of(connection, {first, second})
    assert len(set(joined.values())) == 1
    commons.publish(commons.owner[third], [(ParentKind.REVISES, third), (ParentKind.MERGES, first)])
    assert set(places.roots_of(connection, set(commons.owner)).values()) == set(joined.values())
    families = connection.execute(sa.select(versions.c.id, versions.c.family)).all()
    assert {family for version, family in families if version in {first, second, third}} == {first, second, third}
