"""Whether the registry is up and its database answers."""

from typing import Literal

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel

from designs.sandbox.confine import Floor
from registry.api.deps import Parts
from registry.api.problems import documented

router = APIRouter(tags=["health"])


class BuildsHealth(BaseModel):
    """What scripts are confined by on the host of this process."""

    floor: Floor
    """Below it nothing is built for strangers."""
    met: bool | None
    """None: this process builds nothing, or is just starting."""
    reasons: tuple[str, ...] = ()
    """What is lacking."""


class Health(BaseModel):
    status: Literal["ok"] = "ok"
    database: Literal["sqlite", "postgresql"]
    builds: BuildsHealth


@router.get("/health", responses=documented(503))
async def health(parts: Parts) -> Health:
    """Answers when the registry can serve: its database was asked just now."""
    await parts.db.read(lambda connection: connection.execute(sa.select(1)).scalar_one())
    found = parts.floor.decision
    builds = BuildsHealth(
        floor=parts.settings.build_floor, met=found.met if found else None, reasons=found.reasons if found else ()
    )
    return Health(database="sqlite" if parts.db.sqlite else "postgresql", builds=builds)
