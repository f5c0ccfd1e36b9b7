"""Figures with their units."""

from registry.web.figure_words import masses, measured, measured_further

MEASURED = {
    "volume_mm3": 12_400.0, "area_mm2": 5_300.0, "bounding_box": {"size": [10.0, 20.5, 3.0]}, "mass_g": 15.4,
    "bodies": 1, "watertight": True, "centre_of_mass": [0.0, -1e-9, 1.5], "genus": 2, "shells": 1, "faces": 12,
    "edges": 30, "vertices": 20, "solids": 1, "triangles": 2012, "principal_g_mm2": [1.5, 20.25, 300.0],
    "mass_by_material": {"PLA": 15.376, "STEEL": 97.34, "PETG": 15.748},
}  # fmt: skip


def test_what_everybody_asks_for() -> None:
    assert dict(measured(MEASURED)) == {
        "Size": "10 × 20.5 × 3 mm",
        "Volume": "12.4 cm³",
        "Mass, solid": "15.4 g",
        "Surface": "53 cm²",
        "Bodies": "1",
        "Watertight": "yes",
    }


def test_what_few_ask_for() -> None:
    told = dict(measured_further(MEASURED))
    assert told["Centre of mass"] == "0 / 0 / 1.5 mm"
    assert told["Principal moments"] == "1.5 / 20.25 / 300 g·mm²"
    assert (told["Holes through it"], told["Faces"], told["Triangles"]) == ("2", "12", "2\u202f012")


def test_a_mesh_has_no_exact_counts_and_older_builds_less() -> None:
    assert "Faces" not in dict(measured_further({**MEASURED, "faces": 0, "edges": 0, "vertices": 0}))
    assert measured_further({}) == ()
    assert measured({"genus": None}) == ()


def test_masses_are_told_apart_by_how_usual_the_material_is() -> None:
    found = masses(MEASURED)
    assert [name for name, _ in found.usual] == ["PLA", "PETG"]
    assert found.others == (("STEEL", "97.3 g"),)
    assert not masses({})
