"""What is shown of proposals: frozen values for the API, the pages and the command line.

A proposal offers a version of one design (the source) to another one (the target). Three contents belong to it: the
source's version, the target's latest version, and the merged content, which is what acceptance would publish. The
merged content is there once its merge has no open conflict; until it is accepted it is a snapshot without a version.

Text, names and numbers come from anybody and are shown as text, never as markup; `words` is Markdown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from designs.digest import Digest
from registry.actions.proposal_merge_views import (
    CheckedBuild,
    CheckName,
    CheckState,
    CheckView,
    ConflictView,
    MergedFile,
    MergeState,
    MergeView,
    NewFinding,
    ResolutionView,
)
from registry.actions.proposal_talk_views import (
    CommentView,
    EditView,
    FileAnchor,
    PlaceAnchor,
    SideName,
    ThreadView,
)
from registry.core.merging import Choice, ConflictKind, How
from registry.core.proposals import Act, ProposalState, Verdict
from registry.ids import DesignName, MemberId, VersionId, VersionName

__all__ = [
    "AcceptanceView",
    "Act",
    "AllowedActs",
    "CheckName",
    "CheckState",
    "CheckView",
    "CheckedBuild",
    "Choice",
    "CommentView",
    "ConflictKind",
    "ConflictView",
    "EditView",
    "Ending",
    "FileAnchor",
    "How",
    "MergeState",
    "MergeView",
    "MergedFile",
    "NewFinding",
    "OfferView",
    "PlaceAnchor",
    "ProposalCard",
    "ProposalId",
    "ProposalPage",
    "ProposalState",
    "ProposalView",
    "RequirementView",
    "ResolutionView",
    "ReviewView",
    "SideName",
    "SideView",
    "ThreadView",
    "Verdict",
]

ProposalId = str
"""`prp_…`"""


@dataclass(frozen=True)
class SideView:
    """A version that takes part."""

    id: VersionId
    name: VersionName
    snapshot: Digest
    licence: str
    published_by: str


@dataclass(frozen=True)
class ProposalCard:
    """A proposal in a list."""

    id: ProposalId
    number: int
    """Counts up within the target design, from 1: people write `ada/bin#3`."""
    title: str
    state: ProposalState
    target: DesignName
    source: VersionName
    """The version that is offered now."""
    opened_by: str
    opened_at: datetime
    changed_at: datetime
    """When anything last happened to it, words included."""
    merge: MergeState
    open_conflicts: int
    checks: CheckState | None
    """The worst of its checks; None: there is no merged content to check."""
    approvals: int
    """That count and are not outdated."""
    comments: int

    @property
    def label(self) -> str:
        """`ada/bin#3`"""
        return f"{self.target}#{self.number}"


@dataclass(frozen=True)
class ProposalPage:
    """A part of a list, newest first."""

    proposals: tuple[ProposalCard, ...]
    next_cursor: str | None
    """What to ask with for the following part; None at the end."""


@dataclass(frozen=True)
class Ending:
    """How a proposal ended."""

    by: str
    at: datetime
    reason: str
    """Of a declined or withdrawn one; may be empty when accepted."""
    version: VersionName | None
    """That acceptance published."""
    superseded_by: ProposalId | None


@dataclass(frozen=True)
class ProposalView:
    """Everything about a proposal, apart from its discussion (`threads`) and the contents of its files."""

    card: ProposalCard
    words: str
    """What the proposer says, Markdown."""
    source: SideView
    target: SideView
    """The target's latest version: what the merge is computed against."""
    round: int
    """Counts up, from 1, when a newer version is offered and when a conflict is resolved otherwise: reviews of an
    earlier round are outdated."""
    offers: tuple["OfferView", ...]
    """Every version that was offered in it, oldest first."""
    newer_source: VersionName | None
    """A version of the fork that comes of the offered one and could be offered now."""
    merge: MergeView
    checks: tuple[CheckView, ...]
    """In the order builds, findings, licence, interfaces; empty while there is no merged content."""
    reviews: tuple["ReviewView", ...]
    """Oldest first; of each member the last one that is not outdated counts."""
    requirements: tuple["RequirementView", ...]
    """What the target's MAINTAINERS file asks for the changed files."""
    acceptance: "AcceptanceView"
    ending: Ending | None
    contributors: tuple[str, ...]
    """Names that the published version will bear: proposer and who published what is merged, each once."""


@dataclass(frozen=True)
class OfferView:
    """A version that was offered in the proposal."""

    version: VersionName
    by: str
    at: datetime


@dataclass(frozen=True)
class AcceptanceView:
    """Whether it could be accepted now, and as what."""

    ready: bool
    """State, merge, reviews and checks allow it; who may accept is another question (see `allowed_acts`)."""
    missing: tuple[str, ...]
    """Why not, whole sentences; empty when ready."""
    warnings: tuple[str, ...]
    """What whoever accepts should know all the same: failed checks that do not forbid it."""
    smallest_step: str | None
    """`major`, `minor` or `patch`: what the kept and broken interfaces ask for; None while there is no merged
    content."""
    version: str | None
    """The number that acceptance publishes if no other one is given."""


@dataclass(frozen=True)
class ReviewView:
    """What somebody said of the merged content."""

    id: str
    by: str
    verdict: Verdict
    words: str
    """Markdown; may be empty with an approval."""
    at: datetime
    round: int
    outdated: bool
    """It was of an earlier round, or the member said something else since."""
    counts: bool
    """It decides: by a maintainer or somebody whom the rules name, and not by the proposer."""
    withdrawn: bool
    """Taken back by whoever gave it."""


@dataclass(frozen=True)
class RequirementView:
    """One rule of the target's MAINTAINERS file, for the files that it holds for here."""

    pattern: str
    who: tuple[str, ...]
    """Names of members and groups; approvals of any of them count."""
    needed: int
    approved_by: tuple[str, ...]
    paths: tuple[str, ...]
    """Changed files that it holds for."""

    @property
    def met(self) -> bool:
        return len(self.approved_by) >= self.needed


@dataclass(frozen=True)
class AllowedActs:
    """What the one who looks may do now: for buttons. Nobody logged in: nothing."""

    acts: frozenset[Act] = frozenset()
    comment: bool = False
    """Comment, review, and resolve threads that they or the proposer began."""
    approve: bool = False
    """Their approval would count."""
    member: MemberId | None = None
    refusals: Mapping[Act, str] = field(default_factory=dict)
    """Why not, of what is not among the acts."""
