"""The hostile suite in build123d's environment: another interpreter behind the same walls."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from designs.build_error import BuildError
from designs.engines import toolchains
from designs.sandbox.jail import Finished, Jail
from designs.sandbox.limits import Limits
from tests.designs.sandbox.attacks import ATTACKS
from tests.designs.sandbox.hostile import BOMBS, NUMBERS, PRELUDE, SMALL
from tests.designs.sandbox.test_attacks import Things, fill_in

START = PRELUDE.replace("import cadquery as cq, ", "import ")
ENDING = '\nfrom build123d import Box\nshow_object(Box(1, 2, 3))\nprint("END")\n'
ENDED = ("a memory bomb", "an endless loop in Python", "a thread bomb", "ignoring signals")
"""Bombs that an interpreter with other libraries might take differently."""


@pytest.fixture(scope="module")
def other() -> Iterator[Jail]:
    with Jail(toolchains.build123d()) as warm:
        yield warm


def run(jail: Jail, body: str, into: Path, limits: Limits = SMALL) -> Finished | BuildError:
    source = f"NUMBERS = {NUMBERS}\n{START}{body}{ENDING}".encode()
    request = {"engine": "build123d", "source": "model.py", "parameters": {}}
    try:
        return jail.run("run_script", request, {"model.py": source}, into=into, limits=limits)
    except BuildError as error:
        return error


@pytest.fixture(scope="module")
def outcomes(other: Jail, things: Things, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each attack printed, all in one process."""
    lines = [
        f"print('\\nATTACK', {name!r})\ntry:\n    exec({fill_in(other, attack.script, things)!r}, globals())\n"
        "except BaseException as error: print('ended by', repr(error))\n"
        for name, attack in ATTACKS.items()
    ]
    outcome = run(other, "".join(lines), tmp_path_factory.mktemp("out"), replace(SMALL, log_bytes=1 << 20))
    assert isinstance(outcome, Finished), outcome
    parts = outcome.log.split("\nATTACK ")[1:]
    return {part.partition("\n")[0]: part.partition("\n")[2] for part in parts}


@pytest.mark.parametrize("what", ATTACKS)
def test_the_jail_stops(outcomes: dict[str, str], what: str) -> None:
    assert "BREACH" not in outcomes[what]


@pytest.mark.parametrize("what", ENDED)
def test_ended(other: Jail, what: str, tmp_path: Path) -> None:
    script, kinds = BOMBS[what]
    wall = 1.5 if "timeout" in kinds else SMALL.wall_seconds
    outcome = run(other, script, tmp_path, replace(SMALL, wall_seconds=wall))
    assert isinstance(outcome, BuildError)
    assert outcome.kind in kinds, (outcome.kind, str(outcome), outcome.log[-1000:])
    (tmp_path / "after").mkdir()
    after = run(other, "", tmp_path / "after")
    assert isinstance(after, Finished)
    assert "END" in after.log


def test_cofabs_own_packages_are_out_of_reach(other: Jail, tmp_path: Path) -> None:
    """Of Cofab the worker has the `designs` package alone, and none of the libraries of its interpreter."""
    outcome = run(other, "[refused(__import__, name) for name in ('registry', 'cadquery', 'pydantic')]\n", tmp_path)
    assert isinstance(outcome, Finished), outcome
    assert "BREACH" not in outcome.log
