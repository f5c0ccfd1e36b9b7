"""Lines held against the plain graph: the same ancestors, however the family bends."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from designs.snapshot import ParentKind
from registry.core.lineage import Edge, Lineage
from registry.core.lineage_lines import (
    Crossing,
    ParentPlace,
    Place,
    apart,
    entries,
    nearest_common,
    place_version,
)
from registry.ids import VersionId


@dataclass
class Family:
    """Versions that were published one after the other, and where they stand."""

    places: dict[VersionId, Place] = field(default_factory=dict)
    designs: dict[VersionId, int] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    crossings: list[Crossing] = field(default_factory=list)
    tips: dict[str, int] = field(default_factory=dict)
    loads: int = 0

    def publish(self, design: int, parents: Iterable[tuple[ParentKind, VersionId]]) -> VersionId:
        new = VersionId(f"v{len(self.places):03}")
        above = [(kind, self.places[parent]) for kind, parent in parents]
        named = [ParentPlace(kind, place, self.tips[place.line] == place.generation) for kind, place in above]
        self.places[new], crossings = place_version(new, named)
        self.tips[self.places[new].line] = self.places[new].generation
        self.designs[new] = design
        self.crossings.extend(crossings)
        self.edges += [Edge(new, parent, kind) for kind, parent in parents]
        return new

    def load(self, lines: Collection[str], low: int, high: int) -> list[Crossing]:
        self.loads += 1
        return [c for c in self.crossings if c.child.line in lines and low <= c.child.generation <= high]

    def graph(self) -> Lineage:
        return Lineage(self.places, [edge for edge in self.edges if edge.kind is not ParentKind.USES])


@st.composite
def families(draw) -> Family:
    """Revisions mostly, as people publish; forks, merges and uses among them."""
    family = Family()
    for number in range(draw(st.integers(1, 16))):
        older = list(family.places)
        design = draw(st.integers(0, 2))
        own = [version for version in older if family.designs[version] == design]
        parents: set[tuple[ParentKind, VersionId]] = set()
        if own and draw(st.integers(0, 9)):
            parents.add((ParentKind.REVISES, draw(st.sampled_from(own[-2:]))))
        elif set(older) - set(own) and draw(st.booleans()):
            parents.add((ParentKind.FORKS, draw(st.sampled_from([each for each in older if each not in own]))))
        if older and draw(st.integers(0, 2)) == 0:
            kind = draw(st.sampled_from([ParentKind.MERGES, ParentKind.USES]))
            parents.add((kind, draw(st.sampled_from(older))))
        assert family.publish(design, sorted(parents)) == f"v{number:03}"
    return family


@given(families())
def test_each_version_has_a_place_of_its_own_above_its_parents(family: Family):
    assert len(set(family.places.values())) == len(family.places)
    for edge in family.edges:
        if edge.kind is not ParentKind.USES:
            assert family.places[edge.child].generation > family.places[edge.parent].generation
    designs = defaultdict(set)
    for version, place in family.places.items():
        designs[place.line].add(family.designs[version])
    assert all(len(found) == 1 for found in designs.values())


@given(families(), st.data(), st.integers(1, 4))
def test_nearest_common_ancestors_are_those_of_the_graph(family: Family, data: st.DataObject, window: int):
    one, other = (data.draw(st.sampled_from(list(family.places))) for _ in range(2))
    expected = {family.places[base] for base in family.graph().nearest_common_ancestors(one, other)}
    assert nearest_common(family.places[one], family.places[other], family.load, window=window) == expected
    assert apart(family.places[one], family.places[other], family.load, window=window).bases == expected


@given(families(), st.data(), st.integers(1, 4))
def test_what_is_in_one_past_alone(family: Family, data: st.DataObject, window: int):
    one, other = (data.draw(st.sampled_from(list(family.places))) for _ in range(2))
    graph = family.graph()
    past, other_past = ({version, *graph.ancestors(version)} for version in (one, other))
    found = apart(family.places[one], family.places[other], family.load, window=window)
    for stretches, expected in ((found.only_one, past - other_past), (found.only_other, other_past - past)):
        covered = [
            version
            for stretch in stretches
            for version, place in family.places.items()
            if place.line == stretch.line and stretch.above < place.generation <= stretch.upto
        ]
        assert sorted(covered) == sorted(expected)


@given(families(), st.data())
def test_where_a_past_meets_a_design(family: Family, data: st.DataObject):
    start = data.draw(st.sampled_from(list(family.places)))
    design = data.draw(st.integers(0, 2))
    of_design = {family.places[version].line for version, owner in family.designs.items() if owner == design}

    def wanted(lines: Collection[str]) -> set[str]:
        return of_design & set(lines)

    past = {start, *family.graph().ancestors(start)}
    here = {family.places[version] for version in past if family.designs[version] == design}
    found = entries(family.places[start], family.load, wanted)
    assert set(found) <= here
    assert bool(found) == bool(here)
    newest = max(here, key=lambda place: place.generation, default=None)
    assert newest is None or newest in found


def test_a_long_past_is_read_in_a_few_steps():
    family = Family()
    base = family.publish(0, [])
    for _ in range(3000):
        base = family.publish(0, [(ParentKind.REVISES, base)])
    fork = family.publish(1, [(ParentKind.FORKS, VersionId("v002"))])
    for _ in range(20):
        fork = family.publish(1, [(ParentKind.REVISES, fork)])
    found = nearest_common(family.places[base], family.places[fork], family.load)
    assert found == {Place("v000", 2)}
    assert family.loads <= 8


def test_a_criss_cross_merge_has_two_bases():
    family = Family()
    root = family.publish(0, [])
    left = family.publish(1, [(ParentKind.FORKS, root)])
    right = family.publish(2, [(ParentKind.FORKS, root)])
    one = family.publish(1, [(ParentKind.REVISES, left), (ParentKind.MERGES, right)])
    other = family.publish(2, [(ParentKind.REVISES, right), (ParentKind.MERGES, left)])
    found = nearest_common(family.places[one], family.places[other], family.load)
    assert found == {family.places[left], family.places[right]}
