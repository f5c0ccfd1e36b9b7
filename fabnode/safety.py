"""The last judgement before G-code leaves for a machine: machine envelope ∩ material, by simulation.

Whatever the slicer says. The rules are in printers.gcode; here the profile and the machine's own settings become
their yardstick. The judgement follows from the bytes and the yardstick alone: the same bytes are not simulated twice
for machines of the same measure, as long as this process lives.
"""

import threading
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

from designs.digest import Digest, digest_file
from fabnode.errors import FabnodeError
from fabnode.slicers.profiles import Profile
from printers.gcode import Box, MachineLimits, MaterialLimits, Verdict, judge, material_limits

SHOWN_REASONS = 5
REMEMBERED = 256
"""Judgements that are kept in memory."""

_Measured = tuple[Digest, MachineLimits, MaterialLimits]


class Unsafe(FabnodeError):
    """The G-code may not run on this machine; the message gives the first reasons."""


def machine_limits(profile: Profile) -> MachineLimits:
    """What the machine may be asked to do: parts in its usable volume, moves where the nozzle can go."""
    whole, usable, purge = profile.envelope, profile.usable, profile.purge_mm
    limits = MachineLimits.for_bed(
        whole.x,
        whole.y,
        whole.z,
        max_nozzle_c=profile.max_nozzle_c,
        max_bed_c=profile.max_bed_c,
        purge=Box(purge[0], purge[1], 0, purge[2], purge[3], purge[4]) if purge else None,
        max_feed_mm_s=profile.max_feed_mm_s,
    )
    printable = Box(0, 0, 0, usable.x, usable.y, usable.z)
    return replace(limits, printable=printable, flavour=profile.flavour, macros=profile.macros)


class Judgements:
    """What was accepted in this process: by the file's bytes, the machine and the material. Safe between threads."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._accepted: OrderedDict[_Measured, Verdict] = OrderedDict()
        self._lock = threading.Lock()

    def judge(self, gcode: Path, machine: MachineLimits, material: MaterialLimits) -> Verdict:
        """Refusals are never remembered: they are rare, and their file is made anew."""
        measured = (digest_file(gcode), machine, material)
        with self._lock:
            if measured in self._accepted:
                self._accepted.move_to_end(measured)
                return self._accepted[measured]
        verdict = judge(gcode, machine, material)
        if verdict.accepted and digest_file(gcode) == measured[0]:
            with self._lock:
                self._accepted[measured] = verdict
                if len(self._accepted) > self._most:
                    self._accepted.popitem(last=False)
        return verdict


_judgements = Judgements()


def require_safe(gcode: Path, profile: Profile, material: str) -> Verdict:
    """Judge a file. Raises Unsafe with the reasons in words for an operator."""
    verdict = _judgements.judge(gcode, machine_limits(profile), material_limits(material))
    if not verdict.accepted:
        shown = [str(reason) for reason in verdict.reasons[:SHOWN_REASONS]]
        hidden = len(verdict.reasons) + verdict.more_reasons - len(shown)
        more = f"; and {hidden} more" if hidden else ""
        raise Unsafe(f"the G-code was refused for {profile.title} with {material}: {'; '.join(shown)}{more}")
    return verdict
