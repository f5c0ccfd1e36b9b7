"""Who orders, as far as a licence asks: the kinds of their groups, and what they gave to the commons.

The Peer Production License opens commercial use to worker-owned businesses and collectives (its 4 (c)) and closes it to
privately owned ones that employ for wages (4 (d)). The commons adds reciprocity, which goes beyond that text: who gave
to the commons may use it. What counts as given is a version that somebody else merged into a design of theirs: neither
publishing much nor forking oneself counts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

ENOUGH_GIFTS = 1
"""Accepted versions by which reciprocity is earned."""
MOST_GIFTS = 20
"""More are not counted."""


@dataclass(frozen=True)
class Belonging:
    """A group to which somebody belongs."""

    name: str
    kind: str
    """community, coalition or institution."""
    worker_owned: bool
    """It belongs to those who work in it, and they share all gains."""


@dataclass(frozen=True)
class Gift:
    """A version of somebody that somebody else merged into a design of theirs."""

    version: str
    merged_into: str


@dataclass(frozen=True)
class Standing:
    """What counts of a member who orders something for a business."""

    worker_owned: str | None = None
    """A worker-owned group of theirs, by name."""
    groups: tuple[str, ...] = ()
    """Their other groups, as `name (kind)`."""
    gifts: int = 0
    """How many of their versions others merged; at most MOST_GIFTS."""
    gift: str | None = None
    """The newest of these, as `one@1.0.0, merged into other@2.0.0`."""

    @property
    def gave(self) -> bool:
        """Whether they gave enough to the commons to take from it."""
        return self.gifts >= ENOUGH_GIFTS

    def to_json(self) -> dict[str, object]:
        """What `standing_from_json` reads back."""
        return {**vars(self), "groups": list(self.groups)}


def standing_from_json(value: Mapping[str, object]) -> Standing:
    """What `to_json` wrote."""
    groups = value.get("groups")
    return Standing(
        worker_owned=_text(value.get("worker_owned")),
        groups=tuple(map(str, groups)) if isinstance(groups, list) else (),
        gifts=int(str(value.get("gifts", 0))),
        gift=_text(value.get("gift")),
    )


def standing_of(groups: Iterable[Belonging], gifts: Iterable[Gift]) -> Standing:
    """Sum up what a member belongs to and gave, the newest gift first."""
    belongings, given = sorted(groups, key=lambda group: group.name), list(gifts)[:MOST_GIFTS]
    owned = [group.name for group in belongings if group.worker_owned]
    return Standing(
        worker_owned=owned[0] if owned else None,
        groups=tuple(f"{group.name} ({group.kind})" for group in belongings if not group.worker_owned),
        gifts=len(given),
        gift=f"{given[0].version}, merged into {given[0].merged_into}" if given else None,
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
