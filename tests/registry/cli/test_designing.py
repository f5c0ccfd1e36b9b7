"""`cofab init` and `check`: a first design that is right, and every problem of one that is not."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.registry.cli.terminal import Terminal


def test_init_makes_a_design_that_checks(terminal: Terminal, tmp_path: Path):
    made = terminal.well(
        "init", tmp_path / "My Hook", "--author", 'Ada "A" Example <ada@example.org>', "--licence", "mit"
    )
    assert "cofab build" in made.out
    checked = terminal.well("check", tmp_path / "My Hook", "--json").json
    assert checked["design"] == "my-hook"
    assert checked["manifest"]["design"]["licence"] == "MIT"
    assert checked["manifest"]["design"]["authors"] == ['Ada "A" Example <ada@example.org>']
    assert [file["path"] for file in checked["files"]] == ["README.md", "design.toml", "hook.py"]
    assert len(checked["snapshot"]) == 64


def test_the_first_design_is_a_script_that_python_reads(hook: Path):
    compile((hook / "hook.py").read_text(), "hook.py", "exec")


def test_init_never_overwrites(terminal: Terminal, hook: Path):
    before = (hook / "hook.py").read_text()
    (hook / "design.toml").unlink()
    ended = terminal.cofab("init", hook)
    assert ended.status == 1
    assert "hook.py is there already" in ended.err
    assert not (hook / "design.toml").exists()
    assert (hook / "hook.py").read_text() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--licence", "GPLv3"], "did you mean GPL-3.0-or-later?"),
        (["--name", "My Hook"], "must be 1 to 63 small letters"),
        (["--author", "a\u202eb"], "bidirectional control character"),
    ],
)
def test_init_refuses_what_the_manifest_would_refuse(
    arguments: list[str], said: str, terminal: Terminal, tmp_path: Path
):
    ended = terminal.cofab("init", tmp_path / "x", *arguments)
    assert ended.status == 1
    assert said in ended.err
    assert not (tmp_path / "x").exists()


def test_check_tells_every_problem_with_its_place(terminal: Terminal, hook: Path):
    text = (hook / "design.toml").read_text()
    (hook / "design.toml").write_text(
        text.replace("min = 10\n", "min = nan\n").replace('unit = "mm"', 'unit = "inch"', 1)
    )
    ended = terminal.cofab("check", hook)
    assert ended.status == 1
    assert f"{hook}/design.toml:14: parameters.width.unit: unknown unit 'inch'" in ended.err
    assert f"{hook}/design.toml:16: parameters.width.min: not a number: 'nan'" in ended.err
    as_json = terminal.cofab("check", hook, "--json")
    assert as_json.status == 1
    assert as_json.out == ""
    assert '"problems": ["' in as_json.err


def test_check_judges_given_parameters(terminal: Terminal, hook: Path):
    assert terminal.well("check", hook, "-p", "width=24", "--json").json["parameters"]["width"] == "24"
    assert terminal.well("check", hook, "--preset", "coat", "--json").json["parameters"]["reach"] == "50"
    ended = terminal.cofab("check", hook, "-p", "width=240", "-p", "reech=3")
    assert ended.status == 1
    assert "width = '240': is more than 60 mm; allowed: a number from 10 to 60 mm in steps of 0.5" in ended.err
    assert "reech = '3': the design has no parameter of this name (did you mean reach?)" in ended.err


@pytest.mark.parametrize("pair", ["width", "=3", "width=1 -p width=2"])
def test_pairs_that_are_none_are_wrong_use(pair: str, terminal: Terminal, hook: Path):
    assert terminal.cofab("check", hook, "-p", *pair.split()).status == 2


def test_check_without_a_manifest_says_what_to_do(terminal: Terminal, tmp_path: Path):
    ended = terminal.cofab("check", tmp_path)
    assert ended.status == 1
    assert "there is no manifest: `cofab init` makes one" in ended.err


def test_what_others_wrote_cannot_steer_the_terminal(terminal: Terminal, hook: Path):
    text = (hook / "design.toml").read_text()
    (hook / "design.toml").write_text(text.replace('"Reach"', '"Reach\\u001b[31m"'))
    ended = terminal.cofab("check", hook)
    assert "\x1b[31m" not in ended.err + ended.out
    assert "a control character (U+001B)" in ended.err


def test_a_closed_pipe_ends_quietly(hook: Path):
    code = "from registry.cli import main; main()"
    shell = f"{sys.executable} -c '{code}' check {hook} | true"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr


def test_doctor_says_what_works(terminal: Terminal):
    told = {each["what"]: each["verdict"] for each in terminal.well("doctor", "--offline", "--json").json}
    assert told["Python"] == "ok"
    assert told["jail floor"] in {"ok", "missing"}
    assert told["jail: limits"] == "ok"
    assert {"jail: namespaces", "jail: landlock", "jail: seccomp"} <= set(told)
    assert told["logins"] == "ok"
    assert "registry" not in told
