"""Starting is quick, nothing heavy is loaded, and every command explains itself by examples."""

import resource
import subprocess
import sys

import click
import pytest

from registry.cli.app import MODULES, cofab
from tests.registry.cli.terminal import Terminal

HEAVY = ("OCP", "cadquery", "numpy", "sqlalchemy", "fastapi", "pydantic", "httpx", "granian", "rich", "networkx")


def _commands() -> list[tuple[str, ...]]:
    paths: list[tuple[str, ...]] = []
    context = click.Context(cofab)
    for name in cofab.list_commands(context):
        command = cofab.get_command(context, name)
        inner = list(command.commands) if isinstance(command, click.Group) else []
        paths += [(name,), *((name, each) for each in inner)]
    return paths


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from registry.cli.app import run; assert run(['--help']) == 0; "
        f"loaded = set({HEAVY!r}) & set(sys.modules); assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_help_is_there_within_half_a_second():
    """Of processor time, so that a busy machine does not decide; the best of three."""

    def spent() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        arguments = [sys.executable, "-c", "from registry.cli import main; main()", "--help"]
        subprocess.run(arguments, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(spent() for _ in range(3)) < 0.5


@pytest.mark.parametrize("path", _commands(), ids=" ".join)
def test_every_command_has_examples_and_says_what_its_options_do(path: tuple[str, ...], terminal: Terminal):
    told = terminal.well(*path, "--help").out
    assert "Example" in told
    assert f"cofab {path[0]}" in told.split("Example")[1]
    context = click.Context(cofab)
    command = cofab.get_command(context, path[0])
    for name in path[1:]:
        assert isinstance(command, click.Group)
        command = command.get_command(context, name)
    assert command is not None
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path} {parameter.name}"


def test_the_list_of_commands_is_complete(terminal: Terminal):
    told = terminal.well("--help").out
    assert all(f"\n  {name} " in told for name in MODULES)


def test_wrong_use_ends_with_2(terminal: Terminal):
    for arguments in (("bild",), ("show",), ("show", "no-slash"), ("build", "--foo"), ("order", "a/b", "-n", "0")):
        ended = terminal.cofab(*arguments)
        assert ended.status == 2
        assert "Usage:" in ended.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_that_the_shell_reads(shell: str, terminal: Terminal):
    script = terminal.well("completion", shell).out
    assert "_COFAB_COMPLETE" in script
    if shell == "bash":
        subprocess.run(["bash", "-n", "/dev/stdin"], input=script, text=True, check=True)


def test_completion_completes_commands():
    env = {"_COFAB_COMPLETE": "bash_complete", "COMP_WORDS": "cofab li", "COMP_CWORD": "1", "PATH": "/usr/bin:/bin"}
    arguments = [sys.executable, "-c", "from registry.cli import main; main()"]
    done = subprocess.run(arguments, env=env, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["plain,lineage", "plain,licence"]
