"""One round: a plant of its own, so many faults, then quiet until every part is accounted for."""

import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from testbed.faults.accounts import Account, Facts, settle
from testbed.faults.cards import Cell, Decks
from testbed.faults.injector import Injector
from testbed.faults.journal_watch import JournalWatch, Moved
from testbed.faults.keeper import Keeper
from testbed.faults.outcomes import Line, Outcome, outcome_of
from testbed.faults.plans import Plan
from testbed.faults.plant import Plant
from testbed.faults.victims import Victims
from testbed.process import Server

SETTLE_SECONDS = 90
"""After the last fault every order must be done within this."""
PROGRESS_SECONDS = 10


@dataclass(frozen=True)
class Told:
    """What came of a round."""

    account: Account
    injected: Counter[tuple[Cell, Outcome]]
    parts: int
    attempts: int
    seconds: float

    @property
    def faults(self) -> int:
        return self.injected.total()


class Round:
    """`run` it once."""

    def __init__(self, plan: Plan, folder: Path, say: Callable[[str], None] = lambda line: None) -> None:
        self._plan = plan
        self._folder = folder
        self._say = say
        dice = random.Random(plan.seed)
        self._plant = Plant(folder, plan.machines)
        self._dice = random.Random(dice.random())
        self._decks = Decks(random.Random(dice.random()), plan.killed_in)
        self._keeper_dice = random.Random(dice.random())

    def run(self) -> Told:
        begun = time.monotonic()
        with self._plant.open():
            plant = self._plant
            victims = Victims(_servers(plant))
            keeper = Keeper(plant, victims, self._keeper_dice, self._plan.machines)
            injector = Injector(plant, victims, self._decks, self._dice, self._plan.faults_each)
            watch = JournalWatch(plant.agent.home.journal, self._told(injector, keeper))
            self._begin(keeper)
            watch.start()
            injector.lie_in_wait()
            plant.agent.start()
            self._say(f"{time.monotonic() - begun:.0f} s to set everything up")
            try:
                self._until_enough(injector, keeper)
                injector.stop()
                keeper.no_more_orders()
                victims.join()
                troubles = self._settled(keeper, victims)
            finally:
                watch.stop()
                keeper.stop()
                victims.join()
            facts = self._facts(keeper)
            account = settle(facts)
            lines = self._lines()
            found = Counter((one.cell, outcome_of(one.attempt, lines, account)) for one in injector.injected)
        account = Account(account.double_starts, account.lost_parts, (*troubles, *account.unaccounted))
        return Told(account, found, len(facts.jobs), len(facts.attempts), time.monotonic() - begun)

    def _told(self, injector: Injector, keeper: Keeper) -> Callable[[Moved], None]:
        def told(moved: Moved) -> None:
            injector.came_to(moved)
            if moved.event == "SeenPrinting" and injector.on:
                keeper.pause(moved)

        return told

    def _begin(self, keeper: Keeper) -> None:
        """The first order's geometry is built before any fault is put in."""
        order = self._plant.office.order(self._plan.machines, "first")
        keeper.orders[order] = "placed"
        self._plant.office.await_built(order)
        # There is nothing more to build: a registry that comes up again need not warm its jails for it.
        self._plant.registry.change(COFAB_BUILD_WORKERS="0")
        self._plant.registry.restart()
        keeper.start()

    def _until_enough(self, injector: Injector, keeper: Keeper) -> None:
        begun = told = time.monotonic()
        tick = threading.Event()
        while len(injector.injected) < self._plan.faults and time.monotonic() - begun < self._plan.seconds:
            tick.wait(0.1)
            if time.monotonic() - told > PROGRESS_SECONDS:
                told = time.monotonic()
                done = sum(state == "done" for state in keeper.orders.values())
                self._say(
                    f"{told - begun:4.0f} s: {len(injector.injected)} of {self._plan.faults} faults, "
                    f"{done} of {len(keeper.orders)} orders done"
                )

    def _settled(self, keeper: Keeper, victims: Victims) -> tuple[str, ...]:
        """Wait until everything has its end; what did not come to one in time."""
        deadline = time.monotonic() + SETTLE_SECONDS
        tick = threading.Event()
        while time.monotonic() < deadline and not victims.failures:
            if keeper.all_done and self._is_quiet():
                return ()
            tick.wait(0.2)
        orders = [f"order {order} is {state}" for order, state in keeper.orders.items() if state != "done"]
        return (*victims.failures, *orders, f"not quiet after {SETTLE_SECONDS} s; last trouble: {keeper.trouble}")

    def _is_quiet(self) -> bool:
        """The agent owes no report and holds no attempt."""
        now = self._plant.agent.status()
        held = [machine["attempt"] for machine in now["machines"] if machine["attempt"]]
        return not (now["owed_reports"] or now["to_decide"] or held)

    def _facts(self, keeper: Keeper) -> Facts:
        plant = self._plant
        with closing(self._journal()) as journal:
            known = dict(journal.execute("SELECT id, state FROM attempts").fetchall())
            (through,) = journal.execute("SELECT through FROM delivered").fetchone()
            (owed,) = journal.execute("SELECT count(*) FROM outbox WHERE sequence > ?", (through,)).fetchone()
        jobs = {str(row["id"]): str(row["state"]) for row in plant.query("SELECT id, state FROM jobs")}
        return Facts(plant.attempts(), jobs, plant.starts(), plant.finished(), known, dict(keeper.accepted), owed)

    def _lines(self) -> dict[str, list[Line]]:
        """What happened to each attempt, by the agent's journal and by the registry."""
        lines: dict[str, list[Line]] = {}
        with closing(self._journal()) as journal:
            for attempt, event, state in journal.execute("SELECT attempt, event, state FROM history ORDER BY rowid"):
                lines.setdefault(attempt, []).append(Line(event, state))
        query = "SELECT attempt_id, kind FROM order_events WHERE attempt_id IS NOT NULL ORDER BY sequence"
        for row in self._plant.query(query):
            lines.setdefault(str(row["attempt_id"]), []).append(Line(str(row["kind"]), ""))
        return lines

    def _journal(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self._plant.agent.home.journal}?mode=ro", uri=True, timeout=10)


def _servers(plant: Plant) -> dict[str, Server]:
    return {"agent": plant.agent, "registry": plant.registry, **plant.octoprints}
