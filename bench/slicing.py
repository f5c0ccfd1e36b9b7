"""How fast G-code is made, kept and judged: `python -m bench.slicing`.

The part is a fluted vase of 40,000 triangles. Lines are judged in processor time, as other programs run beside it.
"""

import asyncio
import struct
import time
from itertools import pairwise
from math import cos, pi, sin
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Row, write_rows
from bench.outcome import line
from fabnode.protocol import PrintHints
from fabnode.safety import machine_limits
from fabnode.slicers.choosing import SLICERS
from fabnode.slicers.interface import Slicer, SliceRequest
from fabnode.slicers.kept import KeptSlicer, SliceCache
from fabnode.slicers.profiles import load_material, load_profile
from printers.gcode import judge, material_limits

OUT = Path(__file__).parent / "out" / "slicing.json"
PROGRAMS = {"prusaslicer": "prusa-slicer", "curaengine": "CuraEngine"}
REPEATS = 5
AROUND, UPWARDS = 200, 100
CACHE_BYTES = 1 << 28

Point = tuple[float, float, float]


def main() -> None:
    rows = asyncio.run(measured())
    write_rows(rows, OUT)
    print("\n".join(line(row) for row in rows))


async def measured() -> list[Row]:
    """Rows of both slicers."""
    rows: list[Row] = []
    with TemporaryDirectory(prefix="bench-slicing-") as folder:
        model = Path(folder) / "model.stl"
        model.write_bytes(vase())
        for name, program in PROGRAMS.items():
            rows += await _of(name, SLICERS[name](program), model, Path(folder) / name)
    return rows


async def _of(name: str, slicer: Slicer, model: Path, folder: Path) -> list[Row]:
    profile, material = load_profile("prusa-mk4"), load_material("PLA")
    request = SliceRequest(model, profile, material, PrintHints(), folder / "work")
    kept = KeptSlicer(slicer, SliceCache(folder / "slices", CACHE_BYTES))
    began = time.perf_counter()
    sliced = await kept.slice(request)
    first = time.perf_counter() - began
    began = time.perf_counter()
    await kept.slice(request)
    again = time.perf_counter() - began
    speeds = []
    for _ in range(REPEATS):
        began = time.process_time()
        verdict = judge(sliced.gcode, machine_limits(profile), material_limits(material.name))
        speeds.append(verdict.figures.lines / (time.process_time() - began))
    return [
        Row(f"slice_{name}_s", first, "s"),
        Row(f"slice_{name}_kept_s", again, "s", first, first / again),
        Row(f"judge_{name}_lines_per_s", max(speeds), "lines/s"),
    ]


def vase() -> bytes:
    """A closed body with a fluted side, as binary STL."""
    rings = [[_on_side(around, up) for around in range(AROUND)] for up in range(UPWARDS + 1)]
    triangles: list[tuple[Point, Point, Point]] = []
    for low, high in pairwise(rings):
        for around in range(AROUND):
            after = (around + 1) % AROUND
            triangles += [(low[around], low[after], high[after]), (low[around], high[after], high[around])]
    for ring, up in ((rings[0][::-1], 0.0), (rings[-1], 80.0)):
        triangles += [((0.0, 0.0, up), ring[at], ring[(at + 1) % AROUND]) for at in range(AROUND)]
    facets = [struct.pack("<12fH", 0, 0, 0, *a, *b, *c, 0) for a, b, c in triangles]
    return bytes(80) + struct.pack("<I", len(facets)) + b"".join(facets)


def _on_side(around: int, up: int) -> Point:
    angle, height = 2 * pi * around / AROUND, 80 * up / UPWARDS
    radius = 25 + 2 * cos(12 * angle + height / 10) + 5 * sin(height / 25)
    return radius * cos(angle), radius * sin(angle), height


if __name__ == "__main__":
    main()
