"""The form of a facility: what somebody typed about it, new or changed, and what of a facility stands in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from registry.actions.facilities import FacilityText, FacilityView
from registry.actions.machines import MachineView
from registry.core.matching import Access
from registry.web.languages import noted
from registry.web.progress_words import process_words

ACCESS_WORDS: Mapping[str, str] = {
    Access.PUBLIC: noted("Every member may order"),
    Access.RESTRICTED: noted("Only those who run it may order"),
    Access.PRIVATE: noted("Only those who run it may see it and order"),
}
_EMPTIED = {"latitude", "longitude"}
"""What an empty field takes away; any other empty field is an empty text."""


class FacilityForm(BaseModel):
    """What somebody typed."""

    name: str = ""
    slug: str = ""
    description: str = ""
    address: str = ""
    latitude: str = ""
    longitude: str = ""
    opening_hours: str = ""
    access: str = Access.PUBLIC
    worker_owned: str = ""

    @classmethod
    def of(cls, slug: str, text: FacilityText) -> "FacilityForm":
        """As it is now."""
        return cls(
            name=text.name,
            slug=slug,
            description=text.description,
            address=text.address,
            latitude="" if text.latitude is None else str(text.latitude),
            longitude="" if text.longitude is None else str(text.longitude),
            opening_hours=text.opening_hours,
            access=text.access,
            worker_owned="1" if text.worker_owned else "",
        )

    def wish(self) -> dict[str, object]:
        """For a new facility: only what was typed."""
        given = {name: value.strip() for name, value in self.model_dump().items()}
        return {**{name: value for name, value in given.items() if value}, "worker_owned": bool(self.worker_owned)}

    def edit(self) -> dict[str, object]:
        """For one that is there: everything but its short name, which does not change."""
        given = {name: value.strip() for name, value in self.model_dump(exclude={"slug"}).items()}
        texts = {name: None if name in _EMPTIED and not value else value for name, value in given.items()}
        return {**texts, "worker_owned": bool(self.worker_owned)}


@dataclass(frozen=True)
class Offers:
    """What the machines of a facility can do together."""

    processes: tuple[str, ...]
    materials: tuple[str, ...]
    largest: str
    """Build volume of the largest machine; empty where there is none."""
    finest: str
    """The best tolerance that somebody measured; empty where nobody has."""


def offers(facility: FacilityView, machines: Sequence[MachineView]) -> Offers:
    """Of those machines that are announced."""
    there = [one for one in machines if not one.withdrawn and one.facility == facility.slug]
    largest = max((one.envelope for one in there), key=lambda size: size.x * size.y * size.z, default=None)
    kept = [one.tolerance_mm for one in there if one.tolerance_mm is not None]
    return Offers(
        tuple(sorted({process_words(one.process) for one in there})),
        tuple(sorted({str(loaded) for one in there for loaded in one.materials})),
        "" if largest is None else str(largest),
        f"±{min(kept):g} mm" if kept else "",
    )
