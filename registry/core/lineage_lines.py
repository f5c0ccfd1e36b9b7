"""Lines: the lineage cut into long straight pieces, so that questions about the past cost what its bends cost. Pure.

A *line* is a path of versions of one design, each of which revises the one before; its name is the id of its first
version. An edge to a version of another line is a *crossing*. A version's past on one line is all of that line up to
some generation, so that a line and a number stand for thousands of versions (Jagadish, "A compression technique to
materialize transitive closure", TODS 1990). Which line a version belongs to is decided when it is published and
never changes: a child comes later, and edges are only added together with their child.

The *generation* of a version is one more than the greatest of its parents', 0 for a beginning: everything in a
version's past has a smaller one. Edges of the kind *uses* are no descent and count for none of this.
"""

import heapq
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from designs.snapshot import ParentKind
from registry.ids import VersionId

WINDOW = 256
"""Generations of which crossings are loaded first; each further load takes twice as many as the one before."""

_ONE, _OTHER, _BELOW = 1, 2, 4
"""In whose past a piece of a line is; `_BELOW`: also in the past of a nearest common ancestor."""
_COMMON = _ONE | _OTHER


@dataclass(frozen=True, order=True)
class Place:
    """Where a version stands: one version for each place."""

    line: str
    generation: int


@dataclass(frozen=True)
class ParentPlace:
    """A parent of a version that is just being published."""

    kind: ParentKind
    place: Place
    is_tip: bool
    """No other version has continued its line."""


@dataclass(frozen=True)
class Crossing:
    """An edge between two lines."""

    child: Place
    parent: Place
    starts: bool
    """The child is the first of its line: nothing lies below it there."""


Load = Callable[[Collection[str], int, int], Iterable[Crossing]]
"""The crossings out of these lines whose child's generation is from the first number up to the second."""


@dataclass(frozen=True)
class Stretch:
    """The versions of a line that are above one generation, up to another."""

    line: str
    above: int
    upto: int


@dataclass(frozen=True)
class Apart:
    """How the pasts of two versions lie to each other. A version counts to its own past."""

    bases: frozenset[Place]
    """The nearest common ancestors."""
    only_one: tuple[Stretch, ...]
    only_other: tuple[Stretch, ...]


def place_version(version: VersionId, parents: Iterable[ParentPlace]) -> tuple[Place, tuple[Crossing, ...]]:
    """Where a new version stands, and the crossings to its parents that are on other lines."""
    descent = [parent for parent in parents if parent.kind is not ParentKind.USES]
    generation = 1 + max((parent.place.generation for parent in descent), default=-1)
    open_lines = [parent.place for parent in descent if parent.kind is ParentKind.REVISES and parent.is_tip]
    line = max(open_lines, key=lambda place: (place.generation, place.line)).line if open_lines else str(version)
    place = Place(line, generation)
    others = sorted({parent.place for parent in descent if parent.place.line != line})
    return place, tuple(Crossing(place, other, starts=line == version) for other in others)


def nearest_common(one: Place, other: Place, load: Load, *, window: int = WINDOW) -> frozenset[Place]:
    """The nearest common ancestors of two versions. It looks no further into the past than it must."""
    walk = _Walk(load, window)
    walk.begin(one, other)
    walk.run(to_the_end=False)
    return frozenset(walk.bases)


def apart(one: Place, other: Place, load: Load, *, window: int = WINDOW) -> Apart:
    """The same, and what is in one past alone. It looks as far back as there is anything in one past alone."""
    walk = _Walk(load, window)
    walk.begin(one, other)
    walk.run(to_the_end=True)
    return Apart(frozenset(walk.bases), tuple(walk.stretches(_ONE)), tuple(walk.stretches(_OTHER)))


def entries(start: Place, load: Load, wanted: Callable[[Collection[str]], Collection[str]]) -> tuple[Place, ...]:
    """Where the past of a version first meets the lines that `wanted` picks; what is below them is not looked at."""
    known: dict[str, int] = {}
    found: dict[str, int] = {}
    frontier = {start.line: start.generation}
    while frontier:
        chosen = set(wanted(frontier))
        crossings = []
        for line, generation in frontier.items():
            known_to = known.get(line, -1)
            known[line] = generation
            if line in chosen:
                found[line] = generation
            else:
                crossings.append((line, known_to + 1, generation))
        frontier = _entered(crossings, load, known)
    return tuple(Place(line, generation) for line, generation in sorted(found.items()))


def _entered(ranges: Sequence[tuple[str, int, int]], load: Load, known: dict[str, int]) -> dict[str, int]:
    """Where crossings lead to from these pieces of lines, as far as that is new."""
    if not ranges:
        return {}
    tops = {line: (low, high) for line, low, high in ranges}
    entered: dict[str, int] = {}
    low, high = min(low for _, low, _ in ranges), max(high for *_, high in ranges)
    for crossing in load(tops, low, high):
        bottom, top = tops[crossing.child.line]
        line, generation = crossing.parent.line, crossing.parent.generation
        if bottom <= crossing.child.generation <= top and generation > known.get(line, -1):
            entered[line] = max(generation, entered.get(line, -1))
    return entered


_MARK, _CROSS, _END = 0, 1, 2
"""In this order at one generation: a version is marked before what it comes from, and a line ends after that."""


@dataclass
class _Line:
    """A line as far as it is known in a walk."""

    mask: int = 0
    changes: list[tuple[int, int]] = field(default_factory=list)
    """At which generation the mask became what, downwards."""
    loaded: bool = False
    ends: bool = False
    """Its first version has been seen in the walk, or is about to be."""
    ended: bool = False


class _Walk:
    """Both pasts at once, downwards by generation, as git paints them down to what is common.

    Every piece of a line gets the mask of what it is in the past of. All marks of a generation come before anything
    below it, because a parent's generation is smaller than its child's.
    """

    def __init__(self, load: Load, window: int) -> None:
        self._load = load
        self._lines: dict[str, _Line] = {}
        self._events: list[tuple[int, int, int, str, Place]] = []
        self._floor, self._window = 0, window
        self._live = {_ONE: 0, _OTHER: 0}
        """How many marks and lines could still lead one side to something new."""
        self.bases: set[Place] = set()

    def begin(self, one: Place, other: Place) -> None:
        self._floor = max(0, max(one.generation, other.generation) - self._window)
        self._push_mark(one, _ONE)
        self._push_mark(other, _OTHER)

    def run(self, *, to_the_end: bool) -> None:
        """Go down until nothing new can be common; or until nothing is in one past alone."""
        enough = any if to_the_end else all
        while enough(count > 0 for count in self._live.values()):
            if self._events and -self._events[0][0] >= self._floor:
                self._step()
            elif self._floor > 0:
                self._lower_floor()
            else:
                return

    def stretches(self, mask: int) -> Iterable[Stretch]:
        """The pieces of lines that have exactly this mask."""
        for name, line in sorted(self._lines.items()):
            ends = [*[generation for generation, _ in line.changes[1:]], -1][: len(line.changes)]
            for (upto, here), above in zip(line.changes, ends, strict=True):
                if here == mask:
                    yield Stretch(name, above, upto)

    def _step(self) -> None:
        generation, what, mask, name, parent = self._events[0]
        line = self._lines.setdefault(name, _Line())
        if what == _MARK and not line.loaded:
            self._load_marked(-generation)
            return
        heapq.heappop(self._events)
        if what == _MARK:
            self._mark(Place(name, -generation), line, -mask)
        elif what == _CROSS and line.mask:
            self._push_mark(parent, line.mask)
        elif what == _END:
            self._set_live(line.mask, -1)
            line.ended = True

    def _mark(self, place: Place, line: _Line, mask: int) -> None:
        self._set_live(mask, -1)
        new = line.mask | mask
        if new == line.mask:
            return
        if new == _COMMON:
            self.bases.add(place)
            new |= _BELOW
        if not line.ended:
            self._set_live(line.mask, -1)
            self._set_live(new, +1)
        line.mask = new
        line.changes.append((place.generation, new))

    def _push_mark(self, place: Place, mask: int) -> None:
        self._set_live(mask, +1)
        heapq.heappush(self._events, (-place.generation, _MARK, -mask, place.line, place))

    def _set_live(self, mask: int, by: int) -> None:
        if mask in self._live:
            self._live[mask] += by

    def _load_marked(self, high: int) -> None:
        """Load the crossings of all lines that are marked but not loaded, in one go."""
        marked = {name for generation, what, _, name, _ in self._events if what == _MARK and -generation >= self._floor}
        wanted = [name for name in marked if not self._lines.setdefault(name, _Line()).loaded]
        for name in wanted:
            self._lines[name].loaded = True
        self._push_crossings(wanted, self._floor, high)

    def _lower_floor(self) -> None:
        before, self._window = self._floor, self._window * 2
        self._floor = max(0, before - self._window)
        known = [name for name, line in self._lines.items() if line.loaded and not line.ends]
        self._push_crossings(known, self._floor, before - 1)

    def _push_crossings(self, names: Sequence[str], low: int, high: int) -> None:
        if not names:
            return
        for crossing in self._load(names, low, high):
            name, generation = crossing.child.line, -crossing.child.generation
            heapq.heappush(self._events, (generation, _CROSS, 0, name, crossing.parent))
            if crossing.starts and not self._lines[name].ends:
                self._lines[name].ends = True
                heapq.heappush(self._events, (generation, _END, 0, name, crossing.child))
