"""Slicer profiles that ship with the agent, in layers: print ∘ machine ∘ material ∘ quality ∘ the designer's hints.

They are ordinary .ini files in the folders beside this module, to be read and copied. `[machine]` says what the
machine is, `[slicer]` holds settings in PrusaSlicer's words, which are translated for CuraEngine, and `[curaengine]`
what that alone is told; a setting may span several indented lines.
"""

from fabnode.slicers.profiles.layers import Effective, Setting, effective, layered, quality_for, settings_text
from fabnode.slicers.profiles.machine_section import ProfileError
from fabnode.slicers.profiles.reading import (
    QUALITIES,
    MaterialProfile,
    Profile,
    QualityProfile,
    curaengine_base,
    load_material,
    load_profile,
    load_quality,
    shipped_machines,
    shipped_materials,
)

__all__ = [
    "QUALITIES",
    "Effective",
    "MaterialProfile",
    "Profile",
    "ProfileError",
    "QualityProfile",
    "Setting",
    "curaengine_base",
    "effective",
    "layered",
    "load_material",
    "load_profile",
    "load_quality",
    "quality_for",
    "settings_text",
    "shipped_machines",
    "shipped_materials",
]
