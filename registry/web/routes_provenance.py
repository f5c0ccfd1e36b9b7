"""Where a version comes from and who stands behind it; and, for its maintainers, its recall."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from registry.actions import recalls
from registry.actions.provenance import log_keys
from registry.actions.roles import role_in
from registry.actions.signatures import SignatureView, signatures_of
from registry.api.deps import Parts
from registry.core.permissions import Caller, Scope, may_publish_in, may_use
from registry.errors import Forbidden, Invalid, RegistryError
from registry.parts import State
from registry.store.clock import database_now
from registry.store.log_tree import read_tree
from registry.web.design_page import Head, Pinned
from registry.web.forms import form_problem
from registry.web.languages import _
from registry.web.pages import Looker, SignedIn, render, see_other

router = APIRouter(include_in_schema=False)

LONGEST_REASON = 2000


@dataclass(frozen=True)
class LogWords:
    """How the log stands."""

    origin: str | None
    size: int
    signed_at: datetime | None
    key: str | None
    """The key that signs it, `name+hash+base64`."""


@dataclass(frozen=True)
class Told:
    """What the page shows of a version's provenance."""

    signatures: tuple[SignatureView, ...]
    log: LogWords
    may_recall: bool


@router.get("/designs/{namespace}/{name}/versions/{version}/provenance")
async def provenance(request: Request, parts: Parts, looker: Looker, head: Pinned) -> Response:
    """Who signed a version, and how to check it."""
    return await _page(request, parts, looker, head)


@router.post("/designs/{namespace}/{name}/versions/{version}/recall")
async def recall(request: Request, parts: Parts, looker: SignedIn, head: Pinned) -> Response:
    """Recall the version for safety, and show its page."""
    sent = await request.form()
    reason = str(sent.get("reason", "")).strip()[:LONGEST_REASON]
    try:
        decision = may_use(looker, Scope.PUBLISH)
        if not decision.allowed:
            raise Forbidden(decision.reasons[0], code="missing_scope")
        if not reason:
            raise Invalid(_("say what is dangerous about it: those who made it need to know"), code="no_reason")
        done = await parts.db.write(
            lambda connection: recalls.recall(connection, looker, head.version.name, reason, database_now(connection))
        )
    except RegistryError as error:
        problem = form_problem(error)
        return await _page(request, parts, looker, head, problem.words, status=problem.status)
    parts.signals.notify("sweep", *done.topics)
    return see_other(f"{head.address}/provenance")


async def _page(
    request: Request, parts: State, looker: Caller | None, head: Head, problem: str = "", *, status: int = 200
) -> Response:
    told = await parts.db.read(lambda connection: _load(connection, looker, head))
    return render(
        request,
        "design/provenance.html",
        status=status,
        view=head.view,
        version=head.version,
        recalled_origins=head.recalled_origins,
        tab="provenance",
        order_link=f"{head.address}/order",
        told=told,
        problem=problem,
        registry_url=parts.settings.url,
    )


def _load(connection: sa.Connection, looker: Caller | None, head: Head) -> Told:
    tree, (keys, _known) = read_tree(connection), log_keys(connection)
    namespace = head.version.name.design.namespace
    may = looker is not None and (
        looker.admin or may_publish_in(namespace, role_in(connection, looker, namespace)).allowed
    )
    return Told(
        signatures_of(connection, head.version.id),
        LogWords(tree.origin, tree.size, tree.signed_at, keys[-1].text if keys else None),
        may and head.version.recalled is None,
    )
