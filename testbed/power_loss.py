"""What of a process's files a loss of power would leave: see power_loss.c."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from testbed.preload import compiled

SOURCE = Path(__file__).with_suffix(".c")


class PowerLoss:
    """A disk that holds only what was synced, kept in `folder`, for files whose names begin with `journal`."""

    def __init__(self, folder: Path, *, journal: str, machine: str) -> None:
        """machine: name of the file by which the process tells its machine something, put in place by renaming."""
        self.disk = folder / "disk"
        self.disk.mkdir(parents=True)
        self._library = compiled(SOURCE, folder)
        self._journal = journal
        self._machine = machine

    @property
    def env(self) -> Mapping[str, str]:
        """For the process that is watched."""
        return {
            "LD_PRELOAD": str(self._library),
            "DISK": str(self.disk),
            "JOURNAL": self._journal,
            "MACHINE": self._machine,
        }

    def holds(self, *files: Path) -> None:
        """These files are on the disk from the beginning."""
        for file in files:
            shutil.copy(file, self.disk)

    def when_told(self) -> list[Path]:
        """What was on the disk each time that the machine was told something, one folder a time."""
        return sorted(self.disk.glob("told-*"), key=lambda folder: int(folder.name.partition("-")[2]))
