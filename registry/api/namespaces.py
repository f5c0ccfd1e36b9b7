"""Namespaces: the names under which designs are published."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from registry.actions import members as actions
from registry.actions.members import NamespaceView
from registry.api.deps import Member, Parts, Publisher
from registry.api.problems import documented
from registry.ids import parse_new_namespace
from registry.moments import now

router = APIRouter(tags=["namespaces"])


class NamespaceWish(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "open-lab"}})

    name: Annotated[str, Field(max_length=63)]


class NamespaceOut(BaseModel):
    name: str
    owner: str
    created_at: datetime


class Namespaces(BaseModel):
    namespaces: tuple[NamespaceOut, ...]


def _out(view: NamespaceView) -> NamespaceOut:
    return NamespaceOut(name=view.name, owner=view.owner, created_at=view.created_at)


@router.get("/namespaces", responses=documented(401))
async def list_namespaces(caller: Member, parts: Parts) -> Namespaces:
    """The namespaces in which the caller may publish."""
    views = await parts.db.read(lambda connection: actions.list_namespaces(connection, caller.member))
    return Namespaces(namespaces=tuple(map(_out, views)))


@router.post("/namespaces", status_code=201, responses=documented(401, 403, 409))
async def make_namespace(body: NamespaceWish, caller: Publisher, parts: Parts) -> NamespaceOut:
    """Take a further name to publish under."""
    name, moment = parse_new_namespace(body.name), now()
    view = await parts.db.write(lambda connection: actions.make_namespace(connection, caller, name, moment))
    parts.signals.notify("log")
    return _out(view)
