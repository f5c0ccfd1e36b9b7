"""The heaters as a file sets them: within machine and material, hot enough while extruding, off at the end."""

from printers.gcode.limits import MachineLimits, MaterialLimits
from printers.gcode.verdict import Objections


class Heaters:
    """Targets of nozzle and bed in °C, and the highest ones asked for."""

    def __init__(self, limits: MachineLimits, material: MaterialLimits, objections: Objections) -> None:
        self.nozzle_c = self.bed_c = 0.0
        self.max_nozzle_c = self.max_bed_c = 0.0
        self.may_extrude = False
        """The nozzle was waited for at a temperature of the material, and is still told to keep one."""
        self._was_hot = False
        self._limits = limits
        self._material = material
        self._objections = objections

    def set_nozzle(self, target_c: float, line: int, *, wait: bool) -> None:
        """M104 and M109. Below the material's range the nozzle cools, and has to be waited for again."""
        material = self._material
        self.nozzle_c = target_c
        self.max_nozzle_c = max(self.max_nozzle_c, target_c)
        self._check("nozzle", target_c, self._limits.max_nozzle_c, material.max_nozzle_c, line)
        warm = target_c >= material.min_nozzle_c
        self._was_hot = warm and (wait or self._was_hot)
        self.may_extrude = self._was_hot

    def waited_for_nozzle(self, least_c: float) -> None:
        """Klipper's TEMPERATURE_WAIT: the nozzle has at least this temperature now."""
        least = self._material.min_nozzle_c
        self._was_hot = self._was_hot or (least_c >= least and self.nozzle_c >= least)
        self.may_extrude = self._was_hot

    def set_bed(self, target_c: float, line: int) -> None:
        """M140 and M190."""
        self.bed_c = target_c
        self.max_bed_c = max(self.max_bed_c, target_c)
        self._check("bed", target_c, self._limits.max_bed_c, self._material.max_bed_c, line)

    def off(self, line: int) -> None:
        """Both heaters at once."""
        self.set_nozzle(0, line, wait=False)
        self.set_bed(0, line)

    def cold_reason(self) -> str:
        """Why `may_extrude` is false."""
        least = f"{self._material.name} is laid at {self._material.min_nozzle_c:g} °C or more"
        if self.nozzle_c >= self._material.min_nozzle_c or not self.max_nozzle_c:
            return f"extrudes before the nozzle was waited for (M109): {least}"
        return f"extrudes while the nozzle is told to be at {self.nozzle_c:g} °C: {least}"

    def still_on(self) -> str | None:
        """What is hot at the end, for the operator."""
        if self.nozzle_c:
            return f"the nozzle's heater at {self.nozzle_c:g} °C"
        return f"the bed's heater at {self.bed_c:g} °C" if self.bed_c else None

    def _check(self, what: str, target_c: float, machine_c: float, material_c: float, line: int) -> None:
        if target_c < 0:
            self._objections.add(line, "too_hot", f"sets the {what} to {target_c:g} °C, which is no temperature")
        elif target_c > machine_c:
            text = f"sets the {what} to {target_c:g} °C; this machine may go to {machine_c:g} °C"
            self._objections.add(line, "too_hot", text)
        elif target_c > material_c:
            text = f"sets the {what} to {target_c:g} °C; {self._material.name} may go to {material_c:g} °C"
            self._objections.add(line, "too_hot", text)
