"""What the API tells of proposals: the views of registry.actions.proposal_views, field by field."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from registry.actions.proposal_views import (
    CheckName,
    CheckState,
    Choice,
    CommentView,
    ConflictKind,
    FileAnchor,
    How,
    MergeState,
    PlaceAnchor,
    ProposalCard,
    ProposalPage,
    ProposalState,
    ProposalView,
    SideName,
    ThreadView,
    Verdict,
)
from registry.ids import DesignName, VersionName


class FileOut(BaseModel):
    path: str
    sha256: str
    size: int


class CardOut(BaseModel):
    id: str
    label: str
    number: int
    title: str
    state: ProposalState
    target: str
    source: str
    opened_by: str
    opened_at: datetime
    changed_at: datetime
    merge: MergeState
    open_conflicts: int
    checks: CheckState | None
    approvals: int
    comments: int


class ProposalsOut(BaseModel):
    proposals: tuple[CardOut, ...]
    next_cursor: str | None


class SideOut(BaseModel):
    id: str
    name: str
    snapshot: str
    licence: str
    published_by: str


class OfferOut(BaseModel):
    version: str
    by: str
    at: datetime


class ResolutionOut(BaseModel):
    choice: Choice
    text: str | None
    by: str
    at: datetime


class ConflictOut(BaseModel):
    id: str
    path: str
    kind: ConflictKind
    place: str
    message: str
    base: str | None
    ours: str | None
    theirs: str | None
    base_file: FileOut | None
    ours_file: FileOut | None
    theirs_file: FileOut | None
    first_line: int | None
    choices: tuple[Choice, ...]
    resolution: ResolutionOut | None


class MergedFileOut(BaseModel):
    path: str
    how: How
    renamed_from: str | None
    file: FileOut | None


class MergeOut(BaseModel):
    state: MergeState
    bases: tuple[str, ...]
    target: str
    source: str
    snapshot: str | None
    files: tuple[FileOut, ...]
    changed: tuple[MergedFileOut, ...]
    conflicts: tuple[ConflictOut, ...]
    notes: tuple[str, ...]
    reason: str


class FindingOut(BaseModel):
    code: str
    severity: str
    message: str


class CheckedBuildOut(BaseModel):
    label: str
    parameters: dict[str, str | bool]
    build: str
    state: str
    message: str
    new_findings: tuple[FindingOut, ...]
    target_build: str | None
    refused: bool


class CheckOut(BaseModel):
    name: CheckName
    state: CheckState
    summary: str
    lines: tuple[str, ...]
    builds: tuple[CheckedBuildOut, ...]
    done: int


class ReviewOut(BaseModel):
    id: str
    by: str
    verdict: Verdict
    words: str
    at: datetime
    round: int
    outdated: bool
    counts: bool
    withdrawn: bool


class RequirementOut(BaseModel):
    pattern: str
    who: tuple[str, ...]
    needed: int
    approved_by: tuple[str, ...]
    paths: tuple[str, ...]


class AcceptanceOut(BaseModel):
    ready: bool
    missing: tuple[str, ...]
    warnings: tuple[str, ...]
    smallest_step: str | None
    version: str | None


class EndingOut(BaseModel):
    by: str
    at: datetime
    reason: str
    version: str | None
    superseded_by: str | None


class ProposalOut(BaseModel):
    card: CardOut
    words: str
    source: SideOut
    target: SideOut
    round: int
    offers: tuple[OfferOut, ...]
    newer_source: str | None
    merge: MergeOut
    checks: tuple[CheckOut, ...]
    reviews: tuple[ReviewOut, ...]
    requirements: tuple[RequirementOut, ...]
    acceptance: AcceptanceOut
    ending: EndingOut | None
    contributors: tuple[str, ...]


class LineOut(BaseModel):
    kind: Literal["line"]
    side: SideName
    path: str
    line: int
    text: str
    outdated: bool


class PlaceOut(BaseModel):
    kind: Literal["place"]
    side: SideName
    point: tuple[float, float, float]
    normal: tuple[float, float, float]
    parameters: dict[str, str | bool]
    outdated: bool


class EditOut(BaseModel):
    words: str
    until: datetime


class CommentOut(BaseModel):
    id: str
    by: str
    words: str | None
    at: datetime
    edited_at: datetime | None
    earlier: tuple[EditOut, ...]
    deleted_at: datetime | None
    deleted_by: str | None


class ThreadOut(BaseModel):
    id: str
    anchor: Annotated[LineOut | PlaceOut, Field(discriminator="kind")] | None
    comments: tuple[CommentOut, ...]
    resolved_by: str | None
    resolved_at: datetime | None


class ThreadsOut(BaseModel):
    threads: tuple[ThreadOut, ...]


class ChangesOut(BaseModel):
    """What acceptance changes of the target, in words."""

    manifest: list[dict[str, object]]
    parameters: list[dict[str, object]]
    files: list[dict[str, object]]
    texts: list[dict[str, object]]


def proposal_out(view: ProposalView) -> ProposalOut:
    return ProposalOut.model_validate(_plain(view))


def page_out(page: ProposalPage) -> ProposalsOut:
    return ProposalsOut.model_validate(_plain(page))


def thread_out(view: ThreadView) -> ThreadOut:
    return ThreadOut.model_validate(_plain(view))


def comment_out(view: CommentView) -> CommentOut:
    return CommentOut.model_validate(_plain(view))


def _plain(value: object) -> object:
    """Views as dictionaries: names as texts, anchors with their kind."""
    if isinstance(value, DesignName | VersionName):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)} | _beside(value)
    return value


def _beside(value: object) -> dict[str, object]:
    """What an answer has beside the fields of its view."""
    match value:
        case ProposalCard():
            return {"label": value.label}
        case FileAnchor():
            return {"kind": "line"}
        case PlaceAnchor():
            return {"kind": "place"}
    return {}
