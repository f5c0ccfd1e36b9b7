"""The file that geometry is kept in: what is written is read, anything else is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.engines.interface import Body, EngineError, Geometry
from designs.formats.geometry import FORMAT, read_geometry, write_geometry

NAMES = st.text(min_size=1, max_size=40).filter(str.isprintable)
SHARES = st.floats(0, 1)
BODIES = st.lists(st.builds(Body, NAMES, st.none() | st.tuples(SHARES, SHARES, SHARES)), min_size=1, max_size=4)
GEOMETRIES = st.builds(
    Geometry, st.binary(min_size=1, max_size=200), BODIES.map(tuple), st.sampled_from(["brep", "mesh"])
)


@given(GEOMETRIES)
def test_what_is_written_is_read(geometry: Geometry) -> None:
    assert read_geometry(write_geometry(geometry)) == geometry


@given(GEOMETRIES, st.data())
def test_nothing_may_be_missing_or_follow(geometry: Geometry, data: st.DataObject) -> None:
    whole = write_geometry(geometry)
    cut = data.draw(st.integers(0, len(whole) - 1))
    for damaged in (whole[:cut], whole + b"x"):
        with pytest.raises(EngineError):
            read_geometry(damaged)


GOOD = {"format": FORMAT, "form": "brep", "bodies": [{"name": "a", "colour": None}], "size": 3}
BAD = {
    "another format": {"format": "cofab-geometry/2"},
    "a form that there is not": {"form": "pickle"},
    "no bodies": {"bodies": []},
    "a body with more": {"bodies": [{"name": "a", "colour": None, "x": 1}]},
    "a name that cannot be printed": {"bodies": [{"name": "a\n", "colour": None}]},
    "a colour out of range": {"bodies": [{"name": "a", "colour": [0, 0, 2]}]},
    "a size that is true": {"size": True},
    "another size": {"size": 4},
    "one key more": {"more": 1},
}


@pytest.mark.parametrize("what", BAD)
def test_the_first_line_is_read_strictly(what: str) -> None:
    assert read_geometry(json.dumps(GOOD).encode() + b"\nabc").data == b"abc"
    with pytest.raises(EngineError):
        read_geometry(json.dumps(GOOD | BAD[what]).encode() + b"\nabc")


@pytest.mark.parametrize("data", [b"", b"\n", b"{}\nabc", b"[" * 100_000 + b"\nabc", b"\xff\n"])
def test_what_is_no_geometry(data: bytes) -> None:
    with pytest.raises(EngineError):
        read_geometry(data)
