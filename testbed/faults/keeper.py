"""The operator and the customer of a plant: they order, clear beds, judge parts, settle what is uncertain, order redos.

As a careful person does: an uncertain attempt is settled by the machine's own records, a bed is cleared when asked.
"""

import random
import threading
from collections.abc import Mapping
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
ROUND_SECONDS = 0.15
OFFICE_ROUNDS = 3
"""The registry is looked at every so many rounds."""


class Keeper:
    """`start`, then `stop`. Keeps `waiting` copies in the queue until `no_more_orders`."""

    def __init__(self, plant: Plant, victims: Victims, dice: random.Random, waiting: int) -> None:
        self._plant = plant
        self._victims = victims
        self._dice = dice
        self._waiting = waiting
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._pauses: dict[str, tuple[str, str, bool]] = {}
        self._paused: set[str] = set()
        self.orders: dict[str, str] = {}
        """Order → state."""
        self.accepted: dict[str, str] = {}
        """Attempt → good or scrap, where the agent took the word."""
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
        if moved.attempt not in self._paused:
            self._paused.add(moved.attempt)
            self._pauses[moved.attempt] = (moved.order, moved.job, self._dice.random() < 0.5)

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
        attempt, file = line["attempt"], line["file"]
        if line["state"] == "finished_unverified":
            word = "scrap" if self._dice.randrange(SCRAP_IN) == 0 else "good"
            self._plant.agent.accept(attempt, word)
            self.accepted[attempt] = word
            return
        octoprint = self._plant.octoprints[line["machine"]]
        events = [event.event for event in octoprint.events() if event.path == file]
        if "PrintStarted" not in events:
            self._plant.agent.settle(attempt, "not-started")
        else:
            word = "good" if "PrintDone" in events else "scrap"
            self._plant.agent.settle(attempt, word)
            self.accepted[attempt] = word

    def _pause_and_resume(self, held: Mapping[str, Mapping[str, Any]]) -> None:
        for attempt, (order, job, at_machine) in list(self._pauses.items()):
            state = held[attempt]["state"] if attempt in held else None
            command = {"starting": "pause", "printing": "pause", "paused": "resume"}.get(str(state))
            try:
                if command is None:
                    del self._pauses[attempt]
                elif at_machine:
                    told = {"command": "pause", "action": command}
                    self._plant.octoprints[held[attempt]["machine"]].request("POST", "/api/job", told)
                else:
                    self._plant.office.direct(order, job, command)
                if command == "resume":
                    del self._pauses[attempt]
            except (Away, Refused, httpx.HTTPError) as error:
                self.trouble = str(error)

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
            placed = self._plant.office.order(self._waiting - waiting, f"order-{len(self.orders)}")
            self.orders[placed] = "placed"
