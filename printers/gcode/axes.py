"""What the numbers of a move mean: units, absolute or relative, shifted or not, and which axes know where they are."""

INCH_MM = 25.4
AXES = ("X", "Y", "Z")


class AmbiguousExtruderMode(Exception):
    """G90 or G91 after M83 or M82: Marlin changes the extruder's mode with them, Prusa's firmware does not."""


class Axes:
    """Modal state of the coordinates (G20/21, G90/91, G92, M82/83, G28)."""

    def __init__(self) -> None:
        self.unit_mm = 1.0
        self.absolute = True
        self.e_absolute: bool | None = True
        """None: two firmwares would read the next extruder value differently."""
        self.e = 0.0
        """The file's own name for the extruder's position, mm."""
        self.homed: set[str] = set()
        self.known: set[str] = set()
        """Axes whose position is known to the millimetre; probing leaves X and Y somewhere."""
        self._offset = dict.fromkeys(AXES, 0.0)

    @property
    def plain(self) -> bool:
        """Numbers are machine millimetres as they stand, and every axis knows where it is."""
        return (
            self.absolute
            and self.unit_mm == 1.0
            and self.e_absolute is not None
            and len(self.known) == len(AXES)
            and not any(self._offset.values())
        )

    def use(self, *, absolute: bool) -> None:
        """G90 and G91."""
        self.absolute = absolute
        if self.e_absolute is not absolute:
            self.e_absolute = None

    def use_extruder(self, *, absolute: bool) -> None:
        """M82 and M83."""
        self.e_absolute = absolute

    def use_unit(self, unit_mm: float) -> None:
        """G20 and G21."""
        self.unit_mm = unit_mm

    def home(self, axes: set[str]) -> None:
        self.homed |= axes
        self.known |= axes
        for axis in axes:
            self._offset[axis] = 0.0

    def probed(self) -> None:
        """After G29 or G80 the nozzle is over the last point that was probed."""
        self.known -= {"X", "Y"}

    def target(self, axis: str, value: float, position: float) -> float:
        """Machine position that a word asks for, mm; `position` is where the axis is."""
        value *= self.unit_mm
        if not self.absolute:
            return position + value
        self.known.add(axis)
        return value + self._offset[axis]

    def rename(self, axis: str, value: float, position: float) -> None:
        """G92: the machine does not move, its position gets another name."""
        if axis == "E":
            self.e = value * self.unit_mm
        else:
            self._offset[axis] = position - value * self.unit_mm

    def extrusion(self, value: float) -> float:
        """Filament fed by an E word, mm."""
        value *= self.unit_mm
        if self.e_absolute is None:
            raise AmbiguousExtruderMode
        if not self.e_absolute:
            return value
        fed, self.e = value - self.e, value
        return fed
