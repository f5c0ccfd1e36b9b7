"""The parameters of a comparison: what each side takes, and what a field left alone means."""

from designs.manifest import Manifest, parse_manifest
from registry.ids import parse_version_name
from registry.web.comparing_form import ask_both, both_of, comparing_form
from registry.web.parameter_form import Field
from registry.work.comparing import Wish

BEFORE, AFTER = (Wish(parse_version_name(f"ada/peg@{version}")) for version in ("1.0.0", "1.1.0"))


def manifest(**defaults: str) -> Manifest:
    tables = "".join(
        f'[parameters.{name}]\ntype = "number"\nunit = "mm"\ndefault = {value}\nmin = 1\nmax = 50\n'
        for name, value in defaults.items()
    )
    head = '[design]\nname = "peg"\ntitle = "Peg"\ndescription = "A peg"\nlicence = "MIT"\nauthors = ["Ada"]\n'
    return parse_manifest(f'{head}engine = "cadquery"\nsource = "peg.py"\n{tables}')


OLD, NEW = manifest(size="10", gone="3"), manifest(size="12", fresh="4", same="5")


def fields(given: dict[str, str]) -> dict[str, Field]:
    form = comparing_form(ask_both(BEFORE, AFTER, (OLD, NEW), given))
    assert form is not None
    return {field.name: field for group in form.groups for field in group.fields}


def test_each_parameter_stands_there_once_those_of_the_second_first() -> None:
    assert [each.name for each in both_of((OLD, NEW)).parameters] == ["size", "fresh", "same", "gone"]
    assert comparing_form(ask_both(BEFORE, AFTER, (None, None), {})) is None


def test_each_side_takes_what_it_has() -> None:
    asked = ask_both(BEFORE, AFTER, (OLD, NEW), {"p.size": "20", "p.gone": "7", "p.fresh": "8", "p.nonsense": "1"})
    assert asked.before.parameters == {"size": "20", "gone": "7"}
    assert asked.after.parameters == {"size": "20", "fresh": "8"}
    assert asked.query == {"p.size": "20", "p.gone": "7", "p.fresh": "8"}


def test_what_is_left_as_it_is_leaves_each_side_its_default() -> None:
    asked = ask_both(BEFORE, AFTER, (OLD, NEW), {"p.size": "", "p.gone": "3", "p.fresh": "4"})
    assert asked.query == {}
    assert fields({})["size"].value == ""
    assert "10 in the first and 12 in the second" in fields({})["size"].description


def test_one_sides_default_can_be_chosen_for_both() -> None:
    asked = ask_both(BEFORE, AFTER, (OLD, NEW), {"p.size": "12"})
    assert asked.before.parameters == {"size": "12"}
    assert fields({"p.size": "12"})["size"].value == "12"


def test_a_build_has_the_parameters_it_has() -> None:
    built = Wish(build=None, version=None)
    asked = ask_both(built, AFTER, (None, NEW), {"p.size": "20"})
    assert asked.before is built
    assert asked.after.parameters == {"size": "20"}
