"""Agents: the node protocol (see fabnode.protocol, which both sides share), and the list of agents for people."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from pydantic import BaseModel

from fabnode import protocol as wire
from registry import credentials
from registry.actions import dispatch, nodes
from registry.actions.claims import Claim
from registry.actions.handed_out import HandedOut
from registry.actions.nodes import Card, MachineNow, NewNode, NodeIdentity
from registry.actions.reports import Figures, Reported, take_reports
from registry.actions.story import node_topic
from registry.api import node_examples as examples
from registry.api.deps import FacilityKeeper, Parts
from registry.api.node_claims import AnsweredLater, WaitingClaim
from registry.api.problems import documented
from registry.api.timing import HandOutTiming
from registry.core.attempts import AttemptState
from registry.core.capability import Loaded, Rates, Size
from registry.core.source_bundle import source_url
from registry.errors import Unauthenticated
from registry.ids import MachineId, NodeId, new_id
from registry.store.clock import database_now

router = APIRouter(tags=["nodes"])

_node_token = HTTPBearer(auto_error=False, scheme_name="node token", description="Given to an agent on enrolment.")


async def node_caller(
    parts: Parts, shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_node_token)] = None
) -> NodeIdentity:
    """The agent that calls, by its token."""
    if shown is None:
        raise Unauthenticated("this is for agents: send the token that was given on enrolment", code="bad_token")
    hashed = credentials.secret_hash(shown.credentials)
    return await parts.db.read(lambda connection: nodes.authenticate_node(connection, hashed))


Node = Annotated[NodeIdentity, Depends(node_caller)]


@router.post("/nodes/enrol", status_code=201, responses=documented(403, 409, 410))
async def enrol(body: Annotated[wire.Enrol, Body(openapi_examples=examples.ENROL)], parts: Parts) -> wire.Enrolled:
    """Join a facility by a one-time code. The token is shown this once."""
    secret = credentials.new_secret()
    new = NewNode(NodeId(new_id("nod")), body.name, body.software, secret.sha256)
    code = credentials.secret_hash(body.code.lower())
    node = await parts.db.write(lambda connection: nodes.enrol(connection, code, new, database_now(connection)))
    parts.signals.notify("log")
    return wire.Enrolled(node=node.id, token=secret.text, facility=node.facility_slug, facility_name=node.facility_name)


@router.put("/node/machines", responses=documented(401, 409))
async def announce(
    body: Annotated[wire.Announce, Body(openapi_examples=examples.ANNOUNCE)], node: Node, parts: Parts
) -> wire.Announced:
    """Say which machines the agent serves. A machine that is left out is withdrawn; its history stays."""
    cards = tuple(map(_card, body.machines))
    ids = await parts.db.write(
        lambda connection: nodes.announce(
            connection, node, body.software, cards,
            make_id=lambda: MachineId(new_id("mac")), now=database_now(connection),
        )
    )  # fmt: skip
    parts.signals.notify(node_topic(node.id))
    return wire.Announced(
        machines=tuple(wire.AnnouncedMachine(key=key, machine=machine) for key, machine in ids.items())
    )


@router.post(
    "/node/claim", response_model=wire.ClaimedJob, responses={204: {"description": "No work"}, **documented(401)}
)
async def claim(
    body: Annotated[wire.Claim, Body(openapi_examples=examples.CLAIM)],
    node: Node,
    parts: Parts,
) -> Response:
    """Take the next job that one of the named machines can make; waits for one. The same key gives the same answer."""
    wish = Claim(node, body.idempotency_key, body.machines)
    return AnsweredLater(WaitingClaim(parts.desk, wish, body.wait_seconds, partial(_claimed_bytes, parts.settings.url)))


@router.post("/node/heartbeat", responses=documented(401))
async def heartbeat(
    body: Annotated[wire.Heartbeat, Body(openapi_examples=examples.HEARTBEAT)],
    node: Node,
    parts: Parts,
    timing: HandOutTiming,
) -> wire.HeartbeatReply:
    """Tell how the machines are and prolong leases; learn which still hold, and what is asked of running attempts."""
    machines = tuple(MachineNow(**one.model_dump()) for one in body.machines)
    leases = tuple((one.attempt, one.epoch) for one in body.leases)
    told = await parts.db.write(
        lambda connection: dispatch.beat(
            connection, node, machines, leases, timing=timing, now=database_now(connection)
        )
    )
    parts.signals.notify("machines", *(f"order:{order}" for order in told.orders))
    seconds = timing.lease.total_seconds()
    return wire.HeartbeatReply(
        leases=tuple(
            wire.LeaseReply(attempt=one, held=one in told.held, lease_seconds=seconds if one in told.held else 0)
            for one, _ in leases
        ),
        commands=tuple(wire.Command(attempt=one, action=action.value) for one, action in told.commands),
        recalls=tuple(
            wire.RecallNotice(attempt=one, design=design, reason=reason[:2000]) for one, design, reason in told.recalls
        ),
    )


@router.post("/node/permit", responses=documented(401, 404, 409))
async def permit(
    body: Annotated[wire.AskPermit, Body(openapi_examples=examples.PERMIT)],
    node: Node,
    parts: Parts,
    timing: HandOutTiming,
) -> wire.Permit:
    """Leave to start an attempt, once and soon. 409 when it may not start: see `code`."""
    fresh = new_id("per")
    granted, topics = await parts.db.write(
        lambda connection: dispatch.permit(
            connection, node, body.attempt, body.epoch, body.gcode_sha256,
            permit_id=fresh, timing=timing, now=database_now(connection),
        )
    )  # fmt: skip
    parts.signals.notify(*topics)
    return wire.Permit(permit=granted.permit, attempt=granted.attempt, valid_seconds=granted.valid_seconds)


@router.post("/node/reports", responses=documented(401, 409))
async def report(
    body: Annotated[wire.Reports, Body(openapi_examples=examples.REPORTS)], node: Node, parts: Parts
) -> wire.ReportsReply:
    """Hand in what happened, by sequence number. Repeating is harmless; what came too late is kept as history."""
    reported = tuple(map(_reported, body.reports))
    kept = await parts.db.write(lambda connection: take_reports(connection, node, reported, database_now(connection)))
    parts.signals.notify(node_topic(node.id), *kept.topics)
    return wire.ReportsReply(acknowledged=kept.through, late=kept.late)


class NodeOut(BaseModel):
    id: str
    name: str
    facility: str
    facility_name: str
    software: str
    machines: int
    enrolled_at: datetime
    last_seen_at: datetime | None
    online: bool


class Nodes(BaseModel):
    nodes: tuple[NodeOut, ...]


@router.get("/nodes", responses=documented(401, 403, 404))
async def list_nodes(
    caller: FacilityKeeper,
    parts: Parts,
    timing: HandOutTiming,
    facility: Annotated[str | None, Query(max_length=63, description="Short name of one facility")] = None,
) -> Nodes:
    """The agents of the facilities that the caller runs."""
    views = await parts.db.read(
        lambda connection: nodes.list_nodes(connection, caller, facility, timing, database_now(connection))
    )
    return Nodes(nodes=tuple(NodeOut(**vars(view)) for view in views))


@router.delete("/nodes/{node}", status_code=204, responses=documented(401, 403, 404))
async def remove_node(node: str, caller: FacilityKeeper, parts: Parts) -> None:
    """Withdraw an agent's token, and its machines with it."""
    await parts.db.write(lambda connection: nodes.remove_node(connection, caller, node, database_now(connection)))
    parts.signals.notify("log", "machines")


def _card(told: wire.MachineCard) -> Card:
    return Card(
        key=told.key,
        name=told.name,
        model=told.model,
        driver=told.driver,
        process=told.process.value,
        envelope=Size(told.envelope.x, told.envelope.y, told.envelope.z),
        nozzle_mm=told.nozzle_mm,
        materials=tuple(Loaded(one.material, one.colour, one.thickness_mm, one.remaining_g) for one in told.materials),
        profile=told.profile,
        tolerance_mm=told.tolerance_mm,
        rates=None if told.rates is None else _rates(told.rates),
        plate_copies=told.plate_copies,
    )


def _rates(told: wire.Rates) -> Rates:
    """Money is exact from here on: the digits as they were written."""
    return Rates(told.currency, Decimal(str(told.per_hour)), Decimal(str(told.per_gram)))


def _claimed_bytes(home: str, found: HandedOut) -> bytes:
    return _claimed(found, home).model_dump_json().encode()


def _claimed(found: HandedOut, home: str) -> wire.ClaimedJob:
    asked = found.print
    return wire.ClaimedJob(
        job=found.job,
        attempt=found.attempt,
        epoch=found.epoch,
        lease_seconds=found.lease_seconds,
        machine=found.machine,
        order=found.order,
        design=found.design,
        snapshot=found.snapshot,
        recipe=found.recipe,
        artifacts=tuple(wire.ArtifactRef(name=a.name, sha256=a.sha256, size=a.size) for a in found.artifacts),
        process=wire.Process(found.process),
        copies=found.copies,
        material=found.material,
        colour=found.colour,
        thickness_mm=found.thickness_mm,
        hints=wire.PrintHints(
            layer_height_mm=None if asked.layer_height_mm is None else float(asked.layer_height_mm),
            infill_percent=asked.infill_percent,
            perimeters=asked.perimeters,
            supports=asked.supports,
            brim_mm=None if asked.brim_mm is None else float(asked.brim_mm),
            tabs=asked.tabs,
            up=found.up,
        ),
        note=found.note,
        source_url=source_url(home, found.design),
    )


def _reported(told: wire.Report) -> Reported:
    body: Mapping[str, object] = told.model_dump(mode="json")
    figures = Figures(
        None if told.figures is None else told.figures.model_dump(mode="json"), told.print_seconds, told.starts_seen
    )
    return Reported(
        sequence=told.sequence,
        attempt=told.attempt,
        epoch=told.epoch,
        state=AttemptState(told.state.value),
        retry=told.retry,
        reason=told.reason,
        figures=figures,
        body=dict(body),
        # Without what is left at its default: a field that the protocol gets later makes no old report another one.
        body_sha256=hashlib.sha256(told.model_dump_json(exclude_defaults=True).encode()).hexdigest(),
        good_copies=told.good_copies,
    )
