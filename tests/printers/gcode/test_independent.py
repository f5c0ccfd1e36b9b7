"""What the judge lets through is run again by a reader that shares no code with it: it never leaves the machine."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from printers.gcode import Box, MachineLimits, judge_bytes, material_limits
from printers.gcode.motion import TOLERANCE_MM
from tests.printers.gcode.naive import Place, walk

LIMITS = MachineLimits.for_bed(
    100, 90, 80, max_nozzle_c=260, max_bed_c=90, reach_mm=5, purge=Box(0, -4, 0, 100, 0, 1), max_feed_mm_s=200
)
PLA = material_limits("PLA")
SLACK_MM = TOLERANCE_MM + 1e-6

START = ["G90", "G21", "M83", "M190 S60", "M109 S210", "G28", "G1 Z0.3 F1200", "G1 X40 Y40 F6000"]
END = ["G90", "G21", "M83", "M104 S0", "M140 S0", "M84"]
NEAR = st.integers(-30, 30).map(lambda n: n / 4)
PLACE = st.integers(-10, 110)
FED = st.sampled_from(["", " E0.5", " E-0.5", " E0.01"])
STRAIGHT = st.builds(
    lambda x, y, z, e: f"G1{x}{y}{z}{e}",
    st.one_of(st.just(""), PLACE.map(lambda n: f" X{n}")),
    st.one_of(st.just(""), PLACE.map(lambda n: f" Y{n}")),
    st.one_of(st.just(""), st.integers(0, 40).map(lambda n: f" Z{n / 2}")),
    FED,
)
HALF = st.builds(
    lambda name, i, j, e: f"G91\nM83\n{name} X{2 * i} Y{2 * j} I{i} J{j}{e}\nG90\nM83",
    st.sampled_from(["G2", "G3"]), NEAR, NEAR, FED,
)  # fmt: skip
QUARTER = st.builds(
    lambda name, i, j, e: f"G91\nM83\n{name} X{i + j} Y{j - i} I{i} J{j}{e}\nG90\nM83",
    st.sampled_from(["G2", "G3"]), NEAR, NEAR, FED,
)  # fmt: skip
CIRCLE = st.builds(
    lambda name, i, j, e: f"{name} I{i} J{j}{e}", st.sampled_from(["G2", "G3"]), NEAR, NEAR, FED
)  # fmt: skip
BOW = st.builds(
    lambda name, x, y, r, e: f"{name} X{x} Y{y} R{r}{e}",
    st.sampled_from(["G2", "G3"]), PLACE, PLACE, st.integers(-60, 60).map(lambda r: r or 7), FED,
)  # fmt: skip
STEPS = st.sampled_from([
     "G91\nM83\nG1 X5 Y-5 E0.2\nG90\nM83", "G91\nM83\nG1 Z2\nG90\nM83", "G92 X0 Y0", "G92 Z1", "G92 E0", "M82", "M83",
     "G20\nG1 X1 Y1 E0.01\nG21", "G28", "G28 X", "M104 S0", "M104 S200", "M109 S200", "M84", "G91", "G90", "M140 S50",
])  # fmt: skip
LINES = st.lists(st.one_of(STRAIGHT, STRAIGHT, STRAIGHT, HALF, QUARTER, CIRCLE, BOW, STEPS), min_size=1, max_size=8)
HOMES = st.tuples(st.sampled_from([0.0, 50.0, 100.0]), st.sampled_from([0.0, 45.0, 90.0]), st.sampled_from([0.0, 80.0]))


def inside(place: Place, box: Box) -> bool:
    low, high = (box.min_x, box.min_y, box.min_z), (box.max_x, box.max_y, box.max_z)
    return all(a - SLACK_MM <= at <= b + SLACK_MM for a, at, b in zip(low, place, high, strict=True))


def test_an_accepted_program_stays_inside_wherever_the_switches_are() -> None:
    seen: Counter[bool] = Counter()

    @given(LINES, HOMES)
    @settings(max_examples=250, database=None)
    def stays_inside(lines: list[str], home: Place) -> None:
        program = "\n".join([*START, "G1 X45 Y45 E0.2", *lines, *END])
        verdict = judge_bytes(program.encode(), LIMITS, PLA)
        seen[verdict.accepted] += 1
        if verdict.accepted:
            check(program, home)
        else:
            assert all(reason.line and reason.command and reason.message for reason in verdict.reasons)

    stays_inside()
    assert seen[True] > 0.15 * seen.total(), "says little when nearly everything is refused"
    assert seen[False] > 0.15 * seen.total()


PART = [
    "G1 Z0.2 F1200", "G1 X30 Y30 F6000", "G1 X60 Y30 E1.2 F1800", "G1 X60 Y60 E1.2", "G3 X50 Y70 I-10 J0 E0.8",
    "G1 X30 Y70 E1", "G1 X30 Y30 E1.6", "G1 E-0.8 F2100", "G1 Z0.6 F1200", "G92 E0", "G1 X40 Y40 F6000", "G1 Z0.4",
    "G1 E0.8 F2100", "G2 X50 Y50 R12 E1 F1800", "G91", "G1 Z5 F1200", "G90", "M83", "G1 X5 Y85 F6000",
]  # fmt: skip
LETTERS = "GMXYZEFIJRST0123456789.- ;"
HARM = st.tuples(
    st.sampled_from(["drop", "repeat", "swap", "letter", "cut"]), st.integers(0, 40), st.integers(0, 12),
    st.sampled_from(LETTERS),
)  # fmt: skip


def harmed(lines: list[str], kind: str, line: int, at: int, letter: str) -> list[str]:
    """The program with one thing wrong."""
    line %= len(lines)
    text = lines[line]
    changed = {
        "drop": [],
        "repeat": [text, text],
        "swap": [*lines[line + 1 : line + 2], text],
        "letter": [text[:at] + letter + text[at + 1 :]],
        "cut": [text[:at] + text[at + 1 :]],
    }
    return lines[:line] + changed[kind] + lines[line + (2 if kind == "swap" else 1) :]


def test_a_good_program_that_was_harmed_is_refused_or_stays_inside() -> None:
    seen: Counter[bool] = Counter()

    @given(st.lists(HARM, min_size=1, max_size=3), HOMES)
    @settings(max_examples=250, database=None)
    def stays_inside(harms: list[tuple[str, int, int, str]], home: Place) -> None:
        lines = [*START, *PART, *END]
        for harm in harms:
            lines = harmed(lines, *harm)
        program = "\n".join(lines)
        accepted = judge_bytes(program.encode(), LIMITS, PLA).accepted
        seen[accepted] += 1
        if accepted:
            check(program, home)

    assert judge_bytes("\n".join([*START, *PART, *END]).encode(), LIMITS, PLA).explain() == ""
    stays_inside()
    assert seen[True] > 0.15 * seen.total()
    assert seen[False] > 0.15 * seen.total()


def check(program: str, home: Place) -> None:
    run = walk(program, home, PLA.min_nozzle_c)
    assert LIMITS.purge is not None
    assert all(inside(place, LIMITS.motion) for place in run.visited)
    assert all(inside(place, LIMITS.printable) or inside(place, LIMITS.purge) for place in run.laid)
    assert not run.fed_cold
    assert (run.nozzle_c, run.bed_c) == (0, 0)
    assert run.hottest_c <= PLA.max_nozzle_c
