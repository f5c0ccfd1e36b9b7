"""`make bench-build`: how fast the build engine is beside a plain process and other tools, in one run.

    python -m bench.build [--only NAME,NAME] [--quick] [--growth COUNT]

Writes bench/out/build.json, and prints what it finds as it goes.
"""

import argparse
import contextlib
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import growth, outcome
from bench.figures import Row, write_rows
from bench.latency import Timing, time_subject
from bench.neighbour import honest_beside
from bench.subjects import NAMES, Subject, library, model
from bench.throughput import compare, memory_while_building
from bench.ways.cadquery_cli import CadQueryCli
from bench.ways.fresh import Fresh
from bench.ways.interface import Way
from bench.ways.jailed import Jailed
from bench.ways.partcad import PartCad
from designs.sandbox.jail import Jail
from designs.sandbox.limits import Limits
from designs.sandbox.parcel import Json

OUT = Path(__file__).parent / "out" / "build.json"
TOOLS = Path(__file__).parents[1] / ".tools"
PEER_ROUNDS = 3
THROUGHPUT_SECONDS = 24.0
GROWTH = 400
"""Builds by default: as many as the time of the whole allows. `make bench-build-growth` does ten thousand."""
SETUPS = 60
SETUP_PAUSE = 0.06
"""A person's next change comes later than this."""


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description="How fast the build engine is, beside other ways to a mesh.")
    parser.add_argument("--only", default="", help="names of models and library designs, with commas")
    parser.add_argument("--quick", action="store_true", help="no library, no peers: for working on the engine")
    parser.add_argument("--growth", type=int, default=GROWTH, metavar="COUNT", help="builds to see memory grow over")
    told = parser.parse_args()
    rows = Rows()
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.machine()}, {os.cpu_count()} processors; {load()}")
    chosen = [name for name in str(told.only).split(",") if name]
    subjects = [*map(model, NAMES), *([] if told.quick else library())]
    subjects = [subject for subject in subjects if not chosen or subject.name in chosen]
    with contextlib.closing(Jailed()) as jailed:
        rows.add(outcome.setup(*_setups(jailed.jail)))
        timings = list(_latencies(subjects, jailed, peers=not told.quick))
        rows.add(outcome.latencies(timings))
        for name in ("box", "bin"):
            rows.add(outcome.throughput(name, *compare(model(name), jailed.jail, THROUGHPUT_SECONDS)))
        rows.add(outcome.memory(memory_while_building(model("gear"), jailed, 6)))
        box, values = model("box"), model("box").variations()
        rows.add(outcome.neighbours([honest_beside(jailed.jail, box, values, 20, count) for count in range(3)]))
    rows.add(_cached)
    rows.add(growth.rows(growth.grow(told.growth)))
    print(f"written to {OUT.relative_to(Path.cwd())}; {load()}")


class Rows:
    """What was found so far, printed and on disk."""

    def add(self, found: Sequence[Row] | Callable[[], Sequence[Row]]) -> None:
        """Print and write."""
        rows = found() if callable(found) else found
        for row in rows:
            print(outcome.line(row), flush=True)
        write_rows(rows, OUT)


def load() -> str:
    """What else the machine does, in words: figures that were taken under load say so."""
    one, five, _ = os.getloadavg()
    return f"load {one:.1f} over one minute, {five:.1f} over five"


def _latencies(subjects: Sequence[Subject], jailed: Jailed, *, peers: bool) -> Iterator[Timing]:
    fresh = Fresh()
    with contextlib.ExitStack() as stack:
        partcad: list[tuple[Way, int]] = []
        others: list[tuple[Way, int]] = []
        ways_as_published: list[tuple[Way, int]] = []
        if peers:
            published = TOOLS / "bench-cadquery-cli"
            ways_as_published = [(Fresh(published / "bin" / "python"), PEER_ROUNDS)]
            others = [(CadQueryCli(published), PEER_ROUNDS)]
            slow = PartCad(TOOLS / "bench-partcad")
            stack.callback(slow.close)
            partcad = [(slow, PEER_ROUNDS)]
        for subject in subjects:
            ways: list[tuple[Way, int]] = [(fresh, PEER_ROUNDS), *ways_as_published]
            ways += others if subject.name in NAMES else []
            if subject.name == "box" and peers:
                _warm(partcad[0][0], subject)
                ways += partcad
            timing = time_subject(subject, jailed, ways)
            print(f"{subject.name:24} " + outcome.told(timing), flush=True)
            yield timing


def _warm(way: Way, subject: Subject) -> None:
    """PartCAD makes its sandbox at the first export: not counted."""
    print("PartCAD: first export, which may install what it needs for some minutes", flush=True)
    *_, last = (value for value, _ in zip(subject.variations(), range(200), strict=False))
    way.once(subject, last)


def _setups(jail: Jail) -> tuple[list[float], list[float]]:
    """Seconds of a task that does nothing worth mention: as a slider asks, and one right after the other."""
    apart, together = [], []
    for _ in range(SETUPS):
        time.sleep(SETUP_PAUSE)
        apart.append(_empty_task(jail))
    for _ in range(SETUPS):
        together.append(_empty_task(jail))
    return apart, together


def _empty_task(jail: Jail) -> float:
    request: Json = {"engine": "cadquery", "source": "empty.py"}
    with tempfile.TemporaryDirectory(prefix="cofab-bench-") as folder:
        began = time.perf_counter()
        jail.run("read_parameters", request, {"empty.py": b"x = 1.0\n"}, into=Path(folder), limits=Limits())
        return time.perf_counter() - began


def _cached() -> Sequence[Row]:
    from bench import cached

    return outcome.cached(cached.measure())


if __name__ == "__main__":
    main()
