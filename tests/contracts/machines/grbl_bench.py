"""A GRBL machine on its bench: the driver on a pty, and the simulated controller as the witness at its other end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from printers.grbl import GrblMachine
from printers.grbl_settings import GrblSettings
from testbed.grbl_simulator import GrblSimulator
from tests.contracts.machines.bench import Bench

FIRST = "N1G4P0"
PATIENCE_SECONDS = 5.0


def dwells(folder: Path, name: str, seconds: float, step: float) -> Path:
    """G4 counts seconds here. The first line tells a run from the next."""
    path = folder / name
    path.write_text(f"{FIRST}\n" + f"G4 P{step}\n" * int(seconds / step))
    return path


@asynccontextmanager
async def grbl_bench(folder: Path) -> AsyncIterator[Bench]:
    async with GrblSimulator(folder) as simulator:

        def machine(port: Path) -> GrblMachine:
            settings = GrblSettings(port, folder / "grbl", "laser")
            return GrblMachine(settings, patience_seconds=PATIENCE_SECONDS)

        driver = machine(simulator.path)
        driver.operator.give()
        yield Bench(
            driver,
            dwells(folder, "short.gcode", 0.5, 0.02),
            dwells(folder, "long.gcode", 60, 0.2),
            lambda: machine(folder / "no-port"),
            lambda name: simulator.witness.executed.count(FIRST),
        )
