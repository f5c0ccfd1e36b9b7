"""The drawing of a lineage: every version and edge is in it, nothing crosses a dot of another design's lane."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from registry.web.lineage_picture import Edge, Picture, VersionDot, draw_lineage

START = datetime(2026, 1, 1, tzinfo=UTC)


def dot(design: str, version: str, minutes: int) -> VersionDot:
    return VersionDot(f"{design}@{version}", design, version, START + timedelta(minutes=minutes))


FAMILY = [
    dot("ada/bin", "1.0.0", 0),
    dot("ada/bin", "1.1.0", 5),
    dot("bea/bin", "0.1.0", 6),
    dot("ada/bin", "2.0.0", 9),
]
EDGES = [
    Edge("ada/bin@1.1.0", "ada/bin@1.0.0", "revises"),
    Edge("bea/bin@0.1.0", "ada/bin@1.1.0", "forks"),
    Edge("ada/bin@2.0.0", "ada/bin@1.1.0", "revises"),
    Edge("ada/bin@2.0.0", "bea/bin@0.1.0", "merges"),
]


def rows(picture: Picture) -> dict[str, float]:
    return {each.node.key: each.y for each in picture.dots}


def test_newest_first_and_the_focus_in_the_first_lane() -> None:
    picture = draw_lineage(FAMILY, EDGES, focus="ada/bin")
    assert [each.node.key for each in picture.dots] == [
        "ada/bin@2.0.0",
        "bea/bin@0.1.0",
        "ada/bin@1.1.0",
        "ada/bin@1.0.0",
    ]
    assert {each.lane for each in picture.dots if each.node.design == "ada/bin"} == {0}
    assert len(picture.lines) == len(EDGES)
    assert picture.designs == 2


def test_a_version_stands_above_its_parents_whatever_the_clocks_say() -> None:
    picture = draw_lineage(
        [dot("a/x", "1.0.0", 50), dot("a/x", "2.0.0", 1)], [Edge("a/x@2.0.0", "a/x@1.0.0", "revises")], focus="a/x"
    )
    assert rows(picture)["a/x@2.0.0"] < rows(picture)["a/x@1.0.0"]


def test_forks_that_do_not_meet_share_a_lane() -> None:
    nodes = [dot("a/x", f"{number}.0.0", 10 * number) for number in range(6)]
    edges = [Edge(f"a/x@{number + 1}.0.0", f"a/x@{number}.0.0", "revises") for number in range(5)]
    nodes += [dot("b/x", "0.1.0", 5), dot("c/x", "0.1.0", 45)]
    edges += [Edge("b/x@0.1.0", "a/x@0.0.0", "forks"), Edge("c/x@0.1.0", "a/x@4.0.0", "forks")]
    picture = draw_lineage(nodes, edges, focus="a/x")
    assert {each.node.design: each.lane for each in picture.dots} == {"a/x": 0, "b/x": 1, "c/x": 1}


def test_edges_to_versions_that_are_not_shown_are_left_out() -> None:
    picture = draw_lineage([dot("a/x", "1.0.0", 0)], [Edge("a/x@1.0.0", "z/z@1.0.0", "forks")], focus="a/x")
    assert picture.lines == ()
    assert len(picture.dots) == 1


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw_lineage([], [], focus="a/x").dots == ()


@st.composite
def families(draw: st.DrawFn) -> tuple[list[VersionDot], list[Edge]]:
    count = draw(st.integers(1, 25))
    nodes = [dot(f"m{draw(st.integers(0, 5))}/x", f"{n}.0.0", draw(st.integers(0, 100))) for n in range(count)]
    edges = [
        Edge(nodes[child].key, nodes[parent].key, draw(st.sampled_from(["revises", "forks", "merges", "uses"])))
        for child in range(1, count)
        for parent in draw(st.lists(st.integers(0, child - 1), max_size=2, unique=True))
    ]
    return nodes, edges


@given(families())
def test_every_family_is_drawn_whole(family: tuple[list[VersionDot], list[Edge]]) -> None:
    nodes, edges = family
    picture = draw_lineage(nodes, edges, focus="m0/x")
    assert {each.node.key for each in picture.dots} == {node.key for node in nodes}
    assert len(picture.lines) == len(edges)
    assert len({each.y for each in picture.dots}) == len(nodes)
    assert all(0 < each.x < picture.width for each in picture.dots)
    heights = rows(picture)
    assert all(heights[edge.child] < heights[edge.parent] for edge in edges)
