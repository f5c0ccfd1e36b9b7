"""How a part is meant to be made, as far as its shape is judged by it."""

from dataclasses import dataclass

DEFAULT_NOZZLE_MM = 0.4
DEFAULT_ENVELOPE_MM = (250.0, 210.0, 210.0)
"""A common desktop printer's. Whether a part fits a given machine is decided when it is ordered."""
SHEET_ENVELOPE_MM = (600.0, 400.0, 60.0)
"""What a small workshop's lasers and routers take."""


@dataclass(frozen=True)
class Making:
    """Made by a machine of this kind."""

    nozzle_mm: float = DEFAULT_NOZZLE_MM
    envelope_mm: tuple[float, float, float] = DEFAULT_ENVELOPE_MM
    supports: bool = False
    process: str = "fdm"
    thickness_mm: float | None = None
    """Of the sheet that it is said to be cut from; None: it is as thick as the part."""

    @property
    def cut(self) -> bool:
        """From a sheet; otherwise printed in layers."""
        return self.process != "fdm"


def made_from(process: str) -> str:
    """The artifact that machines of a process make a part from."""
    return "model.3mf" if process == "fdm" else "model.dxf"
