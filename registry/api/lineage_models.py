"""Lineage on the wire."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel

from designs.snapshot import ParentKind
from registry.actions.lineage_views import LineageNode


class NodeOut(BaseModel):
    version: str
    """`namespace/name@version`"""
    design: str
    title: str
    licence: str
    published_by: str
    published_at: datetime
    withdrawn: bool
    latest: bool


class EdgeOut(BaseModel):
    child: str
    parent: str
    kind: ParentKind


class LineageOut(BaseModel):
    """The family of a design: oldest version first, edges from each version to what it comes from."""

    nodes: tuple[NodeOut, ...]
    edges: tuple[EdgeOut, ...]


class RelativeOut(NodeOut):
    steps: int
    """How many edges away."""


class RelativesOut(BaseModel):
    versions: tuple[RelativeOut, ...]
    """Nearest first."""


class CommonAncestorsOut(BaseModel):
    versions: tuple[NodeOut, ...]
    """The nearest ones, newest first: none when the two are not related, several after criss-cross merges."""


def node_out(node: LineageNode) -> NodeOut:
    return NodeOut.model_validate(_node(node))


def relative_out(node: LineageNode, steps: int) -> RelativeOut:
    return RelativeOut.model_validate({**_node(node), "steps": steps})


def _node(node: LineageNode) -> Mapping[str, object]:
    return {
        "version": str(node.name),
        "design": str(node.name.design),
        "title": node.title,
        "licence": node.licence,
        "published_by": node.published_by,
        "published_at": node.published_at,
        "withdrawn": node.withdrawn,
        "latest": node.latest,
    }
