"""Heating up by turns under a power limit: who may begin now, given what all machines draw.

The rule is pure; `Power` keeps what was asked and granted. What a machine draws is always told anew from how it is, so
that nothing is held or freed by an event that got lost: an agent that comes up again counts what runs before it lets
anything begin.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from fabnode import core
from fabnode.protocol import AttemptState as S
from printers.machine import MachineState, Status

REACHED_WITHIN_C = 5.0
"""A nozzle or bed is heated when it is so near to what the file sets."""


@dataclass(frozen=True)
class Needs:
    """What a machine draws, W."""

    heating: float
    printing: float

    @property
    def most(self) -> float:
        return max(self.heating, self.printing)


@dataclass(frozen=True)
class Ask:
    """A machine that wants to begin, and what it may come to draw, W."""

    machine: str
    watts: float


def granted(limit_w: float, draws: Mapping[str, float], asks: tuple[Ask, ...]) -> tuple[str, ...]:
    """Who may begin now, in the order of asking: nobody overtakes one who waits for much.

    `draws`: what every other machine draws or may come to draw, W.
    """
    free = limit_w - sum(draws.values())
    able: list[str] = []
    for ask in asks:
        if ask.watts > free:
            break
        able.append(ask.machine)
        free -= ask.watts
    return tuple(able)


def draw(needs: Needs, state: S | None, status: Status, *, heated: bool) -> float:
    """What to count for a machine, W, by its attempt's state and its own word.

    What is not known counts in full: only a machine that says that it is idle draws nothing.
    """
    at_work = status.state in {MachineState.PRINTING, MachineState.PAUSED, MachineState.BUSY}
    if state in core.ON_MACHINE:
        return needs.printing if heated and status.state is not MachineState.OFFLINE else needs.most
    if state is S.UNCERTAIN and status.state in {MachineState.OFFLINE, MachineState.ERROR}:
        return needs.most
    if at_work:  # somebody else's print, or one that is not settled: nobody knows what it is heated to
        return needs.most
    return 0.0


def is_heated(status: Status, nozzle_c: float | None, bed_c: float | None) -> bool | None:
    """Whether the temperatures that the file sets are reached. None: the machine does not tell them."""
    wanted = [(status.nozzle_c, nozzle_c), (status.bed_c, bed_c)]
    known = [now >= target - REACHED_WITHIN_C for now, target in wanted if now is not None and target]
    return all(known) if known else None


class Power:
    """What one workshop draws. Without a limit everybody may begin at once."""

    def __init__(self, limit_w: float | None) -> None:
        self.limit_w = limit_w
        self._draws: dict[str, float] = {}
        self._asks: dict[str, float] = {}
        """In the order of asking."""
        self._held: dict[str, float] = {}
        """Granted, and not to be seen in what the machine draws yet."""
        self._news = asyncio.Event()

    @property
    def drawn(self) -> float:
        """What all draw or may come to draw, W."""
        return sum(self._counted().values())

    def waiting(self, machine: str) -> str | None:
        """Why a machine has not begun, for its operator."""
        if machine not in self._asks or self.limit_w is None:
            return None
        return f"it waits for power: {self.drawn:.0f} of {self.limit_w:.0f} W are in use"

    def draws(self, machine: str, watts: float) -> None:
        """What a machine draws from now on, W."""
        if self._draws.get(machine) != watts:
            self._draws[machine] = watts
            self._wake()

    async def share(self, machine: str, watts: float) -> None:
        """Wait until the machine may begin. It is counted in full from then on, until `release`."""
        if self.limit_w is None:
            return
        self._asks[machine] = watts
        try:
            while not self._may(machine):
                await self._news.wait()
            self._held[machine] = watts
        finally:
            del self._asks[machine]
            self._wake()

    def release(self, machine: str) -> None:
        """What was granted is not needed, or is told by `draws` now."""
        if self._held.pop(machine, None) is not None:
            self._wake()

    def _may(self, machine: str) -> bool:
        asks = tuple(Ask(key, watts) for key, watts in self._asks.items())
        return machine in granted(self.limit_w or 0.0, self._counted(), asks)

    def _counted(self) -> dict[str, float]:
        keys = (self._draws.keys() | self._held.keys()) - self._asks.keys()
        return {key: max(self._draws.get(key, 0.0), self._held.get(key, 0.0)) for key in keys}

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
