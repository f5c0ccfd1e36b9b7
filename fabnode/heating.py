"""How far one machine has heated up, and what it is counted with under the power limit."""

from pathlib import Path

from fabnode import core
from fabnode.clock import boot_seconds
from fabnode.config import MachineSettings
from fabnode.power import Needs, draw, is_heated
from fabnode.records import Record
from fabnode.slicers.profiles import ProfileError, load_material
from printers.machine import Status


class Heating:
    """What a worker remembers of its machine's warmth from look to look."""

    def __init__(self, settings: MachineSettings, own_profiles: Path) -> None:
        self.needs = Needs(settings.heat_w or 0.0, settings.print_w or 0.0)
        self._patience_seconds = settings.heat_seconds
        self._own_profiles = own_profiles
        self._attempt: str | None = None
        self._since = 0.0
        self._heated = False

    def draw(self, held: Record | None, status: Status) -> float:
        """W, by the attempt that holds the machine and what the machine says of itself."""
        if held is None or held.attempt.state not in core.ON_MACHINE:
            self._attempt, self._heated = None, False
            return draw(self.needs, held.attempt.state if held else None, status, heated=False)
        if held.attempt.id != self._attempt:
            self._attempt, self._since, self._heated = held.attempt.id, boot_seconds(), False
        self._heated = self._heated or self._is_heated(held, status)
        return draw(self.needs, held.attempt.state, status, heated=self._heated)

    def _is_heated(self, held: Record, status: Status) -> bool:
        if held.attempt.state not in core.RUNNING:
            return False
        nozzle_c, bed_c = _targets(held.claimed.material, self._own_profiles)
        told = is_heated(status, nozzle_c, bed_c)
        return boot_seconds() - self._since > self._patience_seconds if told is None else told


def _targets(material: str, own_profiles: Path) -> tuple[float | None, float | None]:
    """Nozzle and bed as the material's profile sets them for the first layer, °C; None where it says nothing."""
    try:
        settings = load_material(material, own_profiles).settings
        return float(settings.get("first_layer_temperature", 0)), float(settings.get("first_layer_bed_temperature", 0))
    except (ProfileError, ValueError):
        return None, None
