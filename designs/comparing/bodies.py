"""Which body of one side is which of the other, and which of them are the same shape."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from designs.comparing.shapes import BodyChange, BodyState
from designs.digest import Digest, digest_bytes
from designs.measure import Vector
from designs.mesh import Floats, Mesh

SAME_MM = 1e-4
"""Points nearer than this are the same place: a hundred times what rounding does, a hundredth of what is made."""


@dataclass(frozen=True)
class Body:
    """One body with its facets and what is known of it exactly."""

    name: str
    mesh: Mesh
    volume_mm3: float
    """Exact where the geometry is."""
    centre: Vector
    """Of mass, mm."""

    @cached_property
    def shape(self) -> Digest:
        """Names the facets, in whatever order they come: two bodies with the same one are the same in the same
        place."""
        return _digest(self.mesh, np.zeros(3))

    @cached_property
    def form(self) -> Digest:
        """As `shape`, wherever the body stands."""
        return _digest(self.mesh, self.mesh.bounds[0])


def compare_bodies(before: Sequence[Body], after: Sequence[Body]) -> tuple[BodyChange, ...]:
    """Bodies belong together by their name where it stands once on each side, else by their shape."""
    pairs, gone, come = _by_name(before, after)
    for body in list(gone):
        other = next((each for each in come if each.shape == body.shape), None)
        if other is not None:
            gone.remove(body)
            come.remove(other)
            pairs.append((body, other))
    found = [_change(old, new) for old, new in pairs]
    found += [BodyChange(body.name, None, BodyState.REMOVED, body.volume_mm3, 0.0, None) for body in gone]
    found += [BodyChange(None, body.name, BodyState.ADDED, 0.0, body.volume_mm3, None) for body in come]
    return tuple(found)


def same_shapes(before: Sequence[Body], after: Sequence[Body]) -> bool:
    """Whether both sides are the same material in the same places, whatever its bodies are called."""
    return Counter(body.shape for body in before) == Counter(body.shape for body in after)


def _by_name(before: Sequence[Body], after: Sequence[Body]) -> tuple[list[tuple[Body, Body]], list[Body], list[Body]]:
    old, new = Counter(body.name for body in before), Counter(body.name for body in after)
    shared = {name for name in old if old[name] == new[name] == 1}
    by_name = {body.name: body for body in after if body.name in shared}
    pairs = [(body, by_name[body.name]) for body in before if body.name in shared]
    return (
        pairs,
        [body for body in before if body.name not in shared],
        [body for body in after if body.name not in shared],
    )


def _change(old: Body, new: Body) -> BodyChange:
    state = BodyState.SAME if old.shape == new.shape else BodyState.MOVED if old.form == new.form else BodyState.CHANGED
    x, y, z = (second - first for first, second in zip(old.centre, new.centre, strict=True))
    return BodyChange(old.name, new.name, state, old.volume_mm3, new.volume_mm3, (x, y, z))


def _digest(mesh: Mesh, origin: Floats) -> Digest:
    corners = np.round((mesh.corners - origin) / SAME_MM).astype(np.int64)
    first = np.lexsort(corners.transpose(2, 0, 1)[::-1], axis=1)[:, 0]
    turned = np.take_along_axis(corners, ((first[:, None] + np.arange(3)) % 3)[:, :, None], axis=1).reshape(-1, 9)
    order = np.lexsort(turned.T[::-1])
    return digest_bytes(np.ascontiguousarray(turned[order], "<i8").tobytes())
