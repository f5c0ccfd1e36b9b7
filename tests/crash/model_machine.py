"""A printer that counts how often it begins what, with a bed that something may lie on."""

from collections import Counter
from dataclasses import dataclass, field

from printers.machine import Evidence, MachineState, Outcome, Status


@dataclass
class ModelMachine:
    running: str | None = None
    paused: bool = False
    occupied: bool = False
    """Something really lies on the bed."""
    files: set[str] = field(default_factory=set)
    starts: Counter[str] = field(default_factory=Counter)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    """Files that came to their end."""
    begun_on_a_part: list[str] = field(default_factory=list)

    def status(self) -> Status:
        if self.running is None:
            return Status(MachineState.IDLE)
        return Status(MachineState.PAUSED if self.paused else MachineState.PRINTING, self.running)

    def evidence(self, file: str) -> Evidence:
        running = self.running == file
        outcome = None if running else self.outcomes.get(file)
        return Evidence(file, file in self.files, None, self.starts[file], running, outcome)

    def start(self, file: str) -> bool:
        """False: it says no."""
        if self.running is not None or file not in self.files:
            return False
        if self.occupied:
            self.begun_on_a_part.append(file)
        self.running, self.paused, self.occupied = file, False, True
        self.starts[file] += 1
        self.outcomes.pop(file, None)
        return True

    def end(self, outcome: Outcome) -> None:
        """What runs comes to its end."""
        assert self.running is not None
        self.outcomes[self.running] = outcome
        if outcome is Outcome.DONE:
            self.made.add(self.running)
        self.running = None

    def lose_power(self) -> None:
        """What runs is cut short, and nothing says how it ended."""
        self.running = None
