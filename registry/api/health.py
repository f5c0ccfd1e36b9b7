"""Whether the registry is up and its database answers."""

from typing import Literal

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel

from registry.api.deps import Parts
from registry.api.problems import documented

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: Literal["ok"] = "ok"
    database: Literal["sqlite", "postgresql"]


@router.get("/health", responses=documented(503))
async def health(parts: Parts) -> Health:
    """Answers when the registry can serve: its database was asked just now."""
    await parts.db.read(lambda connection: connection.execute(sa.select(1)).scalar_one())
    return Health(database="sqlite" if parts.db.sqlite else "postgresql")
