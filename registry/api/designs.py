"""Designs: found, shown, and drawn with their lineage."""

from typing import Annotated

from fastapi import APIRouter, Query

from registry.actions import designs as actions
from registry.actions import lineage, search
from registry.actions.search import Filters, Sort
from registry.api.deps import Parts
from registry.api.design_models import DesignOut, DesignPageOut, card_out, design_out
from registry.api.lineage_models import (
    CommonAncestorsOut,
    EdgeOut,
    LineageOut,
    RelativesOut,
    node_out,
    relative_out,
)
from registry.api.paths import DesignPath, VersionPath
from registry.api.problems import documented
from registry.ids import parse_name, parse_version_name

router = APIRouter(tags=["designs"])

Text = Annotated[str | None, Query(max_length=200)]


@router.get("/designs", responses=documented())
async def find_designs(
    *,
    parts: Parts,
    q: Text = None,
    tag: Text = None,
    engine: Text = None,
    licence: Text = None,
    namespace: Text = None,
    sort: Sort | None = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 24,
) -> DesignPageOut:
    """Designs that have all the words of `q` and fit the filters; by relevance when words are given."""
    words = search.words_of(q or "")
    owner = None if namespace is None else parse_name(namespace, what="namespace")
    filters = Filters(words, tag or None, engine or None, licence or None, owner)
    order = sort or (Sort.RELEVANCE if words else Sort.UPDATED)
    page = await parts.db.read(
        lambda connection: search.find_designs(connection, filters, sort=order, cursor=cursor, limit=limit)
    )
    return DesignPageOut(designs=tuple(map(card_out, page.designs)), next_cursor=page.next_cursor)


@router.get("/designs/{namespace}/{name}", responses=documented(404))
async def show_design(design: DesignPath, parts: Parts) -> DesignOut:
    """A design with its versions, the newest first."""
    return design_out(await parts.db.read(lambda connection: actions.read_design(connection, design)))


@router.get("/designs/{namespace}/{name}/lineage", responses=documented(404), tags=["lineage"])
async def show_lineage(design: DesignPath, parts: Parts) -> LineageOut:
    """The whole family of a design: its versions, its origins, its forks and theirs."""
    view = await parts.db.read(lambda connection: lineage.read_lineage(connection, design))
    edges = tuple(EdgeOut(child=edge.child, parent=edge.parent, kind=edge.kind) for edge in view.edges)
    return LineageOut(nodes=tuple(map(node_out, view.nodes)), edges=edges)


@router.get("/designs/{namespace}/{name}/versions/{version}/ancestors", responses=documented(404), tags=["lineage"])
async def show_ancestors(design: DesignPath, version: VersionPath, parts: Parts) -> RelativesOut:
    """What a version comes from, nearest first."""
    found = await parts.db.read(lambda connection: lineage.read_ancestors(connection, design, version))
    return RelativesOut(versions=tuple(relative_out(relative.node, relative.steps) for relative in found))


@router.get("/designs/{namespace}/{name}/versions/{version}/descendants", responses=documented(404), tags=["lineage"])
async def show_descendants(design: DesignPath, version: VersionPath, parts: Parts) -> RelativesOut:
    """What came of a version, nearest first."""
    found = await parts.db.read(lambda connection: lineage.read_descendants(connection, design, version))
    return RelativesOut(versions=tuple(relative_out(relative.node, relative.steps) for relative in found))


Name = Annotated[str, Query(max_length=200, examples=["ada/gridfinity-bin@1.2.0"])]


@router.get("/lineage/common-ancestor", responses=documented(404), tags=["lineage"])
async def show_common_ancestors(a: Name, b: Name, parts: Parts) -> CommonAncestorsOut:
    """The nearest versions from which both `a` and `b` come."""
    one, other = parse_version_name(a), parse_version_name(b)
    found = await parts.db.read(lambda connection: lineage.read_common_ancestors(connection, one, other))
    return CommonAncestorsOut(versions=tuple(map(node_out, found)))
