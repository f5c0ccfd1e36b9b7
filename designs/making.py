"""How a part is meant to be made, as far as its shape is judged by it."""

from dataclasses import dataclass

DEFAULT_NOZZLE_MM = 0.4
DEFAULT_ENVELOPE_MM = (250.0, 210.0, 210.0)
"""A common desktop printer's. Whether a part fits a given machine is decided when it is ordered."""


@dataclass(frozen=True)
class Making:
    """Printed by a machine of this kind."""

    nozzle_mm: float = DEFAULT_NOZZLE_MM
    envelope_mm: tuple[float, float, float] = DEFAULT_ENVELOPE_MM
    supports: bool = False
