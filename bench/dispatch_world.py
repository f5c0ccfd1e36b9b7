"""A registry's database as a busy one has it: agents with their machines, and a long queue of jobs. Written directly:
what is measured is the hand-out, not how orders come about."""

import hashlib
import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import sqlalchemy as sa

from designs.digest import Digest
from designs.manifest import parse_manifest
from designs.parameters import resolve
from designs.recipe import Recipe
from registry.actions.nodes import NodeIdentity
from registry.core.handing_out import ANYWHERE
from registry.credentials import secret_hash
from registry.ids import FacilityId, NodeId
from registry.store.records import insert_rows
from registry.store.tables.builds import build_artifacts, builds
from registry.store.tables.designs import blobs, designs, versions
from registry.store.tables.facilities import facilities, machines, nodes
from registry.store.tables.members import members, namespaces
from registry.store.tables.orders import jobs, orders
from registry.work.engines import fingerprint

MANIFEST = """\
[design]
name = "part"
title = "Part"
description = "A part."
licence = "CC0-1.0"
authors = ["Ada"]
engine = "cadquery"
source = "part.py"

[parameters.length]
type = "number"
unit = "mm"
default = 20
min = 5
max = 100

[print]
material = "PLA"
nozzle_mm = 0.4
layer_height_mm = 0.2
"""
MATERIALS = ("pla", "petg", "asa", "tpu", "abs", "pa", "pc", "pctg")
LOADED = 2
"""Materials in each machine."""
FACILITIES = 50
AT_PLACE = 0.3
"""Share of the orders that name a facility."""
COPIES = 4
"""Of an order."""
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_AT_ONCE = 2000


@dataclass(frozen=True)
class Agent:
    """An agent with one machine."""

    node: NodeIdentity
    token: str
    machine: str
    """The agent's key of it."""
    materials: tuple[str, ...]


def digest(text: str) -> Digest:
    return Digest(hashlib.sha256(text.encode()).hexdigest())


SNAPSHOT = digest("snapshot")


def found(connection: sa.Connection) -> None:
    """Members, a design, its build, facilities: what orders and agents stand on."""
    people = [f"mem_{number}" for number in range(20)]
    insert_rows(
        connection, members,
        [{"id": one, "name": one, "display_name": one, "password_hash": "", "admin": False, "created_at": _NOW}
         for one in people],
    )  # fmt: skip
    insert_rows(connection, namespaces, [{"name": "bench", "owner_id": people[0], "created_at": _NOW}])
    content = [SNAPSHOT, digest("model.3mf"), digest("model.step")]
    insert_rows(connection, blobs, [{"sha256": one, "size": 1000, "created_at": _NOW} for one in content])
    connection.execute(
        sa.insert(designs).values(
            id="des_bench", namespace="bench", name="part", title="Part", description="", licence="CC0-1.0",
            engine="cadquery", tags=[], created_at=_NOW, updated_at=_NOW, latest_id="ver_bench",
        )
    )  # fmt: skip
    manifest, recipe = parse_manifest(MANIFEST), _recipe()
    connection.execute(
        sa.insert(versions).values(
            id="ver_bench", design_id="des_bench", version="1.0.0", version_key="1.0.0", snapshot=SNAPSHOT,
            manifest=manifest.to_json(), licence="CC0-1.0", changelog="", family="f", published_by=people[0],
            published_at=_NOW,
        )
    )  # fmt: skip
    connection.execute(
        sa.insert(builds).values(
            id=recipe.digest, snapshot=SNAPSHOT, recipe=recipe.to_json(), state="done", stage="", progress=1, tries=1,
            requested_at=_NOW, finished_at=_NOW, findings=[], kept_for="order",
            measurements={"bounding_box": {"min": ["0", "0", "0"], "max": ["80", "40", "30"]}},
        )
    )  # fmt: skip
    for name, sha256 in (("model.3mf", content[1]), ("model.step", content[2])):
        row = {"build_id": recipe.digest, "name": name, "sha256": sha256, "size": 1000, "state": "done"}
        connection.execute(sa.insert(build_artifacts).values(row))
    places = [
        {"id": f"fac_{number}", "slug": f"lab-{number}", "name": f"Lab {number}", "address": "", "access": "public",
         "opening_hours": "", "description": "", "created_at": _NOW}
        for number in range(FACILITIES)
    ]  # fmt: skip
    insert_rows(connection, facilities, places)


def add_agents(connection: sa.Connection, count: int, *, first: int = 0, materials: Sequence[str] = ()) -> list[Agent]:
    """Agents with one idle machine each, spread over the facilities and materials (or all with these)."""
    agents = []
    for number in range(first, first + count):
        place, name = number % FACILITIES, f"nod_{number}"
        loaded = tuple(materials) or tuple(MATERIALS[(number + step) % len(MATERIALS)] for step in range(LOADED))
        identity = NodeIdentity(NodeId(name), name, FacilityId(f"fac_{place}"), f"lab-{place}", f"Lab {place}")
        agents.append(Agent(identity, f"secret-{number}", "m", loaded))
    for part in _parts(agents):
        insert_rows(connection, nodes, [_node(one) for one in part])
        rows = [_machine(one) for one in part]
        connection.execute(sa.insert(machines), rows)
    return agents


def add_orders(connection: sa.Connection, count: int, *, seed: int = 1, name: str = "ord") -> None:
    """So many copies in the queue, of orders with COPIES each, over all materials; some name a facility."""
    chance = random.Random(seed)  # noqa: S311  (the same orders each time)
    numbers = itertools.count()
    for _ in range(0, count, _AT_ONCE):
        made, copies = [], []
        for number in itertools.islice(numbers, min(count, _AT_ONCE) // COPIES):
            order, material = f"{name}_{number:08}", chance.choice(MATERIALS)
            place = f"fac_{chance.randrange(FACILITIES)}" if chance.random() < AT_PLACE else ANYWHERE
            made.append(_order(order, material, place or None, number))
            copies += [_job(order, copy, material, place or None, number) for copy in range(COPIES)]
        insert_rows(connection, orders, made)
        insert_rows(connection, jobs, copies)


@cache
def _recipe() -> Recipe:
    return Recipe(SNAPSHOT, resolve(parse_manifest(MANIFEST), {}, None), fingerprint("cadquery"))


def _parts(agents: list[Agent]) -> Iterator[list[Agent]]:
    return (agents[begin : begin + _AT_ONCE] for begin in range(0, len(agents), _AT_ONCE))


def _node(one: Agent) -> dict[str, object]:
    return {
        "id": one.node.id, "facility_id": one.node.facility, "name": one.node.name,
        "secret_sha256": secret_hash(one.token), "software": "bench", "enrolled_by": "mem_0", "enrolled_at": _NOW,
        "last_seen_at": _NOW, "acknowledged": 0,
    }  # fmt: skip


def _machine(one: Agent) -> dict[str, object]:
    return {
        "id": f"mac_{one.node.id}", "node_id": one.node.id, "facility_id": one.node.facility, "key": one.machine,
        "name": "MK4", "model": "MK4", "driver": "virtual", "process": "fdm", "x_mm": 250.0, "y_mm": 210.0,
        "z_mm": 210.0, "nozzle_mm": 0.4, "profile": "", "announced_at": _NOW, "state": "idle", "bed": "clear",
        "materials": [{"material": material, "colour": "black"} for material in one.materials],
    }  # fmt: skip


def _order(order: str, material: str, place: str | None, number: int) -> dict[str, object]:
    return {
        "id": order, "member_id": f"mem_{number % 20}", "version_id": "ver_bench", "build_id": _recipe().digest,
        "parameters": {}, "quantity": COPIES, "material": material, "facility_id": place, "note": "",
        "placed_at": _NOW,
    }  # fmt: skip


def _job(order: str, copy: int, material: str, place: str | None, number: int) -> dict[str, object]:
    return {
        "id": f"{order}-{copy}", "order_id": order, "copy": copy, "state": "queued", "epoch": 0, "cancelling": False,
        "failures": 0, "losses": 0, "priority": 0, "queued_at": _NOW, "changed_at": _NOW, "build_id": _recipe().digest,
        "member_id": f"mem_{number % 20}", "facility_id": place, "process": "fdm", "material": material,
        "colour": None if copy % 2 else "black", "nozzle_mm": 0.4, "short_mm": 40.0, "long_mm": 80.0, "high_mm": 30.0,
        "turn": number,
    }  # fmt: skip
