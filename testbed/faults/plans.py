"""What a round of faults does: the short cut of the tests, and the rounds of a soak. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from testbed.faults.cards import Target

SHORT_FAULTS = 210
ROUND_FAULTS = 500
SPARING = {Target.AGENT: 3, Target.REGISTRY: 6, Target.MACHINE: 8}
"""In the short cut: one round of a deck in so many holds a kill."""
SOAKING = {Target.MACHINE: 2}


@dataclass(frozen=True)
class Plan:
    """What a round does."""

    seed: str
    faults: int
    machines: int = 3
    faults_each: float = 1.0
    """How many faults at each transition, as a multiple of `injector.FAULTS`."""
    seconds: float = 1200
    """After so long no more faults are put in, however many there were."""
    killed_in: Mapping[Target, int] = field(default_factory=dict)
    """See `Decks`."""


def short_cut(seed: str) -> Plan:
    """At least 200 faults in little more than a minute, where a processor is free for it."""
    return Plan(seed, SHORT_FAULTS, machines=2, faults_each=2, killed_in=SPARING)


def soak_round(seed: str, faults: int = ROUND_FAULTS) -> Plan:
    return Plan(seed, faults, killed_in=SOAKING)


def soak_rounds(seed: str, faults: int) -> tuple[Plan, ...]:
    """As many rounds as it takes; each can be repeated by its own seed."""
    whole, rest = divmod(faults, ROUND_FAULTS)
    sizes = [ROUND_FAULTS] * whole + ([rest] if rest else [])
    return tuple(soak_round(f"{seed}.{number}", size) for number, size in enumerate(sizes, 1))
