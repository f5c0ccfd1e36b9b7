"""The lineage as a graph, held against plain definitions."""

from hypothesis import given
from hypothesis import strategies as st

from designs.snapshot import ParentKind
from registry.core.lineage import Edge, Lineage, NamedParent, may_come_from
from registry.ids import VersionId, parse_version_name


@st.composite
def families(draw) -> tuple[list[VersionId], list[Edge]]:
    """Versions in the order of their publication, each with parents among the earlier ones."""
    count = draw(st.integers(1, 9))
    versions = [VersionId(f"v{number}") for number in range(count)]
    edges = []
    for number in range(1, count):
        parents = draw(st.sets(st.integers(0, number - 1), max_size=3))
        edges += [Edge(versions[number], versions[parent], ParentKind.MERGES) for parent in sorted(parents)]
    return versions, edges


def reached(edges: list[Edge], start: VersionId) -> set[VersionId]:
    """All that a version comes from, by walking."""
    found: set[VersionId] = set()
    todo = [start]
    while todo:
        here = todo.pop()
        for edge in edges:
            if edge.child == here and edge.parent not in found:
                found.add(edge.parent)
                todo.append(edge.parent)
    return found


@given(families())
def test_ancestors_and_descendants_mirror_each_other(family):
    versions, edges = family
    lineage = Lineage(versions, edges)
    assert lineage.is_acyclic()
    for version in versions:
        ancestors = lineage.ancestors(version)
        assert set(ancestors) == reached(edges, version)
        assert version not in ancestors
        assert list(ancestors.values()) == sorted(ancestors.values())
        for ancestor, steps in ancestors.items():
            assert lineage.descendants(ancestor)[version] == steps


@given(families(), st.data())
def test_nearest_common_ancestors_by_definition(family, data):
    versions, edges = family
    lineage = Lineage(versions, edges)
    one, other = data.draw(st.sampled_from(versions)), data.draw(st.sampled_from(versions))
    common = (reached(edges, one) | {one}) & (reached(edges, other) | {other})
    nearest = {node for node in common if not any(node in reached(edges, also) for also in common)}
    assert lineage.nearest_common_ancestors(one, other) == nearest
    assert lineage.nearest_common_ancestors(other, one) == nearest


def test_a_criss_cross_merge_has_two():
    pairs = [("b", "a"), ("c", "a"), ("d", "b"), ("d", "c"), ("e", "b"), ("e", "c")]
    edges = [Edge(VersionId(child), VersionId(parent), ParentKind.MERGES) for child, parent in pairs]
    found = Lineage([VersionId(name) for name in "abcde"], edges).nearest_common_ancestors(
        VersionId("d"), VersionId("e")
    )
    assert found == {"b", "c"}


def test_what_may_come_from_what():
    box = parse_version_name("ada/box@1.1.0")
    own, other = parse_version_name("ada/box@1.0.0"), parse_version_name("grace/box@1.0.0")
    for kind, parent, allowed in [
        (ParentKind.REVISES, own, True),
        (ParentKind.REVISES, other, False),
        (ParentKind.FORKS, other, True),
        (ParentKind.FORKS, own, False),
        (ParentKind.MERGES, own, True),
        (ParentKind.MERGES, other, True),
        (ParentKind.USES, other, True),
        (ParentKind.USES, own, False),
    ]:
        decision = may_come_from(box, [NamedParent(kind, parent)])
        assert (kind, parent, decision.allowed) == (kind, parent, allowed)
        assert decision.allowed or decision.reasons
