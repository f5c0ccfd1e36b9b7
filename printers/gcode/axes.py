"""What the numbers of a move mean: units, absolute or relative, shifted or not, and which axes know where they are."""

INCH_MM = 25.4
AXES = ("X", "Y", "Z")


class AmbiguousExtruderMode(Exception):
    """Two printers would read the next extruder value differently; the message says after what."""


class Axes:
    """Modal state of the coordinates (G20/21, G90/91, G92, M82/83, G28)."""

    def __init__(self) -> None:
        self.unit_mm = 1.0
        self.absolute = True
        self.said = True
        """False after a macro: whether it left G90 or G91 is not known until the file says it."""
        self.e_absolute: bool | None = True
        """None: two firmwares would read the next extruder value differently."""
        self._e_absolute_by_g90 = False
        """M82 was said under G91: to Marlin it holds at once, to Klipper from the next G90 on."""
        self.e = 0.0
        """The file's own name for the extruder's position, mm."""
        self.e_named = True
        """False after a macro: what an absolute extruder value counts from is not known until G92 E."""
        self.homed: set[str] = set()
        self.known: set[str] = set()
        """Axes whose position is known to the millimetre: not after homing or probing, which end somewhere."""
        self._offset = dict.fromkeys(AXES, 0.0)

    @property
    def plain(self) -> bool:
        """Numbers are machine millimetres as they stand, and every axis knows where it is."""
        return (
            self.absolute
            and self.said
            and self.unit_mm == 1.0
            and self.e_absolute is not None
            and (self.e_named or not self.e_absolute)
            and len(self.known) == len(self.homed) == len(AXES)
            and not any(self._offset.values())
        )

    def use(self, *, absolute: bool) -> None:
        """G90 and G91."""
        self.absolute = absolute
        self.said = True
        if absolute and self._e_absolute_by_g90:
            self.use_extruder(absolute=True)
        elif self.e_absolute is not absolute:
            self.e_absolute = None

    def use_extruder(self, *, absolute: bool) -> None:
        """M82 and M83."""
        self._e_absolute_by_g90 = absolute and not self.absolute
        self.e_absolute = None if self._e_absolute_by_g90 else absolute

    def use_unit(self, unit_mm: float) -> None:
        """G20 and G21."""
        self.unit_mm = unit_mm

    def home(self, axes: set[str], *, at_known_place: bool) -> None:
        """G28. Where the switches stand may be known or not."""
        self.homed |= axes
        self.known = self.known | axes if at_known_place else self.known - axes
        for axis in axes:
            self._offset[axis] = 0.0

    def probed(self) -> None:
        """After G29, G80 and the like the nozzle is over the last point that was probed."""
        self.known.clear()

    def released(self, axes: set[str]) -> None:
        """M84 and M18: the motors let go, and a push moves what they held."""
        self.homed -= axes
        self.known -= axes

    def after_macro(self) -> None:
        """A macro may have moved anywhere and may have left any coordinates."""
        self.known.clear()
        self.said = self.e_named = self._e_absolute_by_g90 = False
        self.e_absolute = None

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
            self.e_named = True
        else:
            self._offset[axis] = position - value * self.unit_mm

    def extrusion(self, value: float) -> float:
        """Filament fed by an E word, mm."""
        value *= self.unit_mm
        if self.e_absolute is None and self._e_absolute_by_g90:
            raise AmbiguousExtruderMode("feeds the extruder under G91 and M82: say M83, or G90 before")
        if self.e_absolute is None:
            raise AmbiguousExtruderMode("feeds the extruder after G90, G91 or a macro without M82 or M83 in between")
        if not self.e_absolute:
            return value
        if not self.e_named:
            raise AmbiguousExtruderMode("feeds the extruder after a macro without G92 E0 in between")
        fed, self.e = value - self.e, value
        return fed
