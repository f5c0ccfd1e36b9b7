"""Each kind of machine on a bench of its own: the driver, files that print for a known while, and its faults."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from printers.machine import Machine
from printers.octoprint import OctoPrintMachine
from printers.virtual import Faults, VirtualMachine
from testbed.octoprint import OctoPrint
from testbed.ports import LOOPBACK, free_port

SHORT_SECONDS = 0.5
LONG_SECONDS = 60.0
STEP_MS = 20


@dataclass
class Bench:
    machine: Machine
    short: Path
    """A file that takes about half a second."""
    long: Path
    """A file that no test waits for."""
    unreachable: Callable[[], Machine]
    """The driver of such a machine that does not answer."""
    starts_seen: Callable[[str], int]
    """How often a file was begun, by another witness than the driver."""


def gcode(folder: Path, name: str, seconds: float) -> Path:
    """Dwells only: prints as long as it says, on the virtual printer as on any."""
    path = folder / name
    path.write_text(f"G4 P{STEP_MS}\n" * int(seconds * 1000 / STEP_MS))
    return path


def virtual_bench(folder: Path, short: Path, long: Path) -> Bench:
    def unreachable() -> Machine:
        machine = VirtualMachine(folder / "silent")
        verbs = ("check", "status", "upload", "start", "pause", "resume", "cancel", "evidence", "remove", "events")
        machine.inject(Faults(unreachable=verbs))
        return machine

    def starts_seen(name: str) -> int:
        return (folder / "machine" / "machine.json").read_text().count(f'"file": "{name}"')

    machine = VirtualMachine(folder / "machine", seconds_of=lambda path: path.stat().st_size / 7 * STEP_MS / 1000)
    return Bench(machine, short, long, unreachable, starts_seen)


def octoprint_bench(server: OctoPrint, short: Path, long: Path) -> Bench:
    return Bench(
        OctoPrintMachine(server.url, server.admin_api_key),
        short,
        long,
        lambda: OctoPrintMachine(f"http://{LOOPBACK}:{free_port()}", "a" * 32),
        lambda name: server.print_counts().get(name, 0),
    )


async def until_idle(machine: Machine) -> None:
    async with asyncio.timeout(30):
        while (await machine.status()).state != "idle":
            await asyncio.sleep(0.05)
