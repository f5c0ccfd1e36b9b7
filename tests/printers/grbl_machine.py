"""A GRBL driver with a simulated controller at the other end of its port, and ways to wait for both."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from printers.grbl import GrblMachine
from printers.grbl_settings import GrblSettings, Tool
from printers.machine import Evidence, MachineState
from testbed.grbl_simulator import GrblSimulator

SECONDS = 15
PATIENCE_SECONDS = 3.0
IMPATIENT_SECONDS = 1.0
"""Where nothing else than silence is to come: a busy computer may be slower than this."""
LONGEST_REST_SECONDS = 1.0
LONG = ["M4 S500", *(f"G1 X{1 + n % 9} F200" for n in range(400))]
"""A program with the laser on that no test waits for."""


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Shop:
    machine: GrblMachine
    simulator: GrblSimulator
    clock: Clock
    folder: Path

    def program(self, *lines: str) -> Path:
        path = self.folder / "program.gcode"
        path.write_text("\n".join(lines) + "\n")
        return path

    async def begin(self, *lines: str, name: str = "a.gcode") -> None:
        """Somebody is there, the file is uploaded and begun."""
        self.machine.operator.give()
        await self.machine.upload(name, self.program(*lines))
        await self.machine.start(name)

    async def ended(self, name: str = "a.gcode") -> Evidence:
        async def over() -> bool:
            evidence = await self.machine.evidence(name)
            return evidence.starts == 1 and not evidence.running

        await until(over)
        return await self.machine.evidence(name)

    async def in_state(self, state: MachineState) -> None:
        async def reached() -> bool:
            return (await self.machine.status()).state is state

        await until(reached)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SECONDS):
        while not await condition():
            await asyncio.sleep(0.01)


async def until_true(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def grbl_shop(
    folder: Path,
    *,
    settings: dict[int, float] | None = None,
    version: str = "1.1h.20190825",
    speed: float = 20.0,
    tool: Tool = "laser",
    patience_seconds: float = PATIENCE_SECONDS,
) -> AsyncIterator[Shop]:
    async with GrblSimulator(folder, settings=settings, version=version, speed=speed) as simulator:
        clock = Clock()
        machine = GrblMachine(
            GrblSettings(simulator.path, folder / "machine", tool),
            patience_seconds=patience_seconds,
            longest_rest_seconds=LONGEST_REST_SECONDS,
            clock=clock,
        )
        try:
            yield Shop(machine, simulator, clock, folder)
        finally:
            await machine.close()


def lines_of(executed: Sequence[str]) -> list[str]:
    """What was carried out, the driver's own last block apart."""
    return [line for line in executed if line != "M5M9"]
