"""The real PrusaLink on the bench, before a printer that dwells as long as it is told."""

from pathlib import Path

from printers.prusalink import PrusaLinkMachine
from testbed.ports import LOOPBACK, free_port
from testbed.prusalink import USER, PrusaLink
from tests.contracts.machines.bench import LONG_SECONDS, SHORT_SECONDS, Bench, gcode

WATCH_SECONDS = 0.1


def prusalink_machine(server: PrusaLink, folder: Path) -> PrusaLinkMachine:
    return PrusaLinkMachine(server.url, server.password, folder / "record", user=USER, watch_seconds=WATCH_SECONDS)


def prusalink_bench(server: PrusaLink, folder: Path) -> Bench:
    return Bench(
        prusalink_machine(server, folder),
        gcode(folder, "short.gcode", SHORT_SECONDS),
        gcode(folder, "long.gcode", LONG_SECONDS),
        lambda: PrusaLinkMachine(f"http://{LOOPBACK}:{free_port()}", "a" * 32, folder / "nowhere"),
        server.starts_seen,
    )
