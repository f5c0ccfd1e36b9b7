"""`cofab facility export` and `import`: places as Open Know-Where."""

from pathlib import Path

from designs.okw import read_okw
from tests.registry.cli.terminal import Terminal

LAB = """\
name: Harbour workshop
location: {address: Quay 3, gps_coordinates: "53.5, 9.9"}
equipment:
  - {equipment_type: Laser cutter, make: Acme, model: L6, x_travel: 600, y_travel: 400, z_travel: 50}
"""


def test_a_place_comes_in_and_goes_out_again(terminal: Terminal, member: str, tmp_path: Path) -> None:
    (tmp_path / "okw.yaml").write_text(LAB)
    made = terminal.well("facility", "import", tmp_path / "okw.yaml", "--slug", f"harbour-{member}")
    assert "set up: Laser cutter Acme L6, 600 × 400 × 50 mm" in made.err
    terminal.well("facility", "export", f"harbour-{member}", "--format", "json", "--out", tmp_path / "out.json")
    out = read_okw((tmp_path / "out.json").read_text(), file="out.json")
    assert (out.name, out.address) == ("Harbour workshop", "Quay 3")


def test_what_is_wrong_is_told_with_its_line(terminal: Terminal, member: str, tmp_path: Path) -> None:
    (tmp_path / "okw.yaml").write_text(LAB.replace("53.5, 9.9", "north"))
    said = terminal.cofab("facility", "import", tmp_path / "okw.yaml")
    assert said.status == 1
    assert "okw.yaml:2: location.gps_coordinates: 'north' must be written" in said.err
