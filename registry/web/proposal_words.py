"""What pages say of proposals: words and tones for states, and the conversation in the order of time. Pure.

Words that stand in a template are written there; those here are marked for translation and translated by the template.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from registry.actions.proposal_views import (
    CheckName,
    CheckState,
    Choice,
    ConflictKind,
    Ending,
    FileAnchor,
    MergeState,
    OfferView,
    PlaceAnchor,
    ProposalCard,
    ProposalState,
    ProposalView,
    ReviewView,
    ThreadView,
    Verdict,
)
from registry.web.formatting import figure
from registry.web.progress_words import Tone

N_ = str
"""Marks words for translation."""

STATES: Mapping[ProposalState, tuple[str, Tone]] = {
    ProposalState.OPEN: (N_("Open"), "info"),
    ProposalState.CHANGES_REQUESTED: (N_("Changes requested"), "warn"),
    ProposalState.ACCEPTED: (N_("Accepted"), "good"),
    ProposalState.DECLINED: (N_("Declined"), "bad"),
    ProposalState.WITHDRAWN: (N_("Withdrawn"), "plain"),
    ProposalState.SUPERSEDED: (N_("Superseded"), "plain"),
}
MERGES: Mapping[MergeState, tuple[str, str, Tone]] = {
    MergeState.COMPUTING: (N_("Merging"), N_("What comes of both sides is being worked out."), "info"),
    MergeState.CLEAN: (N_("Merges cleanly"), N_("Both sides go together."), "good"),
    MergeState.CONFLICTING: (N_("Conflicts"), N_("Both sides changed the same places."), "warn"),
    MergeState.NOTHING: (N_("Nothing to merge"), N_("The design has everything that is offered already."), "plain"),
    MergeState.FAILED: (N_("Cannot be merged"), "", "bad"),
}
CHECKS: Mapping[CheckName, str] = {
    CheckName.BUILDS: N_("Builds"),
    CheckName.FINDINGS: N_("Findings"),
    CheckName.LICENCE: N_("Licence"),
    CheckName.INTERFACES: N_("Interfaces"),
}
CHECK_STATES: Mapping[CheckState, tuple[str, Tone, str]] = {
    CheckState.SKIPPED: (N_("not checked"), "plain", "info"),
    CheckState.PASSED: (N_("passed"), "good", "good"),
    CheckState.WARNED: (N_("to know"), "warn", "warning"),
    CheckState.QUEUED: (N_("waiting"), "info", "info"),
    CheckState.RUNNING: (N_("running"), "info", "info"),
    CheckState.FAILED: (N_("failed"), "bad", "error"),
}
"""In words, with a tone and the icon of its severity."""
BUILDS: Mapping[str, tuple[str, Tone]] = {
    "queued": (N_("waiting"), "info"),
    "running": (N_("running"), "info"),
    "done": (N_("done"), "good"),
    "failed": (N_("failed"), "bad"),
}
UNDER_WAY = frozenset({CheckState.QUEUED, CheckState.RUNNING})
VERDICTS: Mapping[Verdict, tuple[str, Tone]] = {
    Verdict.APPROVE: (N_("approved"), "good"),
    Verdict.REQUEST_CHANGES: (N_("requested changes"), "warn"),
    Verdict.COMMENT: (N_("commented"), "info"),
}
CONFLICTS: Mapping[ConflictKind, str] = {
    ConflictKind.TEXT: N_("Lines changed on both sides"),
    ConflictKind.VALUE: N_("A value changed on both sides"),
    ConflictKind.TABLE: N_("Removed on one side, changed on the other"),
    ConflictKind.FILE: N_("A file changed on both sides"),
    ConflictKind.REMOVED: N_("Removed on one side, changed on the other"),
    ConflictKind.MANIFEST: N_("Together they are not in order"),
}
CHOICES: Mapping[Choice, tuple[str, str]] = {
    Choice.OURS: (N_("Keep the design's"), N_("the design's")),
    Choice.THEIRS: (N_("Take what is offered"), N_("what is offered")),
    Choice.BASE: (N_("Go back to what both came from"), N_("what both came from")),
    Choice.BOTH: (N_("Both, the design's first"), N_("both")),
    Choice.TEXT: (N_("As written below"), N_("as written by hand")),
}
"""As a choice, and as what was chosen."""
STEPS: Mapping[str, str] = {
    "major": N_("a major version, as it breaks what relies on this design"),
    "minor": N_("a minor version, as something is new"),
    "patch": N_("a patch, as nothing that others rely on changes"),
}
HOW: Mapping[str, str] = {
    "taken": N_("as offered"),
    "merged": N_("merged"),
    "removed": N_("removed"),
    "conflict": N_("conflict"),
}


@dataclass(frozen=True)
class ThreadWords:
    """A thread, and where it hangs."""

    view: ThreadView
    where: str
    """`bin.py, line 12`, or `12, 4, 3 mm`; empty of one about the whole."""
    quote: str
    """The line it is about."""
    link: str
    """To the place; empty of one about the whole."""

    @property
    def on_model(self) -> bool:
        return isinstance(self.view.anchor, PlaceAnchor)

    @property
    def outdated(self) -> bool:
        return self.view.anchor is not None and self.view.anchor.outdated

    @property
    def last_at(self) -> datetime:
        return self.view.comments[-1].at


@dataclass(frozen=True)
class Event:
    """One thing in the conversation: exactly one of these."""

    at: datetime
    by: str
    offer: OfferView | None = None
    review: ReviewView | None = None
    thread: ThreadWords | None = None
    ending: Ending | None = None


def thread_words(thread: ThreadView, address: str) -> ThreadWords:
    """`address` is the proposal's page."""
    anchor = thread.anchor
    if isinstance(anchor, FileAnchor):
        return ThreadWords(thread, f"{anchor.path}:{anchor.line}", anchor.text, f"{address}/changes#{thread.id}")
    if isinstance(anchor, PlaceAnchor):
        return ThreadWords(thread, point_words(anchor.point), "", f"{address}/model?thread={thread.id}#{thread.id}")
    return ThreadWords(thread, "", "", "")


def point_words(point: Iterable[float]) -> str:
    """A place of the model: `12, 4, 3 mm`."""
    return ", ".join(figure(round(axis, 1) + 0.0).replace("-", "−") for axis in point) + " mm"


def timeline(view: ProposalView, threads: Iterable[ThreadView], address: str) -> tuple[Event, ...]:
    """What happened, oldest first. The opening stands above it, so the first offer is left out."""
    events = [Event(offer.at, offer.by, offer=offer) for offer in view.offers[1:]]
    events += [Event(review.at, review.by, review=review) for review in view.reviews]
    events += [
        Event(thread.comments[0].at, thread.comments[0].by, thread=thread_words(thread, address)) for thread in threads
    ]
    if view.ending is not None:
        events.append(Event(view.ending.at, view.ending.by, ending=view.ending))
    return tuple(sorted(events, key=lambda event: event.at))


def address_of(card: ProposalCard) -> str:
    """The page of a proposal."""
    return f"/designs/{card.target}/proposals/{card.number}"


def version_page(name: object) -> str:
    """`ada/bin@1.2.0` → its page."""
    return "/designs/" + quote(str(name).replace("@", "/versions/"))


def busy(view: ProposalView) -> bool:
    """Whether something about it is still being worked out, so that a page should look again."""
    return view.merge.state is MergeState.COMPUTING or any(check.state in UNDER_WAY for check in view.checks)
