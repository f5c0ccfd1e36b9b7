"""Lineage: families, ancestors, descendants and users; news of an origin, and drift from it."""

from collections.abc import Callable
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query

from registry.actions import lineage as actions
from registry.actions import upstream
from registry.actions.designs import read_version
from registry.actions.lineage_views import Part, RelativesPage
from registry.api.deps import Parts, State
from registry.api.lineage_models import (
    BreakageOut,
    CommonAncestorsOut,
    DriftOut,
    LineageOut,
    NewsOut,
    RelativesOut,
    breakage_out,
    drift_out,
    lineage_out,
    news_out,
    node_out,
    relatives_out,
)
from registry.api.paths import DesignPath, VersionPath
from registry.api.problems import documented
from registry.core.lineage import LARGEST
from registry.errors import NotFound
from registry.ids import DesignName, VersionId, parse_version_name

router = APIRouter(tags=["lineage"])

_VERSION = "/designs/{namespace}/{name}/versions/{version}"
Name = Annotated[str, Query(max_length=200, examples=["ada/gridfinity-bin@1.2.0"])]


def part_in_query(
    after: Annotated[int, Query(ge=0, le=actions.MOST_WALKED, description="How many were shown before")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    depth: Annotated[int | None, Query(ge=1, le=10_000, description="How many steps are followed")] = None,
) -> Part:
    """Which part of a list of relatives is asked for."""
    return Part(after, limit, depth)


PartQuery = Annotated[Part, Depends(part_in_query)]


@router.get("/designs/{namespace}/{name}/lineage", responses=documented(404))
async def show_lineage(
    design: DesignPath, parts: Parts, limit: Annotated[int, Query(ge=2, le=LARGEST)] = LARGEST
) -> LineageOut:
    """The family of a design: its versions, its origins, its forks and theirs. Of a larger family the nearest."""
    return lineage_out(await parts.db.read(lambda connection: actions.read_lineage(connection, design, most=limit)))


@router.get(f"{_VERSION}/ancestors", responses=documented(404))
async def show_ancestors(design: DesignPath, version: VersionPath, part: PartQuery, parts: Parts) -> RelativesOut:
    """What a version comes from by revisions, forks and merges, nearest first."""
    return await _relatives(parts, actions.ancestors, design, version, part)


@router.get(f"{_VERSION}/descendants", responses=documented(404))
async def show_descendants(design: DesignPath, version: VersionPath, part: PartQuery, parts: Parts) -> RelativesOut:
    """What came of a version by revisions, forks and merges, nearest first."""
    return await _relatives(parts, actions.descendants, design, version, part)


@router.get(f"{_VERSION}/users", responses=documented(404))
async def show_users(design: DesignPath, version: VersionPath, part: PartQuery, parts: Parts) -> RelativesOut:
    """What is built from a version, directly (one step) or through others, nearest first."""
    return await _relatives(parts, actions.users, design, version, part)


@router.get(f"{_VERSION}/concerned", responses=documented(404))
async def show_concerned(
    design: DesignPath,
    version: VersionPath,
    parts: Parts,
    parameter: Annotated[str | None, Query(max_length=63, examples=["wall"])] = None,
) -> BreakageOut:
    """Whom it would concern if this version were withdrawn, or if a parameter went away after it."""

    def ask(connection: sa.Connection) -> BreakageOut:
        wanted = read_version(connection, design, version).id
        return breakage_out(actions.what_would_break(connection, wanted, parameter=parameter))

    return await parts.db.read(ask)


@router.get("/designs/{namespace}/{name}/news", responses=documented(404))
async def show_news(design: DesignPath, parts: Parts) -> NewsOut:
    """What the origin of a fork has released since. 404 `no_origin` for a design that is no fork."""
    news = await parts.db.read(lambda connection: upstream.upstream_news(connection, design))
    if news is None:
        raise _no_origin(design)
    return news_out(news)


@router.get("/designs/{namespace}/{name}/drift", responses=documented(404))
async def show_drift(design: DesignPath, parts: Parts) -> DriftOut:
    """How far a fork and its origin have gone apart. 404 `no_origin` for a design that is no fork."""
    drift = await parts.db.read(lambda connection: upstream.drift(connection, design))
    if drift is None:
        raise _no_origin(design)
    return drift_out(drift)


@router.get("/lineage/common-ancestor", responses=documented(404))
async def show_common_ancestors(a: Name, b: Name, parts: Parts) -> CommonAncestorsOut:
    """The nearest versions from which both `a` and `b` come."""
    one, other = parse_version_name(a), parse_version_name(b)
    found = await parts.db.read(lambda connection: actions.read_merge_bases(connection, one, other))
    return CommonAncestorsOut(versions=tuple(map(node_out, found)))


def _no_origin(design: DesignName) -> NotFound:
    return NotFound(f"{design} is no fork: it has no origin to compare it with", code="no_origin", value=str(design))


async def _relatives(
    parts: State,
    listed: Callable[[sa.Connection, VersionId, Part], RelativesPage],
    design: DesignName,
    version: str,
    part: Part,
) -> RelativesOut:
    def ask(connection: sa.Connection) -> RelativesPage:
        return listed(connection, read_version(connection, design, version).id, part)

    return relatives_out(await parts.db.read(ask))
