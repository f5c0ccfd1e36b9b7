"""Designs, versions and lineage on the wire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from designs.snapshot import ParentKind
from registry.actions.design_views import DesignCard, DesignView, VersionSummary, VersionView, Withdrawal
from registry.api.words import Line, Lines

_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
ToolName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9.-]{0,39}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

_CARD_EXAMPLE: Any = {
    "design": "ada/gridfinity-bin",
    "namespace": "ada",
    "name": "gridfinity-bin",
    "title": "Gridfinity-compatible bin",
    "description": "A stackable bin for the 42 mm grid.",
    "licence": "CERN-OHL-S-2.0",
    "engine": "cadquery",
    "tags": ["storage", "gridfinity"],
    "latest": "1.2.0",
    "image_url": f"/api/v1/blobs/{_DIGEST}",
    "forked_from": None,
    "forks": 3,
    "created_at": "2026-03-01T09:30:00Z",
    "updated_at": "2026-04-11T17:05:00Z",
}


class DesignCardOut(BaseModel):
    """A design in a list."""

    model_config = ConfigDict(json_schema_extra={"example": _CARD_EXAMPLE})

    design: str
    """`namespace/name`"""
    namespace: str
    name: str
    title: str
    description: str
    licence: str
    engine: str
    tags: tuple[str, ...]
    latest: str
    """Number of the latest version."""
    image_url: str | None
    forked_from: str | None
    forks: int
    created_at: datetime
    updated_at: datetime


class DesignPageOut(BaseModel):
    designs: tuple[DesignCardOut, ...]
    next_cursor: str | None
    """Give it as `cursor` to get the following part; null at the end."""


class WithdrawalOut(BaseModel):
    at: datetime
    reason: str


class VersionSummaryOut(BaseModel):
    version: str
    snapshot: str
    licence: str
    changelog: str
    published_by: str
    published_at: datetime
    yanked: WithdrawalOut | None
    recalled: WithdrawalOut | None


class DesignOut(DesignCardOut):
    owner: str
    versions: tuple[VersionSummaryOut, ...]
    """Newest first."""


class VersionsOut(BaseModel):
    versions: tuple[VersionSummaryOut, ...]


class FileOut(BaseModel):
    path: str
    sha256: str
    size: int
    url: str


class FilesOut(BaseModel):
    files: tuple[FileOut, ...]


class ParentOut(BaseModel):
    kind: ParentKind
    version: str
    snapshot: str


class VersionOut(VersionSummaryOut):
    """A version; its `snapshot` digest is its identity."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "design": "ada/gridfinity-bin",
                "version": "1.2.0",
                "snapshot": _DIGEST,
                "licence": "CERN-OHL-S-2.0",
                "changelog": "Thinner walls",
                "published_by": "ada",
                "published_at": "2026-04-11T17:05:00Z",
                "yanked": None,
                "recalled": None,
                "latest": True,
                "manifest": {"design": {"name": "gridfinity-bin"}, "parameters": [], "relations": [], "presets": []},
                "files": [
                    {"path": "bin.py", "sha256": _DIGEST, "size": 2310, "url": f"/api/v1/blobs/{_DIGEST}"},
                ],
                "parents": [{"kind": "revises", "version": "ada/gridfinity-bin@1.1.0", "snapshot": _DIGEST}],
                "default_build": _DIGEST,
                "contributors": ["grace"],
            }
        }
    )

    design: str
    latest: bool
    manifest: dict[str, JsonValue]
    """The manifest in canonical JSON: numbers are decimal strings."""
    files: tuple[FileOut, ...]
    parents: tuple[ParentOut, ...]
    default_build: str | None
    """The build with the default parameters."""
    contributors: tuple[str, ...]
    """Who made what is in it beside whoever published it: of an accepted proposal."""


class FileIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    path: Annotated[str, Field(min_length=1, max_length=200)]
    sha256: Sha256
    size: Annotated[int, Field(ge=0)]


class ParentIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: ParentKind
    version: Annotated[str, Field(max_length=200, examples=["ada/gridfinity-bin@1.1.0"])]


class Publication(BaseModel):
    """A version to be published, whose files have been uploaded as blobs."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "version": "1.2.0",
                "manifest_files": [{"path": "design.toml", "sha256": _DIGEST, "size": 810}],
                "changelog": "Thinner walls",
            }
        },
    )

    version: Annotated[str, Field(max_length=64)]
    manifest_files: Annotated[tuple[FileIn, ...], Field(min_length=1, max_length=2000)]
    """All files of the version, design.toml among them."""
    parents: Annotated[tuple[ParentIn, ...], Field(max_length=50)] = ()
    """What it comes from. A version that names none revises the design's greatest lower one."""
    changelog: Annotated[Lines, Field(max_length=10_000)] = ""
    licence: Annotated[str, Field(max_length=200)] | None = None
    """For a script without design.toml, like the following two."""
    description: Annotated[str, Field(max_length=4000)] = ""
    authors: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    toolchain: Annotated[dict[ToolName, Annotated[Line, Field(max_length=200)]], Field(max_length=20)] = {}
    """What it was made with, such as `git.commit`, `git.tag` and `git.remote`: a part of its identity."""


class YankWish(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "The hinge breaks at 40 N"}})

    reason: Annotated[Lines, Field(min_length=1, max_length=1000)]


class ForkWish(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"namespace": "grace"}})

    namespace: Annotated[str, Field(max_length=63)]
    name: Annotated[str, Field(max_length=63)] | None = None
    """The origin's name unless another one is given."""
    version: Annotated[str, Field(max_length=64)] | None = None
    """The origin's number unless another one is given."""


def card_out(card: DesignCard) -> DesignCardOut:
    return DesignCardOut.model_validate(_card(card))


def design_out(view: DesignView) -> DesignOut:
    return DesignOut.model_validate(
        {**_card(view.card), "owner": view.owner, "versions": [_summary(version) for version in view.versions]}
    )


def versions_out(view: DesignView) -> VersionsOut:
    return VersionsOut.model_validate({"versions": [_summary(version) for version in view.versions]})


def version_out(view: VersionView) -> VersionOut:
    return VersionOut.model_validate(
        {
            **_summary(view),
            "design": str(view.name.design),
            "latest": view.is_latest,
            "manifest": view.manifest.to_json(),
            "files": files_out(view).files,
            "parents": [
                {"kind": parent.kind, "version": parent.version, "snapshot": parent.snapshot} for parent in view.parents
            ],
            "default_build": view.default_build,
            "contributors": view.contributors,
        }
    )


def files_out(view: VersionView) -> FilesOut:
    base = f"/api/v1/designs/{view.name.design}/versions/{view.name.version}/files"
    return FilesOut(
        files=tuple(
            FileOut(path=file.path, sha256=file.sha256, size=file.size, url=f"{base}/{quote(file.path)}")
            for file in view.files
        )
    )


def _card(card: DesignCard) -> Mapping[str, object]:
    return {
        "design": str(card.name),
        "namespace": card.name.namespace,
        "name": card.name.name,
        "title": card.title,
        "description": card.description,
        "licence": card.licence,
        "engine": card.engine,
        "tags": card.tags,
        "latest": card.latest,
        "image_url": None if card.image is None else f"/api/v1/blobs/{card.image}",
        "forked_from": card.forked_from,
        "forks": card.forks,
        "created_at": card.created_at,
        "updated_at": card.updated_at,
    }


def _summary(view: VersionSummary | VersionView) -> Mapping[str, object]:
    return {
        "version": view.version if isinstance(view, VersionSummary) else view.name.version,
        "snapshot": view.snapshot,
        "licence": view.licence,
        "changelog": view.changelog,
        "published_by": view.published_by,
        "published_at": view.published_at,
        "yanked": _withdrawal(view.yanked),
        "recalled": _withdrawal(view.recalled),
    }


def _withdrawal(withdrawal: Withdrawal | None) -> WithdrawalOut | None:
    return None if withdrawal is None else WithdrawalOut(at=withdrawal.at, reason=withdrawal.reason)
