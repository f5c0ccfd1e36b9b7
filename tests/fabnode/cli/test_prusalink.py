"""Adding a real PrusaLink: with its user's password or its API key, and what is said without."""

from pathlib import Path

from click.testing import CliRunner

from fabnode.agent import open_machine
from fabnode.cli import fabnode
from fabnode.config import load_config
from printers.machine import MachineError
from printers.prusalink import PrusaLinkMachine
from testbed.prusalink import USER, PrusaLink
from tests.fabnode.conftest import Lab


def test_a_password_is_needed_kept_and_used(lab: Lab, tmp_path: Path) -> None:
    lab.config()
    folder = ["--option", f"folder={tmp_path / 'record'}"]
    with PrusaLink(tmp_path / "prusalink") as prusalink:
        add = ["--home", str(lab.home.folder), "machine", "add", "prusalink", prusalink.url, *folder]
        details = ["--key", "mk3", "--profile", "prusa-mk3s", "--material", "PLA", "--option", f"user={USER}"]

        stranger = CliRunner().invoke(fabnode, [*add, *details, "--api-key", "guessed"])
        assert isinstance(stranger.exception, MachineError)
        assert "user=NAME" in str(stranger.exception)
        assert load_config(lab.home.config).machines == ()

        added = CliRunner().invoke(fabnode, [*add, *details, "--api-key", prusalink.password])
        assert added.exit_code == 0, added.output or added.exception
        assert "Added mk3 (PrusaLink 0.8.1)" in added.stdout
        key = lab.home.folder / "keys" / "mk3"
        assert key.read_text().strip() == prusalink.password

    (machine,) = load_config(lab.home.config).machines
    assert (machine.driver, machine.key_file) == ("prusalink", Path("keys/mk3"))
    assert key.stat().st_mode & 0o077 == 0
    assert isinstance(open_machine(machine, lab.home), PrusaLinkMachine)
