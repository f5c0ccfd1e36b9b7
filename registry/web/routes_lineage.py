"""Where a design comes from and what became of it: the lineage's page, and the family as data for its picture."""

import json
from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from registry.actions.lineage import read_lineage
from registry.actions.lineage_views import Drift, LineageNode, LineageView, UpstreamNews
from registry.actions.upstream import drift, upstream_news
from registry.api.deps import Parts
from registry.api.paths import DesignPath
from registry.ids import DesignName
from registry.parts import State
from registry.web.design_page import Latest
from registry.web.lineage_picture import (
    LATEST,
    RECALLED,
    WITHDRAWN,
    Edge,
    Flagged,
    VersionDot,
    draw_lineage,
    picture_data,
)
from registry.web.pages import render
from registry.web.routes_designs import head_values

router = APIRouter(include_in_schema=False)

MOST_DRAWN = 2_000
"""Versions of the picture; of a larger family the nearest."""
MOST_LISTED = 100
"""Versions of the list on one page."""


@router.get("/designs/{namespace}/{name}/lineage")
async def lineage(
    request: Request, parts: Parts, head: Latest, after: Annotated[int, Query(ge=0, le=MOST_DRAWN)] = 0
) -> Response:
    """The family as a picture beside its list, newest first; news of the origin, and drift from it."""
    design = head.version.name.design
    view = await _read(parts, design)
    end = max(0, len(view.nodes) - after)
    shown = view.nodes[max(0, end - MOST_LISTED) : end]
    news, gap = (None, None) if head.view.card.forked_from is None else await _upstream(parts, design)
    return render(
        request,
        "design/lineage.html",
        **head_values(head, "lineage"),
        picture=draw_lineage(map(_dot, shown), _edges(view), focus=str(design)),
        marks={str(node.name): _mark(node) for node in shown},
        total=len(view.nodes),
        complete=view.complete,
        newer=max(0, after - MOST_LISTED) if after else None,
        older=after + MOST_LISTED if end > MOST_LISTED else None,
        news=news,
        drift=gap,
    )


@router.get("/designs/{namespace}/{name}/lineage.json")
async def picture(design: DesignPath, parts: Parts) -> Response:
    """The family as numbers, for the picture's script."""
    view = await _read(parts, design)
    data = picture_data([Flagged(_dot(node), _flags(node)) for node in view.nodes], _edges(view))
    headers = {"Cache-Control": "no-cache"}
    return Response(json.dumps(data, separators=(",", ":")), media_type="application/json", headers=headers)


async def _read(parts: State, design: DesignName) -> LineageView:
    return await parts.db.read(lambda connection: read_lineage(connection, design, most=MOST_DRAWN))


async def _upstream(parts: State, design: DesignName) -> tuple[UpstreamNews | None, Drift | None]:
    return await parts.db.read(lambda connection: (upstream_news(connection, design), drift(connection, design)))


def _dot(node: LineageNode) -> VersionDot:
    return VersionDot(str(node.name), str(node.name.design), node.name.version, node.published_at)


def _edges(view: LineageView) -> Iterable[Edge]:
    return (Edge(edge.child, edge.parent, edge.kind.value) for edge in view.edges)


def _flags(node: LineageNode) -> int:
    return LATEST * node.latest + WITHDRAWN * node.withdrawn + RECALLED * node.recalled


def _mark(node: LineageNode) -> str:
    return "recalled" if node.recalled else "withdrawn" if node.withdrawn else ""
