"""What is added, removed and kept, checked against what can be computed by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.comparing.parts import compare_parts
from designs.comparing.shapes import BodyState, Verdict
from designs.mesh import Mesh
from tests.designs.comparing.bodies import CORNERS, TRIANGLES, box, part
from tests.designs.solids import cq
from tests.designs.solids import part as exact_part

LENGTHS = st.integers(1, 40).map(lambda n: n / 4)
SIZES = st.tuples(LENGTHS, LENGTHS, LENGTHS)
PLACES = st.tuples(*[st.integers(-40, 40).map(lambda n: n / 8)] * 3)


def test_the_boxes_of_these_tests_are_boxes() -> None:
    mesh = box().mesh
    assert mesh is not None
    assert mesh.volume == pytest.approx(1000)
    assert mesh.open_edges == 0


@given(SIZES, PLACES, SIZES, PLACES)
def test_two_boxes_have_in_common_what_the_formula_says(
    size: tuple[float, ...], place: tuple[float, ...], other_size: tuple[float, ...], other_place: tuple[float, ...]
) -> None:
    before, after = [box(size, place)], [box(other_size, other_place)]  # type: ignore[arg-type]
    change, picture = compare_parts(before, after)
    common = math.prod(
        max(0.0, min(a + b, c + d) - max(a, c)) for a, b, c, d in zip(place, size, other_place, other_size, strict=True)
    )
    assert change.kept_mm3 == pytest.approx(common, abs=1e-9)
    assert change.removed_mm3 == pytest.approx(math.prod(size) - common, abs=1e-9)
    assert change.added_mm3 == pytest.approx(math.prod(other_size) - common, abs=1e-9)
    same = (size, place) == (other_size, other_place)
    assert change.verdict is (Verdict.SAME if same else Verdict.DIFFERENT)
    assert [name for name, _, _ in picture] == [
        name
        for name, volume in (
            ("kept", 0 if same else common),
            ("removed", change.removed_mm3),
            ("added", change.added_mm3),
        )
        if volume > 1e-6
    ]


def test_what_only_touches_has_nothing_in_common() -> None:
    change, picture = compare_parts([box()], [box(at=(0, 5, 10))])
    assert change.kept_mm3 == pytest.approx(0, abs=1e-9)
    assert [name for name, _, _ in picture] == ["removed", "added"]


@given(SIZES, SIZES, PLACES)
def test_the_other_way_round_what_was_added_is_removed(
    size: tuple[float, ...], other_size: tuple[float, ...], place: tuple[float, ...]
) -> None:
    before, after = [box(size)], [box(other_size, place)]  # type: ignore[arg-type]
    there, back = compare_parts(before, after)[0], compare_parts(after, before)[0]
    assert (there.added_mm3, there.removed_mm3) == pytest.approx((back.removed_mm3, back.added_mm3), abs=1e-9)
    assert there.kept_mm3 == pytest.approx(back.kept_mm3, abs=1e-9)
    assert there.shift == pytest.approx(tuple(-value for value in back.shift or ()), abs=1e-9)


def test_a_hole_is_removed_where_it_is() -> None:
    plate = cq.Workplane().box(40, 20, 4)
    drilled = plate.faces(">Z").workplane().center(10, 0).hole(6)
    change, picture = compare_parts([exact_part(plate)], [exact_part(drilled)])
    hole = math.pi * 9 * 4
    assert change.verdict is Verdict.DIFFERENT
    assert change.removed_mm3 == pytest.approx(hole, rel=3e-3)
    assert change.added_mm3 == 0
    assert change.before is not None
    assert change.after is not None
    assert change.before.volume_mm3 - change.after.volume_mm3 == pytest.approx(hole, rel=1e-9)
    (piece,) = change.pieces
    assert not piece.added
    assert (*piece.least, *piece.greatest) == pytest.approx((7, -3, -2, 13, 3, 2), abs=0.05)
    assert [name for name, _, _ in picture] == ["kept", "removed"]
    assert all(not mesh.open_edges for _, _, mesh in picture)


def test_a_change_that_is_smaller_than_a_facet_is_seen() -> None:
    """Both sides are faceted alike, so that the facets' own error stays out of the difference."""
    thin = cq.Workplane().circle(10).circle(8).extrude(10)
    wider = cq.Workplane().circle(10).circle(8.02).extrude(10)
    change, _ = compare_parts([exact_part(thin)], [exact_part(wider)])
    assert change.removed_mm3 == pytest.approx(math.pi * (8.02**2 - 64) * 10, rel=0.02)
    assert change.added_mm3 == pytest.approx(0, abs=1e-3)


def test_bodies_are_known_by_their_names_and_else_by_their_shapes() -> None:
    before = [box(name="kept"), box(at=(20, 0, 0), name="moved"), box(at=(40, 0, 0), name="old name"), box(at=(60, 0, 0), name="gone")]  # fmt: skip  # noqa: E501
    after = [box(name="kept"), box(at=(20, 0, 5), name="moved"), box(at=(40, 0, 0), name="new name"), box((9, 9, 9), (80, 0, 0), name="come")]  # fmt: skip  # noqa: E501
    change, _ = compare_parts(before, after)
    told = [(body.before, body.after, body.state) for body in change.bodies]
    assert told == [
        ("kept", "kept", BodyState.SAME),
        ("moved", "moved", BodyState.MOVED),
        ("old name", "new name", BodyState.SAME),
        ("gone", None, BodyState.REMOVED),
        (None, "come", BodyState.ADDED),
    ]
    assert change.bodies[1].shift == pytest.approx((0, 0, 5))
    assert change.removed_mm3 == pytest.approx(500 + 1000)
    assert change.added_mm3 == pytest.approx(500 + 729)


def test_the_same_facets_in_another_order_are_the_same_shape() -> None:
    shuffled = np.roll(TRIANGLES[::-1], 1, axis=1)
    other = part(CORNERS * 10, shuffled, "other name")
    change, picture = compare_parts([box()], [other])
    assert change.verdict is Verdict.SAME
    assert change.kept_mm3 == pytest.approx(1000)
    assert not picture


def test_another_surface_of_the_same_solid_is_the_same_shape() -> None:
    """As exact geometry: a box, and one that is made of two halves whose faces were not joined."""
    whole = cq.Workplane().box(10, 10, 10)
    halves = cq.Workplane().box(10, 10, 5).translate((0, 0, -2.5)).union(cq.Workplane().box(10, 10, 5).translate((0, 0, 2.5)))  # fmt: skip  # noqa: E501
    change, picture = compare_parts([exact_part(whole)], [exact_part(halves)])
    assert change.verdict is Verdict.SAME
    assert not picture


def test_a_part_turned_inside_out_is_taken_for_what_it_means() -> None:
    inside_out = part(CORNERS * 10, TRIANGLES[:, ::-1], "box")
    change, _ = compare_parts([inside_out], [box((10, 10, 12))])
    assert (change.removed_mm3, change.added_mm3) == pytest.approx((0, 200))


def test_an_open_surface_is_not_compared_and_the_reason_names_it() -> None:
    lidless = part(CORNERS * 10, TRIANGLES[2:], "lidless")
    for before, after, which in (([lidless], [box()], "first"), ([box()], [box(name="b"), lidless], "second")):
        change, picture = compare_parts(before, after)
        assert change.verdict is Verdict.IMPOSSIBLE
        assert f"lidless of the {which} shape is open" in change.reason
        assert not picture


def test_exact_geometry_that_is_open_is_not_compared() -> None:
    shell = cq.Workplane(obj=cq.Shell.makeShell(cq.Workplane().box(5, 5, 5).faces("not >Z").vals()))
    change, _ = compare_parts([exact_part(shell, "pot")], [box()])
    assert change.verdict is Verdict.IMPOSSIBLE
    assert "pot of the first shape is open" in change.reason


def test_bodies_that_overlap_count_once_in_what_they_are_together() -> None:
    change, _ = compare_parts([box(), box(at=(5, 0, 0), name="b")], [box((15, 10, 10))])
    assert change.added_mm3 == pytest.approx(0, abs=1e-9)
    assert change.removed_mm3 == pytest.approx(0, abs=1e-9)


def test_what_is_thinner_than_the_facets_are_exact_is_told_apart() -> None:
    before, after = [box()], [box((10, 10, 10.0005)), box((3, 3, 3), (20, 0, 0), "new")]
    change, picture = compare_parts(before, after)
    assert change.tolerance_mm > 0.0005
    assert [piece.volume_mm3 for piece in change.pieces] == pytest.approx([27])
    assert change.thin_pieces == 1
    assert 0.02 < change.thin_mm3 < 0.05  # a little is left out before the other side
    assert change.added_mm3 == pytest.approx(27.05)
    added: Mesh = next(mesh for name, _, mesh in picture if name == "added")
    assert added.volume == pytest.approx(27)


def test_the_picture_is_not_empty_where_all_is_thin() -> None:
    change, picture = compare_parts([box()], [box((10, 10, 10.0005))])
    assert change.verdict is Verdict.DIFFERENT
    assert not change.pieces
    assert [name for name, _, _ in picture] == ["kept", "added"]


def test_surfaces_that_both_sides_share_leave_no_film_in_the_picture() -> None:
    """Turned, so that no coordinate of the shared planes is exact; and with other facets on either side."""
    block = cq.Workplane().box(40, 30, 10).edges("|Z").fillet(3)
    taller = cq.Workplane().box(40, 30, 14).translate((0, 0, 2)).edges("|Z").fillet(3).faces(">Z").workplane().hole(5)
    turned = [exact_part(each.rotate((0, 0, 0), (1, 2, 3), 33).rotate((0, 0, 0), (0, 1, 0), 5)) for each in (block, taller)]  # fmt: skip  # noqa: E501
    change, picture = compare_parts([turned[0]], [turned[1]])
    assert [piece.added for piece in change.pieces] == [True, False]
    added: Mesh = next(mesh for name, _, mesh in picture if name == "added")
    base = 40 * 30 - (4 - math.pi) * 9
    wall = 2 * (34 + 24) + 2 * math.pi * 3
    surface = 2 * (base - math.pi * 6.25) + (wall + math.pi * 5) * 4
    assert float(np.linalg.norm(added.area_vectors, axis=1).sum()) == pytest.approx(surface, rel=0.01)
