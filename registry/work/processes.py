"""Names of processes by which another one on the same host can tell that they are dead."""

import os
import secrets
import socket
from pathlib import Path


def own_name() -> str:
    """Host, process id, when the process began, and something random: no two are the same."""
    return f"{socket.gethostname()}:{os.getpid()}:{_began(os.getpid())}:{secrets.token_hex(4)}"


def is_dead(name: str) -> bool:
    """Whether a process of this name surely lives no more. Of other hosts nothing is sure."""
    host, number, began = [*name.split(":"), "", "", ""][:3]
    if host != socket.gethostname() or not number.isdigit() or not began.isdigit():
        return False
    return _began(int(number)) != began


def _began(process: int) -> str:
    """The moment at which a process began, in the kernel's ticks; empty when there is none (see proc(5), stat)."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""
