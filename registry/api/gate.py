"""What every request passes before its route: how often one may write, and whether a design is hidden."""

import math
import time
from collections.abc import Mapping

from starlette.requests import Request

from registry.actions.moderation import require_shown
from registry.actions.proposal_sides import designs_of
from registry.actions.proposals import proposal_numbered
from registry.api.deps import SAFE_METHODS, Parts, caller, pattern_of
from registry.api.sessions import address_of
from registry.core.buckets import Allowance
from registry.core.permissions import Caller
from registry.errors import Hidden, RateLimited, RegistryError, Unauthenticated
from registry.ids import DesignName, design_name
from registry.parts import State

COSTS: Mapping[tuple[str, str], int] = {
    ("POST", "/api/v1/members"): 20,
    ("POST", "/join"): 20,
    ("POST", "/api/v1/designs/{namespace}/{name}/versions"): 5,
    ("POST", "/api/v1/designs/{namespace}/{name}/archive"): 5,
    ("POST", "/api/v1/designs/{namespace}/{name}/versions/{version}/fork"): 5,
    ("POST", "/publish"): 5,
    ("GET", "/api/v1/me/export.zip"): 60,
    ("GET", "/settings/export.zip"): 60,
}
"""How much a request takes out of the bucket where it is not 1. Reading is free, what is expensive to read is not."""
OF_AGENTS = ("/api/v1/node/", "/api/v1/nodes/")
"""Agents are known by tokens of their own, and how often they speak is settled by their protocol."""


async def pass_gate(request: Request, parts: Parts) -> None:
    """Raise RateLimited where somebody does too much, and Hidden where moderators hid what is asked for."""
    path = pattern_of(request)
    if path.startswith(OF_AGENTS):
        return
    cost = COSTS.get((request.method, path), 0 if request.method in SAFE_METHODS else 1)
    if cost:
        _check_rate(parts, await _who(request, parts), address_of(request), cost)
    named = await _designs_of(request, parts, path)
    if named:
        await _check_shown(request, parts, named)


def _check_rate(parts: State, found: Caller | None, address: str, cost: int) -> None:
    settings = parts.settings
    per_minute = settings.address_writes_per_minute if found is None else settings.member_writes_per_minute
    if not per_minute:
        return
    key = f"address {address}" if found is None else f"member {found.member}"
    wait = parts.buckets.take(key, Allowance(per_minute, per_minute / 60), cost, time.monotonic())
    if wait:
        seconds = max(1, math.ceil(wait))
        raise RateLimited(
            f"this is more than {per_minute} changes in a minute: go on in {seconds} seconds",
            retry_after_seconds=seconds,
        )


async def _designs_of(request: Request, parts: State, path: str) -> tuple[DesignName, ...]:
    """The designs that an address is about: both sides of a proposal."""
    told = request.path_params
    try:
        design = design_name(told["namespace"], told["name"]) if "/designs/{namespace}/{name}" in path else None
        if design is not None and "/proposals/{number}" in path:
            number = int(told["number"])
            return await parts.db.read(lambda c: designs_of(c, proposal_numbered(c, design, number)))
        if "/proposals/{proposal}" in path:
            return await parts.db.read(lambda c: designs_of(c, told["proposal"]))
    except (RegistryError, ValueError):
        return ()  # the route says what is wrong with the name
    return () if design is None else (design,)


async def _check_shown(request: Request, parts: State, named: tuple[DesignName, ...]) -> None:
    try:
        await parts.db.read(lambda connection: require_shown(connection, None, *named))
    except Hidden:
        found = await _who(request, parts)
        await parts.db.read(lambda connection: require_shown(connection, found, *named))


async def _who(request: Request, parts: State) -> Caller | None:
    """Who asks; somebody with a bad token is nobody here: the route refuses them, if it needs to know."""
    try:
        return await caller(request, parts)
    except Unauthenticated:
        return None
