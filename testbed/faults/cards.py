"""Which faults there are: transitions of an attempt × what is hurt × how, and the decks they are drawn from. Pure."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Transition(StrEnum):
    """What the attempt has just come to when the fault is put in."""

    CLAIMED = "claimed"
    BUILDING = "building"
    SLICED = "sliced"
    STAGED = "staged"
    AWAITING_OPERATOR = "awaiting_operator"
    START_INTENT = "start_intent"
    STARTING = "starting"
    PRINTING = "printing"
    PAUSED = "paused"
    FINISHED_UNVERIFIED = "finished_unverified"
    VERDICT = "verdict"


class Target(StrEnum):
    AGENT = "agent"
    REGISTRY = "registry"
    DATABASE = "database"
    """The connection between the registry and PostgreSQL."""
    MACHINE = "machine"
    """The OctoPrint process."""
    TO_REGISTRY = "agent to registry"
    """Single HTTP requests and their answers."""
    TO_MACHINE = "agent to machine"
    """Single HTTP requests and their answers."""
    PUSH = "push"
    """What the machine says by itself, over its websocket."""


class Kind(StrEnum):
    KILL = "kill -9"
    STOP = "stop"
    """SIGSTOP, and SIGCONT later; of a connection: nothing passes for a while, either way."""
    DROP = "drop"
    """A request never arrives; a connection is cut."""
    LOSE = "lose answer"
    """It arrives and is done, and nobody hears of it."""
    DELAY = "delay"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    """It arrives after one that was sent later."""


WIRE = (Kind.DROP, Kind.LOSE, Kind.DELAY, Kind.DUPLICATE, Kind.REORDER)
KINDS: Mapping[Target, tuple[Kind, ...]] = {
    Target.AGENT: (Kind.KILL, Kind.STOP),
    Target.REGISTRY: (Kind.KILL, Kind.STOP),
    Target.DATABASE: (Kind.KILL, Kind.STOP, Kind.DROP, Kind.LOSE, Kind.DELAY),
    Target.MACHINE: (Kind.KILL, Kind.STOP),
    Target.TO_REGISTRY: WIRE,
    Target.TO_MACHINE: WIRE,
    Target.PUSH: (Kind.DROP, Kind.DELAY),
}
PROCESSES = frozenset({Target.AGENT, Target.REGISTRY, Target.MACHINE})


@dataclass(frozen=True, order=True)
class Cell:
    """One line of the matrix."""

    transition: Transition
    target: Target
    kind: Kind


def every_cell() -> tuple[Cell, ...]:
    """The whole matrix, in the order of its page."""
    return tuple(
        Cell(transition, target, kind) for transition in Transition for target in Target for kind in KINDS[target]
    )


class Decks:
    """One shuffled deck for each transition: every cell comes up before any comes up again.

    `killed_in` says how many rounds of a deck hold a kill of a process, which costs seconds: 1 in so many. 0: none.
    """

    def __init__(self, dice: random.Random, killed_in: Mapping[Target, int]) -> None:
        self._dice = dice
        self._killed_in = killed_in
        self._rounds = dict.fromkeys(Transition, 0)
        self._decks: dict[Transition, list[Cell]] = {transition: [] for transition in Transition}

    def draw(self, transition: Transition) -> Cell:
        """The next fault for an attempt that has come to `transition`."""
        deck = self._decks[transition]
        if not deck:
            deck.extend(self._round(transition))
        return deck.pop()

    def put_back(self, cell: Cell) -> None:
        """It could not be put in now: it comes up again after some others."""
        deck = self._decks[cell.transition]
        deck.insert(self._dice.randint(0, len(deck) // 2), cell)

    def _round(self, transition: Transition) -> list[Cell]:
        number = self._rounds[transition]
        self._rounds[transition] += 1
        cells = [cell for cell in every_cell() if cell.transition is transition and self._is_dealt(cell, number)]
        self._dice.shuffle(cells)
        return cells

    def _is_dealt(self, cell: Cell, number: int) -> bool:
        if cell.kind is not Kind.KILL or cell.target not in PROCESSES:
            return True
        every = self._killed_in.get(cell.target, 1)
        # Not all transitions at once: their kills are spread over the rounds.
        turn = number + list(Transition).index(cell.transition)
        return every > 0 and turn % every == 0
