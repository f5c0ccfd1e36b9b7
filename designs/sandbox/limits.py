"""How much one task in the jail may use."""

from dataclasses import dataclass

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
    threads: int = 32
