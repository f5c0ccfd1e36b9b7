"""The family as a tree: each version once, oldest first, further parents named beside it."""

from hypothesis import given
from hypothesis import strategies as st

from registry.cli.family_tree import FamilyEdge, Relative, tree_lines


def relative(version: str, day: int, *, withdrawn: bool = False) -> Relative:
    return Relative(version, version.partition("@")[0], "ada", f"2026-01-{day:02}T00:00:00Z", withdrawn)


def test_forks_and_merges():
    nodes = [
        relative("ada/bin@1.0.0", 1),
        relative("ada/bin@1.1.0", 2),
        relative("bob/bin@1.0.0", 3, withdrawn=True),
        relative("ada/bin@1.2.0", 4),
    ]
    edges = [
        FamilyEdge("ada/bin@1.1.0", "ada/bin@1.0.0", "revises"),
        FamilyEdge("bob/bin@1.0.0", "ada/bin@1.0.0", "forks"),
        FamilyEdge("ada/bin@1.2.0", "bob/bin@1.0.0", "merges"),
        FamilyEdge("ada/bin@1.2.0", "ada/bin@1.1.0", "revises"),
    ]
    assert list(tree_lines(nodes, edges, "ada/bin")) == [
        "ada/bin@1.0.0 *  (ada, 2026-01-01)",
        "├─ ada/bin@1.1.0 *  (ada, 2026-01-02)",
        "│  └─ ada/bin@1.2.0 *  merges bob/bin@1.0.0  (ada, 2026-01-04)",
        "└─ bob/bin@1.0.0  forks ada/bin@1.0.0  (ada, 2026-01-03)  withdrawn",
    ]


@given(st.lists(st.lists(st.integers(0, 29), max_size=3), min_size=1, max_size=30))
def test_every_version_stands_in_the_tree_once(parents: list[list[int]]):
    nodes = [relative(f"a/b@{number}.0.0", number % 28 + 1) for number in range(len(parents))]
    edges = [
        FamilyEdge(f"a/b@{child}.0.0", f"a/b@{parent}.0.0", "revises")
        for child, of in enumerate(parents)
        for parent in of
        if parent < child
    ]
    lines = list(tree_lines(nodes, edges, "a/b"))
    assert sorted(line.split("a/b@")[1].split(".")[0] for line in lines) == sorted(map(str, range(len(parents))))


def test_a_long_line_of_versions_is_no_matter():
    nodes = [relative(f"a/b@{number}.0.0", 1) for number in range(3000)]
    edges = [FamilyEdge(f"a/b@{n + 1}.0.0", f"a/b@{n}.0.0", "revises") for n in range(2999)]
    assert len(list(tree_lines(nodes, edges, "a/b"))) == 3000
