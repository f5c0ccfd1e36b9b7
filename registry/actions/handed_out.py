"""What an agent is told of a job that it was given."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa

from designs.digest import Digest, parse_digest
from designs.print_settings import PrintSettings, print_from_json
from registry.core.asking import Asks
from registry.core.capability import Size
from registry.core.dispatch import Timing
from registry.core.lying import AS_DRAWN, Direction, way_that_fits
from registry.store import handout

MODELS = ("model.3mf", "model.stl", "model.step", "model.dxf")
"""What an agent gets of a build: meshes to slice, the exact form, and the outline of what is flat."""


@dataclass(frozen=True)
class Artifact:
    name: str
    sha256: Digest
    size: int


@dataclass(frozen=True)
class HandedOut:
    """A job in an agent's hands."""

    job: str
    attempt: str
    epoch: int
    lease_seconds: float
    machine: str
    """The agent's key of the machine."""
    order: str
    design: str
    """namespace/name@version"""
    snapshot: Digest
    recipe: Digest
    artifacts: tuple[Artifact, ...]
    process: str
    material: str
    colour: str | None
    thickness_mm: float | None
    print: PrintSettings
    note: str
    copies: int = 1
    """Equal parts on one plate, all under this attempt."""
    up: Direction | None = None
    """The direction of the model that points up on this machine; None: as drawn."""


def handed_out(connection: sa.Connection, attempts: Iterable[str], timing: Timing) -> dict[str, HandedOut]:
    """These attempts as their agents are told of them."""
    wanted = list(attempts)
    if not wanted:
        return {}
    rows = handout.attempts_to_tell(connection, wanted)
    files = handout.files_of_builds(connection, {row["build_id"] for row in rows}, MODELS)
    plates = [row["id"] for row in rows if row["plate"] is not None]
    copies = handout.plates_of(connection, plates) if plates else {}
    return {row["id"]: _told(row, files.get(row["build_id"], ()), copies.get(row["id"], 1), timing) for row in rows}


def _told(row: sa.RowMapping, files: Iterable[tuple[str, str, int]], copies: int, timing: Timing) -> HandedOut:
    return HandedOut(
        job=row["job_id"],
        attempt=row["id"],
        epoch=row["epoch"],
        lease_seconds=timing.first_lease.total_seconds(),
        machine=row["machine_key"],
        order=row["order_id"],
        design=row["version"],
        snapshot=row["snapshot"],
        recipe=row["build_id"],
        artifacts=tuple(Artifact(name, parse_digest(sha256), size) for name, sha256, size in files),
        process=row["process"],
        material=row["material"],
        colour=row["colour"],
        thickness_mm=row["thickness_mm"],
        print=_print(tuple(sorted((row["print"] or {}).items()))),
        note=row["note"],
        copies=copies,
        up=_up(row),
    )


def _up(row: sa.RowMapping) -> Direction | None:
    if row["asks"] is None:
        return None
    way = way_that_fits(Asks.from_json(row["asks"]).ways, Size(row["x_mm"], row["y_mm"], row["z_mm"]))
    return None if way is None or way.name == AS_DRAWN else way.up


@lru_cache(1024)
def _print(given: tuple[tuple[str, str | int | bool], ...]) -> PrintSettings:
    return print_from_json(dict(given))
