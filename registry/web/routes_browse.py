"""Home, the list of designs, and the log."""

from typing import Annotated
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from designs.engines.interface import ENGINE_OF_SUFFIX
from registry.actions.design_views import DesignCard
from registry.actions.log import LogEntry, latest_entries
from registry.actions.search import Filters, Sort, find_designs, popular_tags, words_of
from registry.api.deps import Parts
from registry.web.languages import noted
from registry.web.licence_words import known_licences
from registry.web.log_words import KINDS, KINDS_OF, OF_INTEREST, sentences
from registry.web.pages import render

router = APIRouter(include_in_schema=False)

ON_HOME = 8
ENTRIES_ON_HOME = 6
ENTRIES = 50
EVENT_NAMES = " ".join(name for names in KINDS_OF.values() for name in names)
ENGINES = sorted({*ENGINE_OF_SUFFIX.values(), "build123d"})
SORTS = (
    ("", noted("best first")),
    ("updated", noted("changed lately")),
    ("created", noted("newest")),
    ("name", noted("by name")),
)


class Wish(BaseModel):
    """What somebody looks for."""

    q: str = ""
    tag: str = ""
    engine: str = ""
    licence: str = ""
    namespace: str = ""
    sort: str = ""
    cursor: str = ""

    @property
    def filtered(self) -> bool:
        return bool(self.q or self.tag or self.engine or self.licence or self.namespace)

    @property
    def order(self) -> Sort:
        """By relevance where there are words, else by what changed last."""
        if self.sort in {"updated", "created", "name"}:
            return Sort(self.sort)
        return Sort.RELEVANCE if words_of(self.q) else Sort.UPDATED

    def filters(self) -> Filters:
        return Filters(
            words_of(self.q),
            self.tag or None,
            self.engine or None,
            self.licence or None,
            self.namespace or None,
        )


@router.get("/")
async def home(request: Request, parts: Parts) -> Response:
    """What Cofab is, and what is new."""

    def load(
        connection: sa.Connection,
    ) -> tuple[tuple[DesignCard, ...], tuple[LogEntry, ...], tuple[tuple[str, int], ...]]:
        page = find_designs(connection, Filters(), sort=Sort.UPDATED, limit=ON_HOME)
        return (
            page.designs,
            latest_entries(connection, limit=ENTRIES_ON_HOME, kinds=OF_INTEREST),
            popular_tags(connection, 12),
        )

    recent, entries, tags = await parts.db.read(load)
    return render(request, "home.html", recent=recent, entries=sentences(entries), tags=tags)


@router.get("/designs")
async def explore(request: Request, parts: Parts, wish: Annotated[Wish, Query()]) -> Response:
    """Search and filter."""
    found = await parts.db.read(
        lambda connection: find_designs(connection, wish.filters(), sort=wish.order, cursor=wish.cursor or None)
    )
    tags = await parts.db.read(lambda connection: popular_tags(connection, 24))
    following = {**wish.model_dump(exclude={"cursor"}, exclude_defaults=True), "cursor": found.next_cursor or ""}
    return render(
        request,
        "design/explore.html",
        wish=wish,
        found=found,
        tags=tags,
        next_link=f"/designs?{urlencode(following)}",
        sorts=SORTS,
        engines=ENGINES,
        licences=[words.expression for words in known_licences()],
    )


@router.get("/activity")
async def activity(request: Request, parts: Parts, kind: str = "") -> Response:
    """The newest entries of the log."""
    kinds = KINDS_OF.get(kind, ())
    entries = await parts.db.read(lambda connection: latest_entries(connection, limit=ENTRIES, kinds=kinds))
    return render(
        request,
        "activity.html",
        entries=sentences(entries),
        kinds=KINDS,
        kind=kind if kinds else "",
        event_names=EVENT_NAMES,
    )
