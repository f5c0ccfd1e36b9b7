"""Lineage on the wire."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict, JsonValue

from designs.snapshot import ParentKind
from registry.actions.lineage_views import (
    Breakage,
    Drift,
    LineageNode,
    LineageView,
    Relative,
    RelativesPage,
    UpstreamNews,
)

_NODE: dict[str, JsonValue] = {
    "version": "ada/gridfinity-bin@1.2.0",
    "design": "ada/gridfinity-bin",
    "title": "Gridfinity-compatible bin",
    "licence": "CERN-OHL-S-2.0",
    "published_by": "ada",
    "published_at": "2026-04-11T17:05:00Z",
    "withdrawn": False,
    "recalled": False,
    "latest": True,
}


class NodeOut(BaseModel):
    model_config = ConfigDict(json_schema_extra={"example": _NODE})

    version: str
    """`namespace/name@version`"""
    design: str
    title: str
    licence: str
    published_by: str
    published_at: datetime
    withdrawn: bool
    """Yanked or recalled."""
    recalled: bool
    """Withdrawn for safety."""
    latest: bool
    """The latest version of its design."""


class EdgeOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"child": "bea/my-bin@1.0.0", "parent": "ada/gridfinity-bin@1.2.0", "kind": "forks"}
        }
    )

    child: str
    parent: str
    kind: ParentKind


class LineageOut(BaseModel):
    """The family of a design: oldest version first, edges from each version to what it comes from."""

    nodes: tuple[NodeOut, ...]
    edges: tuple[EdgeOut, ...]
    complete: bool
    """False where the family is larger than `limit`: these are the versions nearest to the design."""


class RelativeOut(NodeOut):
    model_config = ConfigDict(json_schema_extra={"example": {**_NODE, "steps": 2, "kind": "forks"}})

    steps: int
    """How many edges away, on the shortest way."""
    kind: ParentKind
    """Of the last of these edges."""


class RelativesOut(BaseModel):
    versions: tuple[RelativeOut, ...]
    """Nearest first."""
    next_after: int | None = None
    """Give it as `after` to get the following part; null at the end."""
    cut: bool = False
    """There are more, farther away than is listed; ask of one of the last versions."""


class CommonAncestorsOut(BaseModel):
    versions: tuple[NodeOut, ...]
    """The nearest ones, newest first: none when the two are not related, several after criss-cross merges."""


class ReleaseOut(BaseModel):
    version: str
    changelog: str
    published_at: datetime


class NewsOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "design": "bea/my-bin",
                "origin": "ada/gridfinity-bin",
                "base": "ada/gridfinity-bin@1.2.0",
                "base_withdrawn": None,
                "base_recalled": False,
                "releases": [
                    {
                        "version": "ada/gridfinity-bin@1.3.0",
                        "changelog": "Label shelf",
                        "published_at": "2026-05-02T08:00:00Z",
                    }
                ],
                "more": False,
            }
        }
    )

    design: str
    origin: str
    """The design that it was forked from."""
    base: str
    """The newest version of the origin that is in the fork: forked, or merged since."""
    base_withdrawn: str | None
    """Why the base should not be used any more, if it was yanked or recalled."""
    base_recalled: bool
    releases: tuple[ReleaseOut, ...]
    """Newer than the base and not withdrawn, the newest first."""
    more: bool
    """There are more than these."""


class ChangesOut(BaseModel):
    """Names, seen from the fork."""

    added: tuple[str, ...]
    gone: tuple[str, ...]
    changed: tuple[str, ...]


class LicencesOut(BaseModel):
    fork: str
    origin: str


class DriftOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "fork": "bea/my-bin@1.1.0",
                "origin": "ada/gridfinity-bin@1.3.0",
                "bases": ["ada/gridfinity-bin@1.2.0"],
                "ahead": 2,
                "behind": 1,
                "licence": None,
                "parameters": {"added": ["label_width"], "gone": [], "changed": ["wall"]},
                "files": {"added": [], "gone": [], "changed": ["bin.py", "design.toml"]},
            }
        }
    )

    fork: str
    origin: str
    bases: tuple[str, ...]
    """The nearest versions from which both come."""
    ahead: int
    """Versions in the fork's past that the origin does not have; counting ends at 10,000."""
    behind: int
    """Versions in the origin's past that the fork does not have; counting ends at 10,000."""
    licence: LicencesOut | None
    """Both licences where they differ."""
    parameters: ChangesOut
    files: ChangesOut


class BreakageOut(BaseModel):
    users: tuple[RelativeOut, ...]
    """Built from it, directly or through others: a recall concerns all of them."""
    forks: tuple[RelativeOut, ...]
    """Came of it in other designs: what is wrong with it may be wrong with them."""
    parameter: str | None
    users_of_parameter: tuple[str, ...]
    """Latest versions of designs that use it directly and have a parameter of this name."""
    cut: bool
    """There are more than are listed."""


def node_out(node: LineageNode) -> NodeOut:
    return NodeOut.model_validate(_node(node))


def relative_out(relative: Relative) -> RelativeOut:
    return RelativeOut.model_validate({**_node(relative.node), "steps": relative.steps, "kind": relative.kind})


def relatives_out(page: RelativesPage) -> RelativesOut:
    return RelativesOut(versions=tuple(map(relative_out, page.relatives)), next_after=page.next_after, cut=page.cut)


def lineage_out(view: LineageView) -> LineageOut:
    edges = tuple(EdgeOut(child=edge.child, parent=edge.parent, kind=edge.kind) for edge in view.edges)
    return LineageOut(nodes=tuple(map(node_out, view.nodes)), edges=edges, complete=view.complete)


def news_out(news: UpstreamNews) -> NewsOut:
    releases = tuple(
        ReleaseOut(version=str(each.name), changelog=each.changelog, published_at=each.published_at)
        for each in news.releases
    )
    return NewsOut(
        design=str(news.design),
        origin=str(news.origin),
        base=str(news.base),
        base_withdrawn=news.base_withdrawn,
        base_recalled=news.base_recalled,
        releases=releases,
        more=news.more,
    )


def drift_out(drift: Drift) -> DriftOut:
    return DriftOut(
        fork=str(drift.fork),
        origin=str(drift.origin),
        bases=tuple(map(str, drift.bases)),
        ahead=drift.ahead,
        behind=drift.behind,
        licence=None if drift.licence is None else LicencesOut(fork=drift.licence[0], origin=drift.licence[1]),
        parameters=ChangesOut(
            added=drift.parameters_added, gone=drift.parameters_gone, changed=drift.parameters_changed
        ),
        files=ChangesOut(added=drift.files_added, gone=drift.files_gone, changed=drift.files_changed),
    )


def breakage_out(breakage: Breakage) -> BreakageOut:
    return BreakageOut(
        users=tuple(map(relative_out, breakage.users)),
        forks=tuple(map(relative_out, breakage.forks)),
        parameter=breakage.parameter,
        users_of_parameter=tuple(map(str, breakage.users_of_parameter)),
        cut=breakage.cut,
    )


def _node(node: LineageNode) -> Mapping[str, object]:
    return {
        "version": str(node.name),
        "design": str(node.name.design),
        "title": node.title,
        "licence": node.licence,
        "published_by": node.published_by,
        "published_at": node.published_at,
        "withdrawn": node.withdrawn,
        "recalled": node.recalled,
        "latest": node.latest,
    }
