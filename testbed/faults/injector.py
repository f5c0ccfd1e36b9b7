"""Putting the drawn faults in, at the moment when an attempt has come to a transition."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from testbed.faults.cards import PROCESSES, WIRE, Cell, Decks, Kind, Target, Transition
from testbed.faults.http_messages import Request
from testbed.faults.http_relay import HttpRelay, Snare
from testbed.faults.journal_watch import Moved
from testbed.faults.plant import LEASE_SECONDS, START_SECONDS, Plant
from testbed.faults.victims import Victims

START = "POST /api/files/local/cofab-"
CLAIM = "POST /api/v1/node/claim"
SNARE_SECONDS = 4.0
"""A snare that caught nothing for so long is taken away, and its card comes up again."""
FAULTS: dict[Transition, float] = {
    Transition.CLAIMED: 0.5,
    Transition.BUILDING: 0.5,
    Transition.SLICED: 0.6,
    Transition.AWAITING_OPERATOR: 0.6,
    Transition.STAGED: 0.7,
    Transition.START_INTENT: 0.9,
    Transition.STARTING: 1.2,
    Transition.PRINTING: 1.2,
    Transition.PAUSED: 2.0,
    Transition.FINISHED_UNVERIFIED: 1.6,
    Transition.VERDICT: 1.2,
}
"""On average at each: more where fewer attempts get to."""
LONG_IN = 12
"""One stop in so many is longer than a lease."""
LIKELY: dict[Transition, str] = {
    Transition.SLICED: "POST /api/files/local ",
    Transition.PRINTING: "POST /api/job",
    Transition.PAUSED: "POST /api/job",
    Transition.VERDICT: "DELETE /api/files/local",
}
"""The request to the machine that matters most after a transition; every other fault waits for it, the rest hurt what
comes next."""


@dataclass(frozen=True)
class Injected:
    """A fault that was put in. `attempt` is None where the agent did not know of one yet."""

    cell: Cell
    attempt: str | None


@dataclass(frozen=True)
class _Waiting:
    cell: Cell
    relay: HttpRelay
    snare: Snare
    until: float


class Injector:
    """Told of every line of the journal. `faults` at each transition, as long as `on`."""

    def __init__(self, plant: Plant, victims: Victims, decks: Decks, dice: random.Random, faults: float) -> None:
        """faults: a multiple of `FAULTS`."""
        self._plant = plant
        self._victims = victims
        self._decks = decks
        self._dice = dice
        self._faults = faults
        self._lock = threading.RLock()
        self._waiting: list[_Waiting] = []
        self.injected: list[Injected] = []
        self.on = True

    def came_to(self, moved: Moved) -> None:
        """An attempt's journal has a new line."""
        with self._lock:
            self._clear_away()
            transition = _TRANSITIONS.get(moved.state)
            if not self.on or transition is None or moved.event == "Restarted":
                return
            if transition is Transition.STAGED:
                self._await_start(moved)
            if transition is Transition.VERDICT:
                self._lie_in_wait_for_claim()
            if transition in {Transition.START_INTENT, Transition.STARTING}:
                return  # These are so short that they are hurt on the wire: see `_await_start`.
            for _ in range(self._how_many(transition)):
                self._play(self._decks.draw(transition), moved)

    def lie_in_wait(self) -> None:
        """Before the first claim is made."""
        with self._lock:
            self._lie_in_wait_for_claim()

    def stop(self) -> None:
        """No more faults; what waits to be caught is taken away."""
        with self._lock:
            self.on = False
            for waiting in self._waiting:
                waiting.relay.withdraw(waiting.snare)
            self._waiting.clear()

    def _how_many(self, transition: Transition) -> int:
        wanted = self._faults * FAULTS[transition]
        return int(wanted) + (self._dice.random() < wanted % 1)

    def _note(self, cell: Cell, attempt: str | None) -> None:
        """Without the lock: relays call it from their loop, on which whoever has the lock may be waiting."""
        self.injected.append(Injected(cell, attempt))

    # ---- one card

    def _play(self, cell: Cell, moved: Moved) -> None:
        if cell.target in PROCESSES:
            self._hurt_process(cell, moved)
        elif cell.target is Target.DATABASE:
            self._hurt_database(cell, moved.attempt)
        elif cell.target is Target.PUSH:
            self._hurt_push(cell, moved)
        elif cell.target is Target.TO_REGISTRY:
            mark = f'"{moved.attempt}"'.encode()
            self._snare(cell, self._plant.to_registry, lambda request: mark in request.body, moved.attempt)
        else:
            relay = self._plant.to_machine[moved.machine]
            beginning = LIKELY.get(cell.transition) if self._dice.random() < 0.5 else None
            self._snare(cell, relay, lambda request: request.begins(beginning or ""), moved.attempt)

    def _hurt_process(self, cell: Cell, moved: Moved) -> None:
        name = moved.machine if cell.target is Target.MACHINE else cell.target.value
        seconds = self._dice.uniform(0, 0.8) if cell.kind is Kind.KILL else self._dice.uniform(0.2, 1.5)
        if cell.kind is Kind.STOP and self._dice.randrange(LONG_IN) == 0:
            seconds = LEASE_SECONDS + 1
        if self._victims.hurt(name, cell.kind, seconds):
            self._note(cell, moved.attempt)
        else:
            self._decks.put_back(cell)

    def _hurt_database(self, cell: Cell, attempt: str) -> None:
        relay = self._plant.to_database
        match cell.kind:
            case Kind.KILL:
                self._plant.end_backends()
            case Kind.STOP:
                relay.freeze(self._dice.uniform(0.3, 1.5))
            case Kind.DROP:
                relay.cut()
            case Kind.DELAY:
                relay.slow(self._dice.uniform(0.01, 0.08), self._dice.uniform(0.3, 1.0))
            case Kind.LOSE:
                relay.lose_commit(lambda: self._note(cell, attempt))
                return
            case _:
                raise AssertionError(cell)
        self._note(cell, attempt)

    def _hurt_push(self, cell: Cell, moved: Moved) -> None:
        relay = self._plant.to_machine[moved.machine]
        if not relay.pushes:
            self._decks.put_back(cell)
            return
        relay.cut_pushes() if cell.kind is Kind.DROP else relay.hold_pushes(self._dice.uniform(0.3, 2.0))
        self._note(cell, moved.attempt)

    def _snare(self, cell: Cell, relay: HttpRelay, catches: Callable[[Request], bool], attempt: str | None) -> None:
        seconds = self._dice.uniform(0.2, 1.2) if cell.kind is Kind.DELAY else 1.0
        if cell.transition is Transition.START_INTENT and cell.kind is Kind.DELAY:
            seconds = self._dice.choice([seconds, START_SECONDS + 0.7])
        snare = Snare(
            catches, cell.kind, seconds, self._dice.randrange(2), done=lambda _: self._note(cell, attempt),
            only_status=200 if attempt is None else None,
        )  # fmt: skip
        self._waiting.append(_Waiting(cell, relay, relay.set(snare), time.monotonic() + SNARE_SECONDS))

    def _clear_away(self) -> None:
        now = time.monotonic()
        for waiting in [waiting for waiting in self._waiting if waiting.until < now]:
            self._waiting.remove(waiting)
            if waiting.relay.withdraw(waiting.snare):
                self._decks.put_back(waiting.cell)

    # ---- moments that only the wire shows

    def _lie_in_wait_for_claim(self) -> None:
        """The exchange that makes a claim: the agent has no attempt yet."""
        for kind in self._dice.sample(WIRE, 1):
            cell = Cell(Transition.CLAIMED, Target.TO_REGISTRY, kind)
            self._snare(cell, self._plant.to_registry, lambda request: request.begins(CLAIM), None)

    def _await_start(self, moved: Moved) -> None:
        """The one request that begins the print, and the first look after its answer."""
        relay = self._plant.to_machine[moved.machine]
        path = f"{START}{moved.file.removeprefix('cofab-')}"
        intent = [self._decks.draw(Transition.START_INTENT) for _ in range(self._how_many(Transition.START_INTENT))]
        starting = [self._decks.draw(Transition.STARTING) for _ in range(self._how_many(Transition.STARTING))]
        is_start = lambda request: request.begins(path)  # noqa: E731
        for cell in [cell for cell in intent if cell.target is Target.TO_MACHINE]:
            self._snare(cell, relay, is_start, moved.attempt)
        others = [cell for cell in intent if cell.target is not Target.TO_MACHINE]
        first_look = Snare(lambda request: request.begins("GET /api/job"), before=self._player(starting, moved))
        relay.set(Snare(is_start, before=self._player(others, moved), after=lambda _: _set(relay, first_look)))

    def _player(self, cells: list[Cell], moved: Moved) -> Callable[[Request], None]:
        def play(request: Request) -> None:
            with self._lock:
                for cell in cells:
                    self._play(cell, moved) if self.on else None

        return play


def _set(relay: HttpRelay, snare: Snare) -> None:
    relay.set(snare)


_TRANSITIONS = {transition.value: transition for transition in Transition} | {
    "good": Transition.VERDICT,
    "scrap": Transition.VERDICT,
}
