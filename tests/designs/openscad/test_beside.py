"""What an OpenSCAD script takes along when it comes without a manifest."""

from designs.openscad.beside import used_files
from designs.script_files import files_of_script


def test_what_is_included_used_and_imported(tmp_path):
    files = {
        "a.scad": 'include <lib/sizes.scad>\nuse <lib/parts.scad>\nimport("logo.svg"); surface(file = "map.png");\n'
        'import(name); // import("comment.stl")\necho("logo.stl");\n'
        "include </etc/passwd> use <../up.scad> use <gone.scad>",
        "lib/sizes.scad": "use <parts.scad>\ninclude <more.scad>\ninclude <../a.scad>",
        "lib/parts.scad": 'import ( "../part.stl" );',
        "lib/more.scad": 'x = "open',
        "logo.svg": "",
        "map.png": "",
        "part.stl": "",
        "comment.stl": "",
        "logo.stl": "",
        "other.scad": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path.parent / "up.scad").write_text("")
    assert files_of_script(tmp_path / "a.scad") == (
        "a.scad",
        "lib/sizes.scad",
        "lib/parts.scad",
        "logo.svg",
        "map.png",
        "lib/more.scad",
        "part.stl",
    )
    assert files_of_script(tmp_path / "part.stl") == ("part.stl",)


def test_links_are_not_followed(tmp_path):
    (tmp_path / "a.scad").write_text("use <b.scad>")
    (tmp_path / "b.scad").symlink_to("/etc/passwd")
    assert files_of_script(tmp_path / "a.scad") == ("a.scad",)


def test_circles_end():
    texts = {"a": "include <b.scad>", "b.scad": "include <c.scad>", "c.scad": "include <b.scad>"}
    assert used_files("a", texts, texts.__getitem__) == ("b.scad", "c.scad")
