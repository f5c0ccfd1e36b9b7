"""Handing namespaces and designs over: offered by one side, accepted by the other."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from registry.actions import transfers as actions
from registry.actions.transfers import TransferView
from registry.api.deps import AccountOwner, Parts, Reader
from registry.api.paths import DesignPath, Segment
from registry.api.problems import documented
from registry.ids import NamespaceName, TransferId, design_name, new_id
from registry.moments import now

router = APIRouter(tags=["transfers"])

_ID = "tra_3k7m9q2t5v8x1z4b"
TransferPath = Annotated[str, Path(max_length=40, examples=[_ID])]


class NamespaceOffer(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"to": "open-lab"}})

    to: Annotated[str, Field(max_length=63)]
    """A member or a group."""


class DesignOffer(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"namespace": "open-lab"}})

    namespace: Annotated[str, Field(max_length=63)]
    name: Annotated[str, Field(max_length=63)] | None = None
    """The name there; the same as now unless one is given."""


class TransferOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": _ID,
                "what": "ada/gridfinity-bin",
                "to": "open-lab/gridfinity-bin",
                "asked_by": "ada",
                "asked_at": "2026-03-01T09:30:00Z",
                "yours_to_accept": False,
            }
        }
    )

    id: str
    what: str
    """A namespace, or a design as `namespace/name`."""
    to: str
    asked_by: str
    asked_at: datetime
    yours_to_accept: bool


class TransfersOut(BaseModel):
    transfers: tuple[TransferOut, ...]


def transfer_out(view: TransferView) -> TransferOut:
    told: dict[str, Any] = vars(view)
    return TransferOut(**told)


@router.get("/transfers", responses=documented(401, 403))
async def list_transfers(caller: Reader, parts: Parts) -> TransfersOut:
    """The offers that the caller made, and those that they may accept; the oldest first."""
    found = await parts.db.read(lambda connection: actions.list_transfers(connection, caller))
    return TransfersOut(transfers=tuple(map(transfer_out, found)))


@router.post("/namespaces/{namespace}/transfer", status_code=201, responses=documented(401, 403, 404, 409))
async def offer_namespace(namespace: Segment, body: NamespaceOffer, caller: AccountOwner, parts: Parts) -> TransferOut:
    """Offer a namespace to a member or a group: for its owner."""
    name, moment, transfer = NamespaceName(namespace.lower()), now(), TransferId(new_id("tra"))
    view = await parts.db.write(
        lambda connection: actions.offer_namespace(
            connection, caller, name, body.to.lower(), transfer=transfer, now=moment
        )
    )
    return transfer_out(view)


@router.post("/designs/{namespace}/{name}/transfer", status_code=201, responses=documented(401, 403, 404, 409))
async def offer_design(design: DesignPath, body: DesignOffer, caller: AccountOwner, parts: Parts) -> TransferOut:
    """Offer to move a design to another namespace: for its owner. Its address then leads to the new one for ever."""
    target, moment, transfer = design_name(body.namespace, body.name or design.name), now(), TransferId(new_id("tra"))
    view = await parts.db.write(
        lambda connection: actions.offer_design(connection, caller, design, target, transfer=transfer, now=moment)
    )
    return transfer_out(view)


@router.post("/transfers/{transfer}/accept", responses=documented(401, 403, 404, 409))
async def accept_transfer(transfer: TransferPath, caller: AccountOwner, parts: Parts) -> TransferOut:
    """Take over what was offered to oneself, or to a group or namespace that one owns."""
    moment = now()
    view = await parts.db.write(
        lambda connection: actions.accept_transfer(connection, caller, TransferId(transfer), moment)
    )
    parts.signals.notify("log")
    return transfer_out(view)


@router.delete("/transfers/{transfer}", status_code=204, responses=documented(401, 403, 404))
async def drop_transfer(transfer: TransferPath, caller: AccountOwner, parts: Parts) -> None:
    """Withdraw an offer, or decline it."""
    await parts.db.write(lambda connection: actions.drop_transfer(connection, caller, TransferId(transfer)))
