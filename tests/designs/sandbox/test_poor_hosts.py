"""Hosts that grant less: the jail says what is lacking, and what is left still holds."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from designs.build_error import BuildError
from designs.sandbox.confine import Floor
from designs.sandbox.jail import Finished, Jail
from designs.sandbox.limits import MIB
from tests.designs.sandbox.hostile import SMALL, healthy, run

AS_IN_A_CHROOT = """
import ctypes, json, struct, sys, tempfile
from pathlib import Path
from designs.sandbox import kernel
from designs.sandbox.confine import Floor
from designs.sandbox.jail import Jail
from tests.designs.sandbox.hostile import SMALL, run
unshare = {"x86_64": 272, "aarch64": 97}[kernel.machine()]
program = [(0x20, 0, 0, 0), (0x15, 0, 1, unshare), (0x06, 0, 0, 0x50001), (0x06, 0, 0, 0x7FFF0000)]
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
kernel.set_seccomp_filter(b"".join(struct.pack("=HBBI", *line) for line in program))
with Jail() as jail, tempfile.TemporaryDirectory() as folder:
    found = jail.confinement()
    outcome = run(jail, "refused(open, '/etc/passwd')\\nrefused(socket.socket)\\nrefused(os.fork)", Path(folder))
    print(json.dumps({"layers": found.layers(), "log": outcome.log, "strict": found.meets(Floor.STRICT).reasons}))
"""


@pytest.fixture(scope="module")
def poor() -> Iterator[Jail]:
    """What a host without namespaces can do."""
    with Jail(without=frozenset({"namespaces"}), floor=Floor.ANY) as jail:
        jail.confinement()
        yield jail


def test_where_every_namespace_is_refused(jail: Jail, tmp_path: Path) -> None:
    """A host in a plain chroot, or one whose administrator forbids them."""
    done = subprocess.run(
        [sys.executable, "-c", AS_IN_A_CHROOT],
        capture_output=True,
        text=True,
        timeout=120,
        env={"PYTHONPATH": str(Path(__file__).parents[3]), "TMPDIR": str(tmp_path)},
        check=False,
    )
    if (
        not jail.confinement().landlock_abi
    ):  # then this host is below the floor without namespaces, and the worker says why it does not start
        assert "neither namespaces nor Landlock" in done.stderr
        return
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.iterdir()), "a worker leaves nothing on the disk"
    told = json.loads(done.stdout.splitlines()[-1])
    assert not told["layers"]["namespaces"]
    assert not told["layers"]["private root"]
    assert any("namespaces" in reason for reason in told["strict"])
    assert "BREACH" not in told["log"]
    assert told["log"].count("refused") == 3


BOMBS = {
    "a full disk": "i = 0\nwhile True:\n    open(f'f{i}', 'wb').write(b'x' * (4 << 20)); i += 1",
    "more files than there is room for": "i = 0\nwhile True:\n    open(f'f{i}', 'w').close(); i += 1",
    "folders without end": "while True:\n    os.mkdir('d'); os.chdir('d')",
}


@pytest.mark.parametrize("what", BOMBS)
def test_the_folder_is_watched_where_no_file_system_bounds_it(poor: Jail, what: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    outcome = run(poor, BOMBS[what], tmp_path / "out", replace(SMALL, wall_seconds=15))
    assert isinstance(outcome, BuildError)
    assert outcome.kind in ("output", "script_error"), outcome
    assert healthy(poor, tmp_path / "after")


def test_what_was_left_is_removed(poor: Jail, tmp_path: Path) -> None:
    """Folders within folders, and what its maker took its own rights from."""
    body = (
        "print('at', os.getcwd())\nos.mkdir('a')\nopen('a/file', 'w').close()\nos.mkdir('closed', 0)\n"
        "here = os.getcwd()\nfor _ in range(200):\n    os.mkdir('d'); os.chdir('d')\nos.chdir(here)"
    )
    outcome = run(poor, body, tmp_path, replace(SMALL, scratch_files=5000, scratch_bytes=64 * MIB))
    assert isinstance(outcome, Finished), outcome
    where = Path(outcome.log.split("at ")[1].split()[0])
    assert not where.exists()
    assert not where.parent.exists()
