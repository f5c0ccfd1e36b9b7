"""From PrusaSlicer's words, in which the profiles are written, to CuraEngine's. Pure.

What no rule computes comes from `profiles/curaengine.ini`; a `[curaengine]` section in any layer wins over both.
"""

from collections.abc import Mapping

from fabnode.slicers.cura_rules import RULES
from fabnode.slicers.cura_values import Rule, Values
from fabnode.slicers.profiles import Effective, Profile, Setting, curaengine_base


def cura_settings(settings: Effective, profile: Profile, *, height_mm: float) -> dict[str, Setting]:
    """All that CuraEngine is told, but where the copies stand. Raises ProfileError."""
    values = Values(settings.settings)
    base = curaengine_base()
    told = {key: Setting(value, "curaengine", base.source) for key, value in base.curaengine.items()}
    for rule in RULES:
        value = Setting(_text(rule.value(values)), *_origin(rule, settings.settings))
        told |= dict.fromkeys(rule.gives, value)
    told |= _of_the_machine(profile)
    told |= settings.curaengine
    hop = float(told["retraction_hop"].value)
    if height_mm + hop > profile.usable.z:
        told["retraction_hop_enabled"] = Setting("false", "bounds", "no room for a hop above the part")
    return told


def _text(value: float | int | bool | str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else f"{value:.6g}"


def _origin(rule: Rule, settings: Mapping[str, Setting]) -> tuple[str, str]:
    telling = next((key for key in rule.counts_from if key in settings), None)
    if telling is None:
        return "curaengine", f"without {rule.counts_from[0]}"
    return settings[telling].layer, f"{telling} in {settings[telling].source}"


def _of_the_machine(profile: Profile) -> dict[str, Setting]:
    room = profile.usable
    facts = {
        "machine_width": room.x, "machine_depth": room.y, "machine_height": room.z,
        "machine_nozzle_size": profile.nozzle_mm, "z_seam_x": room.x / 2, "z_seam_y": room.y,
    }  # fmt: skip
    return {key: Setting(f"{value:g}", "machine", f"[machine] in {profile.source}") for key, value in facts.items()}
