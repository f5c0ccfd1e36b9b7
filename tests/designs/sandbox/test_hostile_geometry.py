"""Geometry that is made to harm whoever reads it: the second process takes it apart, and is as expendable as the
first."""

import random
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from designs.build import BuildError, BuildResult, make_artifacts
from designs.engines.interface import Body, Geometry
from designs.formats.geometry import write_geometry
from designs.manifest import manifest_for_script
from designs.sandbox.jail import Finished, Jail
from tests.designs.parts import recipe_for
from tests.designs.sandbox.hostile import SMALL, healthy, run

PART = """
part = cq.Workplane().box(10, 8, 6).edges("|Z").fillet(1).faces(">Z").hole(3).union(cq.Workplane().sphere(4))
show_object(part)
"""
ENDS = {"bad_geometry", "no_geometry", "crashed", "memory", "timeout", "output"}
TIGHT = replace(SMALL, wall_seconds=2, memory_bytes=1 << 30)
Chance = random.Random


def flip(data: bytearray, chance: Chance) -> None:
    for _ in range(chance.randint(1, 30)):
        data[chance.randrange(len(data))] = chance.randrange(256)


def cut(data: bytearray, chance: Chance) -> None:
    del data[chance.randrange(100, len(data)) :]


def repeat(data: bytearray, chance: Chance) -> None:
    start = chance.randrange(len(data) - 200)
    data[start:start] = data[start : start + 200] * chance.randint(1, 50)


def wild_number(data: bytearray, chance: Chance) -> None:
    """Any eight bytes may be a coordinate, a parameter or a tolerance."""
    for _ in range(chance.randint(1, 20)):
        value = chance.choice([float("nan"), float("inf"), -1e308, 1e300, 5e-324, 0.0])
        struct.pack_into("<d", data, chance.randrange(len(data) - 8), value)


def wild_count(data: bytearray, chance: Chance) -> None:
    """Or a number of things that follow, or the place of another."""
    for _ in range(chance.randint(1, 5)):
        value = chance.choice([0x7FFFFFFF, 0xFFFFFFFF, 0x10000000, 0, 1])
        struct.pack_into("<I", data, chance.randrange(len(data) - 4), value)


WAYS: list[Callable[[bytearray, Chance], None]] = [flip, cut, repeat, wild_number, wild_count]


@pytest.fixture(scope="module")
def sound(jail: Jail, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    outcome = run(jail, PART, tmp_path_factory.mktemp("sound"), ending="")
    assert isinstance(outcome, Finished)
    return outcome.files["geometry"].read_bytes()


def produce(jail: Jail, data: bytes, folder: Path, bodies: int = 1) -> BuildResult | BuildError:
    """What becomes of a part whose geometry is these bytes."""
    manifest = manifest_for_script("part.py", [], name="part", licence="MIT", authors=["A"])
    kept = folder / "geometry"
    kept.write_bytes(write_geometry(Geometry(data, tuple(Body(f"b{number}") for number in range(bodies)))))
    try:
        return make_artifacts(kept, manifest, recipe_for(manifest), folder / "out", jail=jail, limits=TIGHT)
    except BuildError as error:
        return error


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("seed", range(5))
def test_damaged_geometry_ends_its_own_build_only(
    jail: Jail, sound: bytes, way: Callable[[bytearray, Chance], None], seed: int, tmp_path: Path
) -> None:
    worker = jail.worker_pid()
    data = bytearray(sound)
    way(data, Chance(seed))
    outcome = produce(jail, bytes(data), tmp_path)
    assert isinstance(outcome, BuildResult) or outcome.kind in ENDS, outcome
    assert jail.worker_pid() == worker


CRAFTED = {
    "nothing": b"",
    "text": b"Open CASCADE Topology V4 (c)\n" + b"9" * 10_000,
    "a count of everything": b"Open CASCADE Topology V4 (c)\nLocations 2147483647\n",
    "a pickle": b"cos\nsystem\n(S'true'\ntR.",
    "zeros": bytes(100_000),
}


@pytest.mark.parametrize("what", CRAFTED)
def test_bytes_that_are_no_geometry(jail: Jail, what: str, tmp_path: Path) -> None:
    outcome = produce(jail, CRAFTED[what], tmp_path)
    assert isinstance(outcome, BuildError)
    assert outcome.kind in ENDS


def test_more_bodies_are_named_than_there_are(jail: Jail, sound: bytes, tmp_path: Path) -> None:
    outcome = produce(jail, sound, tmp_path, bodies=7)
    assert isinstance(outcome, BuildError)
    assert outcome.kind == "bad_geometry"


def test_deeply_nested_geometry(jail: Jail, tmp_path: Path) -> None:
    """Compounds in compounds: the kernel walks them by recursion."""
    (tmp_path / "script").mkdir()
    body = (
        "shape = cq.Workplane().box(1, 1, 1).val()\nfor _ in range(5000): shape = cq.Compound.makeCompound([shape])\n"
        "show_object(shape)"
    )
    outcome = run(jail, body, tmp_path / "script", ending="")
    if isinstance(outcome, Finished):
        made = produce(jail, outcome.files["geometry"].read_bytes(), tmp_path)
        assert isinstance(made, BuildResult) or made.kind in ENDS, made
    else:
        assert outcome.kind in ENDS | {"script_error"}
    assert healthy(jail, tmp_path / "after")
