"""What all pages of one proposal need, gathered: the proposal, what was said, what the looker may do."""

from dataclasses import dataclass
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends, Path
from starlette.requests import Request
from starlette.responses import Response

from registry.actions.designs import read_design
from registry.actions.proposal_talk import list_threads
from registry.actions.proposal_views import AllowedActs, ProposalView, ThreadView
from registry.actions.proposals import allowed_acts, proposal_numbered, read_proposal
from registry.api.deps import Parts
from registry.ids import design_name
from registry.web import proposal_words as said
from registry.web.languages import _
from registry.web.pages import Looker, render

HIGHEST_NUMBER = 2**31 - 1


@dataclass(frozen=True)
class SayForm:
    """What somebody typed, to be shown again where it failed."""

    words: str = ""
    verdict: str = "comment"
    version: str = ""


@dataclass(frozen=True)
class Counts:
    files: int
    conflicts: int
    open_conflicts: int


@dataclass(frozen=True)
class Proposal:
    """One proposal as somebody sees it."""

    view: ProposalView
    threads: tuple[ThreadView, ...]
    may: AllowedActs
    title: str
    """The target design's."""
    own: bool
    """The looker opened it."""

    @property
    def address(self) -> str:
        return said.address_of(self.view.card)

    @property
    def after(self) -> str:
        """What the second of the compared sides is called."""
        return _("merged") if self.view.merge.snapshot else str(self.view.source.name)


async def _proposal(
    parts: Parts, looker: Looker, namespace: str, name: str, number: Annotated[int, Path(ge=1, le=HIGHEST_NUMBER)]
) -> Proposal:
    """Raises NotFound."""
    target = design_name(namespace, name)

    def load(connection: sa.Connection) -> Proposal:
        proposal = proposal_numbered(connection, target, number)
        view = read_proposal(connection, proposal)
        may, threads = allowed_acts(connection, looker, proposal), list_threads(connection, proposal)
        own = looker is not None and looker.name == view.card.opened_by
        return Proposal(view, threads, may, read_design(connection, target).card.title, own)

    return await parts.db.read(load)


Proposed = Annotated[Proposal, Depends(_proposal)]
"""The proposal that the address names."""


def show(  # noqa: PLR0917  (a page, and what went wrong with its form)
    request: Request,
    found: Proposal,
    tab: str,
    form: SayForm | None = None,
    problem: str = "",
    status: int = 200,
    **values: object,
) -> Response:
    """One tab of a proposal's page."""
    merge = found.view.merge
    open_conflicts = sum(conflict.open for conflict in merge.conflicts)
    return render(
        request,
        f"proposal/{tab}.html",
        status=status,
        said=said,
        view=found.view,
        may=found.may,
        own=found.own,
        title=found.title,
        address=found.address,
        here_plain=found.address if tab == "conversation" else f"{found.address}/{tab}",
        after=found.after,
        tab=tab,
        busy=said.busy(found.view),
        counts=Counts(len(merge.changed), len(merge.conflicts), open_conflicts),
        form=form or SayForm(),
        problem=problem,
        **values,
    )


def conversation(
    request: Request, found: Proposal, form: SayForm | None = None, problem: str = "", status: int = 200
) -> Response:
    """The first tab, also for what could not be done."""
    events = said.timeline(found.view, found.threads, found.address)
    return show(request, found, "conversation", form, problem, status, events=events)
