"""From what was measured to rows. Pure."""

from collections.abc import Sequence
from statistics import median

from bench.cached import Found
from bench.figures import Row, Spread, quantile, spread, times_faster, times_slower
from bench.latency import Timing
from bench.processes import MIB
from bench.throughput import Held
from bench.ways.cadquery_cli import CadQueryCli
from bench.ways.fresh import Fresh
from bench.ways.interface import Sample
from bench.ways.jailed import Jailed
from bench.ways.partcad import PartCad
from bench.ways.plain import Plain

PEERS = {
    "vs_python_script": Fresh.NAME,
    "vs_python_script_with_vtk": Fresh.NAME_WITH_VTK,
    "vs_cadquery_cli": CadQueryCli.name,
    "vs_partcad": PartCad.name,
}


def line(row: Row) -> str:
    """For people."""
    figures = row.to_json()
    reference = "" if row.reference is None else f"   reference {figures['reference']}"
    ratio = "" if row.ratio is None else f"   ratio {figures['ratio']}"
    return f"  {row.name:40} {figures['value']} {row.unit}{reference}{ratio}"


def told(timing: Timing) -> str:
    """One subject in a line: medians with quartiles, and the overhead by both clocks."""
    ways = (f"{way} {_seconds(timing.spread(way))}" for way in timing.samples)
    overhead = f"{timing.overhead:.3f} x, +{timing.overhead_seconds * 1000:.0f} ms, cpu {timing.cpu_overhead:.3f} x"
    return f"{overhead}; B-rep {median(timing.crossing) * 1000:.1f} ms; " + "; ".join(ways)


def latencies(timings: Sequence[Timing]) -> list[Row]:
    """The overhead on large and on small models, every model by itself, and the other ways."""
    rows = []
    large = [timing for timing in timings if not timing.small]
    small = [timing for timing in timings if timing.small]
    if large:
        ratio = median(timing.overhead for timing in large)
        rows.append(Row("jail_overhead", ratio, "x", 1.0, ratio))
        by_cpu = median(timing.cpu_overhead for timing in large)
        rows.append(Row("jail_overhead_cpu", by_cpu, "x", 1.0, by_cpu))
    if small:
        more = median(timing.overhead_seconds for timing in small) * 1000
        plain = median(timing.middle(Plain.name) for timing in small) * 1000
        rows.append(Row("jail_overhead_small_ms", more, "ms", plain, times_slower(more, plain)))
    for name, way in PEERS.items():
        rows += _beside(name, way, timings)
    for timing in timings:
        jailed, plain = timing.middle(Jailed.name), timing.middle(Plain.name)
        rows.append(Row(f"latency_{timing.subject}", jailed, "s", plain, timing.overhead))
    return rows


def setup(apart: Sequence[float], together: Sequence[float]) -> list[Row]:
    """Of a task that does nothing, ms: `apart` when a process waits ready, `together` without pauses."""
    first, second = spread(apart).middle * 1000, spread(together).middle * 1000
    return [
        Row("jail_setup_ms", first, "ms", second, times_slower(first, second)),
        Row("jail_setup_p95_ms", quantile(apart, 0.95) * 1000, "ms"),
    ]


def throughput(name: str, jailed: float, plain: float) -> list[Row]:
    """Builds a second on two processors; the reference is two plain processes."""
    return [Row(f"throughput_{name}", jailed, "builds/s", plain, times_slower(jailed, plain))]


def memory(held: Held | None) -> list[Row]:
    """Proportional and private memory; None values where the kernel did not let us look."""
    if held is None:
        return [Row("worker_pss_mib", None, "MiB"), Row("child_private_mib", None, "MiB")]
    return [
        Row("worker_pss_mib", held.worker.proportional / MIB, "MiB", held.worker.resident / MIB),
        Row("child_pss_mib", held.child.proportional / MIB, "MiB", held.child.resident / MIB),
        Row("child_private_mib", held.child.private / MIB, "MiB", held.child.resident / MIB),
    ]


def neighbours(samples: Sequence[Sequence[Sample]]) -> list[Row]:
    """Latency of an honest build beside 0, 1, 2 … scripts that spin, each against none."""
    middles = [spread([sample.seconds for sample in beside]).middle for beside in samples]
    return [
        Row(f"beside_{number}_spinning", middle, "s", middles[0], times_slower(middle, middles[0]))
        for number, middle in enumerate(middles)
        if number
    ]


def cached(found: Found) -> list[Row]:
    """Over HTTP, the reference being the same in the registry's process."""
    http, own = spread(found.over_http).middle * 1000, spread(found.in_process).middle * 1000
    mesh = spread(found.mesh_over_http).middle * 1000
    return [
        Row("cached_ms", http, "ms", own, times_slower(http, own)),
        Row("cached_in_process_ms", own, "ms"),
        Row("cached_p95_ms", quantile(found.over_http, 0.95) * 1000, "ms"),
        Row("cached_mesh_ms", mesh, "ms"),
    ]


def _beside(name: str, way: str, timings: Sequence[Timing]) -> list[Row]:
    """How many times faster the jail is: the median over the small models, those where starting weighs most, and over
    the large ones in a row of its own."""
    rows = []
    for suffix, chosen in (("", [t for t in timings if t.small]), ("_large", [t for t in timings if not t.small])):
        asked = [timing for timing in chosen if way in timing.samples]
        if asked:
            ratio = median(times_faster(timing.middle(Jailed.name), timing.middle(way)) for timing in asked)
            ours = median(timing.middle(Jailed.name) for timing in asked)
            theirs = median(timing.middle(way) for timing in asked)
            rows.append(Row(name + suffix, ours, "s", theirs, ratio))
    return rows


def _seconds(found: Spread) -> str:
    return f"{found.middle:.3f} s ({found.low:.3f} to {found.high:.3f}, {found.count}x)"
