"""The order form: what somebody typed beside the parameters, and what is wished by that."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Annotated

from pydantic import BaseModel, Field

from registry.actions.facilities import FacilityView
from registry.actions.wishes import OrderWish
from registry.core.capability import Place
from registry.core.conditions import read_day, read_distance, read_place, read_price
from registry.errors import Invalid
from registry.web.design_page import Head
from registry.web.parameter_form import Choice


class OrderForm(BaseModel):
    """What somebody typed beside the parameters."""

    quantity: str = "1"
    material: str = ""
    colour: str = ""
    facility: str = ""
    note: str = ""
    machine: str = ""
    wanted_by: str = ""
    most_cost: str = ""
    near: str = ""
    """A place by its degrees, or a facility's short name."""
    within: str = ""
    tolerance: str = ""
    thickness: str = ""
    lay: str = ""
    commercial: str = ""
    priority: str = ""
    sort: str = ""
    """What counts most among the machines that are shown."""
    request_key: Annotated[str, Field(max_length=80)] = ""
    """Made with the form: sent twice, it is one order."""

    @property
    def has_conditions(self) -> bool:
        """Whether anything beyond the usual is asked for."""
        return any(
            text.strip()
            for text in (
                self.machine, self.wanted_by, self.most_cost, self.near, self.within, self.tolerance, self.thickness,
                self.lay, self.commercial, self.priority.strip("0"),
            )
        )  # fmt: skip

    def wish(self, head: Head, choice: Choice, places: Sequence[FacilityView]) -> OrderWish:
        """Raises Invalid with the words for what cannot be read."""
        price = read_price(self.most_cost) if self.most_cost.strip() else None
        return OrderWish(
            version=head.version.name,
            parameters=choice.given,
            preset=choice.preset,
            quantity=int(self.quantity) if self.quantity.strip().isdecimal() else 0,
            material=self.material.strip() or None,
            colour=self.colour.strip() or None,
            facility=self.facility or None,
            note=self.note.strip(),
            machine=self.machine.strip() or None,
            tolerance_mm=_millimetres("tolerance", self.tolerance, most=10),
            thickness_mm=_millimetres("thickness", self.thickness, most=500),
            lay=True if self.lay else None,
            place=_place(self.near, {place.slug: place for place in places}),
            within_km=read_distance(self.within) if self.within.strip() else None,
            wanted_by=read_day(self.wanted_by, UTC) if self.wanted_by.strip() else None,
            most_cost=None if price is None else price[0],
            currency=None if price is None else price[1],
            commercial=bool(self.commercial),
            priority=int(self.priority) if self.priority.strip().isdecimal() else 0,
        )


def _place(text: str, places: Mapping[str, FacilityView]) -> Place | None:
    if not text.strip():
        return None
    found = read_place(text)
    if found is not None:
        return found
    named = places.get(text.strip())
    if named is None or named.text.latitude is None or named.text.longitude is None:
        raise Invalid(
            f"{text[:80]!r} is no place that is known: give degrees, like 53.79, -1.54, or the short name of a "
            "facility that says where it is",
            code="bad_place", value=text[:80],
        )  # fmt: skip
    return Place(named.text.latitude, named.text.longitude)


def _millimetres(name: str, text: str, *, most: float) -> float | None:
    if not text.strip():
        return None
    try:
        value = float(text.strip().removesuffix("mm").strip().replace(",", "."))
    except ValueError:
        value = 0.0
    if not 0 < value <= most:
        raise Invalid(f"{name} {text[:20]!r} is out of range: more than 0, up to {most:g} mm", code=f"bad_{name}")
    return value
