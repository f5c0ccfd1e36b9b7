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
from registry.web.languages import noted
from registry.web.progress_words import Tone

STATES: Mapping[ProposalState, tuple[str, Tone]] = {
    ProposalState.OPEN: (noted("Open"), "info"),
    ProposalState.CHANGES_REQUESTED: (noted("Changes requested"), "warn"),
    ProposalState.ACCEPTED: (noted("Accepted"), "good"),
    ProposalState.DECLINED: (noted("Declined"), "bad"),
    ProposalState.WITHDRAWN: (noted("Withdrawn"), "plain"),
    ProposalState.SUPERSEDED: (noted("Superseded"), "plain"),
}
MERGES: Mapping[MergeState, tuple[str, str, Tone]] = {
    MergeState.COMPUTING: (noted("Merging"), noted("What comes of both sides is being worked out."), "info"),
    MergeState.CLEAN: (noted("Merges cleanly"), noted("Both sides go together."), "good"),
    MergeState.CONFLICTING: (noted("Conflicts"), noted("Both sides changed the same places."), "warn"),
    MergeState.NOTHING: (
        noted("Nothing to merge"),
        noted("The design has all that is offered already."),
        "plain",
    ),
    MergeState.FAILED: (noted("Cannot be merged"), "", "bad"),
}
CHECKS: Mapping[CheckName, str] = {
    CheckName.BUILDS: noted("Builds"),
    CheckName.FINDINGS: noted("Findings"),
    CheckName.LICENCE: noted("Licence"),
    CheckName.INTERFACES: noted("Interfaces"),
}
CHECK_STATES: Mapping[CheckState, tuple[str, Tone, str]] = {
    CheckState.SKIPPED: (noted("not checked"), "plain", "info"),
    CheckState.PASSED: (noted("passed"), "good", "good"),
    CheckState.WARNED: (noted("to know"), "warn", "warning"),
    CheckState.QUEUED: (noted("waiting"), "info", "info"),
    CheckState.RUNNING: (noted("running"), "info", "info"),
    CheckState.FAILED: (noted("failed"), "bad", "error"),
}
"""In words, with a tone and the icon of its severity."""
BUILDS: Mapping[str, tuple[str, Tone]] = {
    "queued": (noted("waiting"), "info"),
    "running": (noted("running"), "info"),
    "done": (noted("done"), "good"),
    "failed": (noted("failed"), "bad"),
}
UNDER_WAY = frozenset({CheckState.QUEUED, CheckState.RUNNING})
VERDICTS: Mapping[Verdict, tuple[str, Tone]] = {
    Verdict.APPROVE: (noted("approved"), "good"),
    Verdict.REQUEST_CHANGES: (noted("requested changes"), "warn"),
    Verdict.COMMENT: (noted("commented"), "info"),
}
CONFLICTS: Mapping[ConflictKind, str] = {
    ConflictKind.TEXT: noted("Lines changed on both sides"),
    ConflictKind.VALUE: noted("A value changed on both sides"),
    ConflictKind.TABLE: noted("Removed on one side, changed on the other"),
    ConflictKind.FILE: noted("A file changed on both sides"),
    ConflictKind.REMOVED: noted("Removed on one side, changed on the other"),
    ConflictKind.MANIFEST: noted("Together they are not in order"),
}
CHOICES: Mapping[Choice, tuple[str, str]] = {
    Choice.OURS: (noted("Keep the design's"), noted("the design's")),
    Choice.THEIRS: (noted("Take what is offered"), noted("what is offered")),
    Choice.BASE: (noted("Go back to what both came from"), noted("what both came from")),
    Choice.BOTH: (noted("Both, the design's first"), noted("both")),
    Choice.TEXT: (noted("As written below"), noted("as written by hand")),
}
"""As a choice, and as what was chosen."""
STEPS: Mapping[str, str] = {
    "major": noted("a major version, as it breaks what relies on this design"),
    "minor": noted("a minor version, as something is new"),
    "patch": noted("a patch, as nothing that others rely on changes"),
}
HOW: Mapping[str, str] = {
    "taken": noted("as offered"),
    "merged": noted("merged"),
    "removed": noted("removed"),
    "conflict": noted("conflict"),
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
