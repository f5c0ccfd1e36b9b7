"""The operator and the customer of a plant: they order, clear beds, judge parts, settle what is uncertain, order redos.

As a careful person does: an uncertain attempt is settled by the machine's own records, a bed is cleared when asked.
"""

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from fabnode.decisions import Refused as AgentRefused
from fabnode.errors import FabnodeError
from testbed.faults.journal_watch import Moved
from testbed.faults.office import Away, Refused
from testbed.faults.plant import Plant
from testbed.faults.victims import Victims

SCRAP_IN = 12
"""One finished part in so many is no good."""
LEAST_ORDERED = 2
"""So that there are copies for a plate."""
ROUND_SECONDS = 0.15
OFFICE_ROUNDS = 3
"""The registry is looked at every so many rounds."""


@dataclass
class _Pause:
    order: str
    job: str
    at_machine: bool
    done: bool = False


class Keeper:
    """`start`, then `stop`. Keeps `waiting` copies in the queue until `no_more_orders`."""

    def __init__(self, plant: Plant, victims: Victims, dice: random.Random, waiting: int) -> None:
        self._plant = plant
        self._victims = victims
        self._dice = dice
        self._waiting = waiting
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._pauses: dict[str, _Pause] = {}
        self.orders: dict[str, str] = {}
        """Order → state."""
        self.accepted: dict[str, int] = {}
        """Attempt → how many of its copies are good, where the agent took the word."""
        self.trouble: str | None = None
        self._ordering = True

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def no_more_orders(self) -> None:
        self._ordering = False

    @property
    def all_done(self) -> bool:
        return bool(self.orders) and all(state == "done" for state in self.orders.values())

    def pause(self, moved: Moved) -> None:
        """Wants this print paused for a moment: half of them by the registry, half on the machine itself."""
        if moved.attempt not in self._pauses:
            self._pauses[moved.attempt] = _Pause(moved.order, moved.job, self._dice.random() < 0.5)

    def _run(self) -> None:
        number = 0
        while not self._stop.wait(ROUND_SECONDS):
            number += 1
            try:
                self._tend()
            except (AgentRefused, FabnodeError, OSError) as error:
                self.trouble = str(error)
            try:
                if number % OFFICE_ROUNDS == 0:
                    self._see_to_orders()
            except (Away, Refused) as error:
                self.trouble = str(error)

    # ---- at the machines

    def _tend(self) -> None:
        with self._victims["agent"].using:
            if not self._plant.agent.running:
                return
            now = self._plant.agent.status()
            for line in now["to_decide"]:
                self._decide(line)
            for machine in now["machines"]:
                held = machine["attempt"]
                if held and held["state"] == "awaiting_operator":
                    self._plant.agent.clear_bed(machine["key"])
        held = [machine["attempt"] for machine in now["machines"] if machine["attempt"]]
        self._pause_and_resume({line["attempt"]: line for line in held})

    def _decide(self, line: Mapping[str, Any]) -> None:
        attempt, copies = line["attempt"], line["copies"]
        if line["state"] == "finished_unverified":
            good = copies - (self._dice.randrange(SCRAP_IN) == 0)
            self._plant.agent.accept(attempt, good_copies=good)
            self.accepted[attempt] = good
            return
        octoprint = self._plant.octoprints[line["machine"]]
        events = [event.event for event in octoprint.events() if event.path == line["file"]]
        if "PrintStarted" not in events:
            self._plant.agent.settle(attempt, "not-started")
        else:
            good = copies if "PrintDone" in events else 0
            self._plant.agent.settle(attempt, "good" if good else "scrap")
            self.accepted[attempt] = good

    def _pause_and_resume(self, held: Mapping[str, Mapping[str, Any]]) -> None:
        """Each print once, as soon as it runs; whatever is paused is let go on."""
        for attempt, line in held.items():
            way = self._pauses.get(attempt)
            if line["state"] == "paused":
                self._direct(line["machine"], "resume", way)
            elif line["state"] in {"starting", "printing"} and way and not way.done:
                way.done = self._direct(line["machine"], "pause", way)

    def _direct(self, machine: str, command: str, way: _Pause | None) -> bool:
        """Whether somebody took the command."""
        try:
            if way is None or way.at_machine:
                told = {"command": "pause", "action": command}
                self._plant.octoprints[machine].request("POST", "/api/job", told)
            else:
                self._plant.office.direct(way.order, way.job, command)
        except (Away, Refused, httpx.HTTPError) as error:
            self.trouble = str(error)
            return False
        return True

    # ---- at the registry

    def _see_to_orders(self) -> None:
        waiting = 0
        for order in [order for order, state in self.orders.items() if state != "done"]:
            seen = self._plant.office.read(order)
            self.orders[order] = seen["state"]
            for job in seen["jobs"]:
                waiting += job["state"] == "queued"
                if job["state"] == "needs_redo":
                    self._plant.office.redo(order, job["id"])
        if self._ordering and waiting < self._waiting:
            copies = max(LEAST_ORDERED, self._waiting - waiting)
            placed = self._plant.office.order(copies, f"order-{len(self.orders)}")
            self.orders[placed] = "placed"
