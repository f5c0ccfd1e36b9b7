"""Which machine can make what, with the reasons: a decision for the order form, the order page and the hand-out.

Lengths are mm as floats: they are compared within FIT_TOLERANCE_MM and are never part of a cache key.
"""

from dataclasses import dataclass
from enum import StrEnum

FIT_TOLERANCE_MM = 0.01
"""A part counts as fitting when it is larger by no more: tessellation and the STEP round trip move a face by less."""


class Access(StrEnum):
    """Who may order at a facility, and who may see it."""

    PUBLIC = "public"
    """Every member may order; everybody may see it."""
    RESTRICTED = "restricted"
    """Those who run it may order; everybody may see it."""
    PRIVATE = "private"
    """Those who run it may order and see it."""


class Code(StrEnum):
    """Why a machine cannot make something, or what keeps it from making it now."""

    PROCESS = "process"
    SIZE = "size"
    MATERIAL = "material"
    COLOUR = "colour"
    NOZZLE = "nozzle"
    FACILITY = "facility"
    ACCESS = "access"
    OFFLINE = "offline"
    BUSY = "busy"
    BED = "bed"
    FAULT = "fault"
    NOT_BUILT = "not_built"


@dataclass(frozen=True)
class Reason:
    code: Code
    words: str


@dataclass(frozen=True)
class Size:
    """A box, mm."""

    x: float
    y: float
    z: float

    def __str__(self) -> str:
        return " × ".join(f"{length:.1f}".removesuffix(".0") for length in (self.x, self.y, self.z)) + " mm"


@dataclass(frozen=True)
class Loaded:
    material: str
    colour: str | None = None


@dataclass(frozen=True)
class Work:
    """What one copy of an order asks of a machine."""

    process: str
    material: str
    member: str
    """Who ordered it."""
    colour: str | None = None
    size: Size | None = None
    """Bounding box, its margin for the brim included; None until the geometry is built."""
    nozzle_mm: float | None = None
    facility: str | None = None
    """Where it must be made; None: anywhere."""


@dataclass(frozen=True)
class Capability:
    """What a machine is, and where it stands."""

    process: str
    envelope: Size
    materials: tuple[Loaded, ...]
    nozzle_mm: float | None
    facility: str
    facility_name: str
    access: Access
    runners: frozenset[str]
    """Members who run the facility."""


@dataclass(frozen=True)
class Condition:
    """How a machine is now. It never rules a machine out: orders wait."""

    state: str
    bed: str
    message: str | None = None


@dataclass(frozen=True)
class Decision:
    """Whether a machine can make it. `reasons` say why not, `notes` what it must wait for or what is not known yet."""

    can: bool
    reasons: tuple[Reason, ...]
    notes: tuple[Reason, ...] = ()

    @property
    def verdict(self) -> str:
        """The same few words everywhere: the form, the command line, programs."""
        if not self.can:
            return "cannot make it"
        return "can make it later" if any(note.code in _HOLD_UP for note in self.notes) else "can make it"


_HOLD_UP = frozenset({Code.OFFLINE, Code.BUSY, Code.BED, Code.FAULT})
"""What passes or can be seen to: an order waits for it."""


def normal(name: str) -> str:
    """Materials and colours are compared without regard to case and surrounding space."""
    return " ".join(name.split()).casefold()


def match(work: Work, machine: Capability, condition: Condition | None = None) -> Decision:
    """Judge one machine for one piece of work; every reason is named, not only the first."""
    found = (
        _process(work, machine),
        _size(work, machine),
        _material(work, machine),
        _nozzle(work, machine),
        _facility(work, machine),
        _access(work, machine),
    )
    reasons = tuple(reason for reason in found if reason is not None)
    return Decision(not reasons, reasons, _notes(work, condition))


def fits(size: Size, envelope: Size) -> bool:
    """Whether the box stands inside the envelope, turned by 90° about Z where that helps, never laid on its side."""
    short, long = sorted((size.x, size.y))
    narrow, wide = sorted((envelope.x, envelope.y))
    room = FIT_TOLERANCE_MM
    return short <= narrow + room and long <= wide + room and size.z <= envelope.z + room


def _process(work: Work, machine: Capability) -> Reason | None:
    if work.process == machine.process:
        return None
    return Reason(Code.PROCESS, f"it works by {machine.process}, the design asks for {work.process}")


def _size(work: Work, machine: Capability) -> Reason | None:
    if work.size is None or fits(work.size, machine.envelope):
        return None
    return Reason(Code.SIZE, f"the part needs {work.size}, the machine takes {machine.envelope}")


def _material(work: Work, machine: Capability) -> Reason | None:
    same = [loaded for loaded in machine.materials if normal(loaded.material) == normal(work.material)]
    if not same:
        there = ", ".join(sorted({loaded.material for loaded in machine.materials})) or "nothing"
        return Reason(Code.MATERIAL, f"{work.material} is not loaded; {there} is")
    colours = {loaded.colour for loaded in same if loaded.colour}
    if work.colour is None or normal(work.colour) in {normal(colour) for colour in colours}:
        return None
    there = ", ".join(sorted(colours)) or "no colour that it knows of"
    return Reason(Code.COLOUR, f"{work.material} is not loaded in {work.colour}; {there} is")


def _nozzle(work: Work, machine: Capability) -> Reason | None:
    if work.nozzle_mm is None or machine.nozzle_mm is None or machine.nozzle_mm <= work.nozzle_mm + FIT_TOLERANCE_MM:
        return None
    return Reason(
        Code.NOZZLE, f"its nozzle is {machine.nozzle_mm:g} mm, the design needs {work.nozzle_mm:g} mm or finer"
    )


def _facility(work: Work, machine: Capability) -> Reason | None:
    if work.facility is None or work.facility == machine.facility:
        return None
    return Reason(Code.FACILITY, f"it stands in {machine.facility_name}, the order names another facility")


def _access(work: Work, machine: Capability) -> Reason | None:
    if machine.access is Access.PUBLIC or work.member in machine.runners:
        return None
    return Reason(Code.ACCESS, f"{machine.facility_name} takes orders only from those who run it")


def _notes(work: Work, condition: Condition | None) -> tuple[Reason, ...]:
    notes: list[Reason] = []
    if work.size is None:
        notes.append(Reason(Code.NOT_BUILT, "whether it fits is known when the geometry is built"))
    if condition is None:
        return tuple(notes)
    if condition.state == "offline":
        return (*notes, Reason(Code.OFFLINE, "it is offline"))
    if condition.state == "error":
        notes.append(Reason(Code.FAULT, f"it reports a fault: {condition.message or 'no further word'}"))
    elif condition.state != "idle":
        notes.append(Reason(Code.BUSY, "it is busy with another part"))
    if condition.bed != "clear":
        notes.append(Reason(Code.BED, f"its bed is {condition.bed}: somebody must clear it first"))
    return tuple(notes)
