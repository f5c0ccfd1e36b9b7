"""A design's parameters as a form, and back."""

import pytest

from designs.manifest import Manifest, parse_manifest
from designs.parameters import ParameterError, resolve
from registry.web.parameter_form import (
    Choice,
    Field,
    ParameterForm,
    link_query,
    parameter_form,
    read_choice,
    remarks_on,
)

MANIFEST = parse_manifest(
    """
[design]
name = "bin"
title = "Bin"
description = "A bin"
licence = "MIT"
authors = ["Ada"]
engine = "cadquery"
source = "bin.py"

[parameters.units_x]
type = "integer"
default = 2
min = 1
max = 6
label = "Length"
group = "Size"

[parameters.wall]
type = "number"
unit = "mm"
default = 1.2
min = 0.8
max = 40
step = 0.1
group = "Size"

[parameters.lid]
type = "boolean"
default = true

[parameters.thread]
type = "choice"
default = "M3"
choices = ["M3", "M4"]

[parameters.engraving]
type = "text"
default = ""

[[relations]]
rule = "wall * 2 < units_x * 10"
message = "The walls leave no room inside"

[presets.drawer]
title = "Drawer"
values = { units_x = 4, wall = 1.6 }
"""
)


def fields(form: ParameterForm) -> dict[str, Field]:
    return {field.name: field for group in form.groups for field in group.fields}


def problems_of(manifest: Manifest, choice: Choice) -> ParameterForm:
    with pytest.raises(ParameterError) as caught:
        resolve(manifest, choice.given, choice.preset)
    return parameter_form(manifest, choice, caught.value.problems)


def test_defaults_with_units_ranges_and_groups() -> None:
    form = parameter_form(MANIFEST, Choice({}))
    assert [group.title for group in form.groups] == ["Size", ""]
    wall = fields(form)["wall"]
    assert (wall.value, wall.sign, wall.minimum, wall.maximum, wall.step, wall.slides) == (
        "1.2",
        "mm",
        "0.8",
        "40",
        "0.1",
        True,
    )
    assert fields(form)["units_x"].label == "Length"
    assert fields(form)["lid"].value is True
    assert fields(form)["thread"].choices == ("M3", "M4")
    assert not form.failed


def test_a_preset_fills_the_form_and_a_choice_overrides_it() -> None:
    form = parameter_form(MANIFEST, Choice({"wall": "2"}, "drawer"))
    assert fields(form)["units_x"].value == "4"
    assert fields(form)["wall"].value == "2"


def test_an_unticked_box_of_a_posted_form_is_false_and_of_a_link_is_the_default() -> None:
    posted = read_choice(MANIFEST, {"posted": "1", "p.wall": "2"})
    assert posted.given == {"wall": "2", "lid": False}
    assert read_choice(MANIFEST, {"p.wall": "2"}).given == {"wall": "2"}


def test_a_broken_relation_stands_at_each_of_its_fields() -> None:
    form = problems_of(MANIFEST, Choice({"wall": "30"}))
    assert "The walls leave no room inside" in fields(form)["wall"].errors[0]
    assert "The walls leave no room inside" in fields(form)["units_x"].errors[0]
    assert fields(form)["lid"].errors == ()
    assert form.failed


def test_a_value_out_of_range_says_what_is_allowed_and_is_shown_again() -> None:
    wall = fields(problems_of(MANIFEST, Choice({"wall": "fat"})))["wall"]
    assert wall.value == "fat"
    assert "from 0.8 to 40 mm" in wall.errors[0]


def test_a_parameter_that_is_not_there_is_an_error_of_the_form() -> None:
    form = problems_of(MANIFEST, Choice({"colour": "red"}))
    assert "colour" in form.errors[0]


def test_a_link_leads_to_exactly_the_same_values() -> None:
    resolved = resolve(MANIFEST, {"wall": "2.50", "lid": False, "engraving": "ä&=?#"})
    again = read_choice(MANIFEST, link_query(resolved.canonical))
    assert resolve(MANIFEST, again.given).canonical == resolved.canonical


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("bin.py line 7: raise ValueError(f'{lid} {wall}') ValueError: wall is too thick", ["wall"]),
        ("the LENGTH does not do", ["units_x"]),
        ("walls and self.wall and wallpaper", []),
        ("units_x, wall, lid and thread do not go together", []),
        ("", []),
    ],
)
def test_a_scripts_error_stands_at_the_parameters_that_it_names(message: str, named: list[str]) -> None:
    remarks = remarks_on(MANIFEST, message)
    assert list(remarks) == named
    form = parameter_form(MANIFEST, Choice({}), remarks=remarks)
    assert [name for name, field in fields(form).items() if field.remark] == named
    assert not form.failed
    if "ValueError" in message:
        assert remarks["wall"] == "wall is too thick"
