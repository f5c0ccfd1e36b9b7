"""The rules by which PrusaSlicer's words become CuraEngine's. Pure.

Each names the settings that it counts from, so that the origin of what CuraEngine is told can be shown.
"""

from collections.abc import Callable, Iterator
from math import ceil

from fabnode.slicers.cura_values import Rule, Values

LINE_WIDTH = 1.1
"""Of the nozzle's diameter."""
DIRECTIONS = {
    "grid": 2,
    "triangles": 3,
    "stars": 3,
    "cubic": 3,
    "rectilinear": 1,
    "line": 1,
    "concentric": 1,
    "gyroid": 1,
}
"""Ways in which a pattern's lines run: their distance grows with it, so that the share of material stays."""
PATTERNS = {
    "grid": "grid", "triangles": "triangles", "stars": "trihexagon", "cubic": "cubic", "rectilinear": "lines",
    "line": "lines", "concentric": "concentric", "gyroid": "gyroid",
}  # fmt: skip


def _width(values: Values) -> float:
    return values.number("nozzle_diameter") * LINE_WIDTH


def _speed(key: str) -> Callable[[Values], float]:
    """A speed while material is laid, no faster than the material melts."""

    def allowed(values: Values) -> float:
        wanted = values.number(key)
        melting = values.number("filament_max_volumetric_speed", 0)
        height = max(values.number("layer_height"), values.number("first_layer_height"))
        return min(wanted, melting / (_width(values) * height)) if melting else wanted

    return allowed


def _number(key: str, otherwise: float | None = None) -> Callable[[Values], float]:
    return lambda values: values.number(key, otherwise)


def _retraction(values: Values) -> float:
    return values.number("filament_retract_length", values.number("retract_length"))


def _hop(values: Values) -> float:
    return values.number("filament_retract_lift", values.number("retract_lift", 0))


def _prime_speed(values: Values) -> float:
    return values.number("deretract_speed", 0) or values.number("retract_speed")


def _layers(count: str, least: str) -> Callable[[Values], int]:
    def enough(values: Values) -> int:
        thick = ceil(values.number(least, 0) / values.number("layer_height") - 1e-6)
        return max(int(values.number(count)), thick)

    return enough


def _infill_distance(values: Values) -> float:
    density = values.number("fill_density")
    if not density:
        return 0
    directions = DIRECTIONS.get(values.text("fill_pattern"), 2)
    return _width(values) / min(density, 1) * (directions if density < 1 else 1)


def _infill_pattern(values: Values) -> str:
    return "lines" if values.number("fill_density") >= 1 else PATTERNS.get(values.text("fill_pattern"), "grid")


def _adhesion(values: Values) -> str:
    if values.number("brim_width"):
        return "brim"
    return "skirt" if values.number("skirts") else "none"


def _walls_width(values: Values) -> float:
    return _width(values) * values.number("perimeters")


def _least_fan(values: Values) -> float:
    return values.number("min_fan_speed") if values.on("fan_always_on") else 0.0


def _rules() -> Iterator[Rule]:
    yield from _geometry_rules()
    yield from _speed_rules()
    yield from _material_rules()
    yield from _support_rules()


def _geometry_rules() -> Iterator[Rule]:
    yield Rule(
        ("layer_height", "infill_sparse_thickness", "support_infill_sparse_thickness"),
        ("layer_height",),
        _number("layer_height"),
    )
    yield Rule(("layer_height_0",), ("first_layer_height",), _number("first_layer_height"))
    yield Rule(
        (
            "wall_line_width_0", "wall_line_width_x", "skin_line_width", "infill_line_width", "support_line_width",
            "skirt_brim_line_width", "support_roof_line_width", "support_bottom_line_width", "roofing_line_width",
            "prime_tower_line_width",
        ),
        ("nozzle_diameter",),
        _width,
    )  # fmt: skip
    yield Rule(("wall_line_count",), ("perimeters",), lambda v: int(v.number("perimeters")))
    yield Rule(("top_layers",), ("top_solid_layers",), _layers("top_solid_layers", "top_solid_min_thickness"))
    yield Rule(
        ("bottom_layers", "initial_bottom_layers"),
        ("bottom_solid_layers",),
        _layers("bottom_solid_layers", "bottom_solid_min_thickness"),
    )
    yield Rule(
        ("top_skin_preshrink", "bottom_skin_preshrink", "top_skin_expand_distance", "bottom_skin_expand_distance"),
        ("perimeters",),
        _walls_width,
    )
    yield Rule(("infill_line_distance",), ("fill_density", "fill_pattern"), _infill_distance)
    yield Rule(("infill_pattern",), ("fill_pattern", "fill_density"), _infill_pattern)
    yield Rule(("infill_overlap_mm",), ("infill_overlap",), lambda v: v.number("infill_overlap", 0.2) * _width(v))
    yield Rule(("skin_overlap_mm",), ("nozzle_diameter",), lambda v: 0.1 * _width(v))
    yield Rule(
        ("xy_offset_layer_0",), ("elefant_foot_compensation",), lambda v: -v.number("elefant_foot_compensation", 0)
    )
    yield Rule(("adhesion_type",), ("brim_width", "skirts"), _adhesion)
    yield Rule(("brim_line_count",), ("brim_width",), lambda v: ceil(v.number("brim_width") / _width(v)))
    yield Rule(("skirt_line_count",), ("skirts",), lambda v: int(v.number("skirts")))
    yield Rule(("skirt_gap",), ("skirt_distance",), _number("skirt_distance"))
    yield Rule(("relative_extrusion",), ("use_relative_e_distances",), lambda v: v.on("use_relative_e_distances"))
    for key in ("start", "end"):
        yield Rule((f"machine_{key}_gcode",), (f"{key}_gcode",), lambda v, key=key: v.text(f"{key}_gcode"))  # type: ignore[misc]


def _speed_rules() -> Iterator[Rule]:
    spoken = {
        "external_perimeter_speed": ("speed_wall_0", "bridge_wall_speed"),
        "perimeter_speed": ("speed_wall_x",),
        "infill_speed": ("speed_infill",),
        "solid_infill_speed": ("speed_topbottom",),
        "top_solid_infill_speed": ("speed_roofing", "speed_ironing"),
        "bridge_speed": ("bridge_skin_speed", "bridge_skin_speed_2", "bridge_skin_speed_3"),
        "support_material_speed": (
            "speed_support_infill", "speed_support_roof", "speed_support_bottom", "speed_prime_tower",
            "raft_base_speed", "raft_interface_speed", "raft_surface_speed",
        ),
        "first_layer_speed": ("speed_print_layer_0", "skirt_brim_speed"),
    }  # fmt: skip
    for key, gives in spoken.items():
        yield Rule(gives, (key,), _speed(key))
    yield Rule(("speed_travel", "speed_travel_layer_0"), ("travel_speed",), _number("travel_speed"))
    for axis in "xyze":
        yield Rule(
            (f"machine_max_feedrate_{axis}",),
            (f"machine_max_feedrate_{axis}",),
            _number(f"machine_max_feedrate_{axis}"),
        )
        limit = f"machine_max_acceleration_{axis}"
        yield Rule((limit,), (limit,), _number(limit))
    yield Rule(("speed_z_hop", "wipe_hop_speed"), ("machine_max_feedrate_z",), _number("machine_max_feedrate_z"))
    for axes, axis in (("xy", "x"), ("z", "z"), ("e", "e")):
        yield Rule((f"machine_max_jerk_{axes}",), (f"machine_max_jerk_{axis}",), _number(f"machine_max_jerk_{axis}"))
    push = "machine_max_acceleration_extruding"
    parts = (
        "wall_0", "wall_x", "infill", "topbottom", "roofing", "ironing", "support_infill", "support_roof", "travel",
        "support_bottom", "prime_tower", "skirt_brim", "print_layer_0", "travel_layer_0",
    )  # fmt: skip
    rafts = ("raft_base_{}", "raft_interface_{}", "raft_surface_{}")
    accelerations = (*(f"acceleration_{part}" for part in parts), *(raft.format("acceleration") for raft in rafts))
    yield Rule(("machine_acceleration", *accelerations), (push,), _number(push))
    jerks = (*(f"jerk_{part}" for part in parts), *(raft.format("jerk") for raft in rafts))
    yield Rule(jerks, ("machine_max_jerk_x",), _number("machine_max_jerk_x"))


def _material_rules() -> Iterator[Rule]:
    yield Rule(("material_diameter",), ("filament_diameter",), _number("filament_diameter"))
    yield Rule(
        ("material_print_temperature", "material_initial_print_temperature"), ("temperature",), _number("temperature")
    )
    yield Rule(
        ("material_print_temperature_layer_0",), ("first_layer_temperature",), _number("first_layer_temperature")
    )
    yield Rule(("material_bed_temperature",), ("bed_temperature",), _number("bed_temperature"))
    yield Rule(
        ("material_bed_temperature_layer_0",), ("first_layer_bed_temperature",), _number("first_layer_bed_temperature")
    )
    yield Rule(("cool_fan_enabled",), ("cooling", "fan_always_on"), lambda v: v.on("cooling") or v.on("fan_always_on"))
    yield Rule(("cool_fan_speed_min",), ("min_fan_speed", "fan_always_on"), _least_fan)
    yield Rule(("cool_fan_speed_max",), ("max_fan_speed",), _number("max_fan_speed"))
    yield Rule(
        ("cool_fan_speed_0",),
        ("disable_fan_first_layers",),
        lambda v: 0 if v.number("disable_fan_first_layers", 0) else _least_fan(v),
    )
    yield Rule(
        ("cool_fan_full_layer",),
        ("disable_fan_first_layers",),
        lambda v: int(v.number("disable_fan_first_layers", 0)) + 1,
    )
    yield Rule(
        ("bridge_fan_speed", "bridge_fan_speed_2", "bridge_fan_speed_3"),
        ("bridge_fan_speed",),
        _number("bridge_fan_speed"),
    )
    yield Rule(("cool_min_layer_time",), ("slowdown_below_layer_time",), _number("slowdown_below_layer_time"))
    yield Rule(
        ("cool_min_layer_time_fan_speed_max",),
        ("fan_below_layer_time", "slowdown_below_layer_time"),
        lambda v: max(v.number("fan_below_layer_time", 0), v.number("slowdown_below_layer_time") + 1),
    )
    yield Rule(("cool_min_speed",), ("min_print_speed",), _number("min_print_speed"))
    yield Rule(
        ("retraction_amount", "retraction_extrusion_window"), ("filament_retract_length", "retract_length"), _retraction
    )
    yield Rule(
        ("retraction_retract_speed", "switch_extruder_retraction_speed", "wipe_retraction_retract_speed"),
        ("retract_speed",),
        _number("retract_speed"),
    )
    yield Rule(
        ("retraction_prime_speed", "switch_extruder_prime_speed", "wipe_retraction_prime_speed"),
        ("deretract_speed", "retract_speed"),
        _prime_speed,
    )
    yield Rule(("retraction_hop",), ("filament_retract_lift", "retract_lift"), _hop)
    yield Rule(("retraction_hop_enabled",), ("filament_retract_lift", "retract_lift"), lambda v: _hop(v) > 0)
    yield Rule(("retraction_min_travel",), ("retract_before_travel",), _number("retract_before_travel", 2))


def _support_rules() -> Iterator[Rule]:
    yield Rule(("support_enable",), ("support_material",), lambda v: v.on("support_material"))
    yield Rule(
        ("support_type",),
        ("support_material_buildplate_only",),
        lambda v: "buildplate" if v.on("support_material_buildplate_only") else "everywhere",
    )
    yield Rule(
        ("support_angle",), ("support_material_threshold",), lambda v: 90 - v.number("support_material_threshold")
    )
    yield Rule(
        ("support_top_distance", "support_bottom_distance"),
        ("support_material_contact_distance",),
        _number("support_material_contact_distance"),
    )
    yield Rule(
        ("support_line_distance", "support_initial_layer_line_distance"),
        ("support_material_spacing",),
        lambda v: v.number("support_material_spacing") + _width(v),
    )
    yield Rule(
        ("support_roof_enable", "support_bottom_enable"),
        ("support_material_interface_layers",),
        lambda v: v.on("support_material") and v.number("support_material_interface_layers") > 0,
    )
    yield Rule(
        ("support_roof_height", "support_bottom_height"),
        ("support_material_interface_layers", "layer_height"),
        lambda v: v.number("support_material_interface_layers") * v.number("layer_height"),
    )
    yield Rule(
        ("support_roof_line_distance", "support_bottom_line_distance"), ("nozzle_diameter",), lambda v: 2 * _width(v)
    )


RULES = tuple(_rules())
