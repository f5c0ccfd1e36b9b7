"""How scripts are laid out: which name they want to be run under, what they give, what counts, what is no parameter."""

import ast

import pytest

from designs.scripts.assignments import replace_values
from designs.scripts.counting import counting_names
from designs.scripts.entry import entry_names
from designs.scripts.guessing import guess_parameters, parse
from designs.scripts.results import assigned_names, result_variable

GUARDS = {
    "x = 1\n": ("__cqgi__",),
    "show_object(x)\nif __name__ == '__main__':\n    f()\n": ("__cqgi__", "__main__"),
    "if __name__ == '__main__':\n    f()\n": ("__main__", "__cqgi__"),
    "if '__main__' == __name__:\n    f()\n": ("__main__", "__cqgi__"),
    "if __name__ == '__cq_main__':\n    show_object(x)\n": ("__cq_main__",),
    "if __name__ in ('__main__', '__cq_main__'):\n    show_object(x)\n": ("__cq_main__", "__main__"),
    "if __name__ == 'temp':\n    pass\nelif __name__ == '__cqgi__':\n    pass\n": ("__cqgi__", "temp"),
    "if __name__ != '__cqgi__':\n    from viewer import show_object\n": ("__cqgi__",),
}


@pytest.mark.parametrize("source", GUARDS)
def test_the_names_to_run_under(source: str) -> None:
    assert entry_names(ast.parse(source)) == GUARDS[source]


class Solid:
    """Stands for geometry."""


def chosen(source: str, *exported: str) -> str | None:
    tree, names = ast.parse(source), {"Solid": Solid}
    exec(compile(tree, "script", "exec"), names)
    found = result_variable(tree, names, [names[name] for name in exported], lambda value: isinstance(value, Solid))
    return found and found[0]


def test_the_result_of_a_script_that_shows_nothing() -> None:
    assert chosen("a = Solid()\nresult: Solid = Solid()\nb = Solid()\n") == "result"
    assert chosen("a = Solid()\nb = Solid()\nb_radius = 2\n") == "b"
    assert chosen("b = Solid()\na = Solid()\nb = Solid()\n") == "b"
    assert chosen("a = Solid()\nif True:\n    for i in range(2):\n        b = Solid()\n") == "b"
    assert chosen("def f():\n    result = Solid()\n    return 1\nx = f()\n") is None
    assert chosen("result = 3\na = Solid()\n") == "a"


def test_what_is_exported_is_meant() -> None:
    assert chosen("lid = Solid()\ncutter = Solid()\n", "lid", "lid") == "lid"
    assert chosen("lid = Solid()\nbox = Solid()\n", "lid", "box") == "box"


def test_names_are_ordered_by_their_last_assignment() -> None:
    tree = ast.parse("a, b = 1, 2\nwith c as d:\n    a = [e for e in b]\nclass F:\n    g = 1\n")
    assert assigned_names(tree) == ["b", "d", "a"]


COUNTING = {
    "range(n)": {"n"},
    "range(1, n + 1)": {"n"},
    "range(int(n / 2))": set(),
    "w.polarArray(10, 0, 360, n)": {"n"},
    "w.polarArray(radius, start, stop, count=n)": {"n"},
    "w.rarray(dx, dy, nx, ny)": {"nx", "ny"},
    "[x] * n": {"n"},
    "def gear(m, z):\n    return range(z)\ngear(module, teeth)": {"z", "teeth"},
    "def gear(m, z):\n    return range(z)\ngear(z=teeth, m=module)": {"z", "teeth"},
    "class Gear:\n def __init__(self, m, z):\n  self.z = z\n def draw(self):\n  range(self.z)\nGear(a, b)": {
        "z",
        "b",
    },
    "total = rows * cols\nrange(total)": {"total", "rows", "cols"},
}


@pytest.mark.parametrize("source", COUNTING)
def test_what_counts(source: str) -> None:
    assert counting_names(ast.parse(source)) == COUNTING[source]


def names_of(source: str) -> set[str]:
    return {guess.name for guess in guess_parameters(parse(source, "script"), source)}


def test_what_says_nothing_of_the_part_is_no_parameter() -> None:
    source = (
        "output_path = 'x'\nstl = 'out/lid.stl'\noutDir = 'a'\nDEBUG = True\nDO_STL_EXPORT = False\nshow = True\n"
        "MM = 1\ninch = 25.4\nauthor = 'Ada'\n"
    )
    assert names_of(source) == set()
    kept = "label = 'Ada'\nshow_lid = True\nexport_height = 3\nfont = 'Sans'\nprofile = 'round'\nmodule = 2\n"
    assert names_of(kept) == {"label", "show_lid", "export_height", "font", "profile", "module"}


def test_what_the_script_describes_is_a_parameter() -> None:
    assert names_of("DEBUG = True\ndescribe_parameter(DEBUG, 'with test holes')\n") == {"DEBUG"}


def test_what_changes_while_the_script_runs_is_no_parameter() -> None:
    assert names_of("x = 0\nfor i in range(3):\n    x += 2\n") == set()
    assert names_of("radius = 8\nradius += 2\n") == {"radius"}
    assert names_of("i = 0\nfor i in range(3):\n    pass\n") == set()
    assert names_of("w = 2\ndef f():\n    for w in range(3):\n        pass\n") == {"w"}
    assert names_of("thickness = 0\nf(thickness)\nthickness = 0.1\n") == set()
    assert names_of("thickness = 2\nthickness = 2\n") == {"thickness"}


def test_whole_numbers_stay_whole() -> None:
    tree = parse("teeth = 20\nwidth = 2.0\nsolid = True\n", "script")
    replace_values(tree, {"teeth": 24.0, "width": 3.0, "solid": False})
    names: dict[str, object] = {}
    exec(compile(tree, "script", "exec"), names)
    assert (type(names["teeth"]), type(names["width"]), names["solid"]) == (int, float, False)
    replace_values(tree, {"teeth": 24.5})
    exec(compile(tree, "script", "exec"), names)
    assert names["teeth"] == 24.5
