"""The real Moonraker and Klippy on the bench, and a file that Klippy takes its time for."""

from pathlib import Path

from printers.moonraker import MoonrakerMachine
from testbed.moonraker import Moonraker
from testbed.ports import LOOPBACK, free_port
from tests.contracts.machines.bench import LONG_SECONDS, SHORT_SECONDS, Bench

STEP_SECONDS = 0.3
"""What a dwell of DWELL_MS takes that is waited for: Klippy looks ten times a second whether it is over."""
DWELL_MS = 50


def klipper_gcode(folder: Path, name: str, seconds: float) -> Path:
    """Dwells, each waited for: Klippy would plan those of two seconds at once and call the print complete."""
    path = folder / name
    path.write_text(f"G4 P{DWELL_MS}\nM400\n" * max(1, round(seconds / STEP_SECONDS)))
    return path


def moonraker_bench(server: Moonraker, folder: Path) -> Bench:
    return Bench(
        MoonrakerMachine(server.url, server.api_key),
        klipper_gcode(folder, "short.gcode", SHORT_SECONDS),
        klipper_gcode(folder, "long.gcode", LONG_SECONDS),
        lambda: MoonrakerMachine(f"http://{LOOPBACK}:{free_port()}"),
        server.starts_seen,
    )
