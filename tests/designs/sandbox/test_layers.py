"""Each layer of the jail by itself, with the others switched off. The probes harm nothing when they get through."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from designs.build_error import BuildError
from designs.sandbox.confine import Confinement, Floor
from designs.sandbox.jail import Finished, Jail
from designs.sandbox.shared import layers
from tests.designs.sandbox.hostile import SMALL, run


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        ("x = bytearray(1 << 30)", {"memory", "script_error"}),
        ("while True: pass", {"timeout"}),
        ("while True: print('x' * 999)", {"output"}),
        ("open('f', 'wb').write(b'x' * (9 << 20))", {"script_error", "crashed"}),
    ],
    ids=["memory", "time", "output", "file size"],
)
def test_limits_need_no_other_layer(alone: tuple[str, Jail], body: str, kinds: set[str], tmp_path: Path) -> None:
    _, jail = alone
    outcome = run(jail, body, tmp_path, replace(SMALL, wall_seconds=1.5 if "timeout" in kinds else 20))
    assert isinstance(outcome, BuildError)
    assert outcome.kind in kinds, str(outcome)


def test_other_processes_are_out_of_sight(alone: tuple[str, Jail], tmp_path: Path) -> None:
    """In a pid namespace of its own, a task is the first process and has no parent."""
    _, jail = alone
    confined = jail.confinement()
    outcome = run(jail, "print('ids', libc.getpid(), libc.getppid(), libc.getuid())", tmp_path)
    assert isinstance(outcome, Finished)
    pid, parent, uid = map(int, outcome.log.split("ids ")[1].split()[:3])
    assert (pid == 1 and parent == 0) == confined.namespaces
    assert uid == (os.getuid() if confined.own_uid is None else confined.own_uid)


def test_scratch_is_removed(alone: tuple[str, Jail], tmp_path: Path) -> None:
    _, jail = alone
    outcome = run(jail, "print('at', os.getcwd())\nopen('left', 'w').write('x')", tmp_path)
    assert isinstance(outcome, Finished)
    where = Path(outcome.log.split("at ")[1].split()[0])
    assert (where == Path("/scratch/in")) == jail.confinement().namespaces
    assert not where.exists()


def test_this_host(jail: Jail) -> None:
    """The names are what the doctor shows."""
    assert jail.confinement().sufficient
    assert layers() == jail.confinement().layers()
    assert set(layers()) >= {"namespaces", "own user id", "landlock", "seccomp", "limits"}


EVERYTHING = Confinement(True, True, 1, 7, True)
FLOORS = {
    # what a host has: the highest floor it reaches, and a word of what lacks for the next
    EVERYTHING: (Floor.STRICT, ""),
    replace(EVERYTHING, own_uid=None): (Floor.STRICT, ""),
    replace(EVERYTHING, landlock_abi=0): (Floor.STANDARD, "Landlock"),
    Confinement(False, False, None, 1, True): (Floor.STANDARD, "namespaces"),
    Confinement(False, False, None, 0, True): (Floor.ANY, "neither namespaces nor Landlock"),
    replace(EVERYTHING, seccomp=False): (Floor.ANY, "seccomp"),
    Confinement(False, False, None, 0, False): (Floor.ANY, "seccomp"),
}


@pytest.mark.parametrize("confinement", FLOORS)
def test_floors(confinement: Confinement) -> None:
    reached, lacking = FLOORS[confinement]
    assert confinement.reaches() is reached
    floors = list(Floor)
    for floor in floors:
        decision = confinement.meets(floor)
        assert decision.met == (floors.index(floor) >= floors.index(reached))
        assert decision.met == (not decision.reasons)
    if reached is not Floor.STRICT:
        above = floors[floors.index(reached) - 1]
        assert lacking in " ".join(confinement.meets(above).reasons)


def test_no_worker_starts_below_the_floor() -> None:
    jail = Jail(without=frozenset({"seccomp"}), floor=Floor.STANDARD)
    with pytest.raises(BuildError, match="no seccomp") as caught:
        jail.confinement()
    assert caught.value.kind == "floor"
    assert jail.worker_pid() is None


AS_ORDINARY_USER = """
import json, os, sys, tempfile
from pathlib import Path
from designs.sandbox.jail import Jail
from tests.designs.sandbox.hostile import run, SMALL
with Jail() as jail, tempfile.TemporaryDirectory() as folder:
    outcome = run(jail, "print('uid', os.getuid())\\nrefused(open, '/etc/passwd')", Path(folder))
    print(json.dumps({"euid": os.geteuid(), "layers": jail.confinement().layers(), "log": outcome.log}))
"""


def test_as_an_ordinary_user(jail: Jail, tmp_path: Path) -> None:
    """Without any privilege on the host the namespaces are there all the same, where it grants any to its users."""
    unshare = shutil.which("unshare")
    assert unshare, "util-linux is part of every system"
    done = subprocess.run(
        [unshare, "--user", "--map-user=1000", "--map-group=1000", sys.executable, "-c", AS_ORDINARY_USER],
        capture_output=True,
        text=True,
        timeout=120,
        env={"PYTHONPATH": str(Path(__file__).parents[3]), "TMPDIR": str(tmp_path)},
        check=False,
    )
    if not jail.confinement().own_user_namespace:
        assert "unshare" in done.stderr
        return
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["euid"] == 1000
    assert told["layers"]["namespaces"]
    assert told["layers"]["private root"]
    assert not told["layers"]["own user id"]
    assert "refused" in told["log"]
    assert "BREACH" not in told["log"]
