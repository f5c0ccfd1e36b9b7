"""Same recipe, same bytes: every design is made twice, by workers that have as little in common as one host allows.

They differ in their memory layout, hash seed, number of processors, scratch path, time of day, in what they have built
before and, for artifacts, in what is asked for together.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from designs.build import ARTIFACTS, QUICK, BuildResult, engine_fingerprint, make_artifacts, make_geometry
from designs.digest import digest_bytes
from designs.engines import toolchains
from designs.manifest import Manifest, manifest_for_script
from designs.parameters import resolve
from designs.recipe import Recipe
from designs.sandbox.confine import Floor
from designs.sandbox.environment import CAD, Environment
from designs.sandbox.jail import Jail
from tests.library.models import FOLDER, NAMES, Library

IN_FULL = ("spacer-set", "hose-adapter", "wall-hook")
"""Designs whose every artifact is compared: several bodies, revolved, and text or fillets. All of every design would
take minutes."""
OTHER_SEED = "4242"


@dataclass
class Twice:
    """Two workers that make the same things."""

    jails: tuple[Jail, Jail]
    writers: tuple[Jail, Jail]
    """Those that make the artifacts."""
    pool: ThreadPoolExecutor

    def build(self, root: Path, manifest: Manifest, folder: Path, wanted: tuple[str, ...]) -> list[BuildResult]:
        recipe = Recipe(
            snapshot=digest_bytes(manifest.name.encode()),
            parameters=resolve(manifest, {}),
            engine_fingerprint=engine_fingerprint(manifest.engine),
        )

        def make(number: int) -> BuildResult:
            into = folder / str(number)
            geometry = make_geometry(root, manifest, recipe, into / "geometry", jail=self.jails[number])
            batches = (wanted,) if number else tuple((name,) for name in wanted)
            results = [
                make_artifacts(geometry.path, manifest, recipe, into / "out", wanted=batch, jail=self.writers[number])
                for batch in batches
            ]
            files = tuple(file for result in results for file in result.artifacts)
            withheld = {name: why for result in results for name, why in result.withheld.items()}
            return replace(results[-1], artifacts=files, geometry=geometry, withheld=withheld)

        return list(self.pool.map(make, range(2)))


@contextmanager
def two_workers(environment: Environment) -> Iterator[tuple[Jail, Jail]]:
    """The first sees one processor, the second sees all, and has neither a private root nor the usual seed."""
    other = replace(environment, variables=(("PYTHONHASHSEED", OTHER_SEED), ("TZ", "Asia/Tokyo")))
    processors = os.sched_getaffinity(0)
    with Jail(environment) as one, Jail(other, frozenset({"namespaces"}), floor=Floor.ANY) as two:
        os.sched_setaffinity(0, {min(processors)})
        try:
            one.confinement()
        finally:
            os.sched_setaffinity(0, processors)
        two.confinement()
        yield one, two


@pytest.fixture(scope="module")
def twice() -> Iterator[Twice]:
    with two_workers(CAD) as jails, ThreadPoolExecutor(2) as pool:
        yield Twice(jails, jails, pool)


@pytest.fixture(scope="module")
def twice_in_build123d(twice: Twice) -> Iterator[Twice]:
    with two_workers(toolchains.build123d()) as jails:
        yield Twice(jails, twice.jails, twice.pool)


def assert_same(results: list[BuildResult]) -> None:
    first, second = ({file.name: file.sha256 for file in result.artifacts} for result in results)
    assert results[0].geometry.sha256 == results[1].geometry.sha256
    assert {name for name in first if first[name] != second.get(name)} == set()
    assert first.keys() == second.keys()


@pytest.mark.parametrize("name", NAMES)
def test_every_design(library: Library, twice: Twice, name: str, tmp_path: Path) -> None:
    wanted = ARTIFACTS if name in IN_FULL else QUICK
    results = twice.build(FOLDER / name, library.manifest(name), tmp_path, wanted)
    assert_same(results)
    made = {file.name for file in results[0].artifacts} | set(results[0].withheld)
    assert made == set(wanted)


CHANCE = """
import datetime, os, random, secrets, tempfile, time, uuid
import numpy as np

time.sleep(0.001)
numbers = [
    random.random(), random.Random().random(), random.SystemRandom().random(), secrets.randbelow(1000) / 1000,
    uuid.uuid4().int % 997 / 997, uuid.uuid1().int % 997 / 997, int.from_bytes(os.urandom(2), "big") / 65536,
    np.random.rand(), np.random.default_rng().random(), np.random.RandomState().rand(),
    time.time() % 60 / 60, time.perf_counter() % 1, time.localtime().tm_hour / 24, time.monotonic_ns() % 997 / 997,
    datetime.datetime.now().minute / 60, datetime.date.today().day / 31,
    os.getpid() % 97 / 97, os.cpu_count() / 97, len(os.sched_getaffinity(0)) / 97, len(os.environ) / 97,
    len(tempfile.mktemp(dir="")) / 97, sum(map(ord, tempfile.mktemp(dir=""))) % 97 / 97,
]
"""
IN_CADQUERY = (
    CHANCE
    + """
import cadquery as cq

edges = cq.Workplane().box(50, 50, 50).edges("|Z or >X").vals()
for place, edge in enumerate({*edges, *cq.Workplane().box(9, 9, 9).edges().vals()}):
    x, y, z = edge.Center().toTuple()
    show_object(cq.Workplane().sphere(1 + 0.1 * place).translate((x, y, z)), name=f"edge {place}")
for place, number in enumerate(numbers):
    show_object(cq.Workplane().box(1 + number, 1, 1).translate((3 * place, 90, 0)), name=f"number {place}")
show_object(cq.Workplane().text("Größe B8% Ωж", 10, 2, font="Wingdings").translate((0, 120, 0)), name="text")
"""
)
IN_BUILD123D = (
    CHANCE
    + """
from build123d import *
from ocp_vscode import show_object

for place, edge in enumerate({*Box(50, 50, 50).edges(), *Box(9, 9, 9).edges()}):
    show_object(Pos(edge.center()) * Sphere(1 + 0.1 * place), name=f"edge {place}")
for place, number in enumerate(numbers):
    show_object(Pos(3 * place, 90, 0) * Box(1 + number, 1, 1), name=f"number {place}")
show_object(Pos(0, 120, 0) * extrude(Text("Größe B8% Ωж", 10, font_style=FontStyle.BOLD), 2), name="text")
"""
)


def build_script(twice: Twice, folder: Path, script: str, engine: str) -> list[BuildResult]:
    (folder / "design").mkdir()
    (folder / "design" / "part.py").write_text(script)
    manifest = manifest_for_script("part.py", [], name="part", licence="MIT", authors=["A"])
    return twice.build(folder / "design", replace(manifest, engine=engine), folder, QUICK)


def test_chance_clocks_and_sets_in_cadquery(twice: Twice, tmp_path: Path) -> None:
    results = build_script(twice, tmp_path, IN_CADQUERY, "cadquery")
    assert_same(results)
    assert "no font 'Wingdings'" in results[0].geometry.log


def test_chance_clocks_and_sets_in_build123d(twice_in_build123d: Twice, tmp_path: Path) -> None:
    assert_same(build_script(twice_in_build123d, tmp_path, IN_BUILD123D, "build123d"))
