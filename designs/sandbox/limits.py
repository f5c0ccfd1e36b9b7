"""How much one task in the jail may use."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Bounds of one jailed process. A build has two of them, one after the other."""

    wall_seconds: float = 120.0
    """Enforced from outside."""
    cpu_seconds: int = 180
    """Over all threads. A second line behind the wall clock."""
    memory_bytes: int = 3072 * MIB
    """Address space on top of what the warm worker has mapped already."""
    scratch_bytes: int = 512 * MIB
    """Size of the private scratch file system."""
    scratch_files: int = 2048
    file_bytes: int = 256 * MIB
    """Of a single file, inside and across the wall."""
    output_bytes: int = 768 * MIB
    """All that may come back."""
    output_files: int = 64
    log_bytes: int = 1 * MIB
    """What a script may print; more ends it."""
    open_files: int = 64
    messages: int = 1000
    """Of progress, that may come back."""
    threads: int = 1
    """1: none can be started, so that a build never takes more of a processor than another. More: as many as the
    user's limit lets it."""
    owner: str = ""
    """In whose name: who used a slice of time lately gives way (see `designs.sandbox.slices`). Empty: nobody's."""

    @property
    def are_roomy(self) -> bool:
        """Whether there is room for something beside the task."""
        return self.memory_bytes >= 1024 * MIB and self.scratch_bytes >= 64 * MIB and self.cpu_seconds >= 60

    @classmethod
    def from_json(cls, told: object) -> "Limits":
        """What `dataclasses.asdict` made. KeyError or TypeError for anything else."""
        if not isinstance(told, Mapping):
            raise TypeError(f"not limits: {told!r}")
        return cls(**{field.name: told[field.name] for field in fields(cls)})

    def can_become(self, other: "Limits") -> bool:
        """Whether a process that locked itself in for these can still be held to the others: most bounds can be
        lowered, none raised, and a mounted file system keeps its size."""
        lowered = ("cpu_seconds", "memory_bytes", "file_bytes", "open_files")
        fixed = ("scratch_bytes", "scratch_files", "threads")
        return all(getattr(self, name) >= getattr(other, name) for name in lowered) and all(
            getattr(self, name) == getattr(other, name) for name in fixed
        )
