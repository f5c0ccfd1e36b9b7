"""Slicer profiles that ship with the agent, in layers: print ∘ machine ∘ material ∘ the designer's hints.

They are ordinary .ini files in the folders beside this module, to be read and copied. `[machine]` says what the
machine is, `[slicer]` holds PrusaSlicer's own settings; a setting may span several indented lines.
"""

from fabnode.slicers.profiles.layers import layered, settings_text
from fabnode.slicers.profiles.reading import (
    MaterialProfile,
    Profile,
    ProfileError,
    load_material,
    load_profile,
    shipped_machines,
    shipped_materials,
)

__all__ = [
    "MaterialProfile",
    "Profile",
    "ProfileError",
    "layered",
    "load_material",
    "load_profile",
    "settings_text",
    "shipped_machines",
    "shipped_materials",
]
