"""The last judgement before G-code leaves for a machine: machine envelope ∩ material, by simulation.

Whatever the slicer says. The rules are in printers.gcode; here the profile and the machine's own settings become
their yardstick.
"""

from dataclasses import replace
from pathlib import Path

from fabnode.errors import FabnodeError
from fabnode.slicers.profiles import Profile
from printers.gcode import Box, MachineLimits, Verdict, judge, material_limits

SHOWN_REASONS = 5


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


def require_safe(gcode: Path, profile: Profile, material: str) -> Verdict:
    """Judge a file. Raises Unsafe with the reasons in words for an operator."""
    verdict = judge(gcode, machine_limits(profile), material_limits(material))
    if not verdict.accepted:
        shown = [str(reason) for reason in verdict.reasons[:SHOWN_REASONS]]
        hidden = len(verdict.reasons) + verdict.more_reasons - len(shown)
        more = f"; and {hidden} more" if hidden else ""
        raise Unsafe(f"the G-code was refused for {profile.title} with {material}: {'; '.join(shown)}{more}")
    return verdict
