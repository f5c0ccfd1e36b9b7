"""Reading, simulating and judging G-code before a machine sees it.

    verdict = judge(path, MachineLimits.for_bed(250, 210, 210, max_nozzle_c=290, max_bed_c=110), material_limits("PLA"))
    verdict.accepted, verdict.explain(), verdict.figures

An allow-list (commands.py) and a strict grammar (words.py) decide which lines may stand in a file at all; a modal
simulation (interpreter.py) decides whether they stay inside of the machine and of the material's temperatures.
"""

from printers.gcode.judgement import judge, judge_bytes, judge_stream
from printers.gcode.limits import (
    ANY_MATERIAL,
    MATERIALS,
    Box,
    Flavour,
    MachineLimits,
    Macro,
    MacroRole,
    MaterialLimits,
    material_limits,
)
from printers.gcode.verdict import Figures, Reason, Verdict

__all__ = [
    "ANY_MATERIAL",
    "MATERIALS",
    "Box",
    "Figures",
    "Flavour",
    "MachineLimits",
    "Macro",
    "MacroRole",
    "MaterialLimits",
    "Reason",
    "Verdict",
    "judge",
    "judge_bytes",
    "judge_stream",
    "material_limits",
]
