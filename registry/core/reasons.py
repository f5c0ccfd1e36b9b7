"""Why a machine can or cannot make something, in words, and the decision that they make up."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Code(StrEnum):
    """Why a machine cannot make something, what keeps it from making it now, or what is good to know."""

    PROCESS = "process"
    SIZE = "size"
    MATERIAL = "material"
    COLOUR = "colour"
    THICKNESS = "thickness"
    NOZZLE = "nozzle"
    TOLERANCE = "tolerance"
    FACILITY = "facility"
    MACHINE = "machine"
    ACCESS = "access"
    LICENCE = "licence"
    DISTANCE = "distance"
    COST = "cost"
    DEADLINE = "deadline"
    LAID = "laid"
    SPOOL = "spool"
    QUEUE = "queue"
    OFFLINE = "offline"
    BUSY = "busy"
    BED = "bed"
    FAULT = "fault"
    NOT_BUILT = "not_built"


HOLD_UP = frozenset({Code.OFFLINE, Code.BUSY, Code.BED, Code.FAULT, Code.QUEUE})
"""What passes or can be seen to: an order waits for it."""


@dataclass(frozen=True)
class Reason:
    code: Code
    words: str


@dataclass(frozen=True)
class Outlook:
    """What making it there comes to, as far as it can be said. All figures are estimates."""

    way: str | None = None
    """How the part would lie; None: it is not known how large it is, or it does not fit."""
    distance_km: float | None = None
    cost: Decimal | None = None
    """Of all copies."""
    currency: str | None = None
    grams: float | None = None
    """Of one copy."""
    seconds: float | None = None
    """That one copy takes."""
    ready_at: datetime | None = None
    """When the last of the copies could be made, if nothing comes in between."""
    ahead: int = 0
    """Parts that wait and come before."""


@dataclass(frozen=True)
class Decision:
    """Whether a machine can make it. `reasons` say why not, `notes` what it must wait for or what is not known yet."""

    can: bool
    reasons: tuple[Reason, ...]
    notes: tuple[Reason, ...] = ()
    outlook: Outlook = Outlook()

    @property
    def verdict(self) -> str:
        """The same few words everywhere: the form, the order's page, the command line, programs."""
        if not self.can:
            return "cannot make it"
        codes = {note.code for note in self.notes}
        if Code.DEADLINE in codes:
            return "can make it, but late"
        return "can make it later" if codes & HOLD_UP else "can make it"
