"""Designs: found and shown."""

from typing import Annotated

from fastapi import APIRouter, Query

from registry.actions import designs as actions
from registry.actions import search
from registry.actions.search import Filters, Sort
from registry.api.deps import Parts
from registry.api.design_models import DesignOut, DesignPageOut, card_out, design_out
from registry.api.paths import DesignPath
from registry.api.problems import documented
from registry.ids import parse_name

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
