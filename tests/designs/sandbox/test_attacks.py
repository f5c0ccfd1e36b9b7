"""Every attack is stopped by the whole jail, and by each of its layers alone; without any layer it gets through."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from designs.sandbox.jail import Jail
from tests.designs.sandbox.attacks import ATTACKS, SEPARATE, UNDERNEATH
from tests.designs.sandbox.hostile import SMALL, run

Things = dict[str, object]
Outcomes = dict[str, str]
"""What each attack of one run printed."""
ROOMY = replace(SMALL, log_bytes=1 << 20)


def attack_all(jail: Jail, attacks: dict[str, str], things: Things, into: Path) -> Outcomes:
    """One after the other in one process: none of them may keep the next from its attempt."""
    lines = [
        f"print('\\nATTACK', {name!r})\ntry:\n    exec({fill_in(jail, script, things)!r}, globals())\n"
        "except BaseException as error: print('ended by', repr(error))\n"
        for name, script in attacks.items()
    ]
    outcome = run(jail, "".join(lines), into, ROOMY)
    parts = outcome.log.split("\nATTACK ")[1:]
    told = {part.partition("\n")[0]: part.partition("\n")[2] for part in parts}
    assert set(told) == set(attacks), (outcome, outcome.log[-1000:])
    return told


def fill_in(jail: Jail, script: str, things: Things) -> str:
    """The script with the things of the host in it."""
    kept = "/kept" if jail.confinement().namespaces else "../../../kept"
    for name, thing in {**things, "worker": jail.worker_pid(), "kept": kept}.items():
        script = script.replace("{" + name + "!r}", repr(thing)).replace("{" + name + "}", str(thing))
    return script


def scripts() -> dict[str, str]:
    return {name: attack.script for name, attack in ATTACKS.items()}


@pytest.fixture(scope="module")
def in_the_jail(jail: Jail, things: Things, tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    return attack_all(jail, scripts(), things, tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="session")
def in_one_layer(alone: tuple[str, Jail], things: Things, tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    return attack_all(alone[1], scripts() | UNDERNEATH, things, tmp_path_factory.mktemp("alone"))


@pytest.mark.parametrize("what", ATTACKS)
def test_the_jail_stops(in_the_jail: Outcomes, what: str) -> None:
    assert "BREACH" not in in_the_jail[what]


@pytest.mark.parametrize("what", ATTACKS)
def test_each_layer_alone_stops(alone: tuple[str, Jail], in_one_layer: Outcomes, things: Things, what: str) -> None:
    layer, jail = alone
    attack = ATTACKS[what]
    through = "BREACH" in in_one_layer[what]
    parts = [part for part in attack.stopped_by if part.split()[0] == layer]
    there = jail.confinement().layers()
    if parts and all(there[part] for part in parts):
        assert not through, in_one_layer[what]
    elif parts:  # this host lacks the layer: then the jail says so, and what it says is what the doctor and floors use
        assert layer not in ("namespaces", "landlock", "seccomp") or not all(there[part] for part in parts)
    elif layer == "" and attack.opens and may_write(what, things):
        assert through, f"a probe that fails without any layer shows nothing: {in_one_layer[what]}"


def may_write(what: str, things: Things) -> bool:
    """Whether the user who runs the tests could do it."""
    target = {"poison the libraries": "site", "poison a compiled module": "package"}.get(what)
    return target is None or os.access(str(things[target]), os.W_OK)


@pytest.mark.parametrize("what", UNDERNEATH)
def test_what_is_always_there_stops(in_one_layer: Outcomes, what: str) -> None:
    """Dropped rights and limits need no layer."""
    assert "BREACH" not in in_one_layer[what]


@pytest.mark.parametrize("what", SEPARATE)
def test_a_process_of_its_own_stops(alone: tuple[str, Jail], what: str, tmp_path: Path) -> None:
    """The second finds nothing of what the first did."""
    _, jail = alone
    for number in range(2):
        (tmp_path / str(number)).mkdir()
        outcome = run(jail, SEPARATE[what], tmp_path / str(number))
        assert "END" in outcome.log, outcome
        assert "BREACH" not in outcome.log, outcome.log


def test_a_layer_that_is_switched_off_is_named_as_lacking(alone: tuple[str, Jail]) -> None:
    layer, jail = alone
    there = jail.confinement().layers()
    assert not any(there[name] for name in {"namespaces", "landlock", "seccomp"} - {layer})
