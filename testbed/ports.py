"""Ports on loopback for servers that keep theirs over a restart."""

import random
import socket

LOOPBACK = "127.0.0.1"
KEPT = range(15_000, 32_000)
"""Below the range from which systems hand out ports by themselves (from 32,768 on Linux): while a killed server is
down, nobody is given its port by chance."""
TRIES = 200


def free_port() -> int:
    """A port that nobody listens on now, and that the system gives to nobody unasked. OSError when none was found."""
    for port in random.sample(KEPT, TRIES):
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise OSError(f"none of {TRIES} ports on {LOOPBACK} was free")


def accepts_connections(port: int) -> bool:
    """Whether something listens on the port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0
