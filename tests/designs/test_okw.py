"""Open Know-Where: places with X, Y and Z of their machines, from JSON and YAML and back."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designs.okw import Equipment, Workplace, read_okw, write_json, write_yaml
from designs.toml_document import DocumentError

LAB = """\
name: FabLab Riverside
location:
  address: {street: Mill Lane, number: 12, city: Leeds}
  gps_coordinates: "53.79, -1.54"
access_type: Public
affiliations: [nobody]
equipment:
  - equipment_type: 3D printer
    make: Prusa
    model: MK3S
    materials_worked: [PLA, PETG]
    axes: 3
    nozzle_size: 0.4
    build_volume: 11025000
    x_travel: 250
    y_travel: 210
    z_travel: 210
manufacturing_processes: [fdm]
"""


def test_a_place_is_read_with_what_its_machines_take() -> None:
    lab = read_okw(LAB, file="okw.yaml")
    assert (lab.address, lab.latitude, lab.longitude) == ("12, Mill Lane, Leeds", Decimal("53.79"), Decimal("-1.54"))
    assert lab.access == "public"
    machine = lab.equipment[0]
    assert machine.travel_mm == (Decimal(250), Decimal(210), Decimal(210))
    assert (machine.axes, machine.nozzle_mm, machine.materials) == (3, Decimal("0.4"), ("PLA", "PETG"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: FabLab Riverside\n", "", "okw.yaml: `name` is missing"),
        ('"53.79, -1.54"', '"53.79"', "okw.yaml:4: location.gps_coordinates: '53.79' must be written \"latitude"),
        ('"53.79, -1.54"', '"95, 0"', "is no place: -90 to 90, -180 to 180"),
        ("access_type: Public", "access_type: Moon", "okw.yaml:5: access_type: 'Moon' is not read"),
        ("    z_travel: 210\n", "", "x_travel, y_travel and z_travel go together"),
        ("x_travel: 250", "x_travel: wide", "equipment[1].x_travel"),
        ("axes: 3", "axes: 2.5", "2.5 must be a whole number from 1 to 99"),
        ("nozzle_size: 0.4", "nozzle_size: -0.4", "-0.4 must be greater than 0"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(old: str, new: str, said: str) -> None:
    assert old in LAB
    with pytest.raises(DocumentError) as caught:
        read_okw(LAB.replace(old, new), file="okw.yaml")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"name": "a", "name": "b"}', "okw.json: name: given twice"),
        ('{"name": "a"', "okw.json:1: not JSON"),
        ("[" * 100_000, "too large"),
        ("[" * 60_000, "not JSON"),
        ("[]", "must be one object"),
        ('{"name": 7}', "must be text"),
    ],
)
def test_json_that_is_none_is_refused(text: str, said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_okw(text, file="okw.json")
    assert said in str(caught.value)


line = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"]), min_size=1,
               max_size=20).filter(lambda text: bool(text.strip()))  # fmt: skip
maybe = st.just("") | line | st.sampled_from(["true", "null", "12", '"x_travel": "3"', "a: b", "- x", "#"])
lines = st.lists(line, max_size=3, unique=True).map(tuple)
length = st.decimals(Decimal("0.1"), 2000, places=1)
equipment = st.builds(
    Equipment, line, maybe, maybe, maybe, lines, maybe, st.none() | st.integers(1, 9), st.none() | length,
    st.none() | length, st.none() | st.tuples(length, length, length),
)  # fmt: skip
place = st.tuples(st.decimals(-90, 90, places=4), st.decimals(-180, 180, places=4))


@st.composite
def workplaces(draw: st.DrawFn) -> Workplace:
    latitude, longitude = draw(st.none() | place) or (None, None)
    return Workplace(
        draw(line), draw(maybe), latitude, longitude, draw(maybe), draw(st.sampled_from(["public", "restricted"])),
        draw(maybe), draw(maybe | st.just("two\nlines")), draw(st.lists(equipment, max_size=3).map(tuple)), draw(lines),
        draw(lines), draw(lines),
    )  # fmt: skip


@given(workplaces())
def test_what_is_written_is_read_back_the_same(lab: Workplace) -> None:
    assert read_okw(write_json(lab), file="okw.json") == lab
    assert read_okw(write_yaml(lab), file="okw.yaml") == lab


def test_lengths_are_numbers_for_other_readers() -> None:
    machine = json.loads(write_json(read_okw(LAB, file="okw.yaml")))["equipment"][0]
    assert (machine["x_travel"], machine["nozzle_size"], machine["build_volume"]) == (250, 0.4, 11_025_000)
