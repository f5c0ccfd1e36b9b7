"""A registry's making side for tests: members, a design, a facility and its agents, over a real database.

Time stands still until a test moves it: every action is given the moment, as its callers do.
"""

import asyncio
import copy
import hashlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa

from designs.manifest import Manifest, parse_manifest
from registry.actions import claims, dispatch, facilities, nodes, order_views, orders, settling
from registry.actions.claims import Claim, Open
from registry.actions.dispatch import Beat, Granted
from registry.actions.facilities import FacilityText
from registry.actions.handed_out import HandedOut
from registry.actions.nodes import Card, MachineNow, NewNode, NodeIdentity
from registry.actions.order_views import OrderView
from registry.actions.reports import Acknowledged, Figures, Reported, take_reports
from registry.actions.wishes import OrderWish
from registry.core.attempts import AttemptState
from registry.core.dispatch import Timing
from registry.core.matching import Access, Loaded, Size
from registry.core.permissions import Caller, Scope
from registry.errors import Invalid
from registry.ids import (
    AttemptId,
    BuildId,
    FacilityId,
    MachineId,
    MemberId,
    NodeId,
    OrderId,
    TokenId,
    new_id,
    parse_version_name,
)
from registry.store.builds import add_made
from registry.store.database import Database
from registry.store.tables.builds import builds
from registry.store.tables.designs import blobs, designs, versions
from registry.store.tables.members import members, namespaces

T = TypeVar("T")

MANIFEST = """
[design]
name = "bin"
title = "Bin"
description = "A bin."
licence = "CERN-OHL-S-2.0"
authors = ["Ada"]
engine = "cadquery"
source = "bin.py"

[parameters.units]
type = "integer"
default = 2
min = 1
max = 6

[print]
material = "PLA"
nozzle_mm = 0.4
layer_height_mm = 0.2
infill_percent = 15
brim_mm = 2
"""
TIMING = Timing()
MK3S = Card(
    key="mk3s",
    name="MK3S",
    model="Prusa MK3S",
    driver="virtual",
    process="fdm",
    envelope=Size(250, 210, 210),
    nozzle_mm=0.4,
    materials=(Loaded("PLA", "black"),),
    profile="prusa-mk3s",
)
BIN = "ada/bin@1.0.0"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Agent:
    """An enrolled agent, with the numbers that its journal gives out."""

    node: NodeIdentity
    token: str
    sequence: int = 0

    def report(self, at: HandedOut, state: AttemptState, *, retry: bool = False, reason: str | None = None) -> Reported:
        """The next report of this agent's journal."""
        self.sequence += 1
        body: dict[str, object] = {"sequence": self.sequence, "state": state.value, "attempt": at.attempt}
        return Reported(self.sequence, at.attempt, at.epoch, state, retry, reason, Figures(), body, digest(repr(body)))


class Workshop:
    """Does what handlers do, in one transaction each."""

    def __init__(self, db: Database, runner: asyncio.Runner) -> None:
        self.db = db
        self._runner = runner
        self.now = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
        self.topics: set[str] = set()
        self.ada = self.member("ada", admin=True)
        self.bob = self.member("bob")
        self.eve = self.member("eve")
        self.publish(BIN)
        self.facility("lab", self.bob)

    def run(self, scene: Coroutine[None, None, T]) -> T:
        """Something that takes its course on the workshop's loop."""
        return self._runner.run(scene)

    async def beside(self, action: Callable[["Workshop"], T]) -> T:
        """The same workshop, used from within a scene."""

        def work() -> T:
            with asyncio.Runner() as runner:
                other = copy.copy(self)
                other._runner = runner
                return action(other)

        return await asyncio.to_thread(work)

    def write(self, action: Callable[[sa.Connection], T]) -> T:
        return self._runner.run(self.db.write(action))

    def read(self, query: Callable[[sa.Connection], T]) -> T:
        return self._runner.run(self.db.read(query))

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    # ---- what is there

    def member(self, name: str, *, admin: bool = False) -> Caller:
        caller = Caller(MemberId(f"mem_{name}"), name, admin, frozenset(Scope), TokenId(f"tok_{name}"), session=False)
        values = {"id": caller.member, "name": name, "display_name": name, "password_hash": "", "admin": admin}
        self.write(lambda c: c.execute(sa.insert(members).values(**values, created_at=self.now)))
        self.write(
            lambda c: c.execute(sa.insert(namespaces).values(name=name, owner_id=caller.member, created_at=self.now))
        )
        return caller

    def publish(self, version: str, manifest: str = MANIFEST, **withdrawn: object) -> None:
        name = parse_version_name(version)
        parsed: Manifest = parse_manifest(manifest)
        snapshot = digest(version)

        def insert(c: sa.Connection) -> None:
            design = f"des_{name.design.name}"
            c.execute(sa.insert(blobs).values(sha256=snapshot, size=1, created_at=self.now))
            if c.execute(sa.select(designs.c.id).where(designs.c.id == design)).scalar_one_or_none() is None:
                c.execute(
                    sa.insert(designs).values(
                        id=design, namespace=name.design.namespace, name=name.design.name, title="Bin",
                        description="", licence=parsed.licence, engine="cadquery", tags=[], created_at=self.now,
                        updated_at=self.now, latest_id=f"ver_{name.version}",
                    )
                )  # fmt: skip
            c.execute(
                sa.insert(versions).values(
                    id=f"ver_{name.version}", design_id=design, version=name.version, version_key=name.version,
                    snapshot=snapshot, manifest=parsed.to_json(), licence=parsed.licence, changelog="", family="f",
                    published_by="mem_ada", published_at=self.now, **withdrawn,
                )
            )  # fmt: skip

        self.write(insert)

    def facility(self, slug: str, keeper: Caller, access: Access = Access.PUBLIC) -> None:
        text = FacilityText(f"The {slug}", access=access)
        self.write(
            lambda c: facilities.make_facility(c, keeper, slug, text, facility=FacilityId(f"fac_{slug}"), now=self.now)
        )

    def agent(self, *cards: Card, slug: str = "lab", keeper: Caller | None = None) -> Agent:
        """An agent that has enrolled and announced these machines."""
        code, token = digest(new_id("code")), new_id("token")
        self.write(
            lambda c: facilities.make_enrolment(c, keeper or self.bob, slug, code, lasts=TIMING.enrolment, now=self.now)
        )
        new = NewNode(NodeId(new_id("nod")), "workshop", "fabnode 1", digest(token))
        agent = Agent(self.write(lambda c: nodes.enrol(c, code, new, self.now)), token)
        self.announce(agent, *cards)
        return agent

    def announce(self, agent: Agent, *cards: Card) -> dict[str, MachineId]:
        return self.write(
            lambda c: nodes.announce(
                c, agent.node, "fabnode 1", cards, make_id=lambda: MachineId(new_id("mac")), now=self.now
            )
        )

    def build_done(
        self,
        build: str,
        *,
        size: tuple[float, float, float] = (84, 42, 50),
        without: tuple[str, ...] = (),
        **values: object,
    ) -> None:
        """Write what the builder writes when it is done, then let the registry find out by its sweep. `without`: files
        that are not made yet."""
        done: dict[str, object] = {
            "state": "done",
            "measurements": {"bounding_box": {"min": ["0", "0", "0"], "max": [str(length) for length in size]}},
            "findings": [],
            "finished_at": self.now,
            **values,
        }

        def finish(c: sa.Connection) -> None:
            c.execute(sa.update(builds).where(builds.c.id == build).values(done))
            for name in ("model.3mf", "model.stl", "thumbnail.png"):
                content = digest(build + name)
                c.execute(sa.insert(blobs).values(sha256=content, size=10, created_at=self.now))
                if name not in without:
                    add_made(c, BuildId(build), [{"name": name, "sha256": content, "size": 10}])

        self.write(finish)
        self.sweep()

    # ---- what people do

    def order(self, wish: OrderWish | None = None, *, by: Caller | None = None, key: str | None = None) -> OrderView:
        wish = wish or OrderWish(parse_version_name(BIN), {})
        fresh = OrderId(new_id("ord"))
        order, topics = self.write(
            lambda c: orders.place_order(
                c, by or self.ada, wish, order=fresh, request_key=key, fingerprint="engine 1", now=self.now
            )
        )
        self.topics |= topics
        return self.show(order)

    def ready_order(self, **wish: object) -> OrderView:
        """An order whose geometry is built."""
        order = self.order(replace(OrderWish(parse_version_name(BIN), {}), **wish))
        if order.build_state != "done":
            self.build_done(order.build)
        return self.show(order.summary.id)

    def show(self, order: str, by: Caller | None = None) -> OrderView:
        return self.read(lambda c: order_views.read_order(c, order, by or self.ada))

    def cancel(self, order: OrderView, by: Caller | None = None) -> OrderView:
        self.topics |= self.write(lambda c: orders.cancel_order(c, by or self.ada, order.summary.id, self.now))
        return self.show(order.summary.id)

    def redo(self, order: OrderView, copy: int = 1, by: Caller | None = None) -> OrderView:
        job = order.jobs[copy - 1].id
        self.topics |= self.write(lambda c: orders.redo_job(c, by or self.ada, order.summary.id, job, self.now))
        return self.show(order.summary.id)

    # ---- what agents do

    def claim(self, agent: Agent, *machines: str, key: str | None = None) -> HandedOut | None:
        wish = Claim(agent.node, key or new_id("key"), machines or ("mk3s",))
        (found,), topics = self.write(
            lambda c: claims.answer(c, [wish], make_id=lambda: AttemptId(new_id("att")), timing=TIMING, now=self.now)
        )
        self.topics |= topics
        if isinstance(found, Invalid):
            raise found
        return None if isinstance(found, Open) else found

    def must_claim(self, agent: Agent, *machines: str, key: str | None = None) -> HandedOut:
        found = self.claim(agent, *machines, key=key)
        assert found is not None
        return found

    def beat(self, agent: Agent, *held: HandedOut, machines: Sequence[MachineNow] = ()) -> Beat:
        leases = [(one.attempt, one.epoch) for one in held]
        return self.write(lambda c: dispatch.beat(c, agent.node, machines, leases, timing=TIMING, now=self.now))

    def permit(self, agent: Agent, at: HandedOut, *, epoch: int | None = None, gcode: str = "gcode") -> Granted:
        granted, topics = self.write(
            lambda c: dispatch.permit(
                c, agent.node, at.attempt, epoch or at.epoch, digest(gcode),
                permit_id=new_id("per"), timing=TIMING, now=self.now,
            )
        )  # fmt: skip
        self.topics |= topics
        return granted

    def send(self, agent: Agent, *reports: Reported) -> Acknowledged:
        kept = self.write(lambda c: take_reports(c, agent.node, reports, self.now))
        self.topics |= kept.topics
        return kept

    def tell(self, agent: Agent, at: HandedOut, *states: AttemptState, retry: bool = False) -> Acknowledged:
        return self.send(agent, *(agent.report(at, state, retry=retry) for state in states))

    def printing(self, agent: Agent, at: HandedOut) -> None:
        self.tell(agent, at, AttemptState.STAGED)
        self.permit(agent, at)
        self.tell(agent, at, AttemptState.STARTING, AttemptState.PRINTING)

    def sweep(self) -> int:
        found, topics = self.write(lambda c: settling.sweep(c, TIMING, self.now))
        self.topics |= topics
        return found

    def settle(self, build: str) -> None:
        self.topics |= self.write(lambda c: settling.settle_orders_of(c, BuildId(build), self.now))
