"""`make bench-dispatch`: how the hand-out does under load, beside the raw limit of its own SQL, in one run.

    python -m bench.dispatch [--quick] [--only claims,sqlite,parked,agent,printing]

Writes bench/out/dispatch.json, and prints what it finds as it goes. What is measured, and how:
docs/explanation/hand-out.md.
"""

import argparse
import asyncio
import importlib
import importlib.util
import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import psycopg

from bench import dispatch_claims, dispatch_parked
from bench.figures import Row, paired_ratio, quantile, write_rows
from registry.collecting import collect_seldom
from testbed.postgres import PostgresServer

OUT = Path(__file__).parent / "out" / "dispatch.json"
OTHERS = {"agent": "bench.agent", "printing": "bench.fdm_monster"}
"""Parts that stand for themselves: each has a `rows()` that gives rows as they are written."""


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    rounds: int
    claims: int
    pgbench_seconds: float
    sqlite_claims: int
    """Of each agent."""
    parked: int
    orders: int


WHOLE = Size(rounds=5, claims=4000, pgbench_seconds=4, sqlite_claims=20, parked=10_000, orders=200)
QUICK = Size(rounds=1, claims=1500, pgbench_seconds=1, sqlite_claims=6, parked=1000, orders=40)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description="How the hand-out does under load.")
    parser.add_argument("--quick", action="store_true", help="less of everything: for working on the hand-out")
    parser.add_argument("--only", default="", help="claims, sqlite, parked, agent, printing; with commas")
    told = parser.parse_args()
    size = QUICK if told.quick else WHOLE
    parts: dict[str, Callable[[], Sequence[Row]]] = {
        "claims": lambda: _claims(size),
        "sqlite": lambda: _sqlite(size),
        "parked": lambda: _parked(size),
    }
    collect_seldom()  # as a registry's process does
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.machine()}, {os.cpu_count()} processors; {_load()}")
    chosen = [name for name in str(told.only).split(",") if name] or [*parts, *([] if told.quick else OTHERS)]
    for name in chosen:
        rows = parts[name]() if name in parts else _other(OTHERS[name])
        for row in rows:
            print(_line(row), flush=True)
        write_rows(rows, OUT)
    print(f"written to {OUT.relative_to(Path.cwd())}; {_load()}")


def _claims(size: Size) -> list[Row]:
    """On a PostgreSQL that syncs, as an operator runs it, and on one that does not."""
    rows = []
    for name, synced in (("", True), ("_unsynced", False)):
        with _postgres(synced=synced) as url:
            rounds = asyncio.run(
                dispatch_claims.beside_pgbench(
                    url, rounds=size.rounds, claims_a_round=size.claims, seconds=size.pgbench_seconds
                )
            )
        ours = [each.ours for each in rounds]
        for row, references in (
            ("claims_vs_pgbench", [each.raw for each in rounds]),
            ("claims_vs_pgbench_whole", [each.whole for each in rounds]),
            ("claims_vs_naive", [each.naive for each in rounds]),
        ):
            rows.append(
                Row(f"{row}{name}", median(ours), "claims/s", median(references), paired_ratio(ours, references))
            )
    return rows


def _sqlite(size: Size) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="cofab-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'bench.sqlite'}"
        found = asyncio.run(dispatch_claims.on_sqlite(url, claims_each=size.sqlite_claims))
    return [
        Row("sqlite_claim_p99_ms", 1000 * quantile(found.latencies, 0.99), "ms"),
        Row("sqlite_claims", found.per_second, "claims/s"),
    ]


def _parked(size: Size) -> list[Row]:
    found = dispatch_parked.measure(size.parked, size.orders)
    return [
        Row("order_to_claim_p50_ms", 1000 * median(found.latencies), f"ms, {found.agents} agents parked"),
        Row("order_to_claim_p99_ms", 1000 * quantile(found.latencies, 0.99), f"ms, {found.agents} agents parked"),
        Row("parked_agent_kib", found.kib_each, "KiB"),
        Row("agents_woken_per_job", found.woken, "agents"),
    ]


def _other(module: str) -> list[Row]:
    if importlib.util.find_spec(module) is None:
        print(f"{module} is not there: left out", flush=True)
        return []
    return [Row(**row) for row in importlib.import_module(module).rows()]


@contextmanager
def _postgres(*, synced: bool) -> Iterator[str]:
    with PostgresServer() as server:
        if synced:
            with psycopg.connect(server.url, autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = on")
                connection.execute("SELECT pg_reload_conf()")
        yield server.new_database()


def _line(row: Row) -> str:
    told = row.to_json()
    beside = "" if row.reference is None else f" beside {told['reference']}: {told['ratio']}"
    return f"{row.name:28} {told['value']} {row.unit}{beside}"


def _load() -> str:
    one, five, _ = os.getloadavg()
    return f"load {one:.1f} over one minute, {five:.1f} over five"


if __name__ == "__main__":
    main()
