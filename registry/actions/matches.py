"""Every machine judged for a wish or for an order: which can make it, which cannot and why, and what it comes to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from designs.manifest import Manifest
from registry.actions.builds import BuildState, read_build, recipe_for
from registry.actions.built_parts import BuiltPart, built_part
from registry.actions.machines import MachineView, capability, machine_view, seen_machines
from registry.actions.orders import known_part, parties
from registry.actions.wishes import OrderWish, check_wish, work_of
from registry.core.asking import Asks
from registry.core.attempts import JobState
from registry.core.capability import Capability, Condition, normal
from registry.core.dispatch import Timing
from registry.core.matching import Work, match
from registry.core.orders import may_read
from registry.core.permissions import Caller
from registry.core.reasons import Decision
from registry.core.turns import turns
from registry.core.verdicts import By, Judged, rank, where_words
from registry.errors import NotFound
from registry.ids import BuildId
from registry.store import orders as store
from registry.store.standings import Group, standings, waiting_before


@dataclass(frozen=True)
class MachineMatch:
    """Whether a machine can make something, and why not."""

    machine: MachineView
    decision: Decision


@dataclass(frozen=True)
class Matches:
    """All machines that somebody may see, those that can make it first."""

    machines: tuple[MachineMatch, ...]
    where: str
    """In a sentence: where it will be made."""

    def arranged(self, by: By) -> "Matches":
        """The same machines in another order."""
        return Matches(tuple(sorted(self.machines, key=lambda one: rank(one.decision, by))), self.where)

    @property
    def able(self) -> int:
        """How many can make it."""
        return sum(match.decision.can for match in self.machines)


def match_wish(
    connection: sa.Connection, caller: Caller, wish: OrderWish, *, fingerprint: str, timing: Timing, now: datetime
) -> Matches:
    """Which machines can make this, and why the others cannot. Whether it fits is judged once it is built.

    `fingerprint` names the whole toolchain of the version's engine. Raises as placing the order would.
    """
    checked = check_wish(connection, caller, wish, now)
    recipe = recipe_for(checked.version, wish.parameters, wish.preset, fingerprint)
    work = work_of(caller.member, checked, known_part(connection, recipe.digest, checked))
    known = standings(connection, work.process, normal(work.material))
    turn = turns(caller.member, 1, known)[0]
    before = waiting_before(connection, work.process, wish.priority, turn)
    return _judge(connection, caller, work, before, timing=timing, now=now)


def match_order(connection: sa.Connection, caller: Caller, order: str, *, timing: Timing, now: datetime) -> Matches:
    """The same of an order for its copies that wait. Raises NotFound when the caller has nothing to do with it."""
    row = store.order_by_id(connection, order)
    if row is None or not may_read(row["member_id"], *parties(connection, row), caller).allowed:
        raise NotFound(f"you have no order {order[:80]!r}: see the list of your orders", value=order[:80])
    jobs = store.jobs_of_order(connection, order)
    waiting = [job for job in jobs if job["state"] in {JobState.QUEUED, JobState.WAITING}] or jobs
    work = work_of_order(connection, row)
    first = min(waiting, key=lambda job: (-job["priority"], job["turn"]))
    before = waiting_before(connection, work.process, first["priority"], first["turn"])
    return _judge(connection, caller, work, before, timing=timing, now=now)


def work_of_order(connection: sa.Connection, order: sa.RowMapping) -> Work:
    """What one copy of a placed order asks of a machine, by the order's row."""
    manifest = Manifest.from_json(order["manifest"])
    asks = Asks.from_json(order["asks"])
    build = read_build(connection, BuildId(order["build_id"]))
    part: BuiltPart | None = None
    if build.state is BuildState.DONE:
        part = built_part(connection, build, manifest, asks, order["material"])
    return Work(
        process=manifest.print.process,
        material=order["material"],
        member=order["member_id"],
        colour=order["colour"],
        size=None if part is None else part.size,
        nozzle_mm=None if manifest.print.nozzle_mm is None else float(manifest.print.nozzle_mm),
        facility=order["facility_id"],
        thickness_mm=asks.thickness_mm if part is None else part.thickness_mm,
        tolerance_mm=asks.tolerance_mm,
        asks=asks if part is None else part.asks,
    )


def _judge(
    connection: sa.Connection,
    caller: Caller,
    work: Work,
    before: Iterable[Group],
    *,
    timing: Timing,
    now: datetime,
) -> Matches:
    seen = [
        (machine_view(row, timing, now), capability(row, runners))
        for row, runners in seen_machines(connection, caller, None)
    ]
    able = sum(match(work, machine).can for _, machine in seen)
    sharing = max(1, min(able, work.asks.copies))
    ahead = _ahead(tuple(before), [machine for _, machine in seen])
    found = []
    for view, machine in seen:
        copies, seconds = ahead[machine.machine]
        live = view.live
        condition = Condition(live.state, live.bed, live.message, live.seconds_left, copies, seconds)
        found.append(MachineMatch(view, match(work, machine, condition, now, sharing)))
    ordered = tuple(sorted(found, key=lambda one: rank(one.decision)))
    names = [Judged(one.machine.name, one.machine.facility_name, one.decision) for one in ordered]
    return Matches(ordered, where_words(names))


def _ahead(groups: Sequence[Group], machines: Sequence[Capability]) -> dict[str, tuple[int, float]]:
    """For each machine how many copies come before on it and others like it, and its share of their time."""
    served = [(group, [one.machine for one in machines if _serves(one, group)]) for group in groups]
    ahead = {one.machine: (0, 0.0) for one in machines}
    for group, those in served:
        for machine in those:
            copies, seconds = ahead[machine]
            ahead[machine] = copies + group.copies, seconds + group.seconds / len(those)
    return ahead


def _serves(machine: Capability, group: Group) -> bool:
    loaded = {normal(one.material) for one in machine.materials}
    near = group.facility is None or group.facility == machine.facility
    return machine.process == group.process and group.material in loaded and near
